"""How many of a thing there are: where the facts say «dos módulos», «tres módulos» is wrong.

Small number words are free where no fact counts their noun: «las dos opciones» counts what the text itself lists.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rules.claim import Claim
from rules.figures import Key, fold_in_place
from rules.measures import ANY_UNIT, quantity_value
from rules.numerals import CARDINAL

_COUNT = rf"(?:\d{{1,3}}|{CARDINAL})"
_OR = r"\s*(?:a|o|u|y|,|-|–)\s*"
_BETWEEN = r"(?:\s+(?:primer[oa]s|ultim[oa]s|siguientes|seguid[oa]s|posibles|unic[oa]s|o mas|o menos))?"
# What follows a number and is no noun that it counts: units, which other readers compare, and names of days and months.
_NO_NOUN = (
    rf"(?:{ANY_UNIT}|pesos|mil|millones|por|del?|con|los|las|que|hasta|para|lunes|martes|miercoles|jueves|viernes|sabados?"
    r"|domingos?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b"
)
_NOUN = rf"(?!{_NO_NOUN})(?P<noun>[a-z]{{3,}})\b"
_COUNTED = re.compile(rf"(?<![\w:.,$/-])(?P<first>{_COUNT})(?:{_OR}(?P<last>{_COUNT}))?{_BETWEEN}\s+{_NOUN}")
_ONLY_ONE = re.compile(rf"\buna? sol[oa]\s+{_NOUN}")
_ONE = re.compile(rf"\buna?\s+{_NOUN}")


def claims(text: str) -> Iterator[Claim]:
    """Each counted noun, against facts that count it. «Un» alone is an article, and counts nothing."""
    for key, start, end in _counted(fold_in_place(text)):
        yield Claim(text[start:end], start, frozenset([key]), about=key[:2])


def held(text: str) -> Iterator[Key]:
    """The nouns that a fact counts, and how many it says; «un módulo» may say one, but by itself doesn't count."""
    level = fold_in_place(text)
    for key, _, _ in _counted(level):
        yield from (key, key[:2])
    for found in _ONE.finditer(level):
        yield _key(found["noun"], Decimal(1))


def _counted(level: str) -> Iterator[tuple[Key, int, int]]:
    for found in _COUNTED.finditer(level):
        for group in ("first", "last"):
            value = quantity_value(found[group]) if found[group] else None
            if value is not None:
                yield _key(found["noun"], value), found.start(group), found.end()
    for found in _ONLY_ONE.finditer(level):
        yield _key(found["noun"], Decimal(1)), *found.span()


def _key(noun: str, value: Decimal) -> Key:
    """The key of a count, by what the singular and the plural of ``noun`` have in common: «recibo», «vez», «exam»."""
    stem = noun[:-3] + "z" if noun.endswith("ces") else re.sub(r"(?<=\w{3})(?:es|s|e)$", "", noun)
    return ("conteo", stem, value)
