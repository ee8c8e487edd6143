"""Which days a length of time counts: «10 días hábiles» are not «10 días naturales», nor just «10 días»."""
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from rules.claim import Claim
from rules.figures import Key, fold_in_place
from rules.measures import MEASURE, QUANTITY, quantity_value, unit_of

_UNITS = ("día", "hora")
_KIND = re.compile(r"\s+(?:(?:siguient|posterior|anterior)es\s+)?(habil(?:es)?|laborables?|natural(?:es)?|corridos?)\b")


class _Counted(NamedTuple):
    """A length of time as counted: unit, value, kind («» when none is said) and span."""

    unit: str
    value: Decimal
    kind: str
    start: int
    end: int


def claims(text: str) -> Iterator[Claim]:
    """The kind of days of each length of time, against facts that give the same length."""
    for each in _counted(fold_in_place(text)):
        if each.unit == "hora" and not each.kind:  # a fact's «horas hábiles» are still hours
            continue
        key: Key = ("clase", each.unit, each.value, each.kind)
        yield Claim(text[each.start : each.end], each.start, frozenset([key]), about=key[:3])


def held(text: str) -> Iterator[Key]:
    """The kinds of days that a fact counts, by length."""
    for each in _counted(fold_in_place(text)):
        yield ("clase", each.unit, each.value)
        yield ("clase", each.unit, each.value, each.kind)


def _counted(level: str) -> list[_Counted]:
    read = list(_read(level))
    # Who said «10 días hábiles» may go on with «esos 10 días».
    named = {(each.unit, each.value) for each in read if each.kind}
    return [each for each in read if each.kind or (each.unit, each.value) not in named]


def _read(level: str) -> Iterator[_Counted]:
    for found in MEASURE.finditer(level):
        unit = unit_of(found[2])
        if unit not in _UNITS:
            continue
        after = _KIND.match(level, found.end())
        kind = "" if not after else "hábil" if after[1][0] in "hl" else "natural"
        for quantity in re.finditer(QUANTITY, found[1]):
            value = quantity_value(quantity[0])
            if value is not None:
                start = found.start(1) + quantity.start()
                yield _Counted(unit, value, kind, start, after.end() if after else found.end())
