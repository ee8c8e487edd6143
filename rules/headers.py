"""The ``clave: valor`` lines of a document: at its top, between two ``---``, and under the title of each fact.

What may stand there is described in data/documents/README.md; every fault is told at its line, with what is allowed.
"""
from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from rules.dates import date_fault
from rules.text import fold

_FENCE = "---"
_FIELD = re.compile(r"\s*(?P<key>[^\W\d]+)\s*:(?!//)\s*(?P<value>.*?)\s*")
_TOP = ("tema", "revisado")
_REQUIRED, _OPTIONAL = ("ambito", "respaldo", "fuentes"), ("citable",)
_OF_FACT = (*_REQUIRED, *_OPTIONAL)
_BACKINGS = ("verificado", "secundario", "conocimiento general")
_SEEN_IN = re.compile(r"(?P<backing>.*?)(?:\s*,\s*visto en\s+(?P<scopes>\S.*))?")
_YES, _NO = "si", "no"
# A row of a Markdown table, or the line under its first one.
_TABLE = re.compile(r"\s*\|.*\|\s*|\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*")


class Field(NamedTuple):
    """A key with its value as text; ``line`` counts from 1, and so does ``column``, where the key begins."""

    key: str
    value: str
    line: int
    column: int


class Fault(NamedTuple):
    """What is wrong at a place, and how to mend it."""

    line: int
    column: int
    message: str
    mend: str


Fields = Mapping[str, Field]


def read_top(lines: Sequence[str]) -> tuple[Fields, list[Fault]]:
    """The fields between the two ``---`` with which a document may begin, and their faults."""
    if not lines or lines[0].strip() != _FENCE:
        return {}, list(_unopened(lines))
    end = next((index for index, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
    if end is None:
        mend = "Escribe otro renglón --- debajo de sus claves, o quita el primero"
        return {}, [Fault(1, 1, "El encabezado se abre con --- y no se cierra", mend)]
    found, faults = [], []
    for number, line in enumerate(lines[1:end], 2):
        field = _field(line, number)
        if field:
            found.append(field)
        elif line.strip() and not line.lstrip().startswith("#"):
            message = f"El renglón «{line.strip()}» del encabezado no es una clave con su valor"
            faults.append(Fault(number, 1, message, "Escríbelo como «tema: Pagos», o bórralo"))
    fields = {field.key: field for field in reversed(found)}
    return fields, [*faults, *_wrong_keys(found, _TOP, "El encabezado"), *_wrong_values(fields)]


def _unopened(lines: Sequence[str]) -> Iterator[Fault]:
    """A header whose first ``---`` is lost, or is not in the first line: nobody would read it."""
    for number, line in enumerate(takewhile(lambda line: not line.startswith("#"), lines), 1):
        field = _field(line, number)
        if line.strip() == _FENCE or field and field.key in _TOP:
            message = f"«{line.strip()}» es de un encabezado que no empieza con --- en el primer renglón, y no se leería"
            yield Fault(number, 1, message, "Escribe --- en el primer renglón del archivo, arriba de sus claves")
            return


def read_fields(lines: Sequence[str], first: int) -> tuple[list[Field], list[str]]:
    """The fields up to the first line that is none, and the lines from there on; ``first`` is the number of the
    first line."""
    fields: list[Field] = []
    for index, line in enumerate(lines):
        field = _field(line, first + index)
        if field is None:
            return fields, list(lines[index:])
        fields.append(field)
    return fields, []


def fact_faults(fact: str, heading: int, found: Sequence[Field], text: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with the fields of ``fact``, whose title stands in line ``heading`` and whose ``text`` follows
    the fields that were ``found``."""
    fields = {field.key: field for field in reversed(found)}
    swallowed = list(_swallowed(text, heading + 1 + len(found)))
    # A key that is misspelt or in the wrong place is told as such, not as missing too.
    elsewhere = {_meant(field.key, _OF_FACT) for field in [*found, *swallowed]}
    for key in _REQUIRED:
        if key in fields and not fields[key].value:
            yield Fault(*fields[key][2:], f"Al hecho {fact} le falta «{key}»", f"Escribe su valor después de {key}:")
        elif key not in fields and key not in elsewhere:
            yield Fault(heading, 1, f"Al hecho {fact} le falta «{key}»", f"Agrega un renglón {key}: bajo el título")
    yield from _wrong_keys(found, _OF_FACT, f"El hecho {fact}")
    if "respaldo" in fields and fields["respaldo"].value:
        yield from _wrong_backing(fact, fields["respaldo"])
    if "citable" in fields and fold(fields["citable"].value) not in (_YES, _NO):
        _, value, line, column = fields["citable"]
        message = f"«citable» del hecho {fact} sólo puede ser sí o no, y dice «{value}»"
        yield Fault(line, column, message, "Escribe «citable: no», o quita el renglón si el hecho se puede citar")
    if not any(line.strip() for line in text):
        mend = "Escribe de una a tres oraciones, después de un renglón vacío"
        yield Fault(heading, 1, f"El hecho {fact} no tiene texto", mend)
    row = next((line for line, written in enumerate(text, heading + 1 + len(found)) if _TABLE.fullmatch(written)), None)
    if row is not None:
        message = f"El texto del hecho {fact} lleva una tabla, que se mostraría con sus rayas en lugar de columnas"
        yield Fault(row, 1, message, "Escríbelo en renglones o en una lista con guiones")
    for key, value, line, column in swallowed:
        message = f"El renglón «{key}: {value}» quedó dentro del texto del hecho {fact} y se mostraría"
        mend = "Ponlo junto a las otras claves, bajo el título y sin renglones vacíos en medio"
        yield Fault(line, column, message, mend)


def citable(fields: Fields) -> bool:
    """Whether a fact with these fields may be shown; in doubt it may not."""
    return "citable" not in fields or fold(fields["citable"].value) == _YES


def backing(fields: Fields) -> str:
    """The backing of a fact with these fields, in lower case but for the scopes that it names."""
    kind, comma, rest = fields["respaldo"].value.partition(",") if "respaldo" in fields else ("", "", "")
    return kind.lower() + comma + rest


def seen_in(backing: str) -> tuple[str, ...]:
    """The scopes after «visto en» in a fact's backing: «verificado, visto en AZC y XOC»."""
    found = _SEEN_IN.fullmatch(backing)
    return tuple(re.split(r"\s*,\s*|\s+y\s+", found["scopes"].strip())) if found and found["scopes"] else ()


def _field(line: str, number: int) -> Field | None:
    found = _FIELD.fullmatch(line)
    return Field(found["key"], found["value"], number, found.start("key") + 1) if found else None


def _meant(key: str, allowed: Sequence[str]) -> str | None:
    """The allowed key that staff meant by ``key``, if it looks like one."""
    return next(iter(difflib.get_close_matches(fold(key), allowed, n=1)), None)


def _wrong_keys(fields: Iterable[Field], allowed: Sequence[str], whose: str) -> Iterator[Fault]:
    """Keys that don't exist or stand twice (the first one counts)."""
    first: dict[str, int] = {}
    for key, _, line, column in fields:
        if key not in allowed:
            near = _meant(key, allowed)
            hint = f"¿Quisiste decir «{near}»? " if near else "Si es parte del texto, deja antes un renglón vacío. "
            mend = f"{hint}Usa sólo {', '.join(allowed)}"
            yield Fault(line, column, f"{whose} tiene la clave desconocida «{key}»", mend)
        elif key in first:
            message = f"{whose} tiene dos veces la clave «{key}»: ya está en el renglón {first[key]}"
            yield Fault(line, column, message, "Deja una sola")
        first.setdefault(key, line)


def _wrong_values(fields: Fields) -> Iterator[Fault]:
    """Faulty values at the top of a document."""
    for key, value, line, column in fields.values():
        if key in _TOP and not value:
            yield Fault(line, column, f"La clave «{key}» del encabezado está vacía", "Escribe su valor o quita el renglón")
        elif key == "revisado" and (fault := date_fault(value)):
            why, mend = fault
            yield Fault(line, column, f"«{value}» no es una fecha válida para «revisado»: {why}", mend)


def _wrong_backing(fact: str, field: Field) -> Iterator[Fault]:
    found = _SEEN_IN.fullmatch(field.value)
    if found is None or found["backing"].lower() not in _BACKINGS:
        message = f"«respaldo» del hecho {fact} no puede ser «{field.value}»"
        allowed = f"{', '.join(_BACKINGS[:-1])} o {_BACKINGS[-1]}"
        mend = f"Usa {allowed}; si se leyó en otro ámbito, agrega «, visto en» y su clave"
        yield Fault(field.line, field.column, message, mend)


def _swallowed(text: Sequence[str], first: int) -> Iterator[Field]:
    """The fields in a text, which an empty line, or other text, has parted from the others. What follows a line that
    starts with # belongs to a title that is badly written."""
    for number, line in enumerate(takewhile(lambda line: not line.lstrip().startswith("#"), text), first):
        field = _field(line, number)
        if field and field.key in _OF_FACT:
            yield field
