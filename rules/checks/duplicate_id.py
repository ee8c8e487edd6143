from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.source import Position


class DuplicateId(Check):
    """Dos reglas del libro tienen el mismo id.

    Pasa:
        - id: pago_banco
        - id: pago_linea
    Falla:
        - id: pago_banco
        - id: pago_banco
    """

    id = "id_repetido"

    def problems(self, context: Context) -> Iterator[Problem]:
        seen: dict[str, Position] = {}
        for entry in context.entries:
            if entry.id is None:
                continue
            position = entry.at("id")
            first = seen.setdefault(entry.id, position)
            if first is not position:
                message = f"El id «{entry.id}» está repetido: ya existe en {first}"
                yield self.problem(position, message, "Cambia uno de los dos id, o junta las dos reglas")
