"""Quotes around a text that YAML doesn't take for its own, and would show."""
from __future__ import annotations

import re

STRAY_MEND = "Encierra el texto con las comillas rectas del teclado (\") o quítalas"
_PAIRS = ("“”", "‘’", "„“", "””", "““", "’’", "``", "´´", "''", '""')
_MARKS = "“”„‟‘’‚`´'\""
_CLOSING = {"“": "”“", "„": "“”", "‘": "’", "‚": "‘", "´": "´`", "`": "`´"}
_OPENING = {"”": "“”„", "’": "‘’", "´": "´`", "`": "`´"}


def stray_quote(text: str) -> str:
    """What is wrong with the quotes at the ends of ``text``, or nothing."""
    text = text.strip()
    if not text:
        return ""
    first, last = text[0], text[-1]
    inside = text[1:-1]
    if len(text) > 1 and first + last in _PAIRS and not any(mark in inside for mark in (first, last)):
        return f"está entre comillas {first} {last} que YAML no quita"
    if first in _MARKS and not _closes(first, text[1:]):
        return f"empieza con una comilla {first} que no cierra"
    if last in _MARKS and not _opens(last, text[:-1]):
        return f"termina con una comilla {last} que no se abrió"
    return ""


def _closes(mark: str, rest: str) -> bool:
    return bool(re.search(f"[{re.escape(_CLOSING.get(mark, mark))}]", rest))


def _opens(mark: str, before: str) -> bool:
    return bool(re.search(f"[{re.escape(_OPENING.get(mark, mark))}]", before))
