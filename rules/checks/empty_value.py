from __future__ import annotations

from collections.abc import Iterator

from rules.book import OFFICIAL
from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import EMPTY, Violation, required_keys
from rules.source import Source


class EmptyValue(Check):
    """Una clave sin valor, un texto en blanco o una lista sin elementos.

    Pasa:
        fuente: Reglamento del Alumnado
    Falla:
        fuente:
    """

    id = "vacio"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(EMPTY):
            if not found.path:
                mend = "Escribe «tema:» y «reglas:», o borra el archivo"
                yield self.problem(source.at(), "El archivo está vacío", mend)
            elif isinstance(found.path[-1], int):
                message = f"Hay un elemento vacío en «{found.key}»"
                yield self.problem(source.at(*found.path), message, "Escribe su texto o quita ese guion")
            else:
                message = f"La clave «{found.key}» está vacía"
                mend = "Escribe su valor: no puede faltar" if _required(source, found) else "Escribe su valor o quita la clave"
                yield self.problem(source.at(*found.path), message, mend)


def _required(source: Source, found: Violation) -> bool:
    """Whether the file or the rule can't do without the key."""
    if len(found.path) == 1:
        return True
    rule = source.value["reglas"][found.path[1]]
    return found.key in required_keys(official=(rule.get("tipo") or OFFICIAL) == OFFICIAL)
