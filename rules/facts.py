"""The office's documents: passages by fact id, with scope, backing and sources.

The format is described in data/documents/README.md. This module knows nothing about rules.
"""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rules.book import shown
from rules.damage import damages
from rules.dates import parse_date
from rules.headers import Field, backing, citable, fact_faults, read_fields, read_top
from rules.problems import ERROR, Problem
from rules.references import SOURCES_FILE, Reference, read_references
from rules.source import Position, SourceError, read_text

CHECK = "documentos"
_HEADING = re.compile(r"##\s+(?P<id>[A-Za-z]+[0-9]+\.[0-9]+)\s+(?P<title>\S.*)")
_KEY = re.compile(r"(?P<letter>[A-Za-z]+)(?P<topic>[0-9]+)\.(?P<number>[0-9]+)")
KEY_FORM = "letra mayúscula, número de tema, punto y dos cifras"
# The key that messages show where the office has none yet.
_FIRST_KEY = "A1.01"
# A heading that only looks like a fact's: no space, other signs, or indentation.
_LIKE_HEADING = re.compile(r"\s*#+\s*[A-Za-z]+[0-9]+\.[0-9]+\b.*|\s*##.*")


def as_key(written: str) -> str | None:
    """The key of a fact that is meant by ``written``, as it is written well: «a1.2» is A1.02. None when it is none."""
    found = _KEY.fullmatch(written.strip())
    return f"{found['letter'].upper()}{int(found['topic'])}.{int(found['number']):02}" if found else None


class DocumentsError(ValueError):
    """The documents folder is missing or faulty; the message names file, line and mend."""


@dataclass(frozen=True)
class Passage:
    """One fact. ``citable`` False: it serves to check answers and is never shown to a student."""

    id: str
    title: str
    topic: str
    scope: str
    backing: str
    sources: tuple[str, ...]
    text: str
    citable: bool
    file: str
    line: int
    fields: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def at(self, key: str) -> Position:
        """Where the field ``key`` stands, or the title of a fact that lacks it."""
        found = self.fields.get(key)
        return Position(self.file, found.line, found.column) if found else Position(self.file, self.line, 1)

    @property
    def stated(self) -> str:
        """Title and text: everything that the fact says."""
        return f"{self.title}\n{self.text}"


@dataclass(frozen=True)
class Documents:
    """All passages in file order, their references by key (None when the list can't be read), what is wrong with the
    files, their folder, and the days on which they say to have been reviewed."""

    passages: tuple[Passage, ...] = ()
    references: dict[str, Reference] | None = None
    problems: tuple[Problem, ...] = ()
    folder: Path | None = None
    reviews: tuple[tuple[Position, dt.date], ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}

    @property
    def example(self) -> str:
        """A key of these facts, to show how keys are written."""
        return self.passages[0].id if self.passages else _FIRST_KEY

    def sources_known(self, passage: Passage) -> bool:
        """Whether all references on which ``passage`` stands can be read."""
        return self.references is not None and all(key in self.references for key in passage.sources)

    def cited(self, passage: Passage) -> tuple[str, ...]:
        """Titles and notes of the references on which ``passage`` stands."""
        known = self.references or {}
        return tuple(f"{known[key].title}\n{known[key].note or ''}" for key in passage.sources if key in known)

    def urls(self, passage: Passage) -> tuple[str, ...]:
        """Addresses of the references on which ``passage`` stands."""
        known = self.references or {}
        return tuple(url for key in passage.sources if key in known and (url := known[key].url))


def load_documents(folder: Path) -> Documents:
    """The documents of ``folder``, free of problems.

    Raises:
        DocumentsError: no such folder, or the first problem of its files.
    """
    documents = read_documents(folder)
    for problem in documents.problems:
        raise DocumentsError(f"{problem.position}: {problem.message}. {problem.mend}")
    return documents


def document_files(folder: Path) -> list[Path]:
    """The documents of ``folder``, by name."""
    return sorted(p for p in folder.glob("*.md") if p.name != "README.md")


def read_documents(folder: Path) -> Documents:
    """The documents of ``folder`` as far as they can be read; faults are in ``problems``.

    Raises:
        DocumentsError: no such folder, or no document in it.
    """
    files = document_files(folder) if folder.is_dir() else []
    if not files:
        raise DocumentsError(f"{folder}: no hay documentos (*.md). Revisa la carpeta que diste (CSE_DOCUMENTS)")
    reader = _Reader()
    references = reader.references(folder / SOURCES_FILE)
    texts = {shown(path): (path, lines) for path in files if (lines := reader.lines(path)) is not None}
    reader.example = next(_keys(line for _, lines in texts.values() for line in lines), _FIRST_KEY)
    for file, (path, lines) in texts.items():
        reader.document(file, lines, path.stem)
    if references is not None:
        reader.check_references(references)
    problems = sorted(reader.problems, key=lambda problem: problem.order)
    return Documents(tuple(reader.passages), references, tuple(problems), folder, tuple(reader.reviews))


class _Reader:
    """Collects passages, days of review and problems over all files."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.problems: list[Problem] = []
        self.reviews: list[tuple[Position, dt.date]] = []
        self.seen: dict[str, Passage] = {}
        self.example = _FIRST_KEY

    def report(self, file: str, line: int, message: str, mend: str, column: int = 1) -> None:
        self.problems.append(Problem(Position(file, line, column), ERROR, CHECK, message, mend))

    def report_error(self, error: SourceError) -> None:
        self.problems.append(Problem(error.position, ERROR, CHECK, error.message, error.hint))

    def report_damage(self, file: str, lines: Sequence[str]) -> None:
        for damage in damages(lines):
            self.report(file, damage.line, damage.message, damage.mend, damage.column)

    def references(self, path: Path) -> dict[str, Reference] | None:
        try:
            source, references, errors = read_references(path)
        except SourceError as error:
            self.report_error(error)
            return None
        self.report_damage(source.file, source.lines)
        for fault in errors:
            self.report_error(fault)
        return references

    def lines(self, path: Path) -> list[str] | None:
        """The lines of a document, or None when it can't be read."""
        try:
            return read_text(path, shown(path)).splitlines()
        except SourceError as error:
            self.report_error(error)
            return None

    def document(self, file: str, lines: list[str], name: str) -> None:
        """Read a document; its topic is its ``name`` when it says none."""
        self.report_damage(file, lines)
        top, faults = read_top(lines)
        for fault in faults:
            self.report(file, fault.line, fault.message, fault.mend, fault.column)
        topic = top["tema"].value if "tema" in top else ""
        reviewed = parse_date(top["revisado"].value) if "revisado" in top else None
        if reviewed:
            self.reviews.append((Position(file, top["revisado"].line, top["revisado"].column), reviewed))
        blocks = list(_blocks(lines))
        for start, block in blocks:
            self.passage(file, start, block, topic or name)
        self.check_headings(file, lines)
        if not blocks:
            mend = f"Agrega uno que empiece con «## {self.example} Título corto»"
            self.report(file, 1, "El documento no tiene ningún hecho", mend)

    def check_headings(self, file: str, lines: list[str]) -> None:
        """A heading written otherwise would make its fact part of the text of the one above."""
        for number, line in enumerate(lines, 1):
            if not line.startswith("## ") and _LIKE_HEADING.fullmatch(line):
                message = f"El título «{line.strip()}» está mal escrito, y su hecho se leería como parte del de arriba"
                mend = f"Escríbelo al principio del renglón, con dos # y un espacio: «## {self.example} Título corto»"
                self.report(file, number, message, mend)

    def passage(self, file: str, line: int, block: list[str], topic: str) -> None:
        heading = _HEADING.fullmatch(block[0].strip())
        if not heading:
            mend = f"Escríbelo como «## {self.example} Título corto»"
            self.report(file, line, f"El título «{block[0].strip()}» no tiene clave de hecho", mend)
            return
        # A key that is badly written is told here alone: rules that cite it as it should be are right.
        key = as_key(heading["id"]) or heading["id"]
        if key != heading["id"]:
            self.report_key(file, line, heading["id"], key)
        found, rest = read_fields(block[1:], line + 1)
        for fault in fact_faults(key, line, found, rest):
            self.report(file, fault.line, fault.message, fault.mend, fault.column)
        fields = {each.key: each for each in reversed(found)}
        meta = {key: each.value for key, each in fields.items()}
        passage = Passage(
            id=key,
            title=heading["title"].strip(),
            topic=topic,
            scope=meta.get("ambito", ""),
            backing=backing(fields),
            sources=tuple(key.strip() for key in meta.get("fuentes", "").split(",") if key.strip()),
            text="\n".join(rest).strip(),
            citable=citable(fields),
            file=file,
            line=line,
            fields=fields,
        )
        first = self.seen.setdefault(passage.id, passage)
        if first is not passage and key == heading["id"]:
            message = f"La clave {passage.id} ya existe en {first.file}:{first.line}"
            self.report(file, line, message, "Cambia una de las dos claves")
        if first is passage:
            self.passages.append(passage)

    def report_key(self, file: str, line: int, written: str, key: str) -> None:
        taken = self.seen.get(key)
        also = f"; esa ya está en {taken.file}:{taken.line}, así que dale la siguiente libre" if taken else ""
        message = f"La clave «{written}» está mal escrita: lleva {KEY_FORM}"
        self.report(file, line, message, f"Escríbela «{key}»{also}")

    def check_references(self, references: dict[str, Reference]) -> None:
        """Each source that the list lacks is told once, however many facts cite it."""
        citing: dict[str, list[Passage]] = {}
        for passage in self.passages:
            for key in passage.sources:
                if key not in references:
                    citing.setdefault(key, []).append(passage)
        for key, (first, *others) in citing.items():
            position = first.at("fuentes")
            also = f"; también {'otro hecho' if len(others) == 1 else f'otros {len(others)} hechos'}" if others else ""
            message = f"El hecho {first.id} cita la fuente «{key}», que no existe{also}"
            mend = f"Agrégala a {SOURCES_FILE} o corrige la clave"
            self.report(position.file, position.line, message, mend, position.column)


def _keys(lines: Iterable[str]) -> Iterator[str]:
    """The well written keys of the facts in ``lines``."""
    for line in lines:
        heading = _HEADING.fullmatch(line.strip())
        if heading and as_key(heading["id"]) == heading["id"]:
            yield heading["id"]


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(line number of the heading, its lines) for every second-level heading."""
    starts = [i for i, line in enumerate(lines) if line.startswith("## ")]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        yield start + 1, lines[start:end]
