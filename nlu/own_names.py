"""What a message tells the office about the office itself: «en la UAM Iztapalapa», «soy alumna de la UAM».

Said to that office it changes nothing, but the book's questions seldom say so, and with it they look foreign.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from re import Match, Pattern

from nlu.followup import FUNCTION_WORDS, WISHING
from nlu.subjects import asks_only_a_datum
from nlu.text import WORD, fold, is_polite, tokens

# Fewer words ask too little by themselves: of «el director de la UAM», «el director».
_FEWEST_WORDS = 3
_ARTICLE = "(?:el|la|los|las|esta|este|mi|nuestra|nuestro)"
_PERSON = "(?:alumn[oa]s?|estudiantes?)"
# «No soy alumno», «si soy alumno», «ya que soy alumno» deny it or make it a condition.
_CONDITION = "".join(f"(?<!\\b{word} )" for word in ("no", "si", "ya", "que", "cuando", "aunque", "porque"))
_MARKS = " ,;:.()"


class OwnNames:
    """Leaves out what only says that the matter is the office's own or its institution's, which go by ``names``."""

    def __init__(self, names: Iterable[str]):
        folded = {" ".join(fold(word) for word in WORD.findall(name)) for name in names}
        called = sorted((re.sub(f"^{_ARTICLE} ", "", name) for name in folded if name), key=len, reverse=True)
        one = f"(?:{'|'.join(map(re.escape, called))})"
        to_it = f"(?:(?:en|de) (?:{_ARTICLE} )?|del )"
        more = f"(?: (?:{to_it})?{one})*"
        here = f"(?:aqui )?{to_it}{one}{more}"
        who = f"(?:{_CONDITION}(?:soy|somos) (?:(?:un|una) )?{_PERSON}(?: {here})?|como {_PERSON} {here})(?: y)?"
        self._who = re.compile(f"\\b(?P<told>{who})\\b") if called else None
        # A name that stands for itself is passed over whole: of «la Coordinación de Sistemas Escolares» no half is left.
        self._all = re.compile(f"\\b(?:(?P<told>{who}|{here})|{one}{more})\\b") if called else None

    def readings(self, message: str) -> tuple[str, ...]:
        """``message`` without who asks it, and without any such name, as it is written; none that is the same, nor one
        that would ask too little."""
        shorter = dict.fromkeys((_without(self._who, message), _without(self._all, message)))
        return tuple(text for text in shorter if text != message and not _asks_too_little(text))

    def are_all(self, message: str) -> bool:
        """Whether ``message`` says nothing else: «soy alumna de la UAM y quiero saber»."""
        shorter = _without(self._all, message)
        told = {word for word in tokens(shorter) if not re.fullmatch(_PERSON, word)} - FUNCTION_WORDS - WISHING
        return shorter != message and (not told or is_polite(shorter))


def _without(told: Pattern[str] | None, message: str) -> str:
    """``message`` without what the group ``told`` of the pattern finds in its folded words."""
    if told is None:
        return message
    places = list(WORD.finditer(message))
    folded = " ".join(fold(word[0]) for word in places)
    shorter = message
    for found in reversed(list(told.finditer(folded))):  # the places of what stands before stay the same
        if found["told"]:
            first, last = (folded.count(" ", 0, place) for place in found.span())
            shorter = _cut(shorter, places[first], places[last])
    return shorter


def _asks_too_little(text: str) -> bool:
    asked = tokens(text)
    return len(asked) < _FEWEST_WORDS or FUNCTION_WORDS.issuperset(asked) or asks_only_a_datum(text)


def _cut(message: str, first: Match[str], last: Match[str]) -> str:
    """``message`` without what stands between two of its words, these included."""
    before, after = message[: first.start()].rstrip(), message[last.end() :].lstrip()
    if before.endswith("(") and after.startswith(")"):
        before, after = before[:-1].rstrip(), after[1:].lstrip()
    if not before or before[-1] in _MARKS:
        after = after.lstrip(_MARKS)
    return f"{before}{'' if after[:1] in ('?', *_MARKS) else ' '}{after}".strip()
