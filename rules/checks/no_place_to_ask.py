from __future__ import annotations

import re
from collections.abc import Iterator

from rules.book import NO_DATA
from rules.checks.base import Check
from rules.checks.context import Context
from rules.figures import LINK, figures
from rules.problems import WARNING, Problem
from rules.text import fold

_DIRECTS = re.compile(
    r"\b(pregunt|consult|acud|acerc|pid[ea]|pidel|confirm|verific|revis|busc|report|dirig|llam|escrib|entra|"
    r"comunic|visit|solicit|ve a|sigue en)"
)
_PLACES = re.compile(
    r"\b(ventanilla|coordinacion|division|oficina|sitio|pagina|portal|direccion|secretaria|consejo|linea|caja|"
    r"profesor|tutor|biblioteca|modulo)"
)


class NoPlaceToAsk(Check):
    """Una regla sin_dato no dice dónde preguntar.

    Pasa:
        tipo: sin_dato
        respuesta: No tengo ese dato. Pregunta en la ventanilla de la CSE.
    Falla:
        tipo: sin_dato
        respuesta: No tengo ese dato.
    """

    id = "sin_donde_preguntar"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        office = context.office
        names = [fold(name) for name in (office.short_name, office.name, *office.other_names)]
        for entry in context.entries:
            answer = entry.text("respuesta")
            if entry.type == NO_DATA and answer and not any(_directs(s, names) for s in _sentences(answer)):
                message = f"La regla {entry.name} es sin_dato y su respuesta no dice dónde preguntar"
                yield self.problem(entry.at("respuesta"), message, f"Agrega, por ejemplo: {office.where()}")


def _sentences(answer: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", answer)


def _directs(sentence: str, office_names: list[str]) -> bool:
    """Whether the sentence sends the student somewhere: a verb that does so and a place."""
    plain = fold(sentence)
    if not _DIRECTS.search(plain):
        return False
    named = any(re.search(rf"\b{re.escape(name)}\b", plain) for name in office_names)
    return named or bool(_PLACES.search(plain)) or any(f.kind == LINK for f in figures(sentence))
