"""The little text handling that the checks need."""
from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case without accents (ñ becomes n); for comparing words, never for showing."""
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
