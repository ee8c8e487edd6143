"""Every fault of an office profile, in Spanish, each at its key."""
from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from rules.quotes import STRAY_MEND, stray_quote
from rules.source import Path_, Position, Source

_TEXT = {"type": "string", "pattern": r"\S"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "nombre", "siglas", "institucion", "zona_horaria", "ambitos", "saludo",
        "sin_respuesta", "donde_preguntar", "temas_rapidos",
    ],
    "properties": {
        "nombre": _TEXT,
        "siglas": _TEXT,
        "institucion": _TEXT,
        "otros_nombres": {"type": "array", "items": _TEXT},
        "apodos": {"type": "array", "items": _TEXT},
        "zona_horaria": _TEXT,
        "ambitos": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["nombre"],
                "properties": {"nombre": _TEXT, "aviso": _TEXT},
            },
        },
        "saludo": _TEXT,
        "sin_respuesta": _TEXT,
        "nada_mas": _TEXT,
        "falta_asunto": _TEXT,
        "falta_pregunta": _TEXT,
        "ajeno": _TEXT,
        "distingue": {"type": "array", "items": {"type": "array", "minItems": 1, "items": _TEXT}},
        "donde_preguntar": {
            "type": "object",
            "required": ["general"],
            "additionalProperties": _TEXT,
        },
        "temas_rapidos": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["titulo", "mensaje"],
                "properties": {"titulo": _TEXT, "mensaje": _TEXT},
            },
        },
    },
}
_EXAMPLE = "un perfil de ejemplo: rules/plantilla/oficina.yml"
_TYPES = {"string": "un texto", "array": "una lista, con un guion por elemento", "object": "un bloque de claves"}


def office_faults(source: Source) -> list[str]:
    """What is wrong with the profile that ``source`` holds, each as «file:line:column: what. How to mend it», in
    the file's order; empty when it can be used."""
    found = [
        (position, f"La clave «{key}» está dos veces. Deja una sola") for key, position in source.duplicate_keys
    ]
    for error in Draft7Validator(SCHEMA).iter_errors(source.value):
        found += _told(source, error)
    found += _stray_quotes(source)
    found.sort(key=lambda fault: (fault[0].line, fault[0].column))
    return [f"{position}: {message}" for position, message in found]


def _told(source: Source, error: ValidationError) -> Iterator[tuple[Position, str]]:
    path: Path_ = tuple(error.absolute_path)
    rule, wanted, fragment = str(error.validator), cast(Any, error.validator_value), cast(Any, error.schema)
    value: Any = error.instance
    where = source.key_at(*path)
    if rule == "additionalProperties":
        known = list(fragment["properties"])
        for key in (key for key in value if key not in known):
            near = difflib.get_close_matches(key, known, n=1)
            mend = f"¿Quisiste decir «{near[0]}»?" if near else f"Bórrala; las que hay: {', '.join(known)}"
            yield source.key_at(*path, key), f"La clave «{key}» no existe{_inside(path)}. {mend}"
    elif rule == "required":
        for key in (key for key in wanted if key not in value):
            # Each missing key is an error of its own, which doesn't say of which key it speaks.
            if error.message.startswith(repr(key)):
                yield where, f"Falta la clave «{key}»{_inside(path)}. Agrégala a {source.file}; {_EXAMPLE}"
    elif not value or rule == "pattern":
        yield where, f"{_named(path)} no puede estar vacío. Escribe {_TYPES[fragment['type']]}"
    else:
        yield where, f"{_named(path)} debe ser {_TYPES[wanted]}. Escríbelo así en {source.file}; {_EXAMPLE}"


def _stray_quotes(source: Source) -> Iterator[tuple[Position, str]]:
    for path in source.written:
        value = source.text_at(path)
        stray = stray_quote(value) if value else ""
        if stray:
            yield source.key_at(*path), f"En {_named(path)}, el texto {stray} y se vería así. {STRAY_MEND}"


def _inside(path: Path_) -> str:
    return f" en {_named(path)}" if path else ""


def _named(path: Path_) -> str:
    """The value at ``path`` as staff read it: «temas_rapidos» › 2 › «titulo»."""
    parts = [f"«{part}»" if isinstance(part, str) else str(part + 1) for part in path]
    return " › ".join(parts) or "El perfil"
