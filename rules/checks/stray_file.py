from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rules.book import rule_files, shown
from rules.checks.base import Check
from rules.checks.context import Context
from rules.facts import document_files
from rules.problems import WARNING, Problem
from rules.references import SOURCES_FILE
from rules.scaffold import TEMPLATE
from rules.source import Position
from rules.text import fold

_KNOWN = frozenset(("LEEME.md", "README.md", "schema.json", SOURCES_FILE))
# What editors and Python leave behind.
_LEFT_BEHIND = (".", "~", "#", "__")
_RULES = ("reglas", "sólo se leen los archivos que terminan en .yml", ".yml")
_DOCUMENTS = ("documentos", f"sólo se leen {SOURCES_FILE} y los archivos que terminan en .md", ".md")


class StrayFile(Check):
    """Un archivo que nadie lee: en la carpeta de reglas o de documentos, con otra terminación o en una subcarpeta."""

    id = "archivo_ignorado"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from self._strays(context.folder, rule_files, *_RULES)
        if context.documents.folder:
            yield from self._strays(context.documents.folder, document_files, *_DOCUMENTS)

    def _strays(
        self, folder: Path, readable: Callable[[Path], list[Path]], name: str, rule: str, ending: str
    ) -> Iterator[Problem]:
        read = set(readable(folder))
        for path in sorted(folder.iterdir()):
            if path in read or _expected(path) or path.resolve() == TEMPLATE:
                continue
            mend = f"Guárdalo como texto con el nombre «{_named(path.name.split('.')[0], ending)}», o sácalo de la carpeta"
            what = "El archivo"
            if path.is_dir():
                what, mend = "La carpeta", f"Pon sus archivos directamente en {shown(folder)}, o sácala de ahí"
            message = f"{what} «{path.name}» no se lee: de la carpeta de {name} {rule}"
            yield self.problem(Position(shown(path), 1, 1), message, mend)


def _named(stem: str, ending: str) -> str:
    """What a file should be called; the list of sources of the documents is no document."""
    return SOURCES_FILE if ending == _DOCUMENTS[-1] and fold(stem) == Path(SOURCES_FILE).stem else stem + ending


def _expected(path: Path) -> bool:
    """Whether the file is known, of Python, or a leftover; a folder, whether all in it is so."""
    if path.name in _KNOWN or path.suffix in (".py", ".pyi") or path.name.startswith(_LEFT_BEHIND) or path.name.endswith("~"):
        return True
    return path.is_dir() and (path / "__init__.py").is_file() and all(_expected(inner) for inner in path.iterdir())
