from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import TEXT_KEYS, Context
from rules.problems import Problem

_PAIRS = ("“”", "‘’", "„“", "””", "““", "’’", "``", "´´", "''", '""')
_MARKS = "“”„‟‘’‚`´'\""


class StrayQuote(Check):
    """Unas comillas que no son las de YAML (“ ”), o que no cierran, quedaron al principio o al final de un texto.

    Pasa:
        fuente: "Reglamento del Alumnado"
    Falla:
        fuente: “Reglamento del Alumnado”
    """

    id = "comillas_sueltas"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for key, value, how in entry.written(*TEXT_KEYS):
                stray = _stray(value.strip())
                if stray:
                    message = f"En «{key}», el texto {stray} y se vería así"
                    mend = "Encierra el texto con las comillas rectas del teclado (\") o quítalas"
                    yield self.problem(how.start, message, mend)


def _stray(text: str) -> str:
    """What is wrong with the quotes at the ends of ``text``, or nothing."""
    first, last = text[0], text[-1]
    inside = text[1:-1]
    if len(text) > 1 and first + last in _PAIRS and not any(mark in inside for mark in (first, last)):
        return f"está entre comillas {first} {last} que YAML no quita"
    if first in _MARKS and not _closes(first, text[1:]):
        return f"empieza con una comilla {first} que no cierra"
    if last in _MARKS and not _opens(last, text[:-1]):
        return f"termina con una comilla {last} que no se abrió"
    return ""


_CLOSING = {"“": "”“", "„": "“”", "‘": "’", "‚": "‘", "´": "´`", "`": "`´"}
_OPENING = {"”": "“”„", "’": "‘’", "´": "´`", "`": "`´"}


def _closes(mark: str, rest: str) -> bool:
    return bool(re.search(f"[{re.escape(_CLOSING.get(mark, mark))}]", rest))


def _opens(mark: str, before: str) -> bool:
    return bool(re.search(f"[{re.escape(_OPENING.get(mark, mark))}]", before))
