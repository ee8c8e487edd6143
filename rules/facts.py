"""The office's documents: passages by fact id, with scope, backing and sources.

The format is described in data/documents/README.md. This module knows nothing about rules.
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rules.book import shown
from rules.damage import damages
from rules.problems import ERROR, Problem
from rules.source import Position, SourceError, read_source, read_text
from rules.text import fold

CHECK = "documentos"
SOURCES_FILE = "fuentes.yml"
_HEADING = re.compile(r"##\s+(?P<id>[A-Z]+[0-9]+\.[0-9]+)\s+(?P<title>\S.*)")
# A heading that only looks like a fact's: no space, other signs, or indentation.
_LIKE_HEADING = re.compile(r"\s*#+\s*[A-Za-z]+[0-9]+\.[0-9]+\b.*|\s*##.*")
_META = re.compile(r"(?P<key>[a-zñ_]+):\s*(?P<value>.*)")
_REQUIRED, _OPTIONAL = ("ambito", "respaldo", "fuentes"), ("citable",)
_YES, _NO = ("si",), ("no",)


class DocumentsError(ValueError):
    """The documents folder is missing or faulty; the message names file, line and mend."""


@dataclass(frozen=True)
class Reference:
    """A source of passages, as ``fuentes.yml`` lists it."""

    key: str
    title: str
    url: str | None
    note: str | None


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

    @property
    def stated(self) -> str:
        """Title and text: everything that the fact says."""
        return f"{self.title}\n{self.text}"


@dataclass(frozen=True)
class Documents:
    """All passages in file order, their references by key, what is wrong with the files, and their folder."""

    passages: tuple[Passage, ...] = ()
    references: dict[str, Reference] | None = None
    problems: tuple[Problem, ...] = ()
    folder: Path | None = None

    @cached_property
    def by_id(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}

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
        raise DocumentsError(f"{folder}: no hay documentos (*.md). Revisa la carpeta que diste")
    reader = _Reader()
    references = reader.references(folder / SOURCES_FILE)
    for path in files:
        reader.document(path)
    reader.check_references(references)
    return Documents(tuple(reader.passages), references, tuple(sorted(reader.problems, key=lambda p: p.order)), folder)


class _Reader:
    """Collects passages and problems over all files."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.problems: list[Problem] = []
        self.seen: dict[str, Passage] = {}

    def report(self, file: str, line: int, message: str, mend: str, column: int = 1) -> None:
        self.problems.append(Problem(Position(file, line, column), ERROR, CHECK, message, mend))

    def report_damage(self, file: str, lines: Sequence[str]) -> None:
        for damage in damages(lines):
            self.report(file, damage.line, damage.message, damage.mend, damage.column)

    def references(self, path: Path) -> dict[str, Reference]:
        try:
            source = read_source(path, shown(path))
        except SourceError as error:
            self.problems.append(Problem(error.position, ERROR, CHECK, error.message, error.hint))
            return {}
        self.report_damage(source.file, source.lines)
        entries = source.value if isinstance(source.value, dict) else {}
        result = {}
        for key, entry in entries.items():
            if not isinstance(entry, dict) or not isinstance(entry.get("titulo"), str):
                at = source.at(key)
                self.report(at.file, at.line, f"La fuente «{key}» no tiene «titulo»", "Agrega titulo: y su nombre")
                continue
            texts = {name: value for name, value in entry.items() if isinstance(value, str)}
            result[key] = Reference(key, texts["titulo"], texts.get("url"), texts.get("nota"))
        return result

    def document(self, path: Path) -> None:
        file = shown(path)
        try:
            lines = read_text(path, file).splitlines()
        except SourceError as error:
            self.problems.append(Problem(error.position, ERROR, CHECK, error.message, error.hint))
            return
        self.report_damage(file, lines)
        topic = _topic(lines) or path.stem
        blocks = list(_blocks(lines))
        for start, block in blocks:
            self.passage(file, start, block, topic)
        self.check_headings(file, lines)
        if not blocks:
            self.report(file, 1, "El documento no tiene ningún hecho", "Agrega uno que empiece con «## H4.15 Título corto»")

    def check_headings(self, file: str, lines: list[str]) -> None:
        """A heading written otherwise would make its fact part of the text of the one above."""
        for number, line in enumerate(lines, 1):
            if not line.startswith("## ") and _LIKE_HEADING.fullmatch(line):
                message = f"El título «{line.strip()}» está mal escrito, y su hecho se leería como parte del de arriba"
                mend = "Escríbelo al principio del renglón, con dos # y un espacio: «## H4.15 Título corto»"
                self.report(file, number, message, mend)

    def passage(self, file: str, line: int, block: list[str], topic: str) -> None:
        heading = _HEADING.fullmatch(block[0].strip())
        if not heading:
            mend = "Escríbelo como «## H4.15 Título corto»"
            self.report(file, line, f"El título «{block[0].strip()}» no tiene clave de hecho", mend)
            return
        meta, text = _meta_and_text(block[1:])
        self.check_meta(file, line, heading["id"], meta, text)
        passage = Passage(
            id=heading["id"],
            title=heading["title"].strip(),
            topic=topic,
            scope=meta.get("ambito", ""),
            backing=meta.get("respaldo", ""),
            sources=tuple(key.strip() for key in meta.get("fuentes", "").split(",") if key.strip()),
            text=text,
            citable=fold(meta.get("citable", "sí")) in _YES,
            file=file,
            line=line,
        )
        first = self.seen.setdefault(passage.id, passage)
        if first is not passage:
            message = f"La clave {passage.id} ya existe en {first.file}:{first.line}"
            self.report(file, line, message, "Cambia una de las dos claves")
            return
        self.passages.append(passage)

    def check_meta(self, file: str, line: int, fact: str, meta: dict[str, str], text: str) -> None:
        for key in _REQUIRED:
            if not meta.get(key):
                self.report(file, line, f"Al hecho {fact} le falta «{key}»", f"Agrega un renglón {key}: bajo el título")
        for key in meta.keys() - {*_REQUIRED, *_OPTIONAL}:
            allowed = ", ".join((*_REQUIRED, *_OPTIONAL))
            self.report(file, line, f"El hecho {fact} tiene la clave desconocida «{key}»", f"Usa sólo {allowed}")
        if fold(meta.get("citable", "sí")) not in (*_YES, *_NO):
            message = f"«citable» del hecho {fact} sólo puede ser sí o no, y dice «{meta['citable']}»"
            self.report(file, line, message, "Escribe «citable: no», o quita el renglón si el hecho se puede citar")
        if not text:
            mend = "Escribe de una a tres oraciones, después de un renglón vacío"
            self.report(file, line, f"El hecho {fact} no tiene texto", mend)

    def check_references(self, references: dict[str, Reference]) -> None:
        for passage in self.passages:
            for key in passage.sources:
                if key not in references:
                    message = f"El hecho {passage.id} cita la fuente «{key}», que no existe"
                    self.report(passage.file, passage.line, message, f"Agrégala a {SOURCES_FILE} o corrige la clave")


def _topic(lines: list[str]) -> str | None:
    """``tema`` of the front matter between the two ``---``."""
    if not lines or lines[0].strip() != "---":
        return None
    for line in lines[1:]:
        if line.strip() == "---":
            return None
        found = _META.fullmatch(line.strip())
        if found and found["key"] == "tema":
            return found["value"].strip() or None
    return None


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(line number of the heading, its lines) for every second-level heading."""
    starts = [i for i, line in enumerate(lines) if line.startswith("## ")]
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        yield start + 1, lines[start:end]


def _meta_and_text(lines: list[str]) -> tuple[dict[str, str], str]:
    """The ``key: value`` lines up to the first empty line, and the text after it."""
    meta: dict[str, str] = {}
    for index, line in enumerate(lines):
        found = _META.fullmatch(line.strip())
        if not found:
            return meta, "\n".join(lines[index:]).strip()
        meta[found["key"]] = found["value"].strip()
    return meta, ""
