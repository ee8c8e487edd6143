"""Slips of the keyboard at which YAML stumbles without saying so: seen in the line itself, each with its mend."""
from __future__ import annotations

import re
from typing import NamedTuple

_GLUED_DASH = re.compile(r"\s*(?P<dash>-)(?=[^\s-])")
# What word processors put before an item of a list. The asterisk is one with a blank behind it only: «**negritas**».
_BULLET = re.compile(r"\s*(?P<bullet>[‐‑‒–—―−•·●▪■◦‣∙\uf0b7]|\*(?=\s))\s*")
_TAB_BEFORE_TEXT = re.compile(r"[ -]*(?P<tab>\t)")
_GLUED_COLON = re.compile(r"[\s-]*(?P<key>[^\W\d]+):(?=[^\s:/])")
# What stands before a text: the dashes of lists, and a key.
_BEFORE_TEXT = re.compile(r"\s*(?:-\s+)*(?:[^\s\"':\[]+:\s+)?")
_QUOTED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}
_AFTER_TEXT = re.compile(r"\s*(?:#.*)?")
_PAIRS_IN_LIST = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\"'])*")


class Slip(NamedTuple):
    """What is wrong with a line from ``column`` (from 1) on, without a full stop, and how to mend it."""

    column: int
    message: str
    mend: str


def slip(line: str) -> Slip | None:
    """The slip in a line at which YAML stumbled, or None when it shows none that we know."""
    return bad_dash(line) or _tab(line) or _glued_colon(line) or _quotes(line)


def bad_dash(line: str) -> Slip | None:
    """An item of a list whose dash YAML doesn't take for one."""
    return _glued_dash(line) or _bullet(line)


def _glued_dash(line: str) -> Slip | None:
    """An item of a list without the blank behind its dash: ``-"texto"``."""
    found = _GLUED_DASH.match(line)
    if not found:
        return None
    text = line[found.end() :].strip()
    message = f"Falta un espacio después del guion: «-{text}»"
    mend = f"Escríbelo «- {text}»; si el texto empieza de verdad con guion, ponlo entre comillas"
    return Slip(found.start("dash") + 1, message, mend)


def _bullet(line: str) -> Slip | None:
    """An item of a list with a long dash or a dot, as word processors write it: ``– "texto"``."""
    found = _BULLET.match(line)
    if not found:
        return None
    text = line[found.end() :].strip()
    message = f"Una lista no lleva «{found['bullet']}» sino el guion del teclado (-): «{line.strip()}»"
    mend = f"Escríbelo «- {text}»; si no es de una lista, pon todo el texto entre comillas"
    return Slip(found.start("bullet") + 1, message, mend)


def _tab(line: str) -> Slip | None:
    found = _TAB_BEFORE_TEXT.match(line)
    if not found:
        return None
    return Slip(found.start("tab") + 1, "Hay un tabulador antes del texto", "Bórralo y usa espacios, con la barra espaciadora")


def _glued_colon(line: str) -> Slip | None:
    found = _GLUED_COLON.match(line)
    if not found:
        return None
    key = found["key"]
    mend = f"Escribe «{key}: » y luego su valor"
    return Slip(found.start("key") + 1, f"Falta un espacio después de los dos puntos de «{key}:»", mend)


def _quotes(line: str) -> Slip | None:
    before = _BEFORE_TEXT.match(line)
    start = before.end() if before else 0
    text = line[start:].rstrip()
    if text.startswith("["):
        return _quotes_in_list(text, start + 1)
    if not text.startswith(('"', "'")):
        return None
    mark = text[0]
    closed = _QUOTED[mark].match(text)
    if not closed:
        return Slip(start + 1, f"Se abren comillas que no cierran: «{text}»", f"Ciérralas con {mark} en el mismo renglón")
    rest = text[closed.end() :]
    return None if _AFTER_TEXT.fullmatch(rest) else Slip(start + 1, *_closed_early(text, mark, rest.strip()))


def _closed_early(text: str, mark: str, rest: str) -> tuple[str, str]:
    """What is wrong with ``text``, whose quotes are closed before ``rest``, and how to write it."""
    plain = text.strip("\"'")
    if rest.startswith(","):
        return f"Sobra la coma después de las comillas: «{text}»", "Quítala: en una lista con guiones no va"
    if mark not in plain:
        return f"Hay comillas de más: «{text}»", f'Deja un solo par: "{plain}"'
    message = f"Las comillas se cierran antes de «{rest}»"
    if mark not in rest:
        return message, "Pon todo el texto dentro de las comillas"
    if mark == "'" and '"' not in plain:
        return message, f'Encierra el texto con comillas dobles: "{plain}"'
    return message, "Escribe las de adentro como « »; si son dos textos, pon cada uno en su renglón, con su guion"


def _quotes_in_list(text: str, column: int) -> Slip | None:
    if _PAIRS_IN_LIST.fullmatch(text) and not re.search(r"[\"']\s*[\"']", text):
        return None
    mend = 'Cada texto va entre un solo par de comillas y con una coma entre uno y otro: ["uno", "dos"]'
    return Slip(column, "Las comillas de esta lista no van por pares", mend)
