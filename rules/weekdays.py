"""Spans of weekdays: «lunes a sábado» is not «lunes a viernes», though a fact speaks of Saturdays elsewhere."""
from __future__ import annotations

import re
from collections.abc import Iterator

from rules.claim import Claim
from rules.figures import Key, fold_in_place

_DAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_DAY = r"(lunes|martes|miercoles|jueves|viernes|sabado|domingo)s?"
_SPAN = re.compile(rf"\b{_DAY}\s*(?:a|al|hasta(?: el)?|-|–)\s*(?:el\s+)?{_DAY}\b")
_BETWEEN = re.compile(rf"\bentre\s+(?:el\s+)?{_DAY}\s+y\s+(?:el\s+)?{_DAY}\b")
_LIST = re.compile(rf"\b{_DAY}(?:(?:,\s*|,?\s+y\s+)(?:el\s+)?{_DAY})+\b")
# Other ways to say a span.
_NAMED = ((re.compile(r"\bentre semana\b"), ("lunes", "viernes")), (re.compile(r"\btodos los dias\b"), ("lunes", "domingo")))


def claims(text: str) -> Iterator[Claim]:
    """Each span of weekdays, which some fact has to state as such."""
    level = fold_in_place(text)
    for first, last, start, end in _spans(level):
        yield Claim(text[start:end], start, frozenset([("dias", first, last)]))


def held(text: str) -> Iterator[Key]:
    """The spans of weekdays of a fact, those that it gives day by day included."""
    level = fold_in_place(text)
    yield from (("dias", first, last) for first, last, _, _ in _spans(level))
    for found in _LIST.finditer(level):
        days = re.findall(_DAY, found[0])
        first = _DAYS.index(days[0])
        if tuple(days) == _DAYS[first : first + len(days)]:
            yield ("dias", days[0], days[-1])


def _spans(level: str) -> Iterator[tuple[str, str, int, int]]:
    for pattern in (_SPAN, _BETWEEN):
        for found in pattern.finditer(level):
            yield found[1], found[2], *found.span()
    for pattern, (first, last) in _NAMED:
        for found in pattern.finditer(level):
            yield first, last, *found.span()
