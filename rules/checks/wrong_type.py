from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import TYPE, Violation

_NAMES = {"string": "un texto", "array": "una lista", "object": "un bloque de claves"}
_MENDS = {
    "string": "Escribe un solo texto, entre comillas si lleva dos puntos, corchetes o llaves",
    "array": "Escribe un elemento por renglón, cada uno con guion, o entre corchetes: [uno, otro]",
    "object": "Cada regla es un bloque que empieza con «- id:»",
}


class WrongType(Check):
    """El valor no es de la clase que va ahí: un texto donde va una lista, una lista donde va un texto.

    Pasa:
        hechos: [H4.03]
    Falla:
        hechos: H4.03
    """

    id = "tipo_de_dato"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(TYPE):
            message = f"{_subject(found)} debe ser {_NAMES[found.wanted]}, y es {_found(found.value)}"
            yield self.problem(source.at(*found.path), message, _MENDS[found.wanted])


def _subject(found: Violation) -> str:
    if not found.path:
        return "El archivo"
    if isinstance(found.path[-1], int):
        return f"Cada elemento de «{found.key}»"
    return f"«{found.key}»"


def _found(value: object) -> str:
    return "una lista" if isinstance(value, list) else "un bloque de claves" if isinstance(value, dict) else "un texto"
