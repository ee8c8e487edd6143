from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.facts import KEY_FORM, Documents, as_key
from rules.problems import Problem


class UnknownFact(Check):
    """«hechos» nombra una clave que no está en data/documents.

    Pasa:
        hechos: [H4.03]
    Falla:
        hechos: [H4.99]
    """

    id = "hecho_desconocido"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for index, fact in entry.texts("hechos"):
                if fact not in context.documents.by_id:
                    yield self.problem(entry.at("hechos", index), *_told(fact, context.documents))


def _told(fact: str, documents: Documents) -> tuple[str, str]:
    """What is wrong with a key that no fact has, and how to mend it."""
    meant = as_key(fact)
    if meant in documents.by_id:
        return f"La clave de hecho «{fact}» está mal escrita: lleva {KEY_FORM}", f"¿Quisiste decir «{meant}»?"
    return f"No existe el hecho «{fact}» en los documentos", _mend(fact, documents)


def _mend(fact: str, documents: Documents) -> str:
    known = list(documents.by_id)
    parts = re.split(r"[\s,;]+", fact.strip())
    if len(parts) > 1:
        return f"Separa las claves con coma: [{', '.join(parts)}]"
    topic = fact.partition(".")[0].upper() + "."
    same_topic = [name for name in known if name.startswith(topic)]
    if same_topic:
        return f"Las claves de ese tema van de {same_topic[0]} a {same_topic[-1]}; corrige la clave o quítala"
    return f"Busca la clave en los títulos de los documentos; se escribe como {documents.example}"
