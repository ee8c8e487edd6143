"""The list of sources on which the documents' facts stand: ``fuentes.yml``."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rules.book import shown
from rules.quotes import STRAY_MEND, stray_quote
from rules.source import Source, SourceError, read_source

SOURCES_FILE = "fuentes.yml"
_KEYS = ("titulo", "url", "nota")
_URL = re.compile(r"https?://[^\s/]\S*")


@dataclass(frozen=True)
class Reference:
    """A source of facts, as ``fuentes.yml`` lists it."""

    key: str
    title: str
    url: str | None
    note: str | None


def read_references(path: Path) -> tuple[Source, dict[str, Reference], list[SourceError]]:
    """The parsed file, its sources by key and what is wrong with them. One without a title is kept under an empty one,
    so that nobody who cites it is blamed.

    Raises:
        SourceError: the file can't be read, or is no list of sources.
    """
    source = read_source(path, shown(path))
    if not isinstance(source.value, dict) or not source.value:
        hint = "Escribe cada fuente como «S1:» y, debajo y con sangría, «titulo: …»"
        raise SourceError("No hay fuentes con su clave y su título", source.at(), hint)
    return source, {key: _reference(key, entry) for key, entry in source.value.items()}, list(_faults(source))


def _reference(key: str, entry: object) -> Reference:
    texts = {name: value for name, value in entry.items() if isinstance(value, str)} if isinstance(entry, dict) else {}
    return Reference(key, texts.get("titulo", ""), texts.get("url"), texts.get("nota"))


def _faults(source: Source) -> Iterator[SourceError]:
    for key, position in source.duplicate_keys:
        yield SourceError(f"La clave «{key}» está dos veces y sólo contaría la primera", position, "Deja una sola")
    for key, entry in source.value.items():
        if not _reference(key, entry).title.strip():
            yield SourceError(f"La fuente «{key}» no tiene «titulo»", source.key_at(key), "Agrega titulo: y su nombre")
        for name, value in entry.items() if isinstance(entry, dict) else ():
            if name not in _KEYS:
                message = f"La fuente «{key}» tiene la clave desconocida «{name}»"
                yield SourceError(message, source.key_at(key, name), f"Usa sólo {', '.join(_KEYS)}")
            elif isinstance(value, str):
                yield from _wrong_value(source, key, name, value)


def _wrong_value(source: Source, key: str, name: str, value: str) -> Iterator[SourceError]:
    stray = stray_quote(value)
    if stray:
        message = f"En «{name}» de la fuente «{key}», el texto {stray} y se vería así"
        yield SourceError(message, source.at(key, name), STRAY_MEND)
    elif name == "url" and not _URL.fullmatch(value):
        message = f"«{value}» no es una url válida: debe empezar con http:// o https:// y no llevar espacios"
        yield SourceError(message, source.at(key, name), "Copia la dirección completa, con https://, o quita el renglón")
