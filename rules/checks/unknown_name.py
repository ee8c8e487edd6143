from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rules.book import NO_DATA, SMALL_TALK
from rules.checks.base import Check
from rules.checks.context import Context
from rules.figures import fold_in_place
from rules.problems import WARNING, Problem

_CAPITALISED = re.compile(r"(?<![\w.@/#-])[A-ZÁÉÍÓÚÜÑ]\w+(?![\w@]|\.\w)")
_WORD = re.compile(r"\w+")
# Marks that may stand between the end of a sentence and the first word of the next.
_OPENING = " *_«\"'(¿¡"
_ENDS = (".", "!", "?", "…", ":", ";", "\n", "-", "•")
# Their full stop ends no sentence: «Av. Hidalgo».
_ABBREVIATION = re.compile(
    r"\b(?:av|avda|blvd|calz|carr|cda|col|edif|priv|prol|sta|sto|dra?|ing|lic|mtr[oa]|profa?|arq|c)\.$"
)


class UnknownName(Check):
    """La respuesta nombra algo (una calle, una persona, un edificio) que ningún documento ni el perfil de la oficina dicen.

    Pasa:
        respuesta: Se entrega en la Coordinación de Sistemas Escolares.
    Falla:
        respuesta: Se entrega en la calle Melchor Ocampo, con la licenciada Robles.
    """

    id = "nombre_sin_fuente"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        if context.documents.problems:  # what can't be read may name it
            return
        known = _known(context)
        for entry in context.entries:
            text = entry.text("respuesta") if entry.type != SMALL_TALK else None
            # Who says that nobody knows may repeat what is asked.
            asked = _words(question for _, question in entry.texts("preguntas")) if entry.type == NO_DATA else frozenset()
            for name in dict.fromkeys(_names(text or "")):
                if fold_in_place(name) not in known | asked:
                    message = f"Ningún documento nombra «{name}», que está en la respuesta"
                    mend = "Corrígelo, quítalo, o agrega en data/documents el hecho que lo dice"
                    yield self.problem(entry.source.find(("reglas", entry.index, "respuesta"), name, 0), message, mend)


def _known(context: Context) -> frozenset[str]:
    """Every word of the documents and of the office's profile, folded."""
    documents = context.documents
    titles = (reference.title for reference in (documents.references or {}).values())
    return _words((*(passage.stated for passage in documents.passages), *titles, *context.office.source.lines))


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in _WORD.findall(fold_in_place(text)))


def _names(text: str) -> Iterator[str]:
    """Words with a capital that don't begin a sentence."""
    for found in _CAPITALISED.finditer(text):
        before = text[: found.start()].rstrip(_OPENING)
        begins = not before or before.endswith(_ENDS)
        if not begins or _ABBREVIATION.search(fold_in_place(before)):
            yield found[0]
