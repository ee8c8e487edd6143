"""Quantities with their unit of volume, length, weight, storage or score: «20 metros cúbicos» are not «20 litros»."""
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rules.claim import Claim
from rules.figures import NUMBER, Key, fold_in_place, held_by
from rules.measures import SENTENCE, quantity_value
from rules.numerals import CARDINAL

_UNITS = {
    "metro cúbico": r"metros? cubicos?|m3|m³",
    "metro cuadrado": r"metros? cuadrados?|m2|m²",
    "litro": r"litros?|lts?",
    "mililitro": r"mililitros?|ml",
    "kilómetro": r"kilometros?|kms?",
    "metro": r"metros?|mts?",
    "centímetro": r"centimetros?|cms?",
    "milímetro": r"milimetros?|mm",
    "kilo": r"kilos?|kilogramos?|kgs?",
    "gramo": r"gramos?",
    "tonelada": r"toneladas?",
    "gigabyte": r"gigabytes?|gigas?|gb",
    "megabyte": r"megabytes?|megas?|mb",
    "kilobyte": r"kilobytes?|kb",
    "punto": r"puntos?",
    "crédito": r"creditos?",
}
_UNIT = "|".join(_UNITS.values())
_QUANTITY = rf"(?:\d+(?:[.,]\d+)*|{CARDINAL})"
_QUANTIFIED = re.compile(
    rf"(?<![\w:.,$/-])(?P<first>{_QUANTITY})(?:\s*(?:a|al|o|u|y|e|,|-|–)\s*(?P<last>{_QUANTITY}))?\s*(?P<unit>{_UNIT})(?!\w)"
)
_NAMED = re.compile(rf"(?<!\w)(?:{_UNIT})(?!\w)")


def claims(text: str) -> Iterator[Claim]:
    """Each quantity with its unit, which some fact has to measure so."""
    for unit, value, start, end in _quantities(fold_in_place(text)):
        yield Claim(text[start:end], start, frozenset([("medida", unit, value)]))


def held(text: str) -> Iterator[Key]:
    """The quantities that a fact gives with their unit: a unit that stands apart («créditos: 480», «un litro») may go
    with any number of its sentence."""
    for sentence in SENTENCE.findall(fold_in_place(text)):
        measured = list(_quantities(sentence))
        yield from (("medida", unit, value) for unit, value, _, _ in measured)
        ends = {end for _, _, _, end in measured}
        apart = {_unit(found[0]) for found in _NAMED.finditer(sentence) if found.end() not in ends}
        if apart:
            values = [Decimal(1), *(key[1] for key in held_by((sentence,)) if key[0] == NUMBER)]
            yield from (("medida", unit, value) for unit in apart for value in values)


def _quantities(level: str) -> Iterator[tuple[str, Decimal, int, int]]:
    for found in _QUANTIFIED.finditer(level):
        for group in ("first", "last"):
            value = quantity_value(found[group]) if found[group] else None
            if value is not None:
                yield _unit(found["unit"]), value, found.start(group), found.end()


def _unit(word: str) -> str:
    return next(name for name, pattern in _UNITS.items() if re.fullmatch(pattern, word))
