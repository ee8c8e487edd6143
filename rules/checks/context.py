"""What every check looks at: the parsed files, their rules, the facts, the office, today."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from rules.book import OFFICIAL, RuleBookError, rule_files, shown
from rules.claims import claimed_by
from rules.dates import parse_date
from rules.facts import Documents, Passage
from rules.figures import Key
from rules.office import Office
from rules.schema_check import Violation, violations
from rules.source import Path_, PathKey, Position, Source, SourceError, Written, read_source

Normalize = Callable[[str], str]
# (index, index, similarity 0-100) of the texts that are close to each other.
ClosePairs = Callable[[Sequence[str]], Iterable[tuple[int, int, float]]]

# Texts that a student reads or writes.
TEXT_KEYS = ("preguntas", "respuesta", "fuente", "no_es")
_ID_LINE = re.compile(r"^[\s-]*id:\s*[\"']?([a-z0-9_]+)", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A rule as written, faults included: what has the wrong shape reads as absent."""

    source: Source
    index: int
    value: dict[str, object]

    @property
    def id(self) -> str | None:
        return self.text("id")

    @property
    def name(self) -> str:
        """The rule as messages call it."""
        return f"«{self.id}»" if self.id else f"número {self.index + 1}"

    @property
    def type(self) -> str:
        return self.text("tipo") or OFFICIAL

    def text(self, key: str) -> str | None:
        """The value of ``key`` when it is text that is not blank."""
        value = self.value.get(key)
        return value if isinstance(value, str) and value.strip() else None

    def texts(self, key: str) -> list[tuple[int, str]]:
        """(place in the list, text) of the items of ``key`` that are text and not blank."""
        value = self.value.get(key)
        items = value if isinstance(value, list) else []
        return [(i, item) for i, item in enumerate(items) if isinstance(item, str) and item.strip()]

    def date(self, key: str) -> dt.date | None:
        """The value of ``key`` when it is a date of the calendar."""
        return parse_date(self.text(key) or "")

    def written(self, *keys: str) -> Iterator[tuple[str, str, Written]]:
        """(key, text, how it stands in the file) of each text of ``keys``; items of a list one by one."""
        for key in keys:
            text = self.text(key)
            placed: list[tuple[Path_, str]] = [((key,), text)] if text else []
            placed += [((key, index), item) for index, item in self.texts(key)]
            for path, value in placed:
                how = self.source.written.get(("reglas", self.index, *path))
                if how:
                    yield key, value, how

    def at(self, *path: PathKey) -> Position:
        """Position of the value at ``path`` below the rule."""
        return self.source.at("reglas", self.index, *path)


@dataclass(frozen=True)
class Question:
    """One variant of a rule, with the form in which variants are compared."""

    entry: Entry
    index: int
    text: str
    normal: str

    @property
    def position(self) -> Position:
        return self.entry.at("preguntas", self.index)


@dataclass(frozen=True)
class Context:
    """The whole book under check. ``normalize``, ``close_pairs`` and the mean number of questions a rule below which a
    book is thin come from outside, because this package knows nothing about matching."""

    folder: Path
    sources: tuple[Source, ...]
    unreadable: tuple[tuple[SourceError, Path], ...]
    documents: Documents
    office: Office
    today: dt.date
    normalize: Normalize
    close_pairs: ClosePairs
    thin_below: int

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every rule that is at least a block of keys, in file order."""
        return tuple(entry for source in self.sources for entry in _entries(source))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return tuple(
            Question(entry, index, text, self.normal(text))
            for entry in self.entries
            for index, text in entry.texts("preguntas")
        )

    def normal(self, text: str) -> str:
        """The compared form; a text that normalises to nothing (emoji) is compared as it is."""
        return self.normalize(text) or text.strip()

    @cached_property
    def known_ids(self) -> frozenset[str]:
        """Ids of all rules, those in files with a syntax error included."""
        ids = {entry.id for entry in self.entries if entry.id}
        for _, path in self.unreadable:
            ids.update(_salvaged_ids(path))
        return frozenset(ids)

    def facts(self, entry: Entry) -> list[Passage]:
        """The known facts on which a rule says that it rests."""
        known = self.documents.by_id
        return [known[fact] for _, fact in entry.texts("hechos") if fact in known]

    @cached_property
    def held(self) -> dict[str, frozenset[Key]]:
        """What each fact states, data and claims, by fact id."""
        return {passage.id: claimed_by((passage.title, passage.text)) for passage in self.documents.passages}

    @cached_property
    def _violations(self) -> tuple[tuple[Source, Violation], ...]:
        return tuple((source, found) for source in self.sources for found in violations(source.value))

    def breaches(self, kind: str, *keys: str) -> Iterator[tuple[Source, Violation]]:
        """The schema's breaches of one kind (at one of ``keys``, when given), with their file."""
        for source, found in self._violations:
            if found.kind == kind and (not keys or found.key in keys):
                yield source, found


def read_context(
    folder: Path,
    documents: Documents,
    office: Office,
    today: dt.date,
    normalize: Normalize,
    close_pairs: ClosePairs,
    thin_below: int,
) -> Context:
    """Read every rule file of ``folder``; files that can't be read are kept as such.

    Raises:
        RuleBookError: no such folder, or no rule file in it.
    """
    files = rule_files(folder) if folder.is_dir() else []
    if not files:
        raise RuleBookError(f"{folder}: no hay archivos de reglas (*.yml). Revisa la carpeta que diste (CSE_RULES)")
    sources: list[Source] = []
    unreadable: list[tuple[SourceError, Path]] = []
    for path in files:
        try:
            sources.append(read_source(path, shown(path)))
        except SourceError as error:
            unreadable.append((error, path))
    # Several checks compare the same thousands of questions.
    compared = cache(normalize)
    return Context(folder, tuple(sources), tuple(unreadable), documents, office, today, compared, close_pairs, thin_below)


def _entries(source: Source) -> Iterator[Entry]:
    rules = source.value.get("reglas") if isinstance(source.value, dict) else None
    for index, value in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(value, dict):
            yield Entry(source, index, value)


def _salvaged_ids(path: Path) -> list[str]:
    try:
        return _ID_LINE.findall(path.read_bytes().decode("utf-8", "replace"))
    except OSError:
        return []
