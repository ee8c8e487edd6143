"""What an answer claims beyond its bare data: numbers with their unit, numbers in words, that it costs nothing.

:mod:`rules.figures` compares «48» with «48»; here «48 días» is not «48 horas». Facts are read generously
(«un trimestre» is held by any fact that speaks of trimesters), so that what is reported needs no guessing.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rules.claim import Claim
from rules.figures import AMOUNT, NUMBER, TIME, Key, fold_in_place, held_by, number_words
from rules.numerals import CARDINAL, word_value, written_value

UNITS = {
    "hora": r"horas?|hrs?|h",
    "minuto": r"minutos?|min",
    "día": r"dias?",
    "semana": r"semanas?",
    "mes": r"mes(?:es)?",
    "trimestre": r"trimestres?",
    "cuatrimestre": r"cuatrimestres?",
    "semestre": r"semestres?",
    "año": r"anos?",
}
# (unit, how many, of unit): the same length of time said otherwise.
_SAME = (
    ("hora", 60, "minuto"), ("día", 24, "hora"), ("semana", 7, "día"), ("mes", 30, "día"), ("trimestre", 3, "mes"),
    ("cuatrimestre", 4, "mes"), ("semestre", 6, "mes"), ("año", 12, "mes"), ("año", 4, "trimestre"),
)  # fmt: skip
_ARTICLES = {"un": Decimal(1), "una": Decimal(1), "medio": Decimal("0.5"), "media": Decimal("0.5")}
_NUMBER = r"\d+(?:[.,]\d+)*"
QUANTITY = rf"(?:{_NUMBER}|{CARDINAL}|\b(?:una?|medi[oa])\b)"
_OR = r"\s*(?:a|al|o|u|y|e|,|-|–)\s*"
ANY_UNIT = "|".join(UNITS.values())
_BETWEEN = r"(?:\s+(?:primer[oa]s|ultim[oa]s|siguientes|seguid[oa]s|posibles|de))?"
MEASURE = re.compile(rf"(?<![\w:.,$/-])({QUANTITY}(?:{_OR}{QUANTITY})*){_BETWEEN}\s*\b({ANY_UNIT})\b")
_CLOCK = re.compile(r"\b(?:a|de|desde|hasta) las\s+$")
_GRADED = r"\b(?:promedio|calificacion)"
_GRADE = re.compile(
    rf"{_GRADED}(?:\s+[a-z]+){{0,3}}\s+de\s+(?:al\s+menos\s+)?({_NUMBER}|{CARDINAL})(?![^\W\d_]|[.,]?\d|\s+y\s+(?:{CARDINAL})|\s*(?:%|por\s?ciento|{ANY_UNIT})\b)"
    rf"|({_NUMBER}|{CARDINAL})\s+de\s+(?:promedio|calificacion)\b"
)
_LIMIT = re.compile(rf"\b(?:minim[oa]|maxim[oa])(?:\s+[a-z]+)?\s+(?:de|son|es)\s+({CARDINAL})")
SENTENCE = re.compile(r"[^.;\n]+(?:[.;](?=\S)[^.;\n]*)*")
_FREE = re.compile(
    r"(?<!\bsi )(?<!\bsi es )\b(?:gratis|gratuit[oa]s?|gratuitamente|sin (?:ningun )?costo|sin cargo|no cuestan?"
    r"|no tienen? (?:ningun )?costo|no (?:te )?cobran|no hay que pagar|exent[oa]s? de pago)\b"
)
_FREE_IN_FACT = re.compile(
    r"\bgratis|\bgratuit|\bcosto|\bno cuesta|\bno se (?:paga|cobra)|\bsin (?:pagar|pago|cobro)|\bexent|\bcondon"
)
_LEAST_DATUM = 11  # «las dos», «de los tres»: smaller numbers in words often count what the text itself lists
_IDIOM = re.compile(r"\s+(?:gracias|disculpas|perdones|veces|felicidades|formas|maneras|cosas)\b")


def claims(text: str) -> list[Claim]:
    """What ``text`` claims, in order."""
    level = fold_in_place(text)
    return sorted((*_durations(text, level), *_grades(text, level), *_words(text, level), *_free(text, level)), key=_order)


def held(text: str) -> Iterator[Key]:
    """What a fact that says ``text`` supports."""
    level = fold_in_place(text)
    yield from held_by((text,))
    for found in MEASURE.finditer(level):
        for quantity in re.finditer(QUANTITY, found[1]):
            value = quantity_value(quantity[0])
            if value is not None:
                yield from same_length(value, unit_of(found[2]))
    for unit, pattern in UNITS.items():
        if re.search(rf"\b(?:{pattern})\b", level):
            yield ("unidad", unit)
    for sentence in SENTENCE.findall(level):
        if re.search(_GRADED, sentence):
            yield from (("nota", key[1]) for key in held_by((sentence,)) if key[0] == NUMBER)
    if _FREE_IN_FACT.search(level):
        yield ("gratis",)


def unit_of(word: str) -> str:
    """The unit of time that ``word`` names (it matches ``ANY_UNIT``)."""
    return next(unit for unit, pattern in UNITS.items() if re.fullmatch(pattern, word))


def quantity_value(words: str) -> Decimal | None:
    """What a match of ``QUANTITY`` means; None when its digits are no number."""
    if words in _ARTICLES:
        return _ARTICLES[words]
    return written_value(words) if words[0].isdigit() else word_value(" ".join(words.split()))


def same_length(value: Decimal, unit: str) -> Iterator[Key]:
    """The keys of ``value`` units of time, in every unit that says the same."""
    yield ("duracion", unit, value)
    for large, count, small in _SAME:
        if unit == large:
            yield ("duracion", small, value * count)
        elif unit == small:
            yield ("duracion", large, value / count)


def _order(claim: Claim) -> int:
    return claim.start


def _durations(text: str, level: str) -> Iterator[Claim]:
    for found in MEASURE.finditer(level):
        unit = unit_of(found[2])
        if unit == "hora" and _CLOCK.search(level[: found.start()]):
            continue
        for quantity in re.finditer(QUANTITY, found[1]):
            value = quantity_value(quantity[0])
            if value is None:
                continue
            keys = set(same_length(value, unit))
            if quantity[0] in ("un", "una"):
                keys.add(("unidad", unit))
            if unit == "hora":
                keys.add((TIME, int(value * 60)))
            start = found.start(1) + quantity.start()
            last = quantity.end() == len(found[1])
            label = text[start : found.end()] if last else text[start : found.start(1) + quantity.end()]
            yield Claim(label, start, frozenset(keys))


def _grades(text: str, level: str) -> Iterator[Claim]:
    for found in _GRADE.finditer(level):
        group = 1 if found[1] else 2
        value = quantity_value(found[group])
        if value is not None:
            yield Claim(text[slice(*found.span(group))], found.start(group), frozenset([("nota", value)]))


def _words(text: str, level: str) -> Iterator[Claim]:
    limits = {found.start(1) for found in _LIMIT.finditer(level)}
    for figure in number_words(text):
        value = next(key[-1] for key in figure.gives)
        datum = figure.start in limits or (isinstance(value, Decimal) and value >= _LEAST_DATUM)
        if datum and not _IDIOM.match(level, figure.start + len(figure.text)):
            yield Claim(figure.text, figure.start, frozenset([(NUMBER, value), (AMOUNT, "pesos", value)]))


def _free(text: str, level: str) -> Iterator[Claim]:
    for found in _FREE.finditer(level):
        yield Claim(text[slice(*found.span())], found.start(), frozenset([("gratis",)]))
