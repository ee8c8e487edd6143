"""Read YAML as text values that remember where they stood.

Every scalar becomes ``str`` (an empty one ``None``): a staff member who writes ``- no`` or
``- 404`` as a question means text, not a boolean or a number. Types such as dates are the
schema's business. This module knows nothing about rules.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rules.damage import CONFLICT, CONFLICT_MEND, CONFLICT_MESSAGE
from rules.slips import Slip, bad_dash, slip

PathKey = str | int
Path_ = tuple[PathKey, ...]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Position:
    """A place in a file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class SourceError(ValueError):
    """A file that can't be read as YAML. ``position`` says where, ``hint`` how to mend it."""

    def __init__(self, message: str, position: Position, hint: str):
        super().__init__(f"{position}: {message}. {hint}")
        self.message, self.position, self.hint = message, position, hint


class EncodingError(SourceError):
    """A file whose bytes are not UTF-8."""


@dataclass(frozen=True)
class Written:
    """How a text stands in its file: ``style`` is YAML's («"», «'», «|», «>», or empty without quotes),
    ``end`` the place right behind its last character."""

    style: str
    start: Position
    end: Position

    @property
    def several_lines(self) -> bool:
        return self.end.line > self.start.line


@dataclass(frozen=True)
class Source:
    """One parsed file: its plain value, and the position of every node by path.

    ``ends`` holds the last line of every node, ``written`` how each text was written; ``lines`` is
    the file's text.
    """

    file: str
    value: Any
    positions: dict[Path_, Position]
    duplicate_keys: tuple[tuple[str, Position], ...] = ()
    ends: dict[Path_, int] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    written: dict[Path_, Written] = field(default_factory=dict)

    def at(self, *path: PathKey) -> Position:
        """Position of the deepest existing node on ``path``."""
        key: Path_ = tuple(path)
        while key and key not in self.positions:
            key = key[:-1]
        return self.positions.get(key, Position(self.file, 1, 1))

    def key_at(self, *path: PathKey) -> Position:
        """Position of the key that ends ``path`` (of its value when it is no key)."""
        return self.positions.get((*path, "<key>"), self.at(*path))

    def text_at(self, path: Path_) -> str | None:
        """The text at ``path``; None where there is none that counts (an empty value, a repeated key)."""
        value = self.value
        for part in path:
            if part == "<repetida>":
                return None
            value = value[part]
        return value if isinstance(value, str) else None

    def find(self, path: Path_, text: str, nth: int = 0) -> Position:
        """Where the ``nth`` (from 0) ``text`` stands as written inside the node at ``path``; the
        node's own position when it is written otherwise (an escape, a folded line)."""
        start = self.at(*path)
        for number in range(start.line, self.ends.get(path, start.line) + 1):
            line = self.lines[number - 1] if number <= len(self.lines) else ""
            column = line.find(text, start.column - 1 if number == start.line else 0)
            while column >= 0:
                if nth == 0:
                    return Position(self.file, number, column + 1)
                nth, column = nth - 1, line.find(text, column + len(text))
        return start


def read_source(path: Path, name: str | None = None) -> Source:
    """Parse the YAML file at ``path``; positions are reported under ``name`` (default: the path).

    Raises:
        SourceError: the file can't be opened, is not UTF-8 or not YAML.
    """
    shown = name or str(path)
    return parse_source(read_text(path, shown), shown)


def read_text(path: Path, name: str | None = None) -> str:
    """The text of a UTF-8 file, without a byte order mark; raises as :func:`read_source`."""
    shown = name or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "Revisa que exista y que tengas permiso de leerlo"
        raise SourceError("No se puede abrir el archivo", Position(shown, 1, 1), hint) from error
    if data.startswith(_NOT_TEXT):
        hint = "Copia su texto a un archivo de texto nuevo y guárdalo con codificación UTF-8"
        raise EncodingError("El archivo es un documento de Word, Excel o PDF, no texto", Position(shown, 1, 1), hint)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder counts from behind a byte order mark; line breaks are the same bytes.
        before = data[: error.start].split(b"\n")
        where = Position(shown, len(before), len(before[-1]) + 1)
        raise EncodingError("El archivo no está en UTF-8", where, "Guárdalo con codificación UTF-8") from error


def parse_source(text: str, name: str = "<texto>") -> Source:
    """Parse YAML ``text``.

    Raises:
        SourceError: a syntax error, an alias, anchor or tag, more than one document, too many levels,
            a version control conflict, or spaces that are no indentation.
    """
    _refuse_lines(text, name)
    builder = _Builder(text, name)
    try:
        return builder.source()
    except yaml.MarkedYAMLError as error:
        if builder.left_open(error):
            message = "YAML mal escrito: se abren comillas que no cierran"
            raise builder.error(builder.long_quote, message, "Ciérralas en el mismo renglón") from error
        slipped = _slip_at(error, text)
        if slipped:
            raise _slipped(slipped[1], Position(name, slipped[0], slipped[1].column)) from error
        signed = _sign_at(error, text)
        if signed:
            raise _swallowing(signed[0], Position(name, *signed[1:])) from error
        message = f"YAML mal escrito: {_in_spanish(error)}"
        hint = "Revisa este renglón y el de arriba: la sangría, los dos puntos y que cierren comillas y corchetes"
        raise SourceError(message, _error_position(error, name), hint) from error
    except yaml.YAMLError as error:
        raise SourceError(
            "YAML mal escrito: hay un carácter invisible que YAML no admite",
            _bad_character(text, name),
            "Borra ese carácter (suele venir al copiar de otro programa)",
        ) from error


# The first bytes of .docx and .xlsx (zip), of .doc and .xls, and of PDF.
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
# Lines that YAML would take for text, or complain about somewhere else.
_REFUSED = {
    CONFLICT: (CONFLICT_MESSAGE, CONFLICT_MEND),
    re.compile(r"([ \t]*)[\xa0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]"): (
        "La sangría lleva espacios especiales (de los que no se parten), que no cuentan como sangría",
        "Borra la sangría de este renglón y escríbela con la barra espaciadora",
    ),
}
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A rule file has five levels; more is a slip, and thousands would exhaust the stack.
_MAX_LEVELS = 20


class _Builder:
    """Builds the value from parser events: no recursion without a limit, no aliases."""

    def __init__(self, text: str, name: str):
        self.lines, self.name = _LINE_BREAK.split(text), name
        self.events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self.positions: dict[Path_, Position] = {}
        self.ends: dict[Path_, int] = {}
        self.written: dict[Path_, Written] = {}
        self.duplicates: list[tuple[str, Position]] = []
        # The last text in quotes, when it went on over a line break.
        self.long_quote: Any = None

    def source(self) -> Source:
        value = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.error(event, "Hay más de un documento (---) en el archivo", "Quita la línea ---")
                value = self.node(next(self.events), ())
        lines = tuple(self.lines)
        return Source(self.name, value, self.positions, tuple(self.duplicates), self.ends, lines, self.written)

    def node(self, event: Any, path: Path_) -> Any:
        self.positions[path] = self.position(event)
        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, f"El texto empieza con * («*{event.anchor}»)", "Ponlo entre comillas")
        self.refuse_signs(event)
        if len(path) > _MAX_LEVELS:
            raise self.error(event, "Hay demasiados niveles anidados", "Revisa corchetes, llaves y sangría")
        if isinstance(event, yaml.ScalarEvent):
            self.refuse_bad_dash(event)
            self.close(event, path)
            self.written[path] = Written(event.style or "", self.position(event), self.end(event))
            self.long_quote = event if _is_long_quote(event) else None
            return _plain_value(event)
        return self.sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(path)

    def refuse_signs(self, event: Any) -> None:
        """A tag or an anchor: YAML would swallow the first word of a text that starts with ! or &."""
        if event.anchor or getattr(event, "tag", None):
            at = self.position(event)
            raise _swallowing(self.lines[at.line - 1][at.column - 1 :].split()[0], at)

    def refuse_bad_dash(self, event: Any) -> None:
        """A list whose dashes have no blank behind them, or are a word processor's, would be read as one text, or as
        a key."""
        if event.style or not event.value or event.value[0].isalnum():
            return
        at = self.position(event)
        found = bad_dash(self.lines[at.line - 1])
        if found and found.column == at.column:
            raise _slipped(found, at)

    def sequence(self, path: Path_) -> list[Any]:
        result: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                self.close(event, path)
                break
            result.append(self.node(event, path + (len(result),)))
        return result

    def mapping(self, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                self.close(event, path)
                break
            if not isinstance(event, yaml.ScalarEvent):
                hint = "Pon entre comillas el texto que lleva llaves, corchetes o asterisco"
                raise self.error(event, "Una clave no puede ser una lista ni un bloque", hint)
            self.refuse_signs(event)
            self.refuse_bad_dash(event)
            self.pair(event, path, result)
        return result

    def pair(self, key_event: yaml.ScalarEvent, path: Path_, result: dict[str, Any]) -> None:
        key, self.long_quote = str(key_event.value), None
        if key in result:
            self.duplicates.append((key, self.position(key_event)))
            self.node(next(self.events), path + (key, "<repetida>"))
            return
        self.positions[path + (key, "<key>")] = self.position(key_event)
        result[key] = self.node(next(self.events), path + (key,))

    def left_open(self, error: yaml.MarkedYAMLError) -> bool:
        """Whether a forgotten quote explains ``error``: it stands right behind a text that went on
        to the opening quote of a later line."""
        mark = error.problem_mark
        return bool(self.long_quote and mark and mark.line == self.long_quote.end_mark.line)

    def close(self, event: Any, path: Path_) -> None:
        self.ends[path] = event.end_mark.line + 1

    def position(self, event: Any) -> Position:
        return Position(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def end(self, event: Any) -> Position:
        return Position(self.name, event.end_mark.line + 1, event.end_mark.column + 1)

    def error(self, event: Any, message: str, hint: str) -> SourceError:
        return SourceError(message, self.position(event), hint)


def _swallowing(word: str, position: Position) -> SourceError:
    message = f"El texto empieza con {word[0]} («{word}»), y YAML se comería esa palabra"
    return SourceError(message, position, "Pon todo el texto entre comillas")


def _slipped(found: Slip, position: Position) -> SourceError:
    return SourceError(f"YAML mal escrito: {found.message[0].lower()}{found.message[1:]}", position, found.mend)


def _slip_at(error: yaml.MarkedYAMLError, text: str) -> tuple[int, Slip] | None:
    """The number of a line that the error points at and the slip in it."""
    lines = _LINE_BREAK.split(text)
    for mark in (error.problem_mark, error.context_mark):
        if mark and mark.line < len(lines) and (found := slip(lines[mark.line])):
            return mark.line + 1, found
    return None


_STARTS_WITH_SIGN = re.compile(r"[\s-]*(?:[^\s:]+:\s+)?([!&]\S*)")


def _sign_at(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int, int] | None:
    """The word, with line and column, when the text of the faulty line starts with a sign that YAML minds."""
    mark = error.problem_mark
    lines = _LINE_BREAK.split(text)
    found = _STARTS_WITH_SIGN.match(lines[mark.line]) if mark and mark.line < len(lines) else None
    near = found and mark and found.start(1) <= mark.column <= found.end(1)
    return (found[1], mark.line + 1, found.start(1) + 1) if found and mark and near else None


def _refuse_lines(text: str, name: str) -> None:
    for number, line in enumerate(_LINE_BREAK.split(text.removeprefix("\ufeff")), 1):
        for pattern, (message, hint) in _REFUSED.items():
            found = pattern.match(line)
            if found:
                raise SourceError(message, Position(name, number, found.end(1) + 1), hint)


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def _is_long_quote(event: Any) -> bool:
    return event.style in ("'", '"') and event.end_mark.line > event.start_mark.line


def _plain_value(event: yaml.ScalarEvent) -> str | None:
    plain = event.implicit[0] and event.style in (None, "")
    return None if plain and event.value in _NULLS else str(event.value)


# The start of libyaml's (and PyYAML's) messages, and what staff read instead.
_PROBLEMS = {
    "mapping values are not allowed": "hay dos puntos de más o falta la sangría; "
    "un texto con dos puntos va entre comillas",
    "mapping keys are not allowed": "hay un signo ? suelto o falta la sangría",
    "block sequence entries are not allowed": "hay un guion donde no va una lista; "
    "un texto con guion va entre comillas",
    "did not find expected key": "falta una clave, sobran comillas o la sangría no coincide con la de arriba",
    "did not find expected '-' indicator": "falta el guion de un elemento de la lista, sobran comillas o la "
    "sangría no coincide",
    "did not find expected ',' or ']'": "falta una coma o el corchete de cierre",
    "did not find expected ',' or '}'": "falta una coma o la llave de cierre",
    "did not find expected node content": "falta el valor, o hay un corchete o una coma de más",
    "did not find expected alphabetic": "el texto empieza con * o &; ponlo entre comillas",
    "did not find expected whitespace": "hay algo pegado a un signo * o & o !; pon el texto entre comillas",
    "did not find expected comment or line break": "después de | o > no va nada en el mismo renglón",
    "did not find expected <document start>": "el archivo no empieza como una lista de claves",
    "did not find expected hexdecimal": "hay una barra \\x dentro de comillas dobles; usa comillas sencillas",
    "found unexpected end of stream": "se abren comillas que no cierran",
    "found unexpected document indicator": "hay una línea --- dentro de un texto entre comillas",
    "found character that cannot start any token": "hay un signo (@, `, %) que no puede empezar un texto",
    "found character '\\t'": "hay un tabulador; usa espacios",
    "found a tab character": "hay un tabulador en la sangría; usa espacios",
    "found unknown escape character": "hay una barra \\ dentro de comillas dobles; usa comillas sencillas",
    "found invalid Unicode": "hay una barra \\u dentro de comillas dobles; usa comillas sencillas",
    "found unknown directive": "un renglón no puede empezar con %; pon el texto entre comillas",
    "found undefined tag handle": "el texto empieza con !; ponlo entre comillas",
    "found an indentation indicator": "después de | no va un 0",
    "could not find expected ':'": "faltan los dos puntos después de la clave, o la sangría de este texto",
}
# These are noticed far below the place where the quote or bracket was opened.
_SHOW_OPENING = ("found unexpected end of stream", "did not find expected ','", "could not find expected ':'")


def _problem(error: yaml.MarkedYAMLError) -> str:
    return str(error.problem or error.context or "")


def _in_spanish(error: yaml.MarkedYAMLError) -> str:
    for english, spanish in _PROBLEMS.items():
        if _problem(error).startswith(english):
            return spanish
    return "no se entiende este renglón"


def _error_position(error: yaml.MarkedYAMLError, name: str) -> Position:
    mark = error.problem_mark or error.context_mark
    if error.context_mark and _problem(error).startswith(_SHOW_OPENING):
        mark = error.context_mark
    return Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)


def _bad_character(text: str, name: str) -> Position:
    found = _NOT_YAML.search(text)
    before = _LINE_BREAK.split(text[: found.start()]) if found else [""]
    return Position(name, len(before), len(before[-1]) + 1)
