"""«La segunda», «2», «opción 3»: a turn that picks a button of the last answer by its place."""
from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.followup import Turn
from nlu.text import words

_PLACES = (
    (r"1(?:r?[ao])?|uno", "primer"),
    (r"2(?:d?[ao])?|dos", "segund"),
    (r"3(?:r?[ao])?|tres", "tercer"),
)
_LAST = "ultim"
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s", re.MULTILINE)
_CHOOSING = r"(?:(?:quiero|elijo|escojo|prefiero|me interesa|dame|mejor|pues|seria|es) )*"
_NAMED = r"(?:(?:la|el|opcion|numero|pregunta|boton) )*"
_POLITE = r"(?: (?:opcion|pregunta|por favor|porfa|porfavor|please|gracias))*"


def picked(message: str, history: Sequence[Turn]) -> str | None:
    """The message of the button that ``message`` picks among those shown after the last turn of ``history``, or
    None where it picks none.

    «La segunda» picks nothing where the answer itself speaks of a second one, or lists things.
    """
    if not history or not history[-1].offered or "?" in message:
        return None
    last, said = history[-1], " ".join(words(message))
    for button, (numeral, stem) in zip(last.offered, _PLACES, strict=False):  # no answer offers more
        if _matches(numeral, said):
            return button
        stems = [stem, _LAST] if button == last.offered[-1] else [stem]
        if any(_matches(rf"{each}[ao]", said) and not _speaks_of(each, last.answer) for each in stems):
            return button
    return None


def _matches(place: str, said: str) -> bool:
    return re.fullmatch(rf"{_CHOOSING}{_NAMED}(?:{place}){_POLITE}", said) is not None


def _speaks_of(stem: str, answer: str) -> bool:
    return _LIST.search(answer) is not None or any(word.startswith(stem) for word in words(answer))
