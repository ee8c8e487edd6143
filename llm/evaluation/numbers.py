"""Spanish numbers, in digits or words, for the scorer. It shares no code with what it judges."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_SIMPLE = (
    "cero _ dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve"
)
_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_HUNDREDS = "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient"
_ORDINALS = "primer segund tercer cuart quint sext septim octav noven decim"
_VALUES = {word: value for value, word in enumerate(_SIMPLE.split()) if word != "_"}
_VALUES |= {word: 30 + 10 * place for place, word in enumerate(_TENS.split())}
_VALUES |= {f"{word}{end}": 200 + 100 * place for place, word in enumerate(_HUNDREDS.split()) for end in ("os", "as")}
_VALUES |= {"cien": 100, "ciento": 100, "veintiun": 21, "veintiuna": 21}
_ORDINAL_VALUES = {
    stem + end: place for place, stem in enumerate(_ORDINALS.split(), 1) for end in ("o", "a", "os", "as", "")
    if end or stem in ("primer", "tercer")
}  # fmt: skip
_ONE = {"un", "uno", "una"}
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[%.:;]")


@dataclass(frozen=True)
class Number:
    """A value as it stands at the places ``first`` to ``last`` of a text's tokens."""

    value: float
    first: int
    last: int


def fold(text: str) -> str:
    """``text`` without case, accents, emphasis marks and repeated blanks (ñ reads as n)."""
    plain = unicodedata.normalize("NFD", text.replace("**", "").replace("*", " "))
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).lower().split())


def tokens_of(text: str) -> list[str]:
    """The folded words, digit groups, percent signs and stops of ``text``."""
    return _TOKEN.findall(fold(text).replace("por ciento", "%"))


def numbers_of(tokens: list[str]) -> Iterator[Number]:
    """Every number among ``tokens``; «un» and «una» alone are articles, not numbers."""
    place = 0
    while place < len(tokens):
        found = _digits(tokens, place) or _words(tokens, place)
        if found:
            yield found
        place = found.last + 1 if found else place + 1


def value_of(digits: str) -> float:
    """«1,234» is a thousand and more, «7.5» and «7,5» are seven and a half."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
        return float(digits.replace(",", ""))
    if re.fullmatch(r"\d+[.,]\d+", digits):
        return float(digits.replace(",", "."))
    return float(re.sub(r"[.,]", "", digits))


def _digits(tokens: list[str], place: int) -> Number | None:
    if not tokens[place][0].isdecimal():
        return None
    value = value_of(tokens[place])
    if place + 1 < len(tokens) and tokens[place + 1] == "mil":
        return Number(value * 1000, place, place + 1)
    return Number(value, place, place)


def _words(tokens: list[str], place: int) -> Number | None:
    """The longest number that begins here: «cuatrocientas ochenta», «treinta y cinco», «dos mil»."""
    if tokens[place] in _ORDINAL_VALUES:
        return Number(_ORDINAL_VALUES[tokens[place]], place, place)
    total, current, last, here = 0, 0, -1, place
    while here < len(tokens):
        word = tokens[here]
        if word in _VALUES and (not current or _VALUES[word] < _least(current)):
            current += _VALUES[word]
        elif word in _ONE and tokens[here - 1] == "y" and last >= 0:
            current += 1
        elif word == "mil" and not total:
            total, current = (current or 1) * 1000, 0
        elif word == "y" and last >= 0 and current % 10 == 0:
            here += 1
            continue
        else:
            break
        last = here
        here += 1
    return Number(total + current, place, last) if last >= 0 else None


def _least(value: int) -> int:
    """What may still be added to ``value`` must be below its last digit that is not zero."""
    return next((10**power for power in (3, 2, 1, 0) if value % 10**power == 0), 1)
