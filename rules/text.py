"""The little text handling that checks and reports need."""
from __future__ import annotations

import math
import re
import unicodedata


def fold(text: str) -> str:
    """Lower case without accents (ñ becomes n); for comparing words, never for showing."""
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def count(number: int, one: str, many: str = "") -> str:
    """``number`` with its noun, ``one`` or ``many`` (default: with an s), as in «1 regla» and «1,262 reglas»."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tenths(value: float) -> str:
    """``value`` with one decimal, never rounded up: what is below a bound is not said to reach it."""
    return f"{math.floor(value * 10) / 10:.1f}"


_DENIAL = re.compile(r"\b(?:no|ni|nunca|tampoco|jamas)\b[^.,;:()\n]*\Z")


def denied(plain: str, start: int) -> bool:
    """Whether what begins at ``start`` of ``plain`` (folded) stands behind a «no» of its clause."""
    return bool(_DENIAL.search(plain[:start]))
