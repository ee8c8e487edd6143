"""Deadlines in words alone: «el mismo día», «de inmediato», «al día siguiente», «en un par de días», «en una hora»."""
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rules.claim import Claim
from rules.figures import Key, fold_in_place
from rules.measures import ANY_UNIT, MEASURE, same_length, unit_of
from rules.text import denied

_SAME_DAY = re.compile(r"\b(?:el|ese) mismo dia\b(?! del?\b| que\b| en que\b)")
_NEXT_DAY = re.compile(r"\b(?:al|el) dia siguiente\b|\bal otro dia\b|\bde un dia para otro\b")
# What one is told to do at once is advice, not how long anything takes.
_ADVICE = re.compile(r"\b(?:busca|acude|llama|avisa|pide|ve|reporta|reportalo|comunicate|dirigete|denuncia|marca)\s+$")
_AT_ONCE = re.compile(
    r"\b(?:de inmediato|al instante)\b|\binmediatamente\b(?! (?:anterior|posterior|despues|antes|siguiente))"
)
_AT_ONCE_FACT = re.compile(r"\binmediat|\bal instante\b")
_PAIR = re.compile(rf"\bun par de ({ANY_UNIT})\b")
# «En un trimestre» says which, not how long.
_ONE = re.compile(r"\b(?:en|dentro de|antes de) una? (hora|minuto|dia|semana)\b")
_FEW = re.compile(rf"\ben (?:un[oa]s|poc[oa]s|cuestion de) ({ANY_UNIT})\b")


def claims(text: str) -> Iterator[Claim]:
    """Each deadline in words, which some fact has to state in one form or another. What is denied is none: «no se
    entrega el mismo día»."""
    level = fold_in_place(text)
    for claim in _claims(text, level):
        if not denied(level, claim.start):
            yield claim


def held(text: str) -> Iterator[Key]:
    """The deadlines in words of a fact, and whether it says how long anything takes."""
    level = fold_in_place(text)
    for keys, _, _ in _deadlines(level):
        yield from keys
    if _AT_ONCE_FACT.search(level):
        yield ("plazo", "inmediato")
    if MEASURE.search(level):
        yield ("plazo",)


def _claims(text: str, level: str) -> Iterator[Claim]:
    for keys, start, end in _deadlines(level):
        yield Claim(text[start:end], start, frozenset(keys))
    for found in _AT_ONCE.finditer(level):
        # «Busca ayuda de inmediato» is advice where no fact says how long anything takes.
        if _ADVICE.search(level[: found.start()]):
            continue
        yield Claim(text[slice(*found.span())], found.start(), frozenset([("plazo", "inmediato")]), about=("plazo",))
    for found in _FEW.finditer(level):
        yield Claim(text[slice(*found.span())], found.start(), frozenset([("unidad", unit_of(found[1]))]))


def _deadlines(level: str) -> Iterator[tuple[tuple[Key, ...], int, int]]:
    for found in _SAME_DAY.finditer(level):
        yield (("plazo", "mismo día"),), *found.span()
    for found in _NEXT_DAY.finditer(level):
        yield _length(1, "día"), *found.span()
    for pattern, count in ((_PAIR, 2), (_ONE, 1)):
        for found in pattern.finditer(level):
            yield _length(count, unit_of(found[1])), *found.span()


def _length(count: int, unit: str) -> tuple[Key, ...]:
    return tuple(same_length(Decimal(count), unit))
