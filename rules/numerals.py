"""Spanish number words and written numbers as values."""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = dict(zip(["dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"], range(2, 10)))
_ONE = dict.fromkeys(("un", "uno", "una"), 1)
_TEENS = dict(
    zip(
        [
            "diez",
            "once",
            "doce",
            "trece",
            "catorce",
            "quince",
            "dieciseis",
            "diecisiete",
            "dieciocho",
            "diecinueve",
            "veinte",
            "veintiuno",
            "veintidos",
            "veintitres",
            "veinticuatro",
            "veinticinco",
            "veintiseis",
            "veintisiete",
            "veintiocho",
            "veintinueve",
        ],
        range(10, 30),
    )
) | {"veintiun": 21, "veintiuna": 21}
_TENS = dict(zip(["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"], range(30, 100, 10)))
_STEMS = ["doscient", "trescient", "cuatrocient", "quinient", "seiscient", "setecient", "ochocient", "novecient"]
_HUNDREDS = {"cien": 100, "ciento": 100} | {
    stem + ending: 200 + 100 * i for i, stem in enumerate(_STEMS) for ending in ("os", "as")
}
_VALUES = {**_UNITS, **_ONE, **_TEENS, **_TENS, **_HUNDREDS, "cero": 0}
_ORDINAL_STEMS = [
    "primer",
    "segund",
    "tercer",
    "cuart",
    "quint",
    "sext",
    "septim",
    "octav",
    "noven",
    "decim",
    "undecim",
    "duodecim",
]
ORDINALS = {stem + ending: i for i, stem in enumerate(_ORDINAL_STEMS, 1) for ending in ("o", "a", "os", "as")}
ORDINALS |= {"primer": 1, "tercer": 3}


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_BELOW_100 = rf"(?:(?:{_any(_TENS)})(?:\s+y\s+(?:{_any(_UNITS | _ONE)}))?|{_any(_TEENS)}|{_any(_UNITS)})"
_BELOW_1000 = rf"(?:(?:{_any(_HUNDREDS)})(?:\s+(?:{_BELOW_100}|{_any(_ONE)}))?|{_BELOW_100})"
# «un», «uno», «una» alone are articles, not numbers.
CARDINAL = rf"\b(?:(?:{_BELOW_1000}\s+)?mil(?:\s+(?:{_BELOW_1000}|{_any(_ONE)}))?|{_BELOW_1000}|cero)\b"
ORDINAL = rf"\b(?:{_any(ORDINALS)})\b"


def word_value(words: str) -> Decimal:
    """The value of words that match ``CARDINAL`` or ``ORDINAL`` (lower case, no accents)."""
    if words in ORDINALS:
        return Decimal(ORDINALS[words])
    before, thousand, after = words.partition("mil")
    if not thousand:
        return Decimal(_sum(words))
    return Decimal((_sum(before) or 1) * 1000 + _sum(after))


def _sum(words: str) -> int:
    return sum(_VALUES[word] for word in words.split() if word != "y")


_GROUPED = re.compile(r"\d{1,3}(?:([,. \u00a0\u202f])\d{3})(?:\1\d{3})*")


def written_value(digits: str) -> Decimal | None:
    """What digits with separators mean in Mexico: «1,250» is 1250, «7.0» and «7.000» are 7, «1,5» is 1.5.

    A comma marks thousands wherever it can; a point does so only where it stands twice («1.250.000») or
    before a decimal comma («1.250,50»). None when the digits are no number («1.2.3»).
    """
    plain = re.sub(r"[ \u00a0\u202f]", "", digits)
    if _GROUPED.fullmatch(digits) and plain.count(".") != 1:
        return Decimal(re.sub(r"\D", "", digits))
    whole, _, fraction = plain.rpartition(max(".", ",", key=plain.rfind))
    if not whole:
        return Decimal(plain)
    if not re.search(r"[.,]", whole) or _GROUPED.fullmatch(whole):
        return Decimal(f"{re.sub('[.,]', '', whole)}.{fraction}")
    return None
