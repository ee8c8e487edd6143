"""Traces that a text was saved in the wrong encoding or merged by halves."""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# UTF-8 read as Windows-1252 or Latin-1: «ó» becomes «Ã³», «¿» becomes «Â¿», «–» becomes «â€“».
_CONTINUATION = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TWICE_SAVED = re.compile(rf"â[€‚„†][{_CONTINUATION}¬]?|[ÂÃ][{_CONTINUATION}]|ðŸ[{_CONTINUATION}]*|ï»¿")
_LOST = re.compile("\ufffd")
CONFLICT = re.compile(r"([ \t]*)(?:<{7}|>{7})(?:\s|$)")
CONFLICT_MESSAGE = "Quedó una marca de conflicto de git (<<<<<<< o >>>>>>>)"
CONFLICT_MEND = "Deja una sola de las dos versiones y borra los renglones <<<<<<<, ======= y >>>>>>>"


@dataclass(frozen=True)
class Damage:
    """One trace: ``line`` and ``column`` count from 1."""

    line: int
    column: int
    message: str
    mend: str


def damages(lines: Sequence[str]) -> Iterator[Damage]:
    """The damaged lines of a text, the first trace of each."""
    for number, line in enumerate(lines, 1):
        if CONFLICT.match(line):
            yield Damage(number, 1, CONFLICT_MESSAGE, CONFLICT_MEND)
        elif lost := _LOST.search(line):
            message = f"Hay un carácter perdido (\ufffd) en «{_word(line, lost)}»"
            yield Damage(number, lost.start() + 1, message, "Escribe de nuevo esa palabra con su acento o signo")
        elif twice := _TWICE_SAVED.search(line):
            message = f"Los acentos están dañados («{_word(line, twice)}»): el texto se guardó con dos codificaciones"
            yield Damage(number, twice.start() + 1, message, "Escribe de nuevo las palabras dañadas y guarda en UTF-8")


def _word(line: str, found: re.Match[str]) -> str:
    """The word around the trace."""
    before, after = line[: found.start()].split(" "), line[found.end() :].split(" ")
    return before[-1] + found[0] + after[0]
