"""Read YAML as text values that remember where they stood.

Every scalar becomes ``str`` (an empty one ``None``): a staff member who writes ``- no`` or
``- 404`` as a question means text, not a boolean or a number. Types such as dates are the
schema's business. This module knows nothing about rules.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import yaml

PathKey = Union[str, int]
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


@dataclass(frozen=True)
class Source:
    """One parsed file: its plain value, and the position of every node by path."""

    file: str
    value: Any
    positions: dict[Path_, Position]
    duplicate_keys: tuple[tuple[str, Position], ...] = ()

    def at(self, *path: PathKey) -> Position:
        """Position of the deepest existing node on ``path``."""
        key: Path_ = tuple(path)
        while key and key not in self.positions:
            key = key[:-1]
        return self.positions.get(key, Position(self.file, 1, 1))


def read_source(path: Path, name: str | None = None) -> Source:
    """Parse the YAML file at ``path``; positions are reported under ``name`` (default: the path).

    Raises:
        SourceError: the file is not UTF-8 or not YAML.
    """
    shown = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SourceError(
            "El archivo no está en UTF-8", Position(shown, line, 1), "Guárdalo con codificación UTF-8"
        ) from error
    return parse_source(text, shown)


def parse_source(text: str, name: str = "<texto>") -> Source:
    """Parse YAML ``text``.

    Raises:
        SourceError: a syntax error, an anchor that refers to nothing, or more than one document.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)
        raise SourceError(
            f"YAML mal escrito: {_in_spanish(error)}",
            where,
            "Revisa la sangría, los dos puntos y que las comillas cierren",
        ) from error
    except yaml.YAMLError as error:
        raise SourceError(
            f"YAML mal escrito: {str(error).splitlines()[0]}",
            Position(name, 1, 1),
            "Quita los caracteres de control del archivo",
        ) from error
    positions: dict[Path_, Position] = {}
    duplicates: list[tuple[str, Position]] = []
    value = None if node is None else _value(node, (), name, positions, duplicates)
    return Source(name, value, positions, tuple(duplicates))


def _position(node: yaml.Node, name: str) -> Position:
    return Position(name, node.start_mark.line + 1, node.start_mark.column + 1)


def _value(
    node: yaml.Node,
    path: Path_,
    name: str,
    positions: dict[Path_, Position],
    duplicates: list[tuple[str, Position]],
) -> Any:
    positions[path] = _position(node, name)
    if isinstance(node, yaml.ScalarNode):
        empty = node.style is None and node.value in ("", "~", "null")
        return None if empty else node.value
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(child, path + (index,), name, positions, duplicates)
            for index, child in enumerate(node.value)
        ]
    result: dict[str, Any] = {}
    for key_node, child in node.value:
        key = str(key_node.value)
        if key in result:
            duplicates.append((key, _position(key_node, name)))
            continue
        result[key] = _value(child, path + (key,), name, positions, duplicates)
        positions[path + (key, "<key>")] = _position(key_node, name)
    return result


_PROBLEMS = {
    "mapping values are not allowed here": "hay dos puntos de más o falta la sangría",
    "did not find expected key": "falta una clave o la sangría no coincide",
    "did not find expected '-' indicator": "falta el guion de un elemento de la lista",
    "did not find expected ',' or ']'": "falta una coma o un corchete de cierre",
    "did not find expected ',' or '}'": "falta una coma o una llave de cierre",
    "found unexpected end of stream": "el texto se acaba antes de cerrar las comillas",
    "found character that cannot start any token": "hay un carácter (¿un tabulador?) que YAML no admite ahí",
    "could not find expected ':'": "faltan los dos puntos después de la clave",
    "found undefined alias": "se usa un alias (*) que no está definido",
    "expected a single document in the stream": "hay más de un documento (---) en el archivo",
}


def _in_spanish(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or error.context or "")
    for english, spanish in _PROBLEMS.items():
        if problem.startswith(english):
            return spanish
    return problem


def walk(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Yield every (path, value) pair below ``value``, itself included, in file order."""
    yield path, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from walk(child, path + (key,))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from walk(child, path + (index,))
