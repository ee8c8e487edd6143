"""Hold a parsed file against schema.json and say each breach as data, one per value."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from rules.source import Path_

UNKNOWN_KEY, MISSING_KEY, EMPTY, TYPE = "unknown_key", "missing_key", "empty", "type"
PATTERN, ENUM, TOO_LONG, REPEATED = "pattern", "enum", "too_long", "repeated"

_KINDS = {"type": TYPE, "pattern": PATTERN, "enum": ENUM, "maxLength": TOO_LONG, "uniqueItems": REPEATED}
# When one value breaks several rules of the schema, the first of these is said.
_PRIORITY = (EMPTY, TYPE, ENUM, PATTERN, TOO_LONG, REPEATED)


@dataclass(frozen=True)
class Violation:
    """A breach of the schema: its kind, the path of the value, the key concerned, the value found,
    and what the schema wants there (a type's name, the allowed values, a length)."""

    kind: str
    path: Path_
    key: str
    value: Any
    wanted: Any = None


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a rule file."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
    return loaded


def rule_keys() -> tuple[str, ...]:
    """The keys that a rule may have, in the order in which staff write them."""
    return tuple(schema()["definitions"]["regla"]["properties"])


def required_keys(official: bool) -> tuple[str, ...]:
    """The keys that a rule must have; ``official`` rules need more."""
    wanted = schema()["definitions"]["regla"]
    return (*wanted["required"], *(wanted["then"]["required"] if official else ()))


def violations(value: Any) -> list[Violation]:
    """Every breach of the schema in the file's content ``value``; at most one a value."""
    found: dict[tuple[Path_, str], Violation] = {}
    for error in _Validator(schema()).iter_errors(value):
        for violation in _violations(error):
            slot = (violation.path, violation.key)
            if slot not in found or _rank(violation) < _rank(found[slot]):
                found[slot] = violation
    return list(found.values())


def _items(validator: Any, wanted: dict[str, Any], items: Any, _: dict[str, Any]) -> Iterator[ValidationError]:
    """The standard's «items», past the texts that are plainly right: a book has ten thousand, and asking the
    library about each takes longer than reading the files."""
    if isinstance(items, list):
        for index, item in enumerate(items):
            if not _plainly_right(item, wanted):
                yield from validator.descend(item, wanted, path=index)


def _plainly_right(item: Any, wanted: dict[str, Any]) -> bool:
    a_text = wanted.get("type") == "string" and wanted.get("pattern") == r"\S"
    if not a_text or not wanted.keys() <= {"type", "pattern", "maxLength"}:
        return False
    return isinstance(item, str) and not _blank(item) and len(item) <= wanted.get("maxLength", len(item))


_Validator = extend(Draft7Validator, {"items": _items})  # type: ignore[no-untyped-call]


def _rank(violation: Violation) -> int:
    return _PRIORITY.index(violation.kind) if violation.kind in _PRIORITY else -1


def _violations(error: ValidationError) -> Iterator[Violation]:
    path: Path_ = tuple(error.absolute_path)
    found: Any = error.instance
    rule, wanted, fragment = str(error.validator), cast(Any, error.validator_value), cast(Any, error.schema)
    if rule == "additionalProperties":
        allowed = tuple(fragment["properties"])
        for key in found:
            if key not in allowed:
                yield Violation(UNKNOWN_KEY, (*path, key), key, found[key], allowed)
    elif rule == "required":
        for key in wanted:
            if key not in found:
                yield Violation(MISSING_KEY, path, key, found)
    elif _blank(found):
        yield Violation(EMPTY, path, _key(path), found, fragment.get("type"))
    else:
        # Of several types the first is what staff write: the other is for editors, to which true is no text.
        first = wanted[0] if rule == "type" and isinstance(wanted, list) else wanted
        yield Violation(_KINDS[rule], path, _key(path), found, first)


def _blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _key(path: Path_) -> str:
    """The innermost key of ``path``, past list indexes; empty for the whole file."""
    return next((str(part) for part in reversed(path) if isinstance(part, str)), "")
