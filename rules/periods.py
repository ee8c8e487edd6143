"""How often something happens: «bimestral» is «cada dos meses» and not «mensual»."""
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rules.claim import Claim
from rules.figures import Key, fold_in_place
from rules.measures import QUANTITY, quantity_value, same_length
from rules.text import denied

# The words of each period, and how many days or months it has.
_ADJECTIVES = {
    r"diari[oa]s?(?! oficial)|diariamente|a diario": ("día", 1),
    r"semanal(?:es|mente)?": ("día", 7),
    r"quincenal(?:es|mente)?": ("día", 15),
    r"mensual(?:es|mente)?": ("mes", 1),
    r"bimestral(?:es|mente)?": ("mes", 2),
    r"trimestral(?:es|mente)?": ("mes", 3),
    r"cuatrimestral(?:es|mente)?": ("mes", 4),
    r"semestral(?:es|mente)?": ("mes", 6),
    r"anual(?:es|mente)?": ("mes", 12),
    r"bienal(?:es|mente)?": ("mes", 24),
}
_UNITS = {
    r"dias?": ("día", 1), r"semanas?": ("día", 7), r"quincenas?": ("día", 15), r"mes(?:es)?": ("mes", 1),
    r"bimestres?": ("mes", 2), r"trimestres?": ("mes", 3), r"cuatrimestres?": ("mes", 4), r"semestres?": ("mes", 6),
    r"anos?": ("mes", 12),
}  # fmt: skip
_NOUNS = {r"mensualidad(?:es)?": ("mes", 1), r"anualidad(?:es)?": ("mes", 12)}
_UNIT = "|".join(_UNITS)
_ADJECTIVE = re.compile(rf"\b(?:{'|'.join(_ADJECTIVES)})\b")
_EACH = re.compile(rf"\bcada\s+(?:({QUANTITY})\s+)?({_UNIT})\b")
_TIMES = re.compile(rf"({QUANTITY})(?:\s+sola)?\s+ve(?:z|ces)\s+(?:al|por|a la|cada)\s+({_UNIT})\b")
_ALL = re.compile(rf"\btod[oa]s l[oa]s ({_UNIT})\b")
# «Al mes», «por mes»: too often part of something else to be held against an answer.
_PER = re.compile(rf"\b(?:al|por|a la)\s+({_UNIT})\b")


def claims(text: str) -> Iterator[Claim]:
    """Each period, which some fact has to state in one form or another. What is denied is none: «no es mensual»."""
    level = fold_in_place(text)
    for key, start, end in _periods(level):
        if not denied(level, start):
            yield Claim(text[start:end], start, frozenset([key]), whole=True)


def held(text: str) -> Iterator[Key]:
    """The periods that a fact states."""
    level = fold_in_place(text)
    for key, _, _ in _periods(level):
        yield key
        yield from _as_length(key)
    for found in _PER.finditer(level):
        yield _period(*_named(found[1], _UNITS))
    for noun, period in _NOUNS.items():
        if re.search(rf"\b(?:{noun})\b", level):
            yield _period(*period)


def _periods(level: str) -> Iterator[tuple[Key, int, int]]:
    for found in _ADJECTIVE.finditer(level):
        yield _period(*_named(found[0], _ADJECTIVES)), *found.span()
    for found in _EACH.finditer(level):
        value = quantity_value(found[1]) if found[1] else Decimal(1)
        if value is not None:
            yield _period(*_named(found[2], _UNITS), value), *found.span()
    for found in _TIMES.finditer(level):
        value = quantity_value(found[1])
        if value:
            yield _period(*_named(found[2], _UNITS), 1 / value), *found.span()
    for found in _ALL.finditer(level):
        yield _period(*_named(found[1], _UNITS)), *found.span()


def _as_length(period: Key) -> Iterator[Key]:
    """The length of time between two occasions: what is «quincenal» happens each «15 días»."""
    _, unit, count = period
    yield from same_length(Decimal(count), str(unit))


def _named(word: str, names: dict[str, tuple[str, int]]) -> tuple[str, int]:
    return next(period for pattern, period in names.items() if re.fullmatch(pattern, word))


def _period(unit: str, count: int, times: Decimal = Decimal(1)) -> Key:
    return ("periodo", unit, count * times)
