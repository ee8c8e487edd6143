"""The rule book: the staff's YAML files as one immutable, typed value."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rules.source import Position, Source, read_source
from rules.text import fold

OFFICIAL, SMALL_TALK, NO_DATA = "oficial", "charla", "sin_dato"
RULE_TYPES = (OFFICIAL, SMALL_TALK, NO_DATA)


class RuleBookError(ValueError):
    """The folder holds no usable rule book; the message names file, line and mend."""


@dataclass(frozen=True)
class Rule:
    """One official answer and the ways students ask for it.

    ``urgent`` rules win over any other when one of their variants stands within a message.
    ``valid_until`` is the last day (office's time zone) on which the answer may be given;
    ``position`` is where the rule begins in its file.
    """

    id: str
    topic: str
    type: str
    questions: tuple[str, ...]
    answer: str
    source: str | None = None
    facts: tuple[str, ...] = ()
    url: str | None = None
    scope: str | None = None
    reviewed: dt.date | None = None
    valid_until: dt.date | None = None
    related: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()
    urgent: bool = False
    position: Position = field(default=Position("", 1, 1), compare=False)

    def expired(self, today: dt.date) -> bool:
        """Whether ``today`` is past the rule's last valid day."""
        return self.valid_until is not None and today > self.valid_until


@dataclass(frozen=True)
class RuleBook:
    """All rules of a folder, in file order."""

    rules: tuple[Rule, ...]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) over everything that the matcher learns from: ids and questions."""
        digest = hashlib.sha256()
        for rule in self.rules:
            digest.update(repr((rule.id, rule.type, rule.questions, rule.not_this, rule.urgent)).encode())
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.rules)


def rule_files(folder: Path) -> list[Path]:
    """The rule files of ``folder``, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix in (".yml", ".yaml") and p.is_file())


def read_sources(folder: Path) -> list[Source]:
    """Parse every rule file of ``folder``.

    Raises:
        RuleBookError: no such folder, or no rule file in it.
        rules.source.SourceError: a file is not YAML.
    """
    files = rule_files(folder) if folder.is_dir() else []
    if not files:
        raise RuleBookError(f"{folder}: no hay archivos de reglas (*.yml). Revisa la carpeta que diste (CSE_RULES)")
    return [read_source(path, shown(path)) for path in files]


def shown(path: Path) -> str:
    """``path`` as messages name it: relative to the working folder when it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def load_rule_book(folder: Path) -> RuleBook:
    """Load ``folder``; only what would make matching impossible is refused here, the rest is
    the checker's business (``python -m rules check``).

    Raises:
        RuleBookError: a rule lacks ``id``, ``preguntas`` or ``respuesta``, has a wrong type or
            date, or repeats an id.
        rules.source.SourceError: a file is not YAML.
    """
    return build_rule_book(read_sources(folder))


def build_rule_book(sources: Iterable[Source]) -> RuleBook:
    """Make the book from parsed files; raises as :func:`load_rule_book`."""
    rules: list[Rule] = []
    seen: dict[str, Position] = {}
    for source in sources:
        content = source.value
        if not isinstance(content, dict) or not isinstance(content.get("reglas"), list):
            raise RuleBookError(f"{source.at()}: falta la lista «reglas». Empieza el archivo con tema: y reglas:")
        topic = content.get("tema") or Path(source.file).stem
        for index, entry in enumerate(content["reglas"]):
            rule = _rule(entry, str(topic), source, index)
            if rule.id in seen:
                raise RuleBookError(
                    f"{rule.position}: la regla «{rule.id}» ya existe en {seen[rule.id]}. Cambia uno de los dos id"
                )
            seen[rule.id] = rule.position
            rules.append(rule)
    if not rules:
        raise RuleBookError("El libro no tiene ninguna regla. Agrega al menos una")
    return RuleBook(tuple(rules))


def _rule(entry: Any, topic: str, source: Source, index: int) -> Rule:
    where = source.at("reglas", index)
    if not isinstance(entry, dict):
        raise RuleBookError(f"{where}: cada regla es un bloque que empieza con «- id:»")
    for key in ("id", "respuesta"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise RuleBookError(f"{source.at('reglas', index, key)}: la regla necesita «{key}» con texto")
    questions = _texts(entry, "preguntas", source, index)
    if not questions:
        raise RuleBookError(f"{source.at('reglas', index, 'preguntas')}: la regla «{entry['id']}» no tiene preguntas")
    kind = entry.get("tipo") or OFFICIAL
    if kind not in RULE_TYPES:
        where_type = source.at("reglas", index, "tipo")
        raise RuleBookError(f"{where_type}: «{kind}» no es un tipo; usa {', '.join(RULE_TYPES)}")
    return Rule(
        id=entry["id"],
        topic=topic,
        type=kind,
        questions=questions,
        answer=entry["respuesta"].strip(),
        source=_text(entry, "fuente", source, index),
        facts=_texts(entry, "hechos", source, index),
        url=_text(entry, "url", source, index),
        scope=_text(entry, "ambito", source, index),
        reviewed=_date(entry, "revisada", source, index),
        valid_until=_date(entry, "vigente_hasta", source, index),
        related=_texts(entry, "relacionadas", source, index),
        not_this=_texts(entry, "no_es", source, index),
        urgent=_yes(entry.get("urgente")),
        position=where,
    )


def _text(entry: dict[str, Any], key: str, source: Source, index: int) -> str | None:
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        raise RuleBookError(f"{source.at('reglas', index, key)}: «{key}» es un texto, no una lista ni un bloque")
    return value


def _texts(entry: dict[str, Any], key: str, source: Source, index: int) -> tuple[str, ...]:
    value = entry.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        where = source.at("reglas", index, key)
        raise RuleBookError(f"{where}: «{key}» es una lista de textos, uno por renglón con guion")
    return tuple(value)


# «yes» isn't Spanish and the checker refuses it; a book that nobody checked still means it.
_YES = ("si", "true", "yes")


def _yes(value: Any) -> bool:
    return isinstance(value, str) and fold(value) in _YES


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def _date(entry: dict[str, Any], key: str, source: Source, index: int) -> dt.date | None:
    value = entry.get(key)
    if value is None:
        return None
    try:
        if not isinstance(value, str) or not _DATE.match(value):
            raise ValueError(value)
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise RuleBookError(
            f"{source.at('reglas', index, key)}: «{value}» no es una fecha; escríbela como 2026-11-22"
        ) from error


def book_to_json(book: RuleBook) -> str:
    """The whole book as JSON, for a trained model to carry."""
    return json.dumps([asdict(rule) for rule in book.rules], ensure_ascii=False, default=str)


def book_from_json(text: str) -> RuleBook:
    """The book that :func:`book_to_json` wrote."""
    return RuleBook(tuple(_restored(entry) for entry in json.loads(text)))


def _restored(entry: dict[str, Any]) -> Rule:
    for key in ("questions", "facts", "related", "not_this"):
        entry[key] = tuple(entry[key])
    for key in ("reviewed", "valid_until"):
        entry[key] = dt.date.fromisoformat(entry[key]) if entry[key] else None
    return Rule(**{**entry, "position": Position(**entry["position"])})
