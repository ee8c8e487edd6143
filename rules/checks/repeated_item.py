from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import REPEATED


class RepeatedItem(Check):
    """La misma clave de hecho o regla relacionada está dos veces en la lista.

    Pasa:
        hechos: [H4.03, H4.04]
    Falla:
        hechos: [H4.03, H4.03]
    """

    id = "elemento_repetido"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(REPEATED):
            index, value = next((i, v) for i, v in enumerate(found.value) if v in found.value[:i])
            position = source.at(*found.path, index)
            yield self.problem(position, f"«{value}» está dos veces en «{found.key}»", "Quita uno")
