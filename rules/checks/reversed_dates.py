from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem


class ReversedDates(Check):
    """«vigente_hasta» es anterior a «revisada».

    Pasa:
        revisada: 2026-01-15
        vigente_hasta: 2026-12-31
    Falla:
        revisada: 2026-01-15
        vigente_hasta: 2025-12-31
    """

    id = "vigencia_invertida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            reviewed, until = entry.date("revisada"), entry.date("vigente_hasta")
            if reviewed and until and until < reviewed:
                message = f"«vigente_hasta» ({until}) es anterior a «revisada» ({reviewed})"
                yield self.problem(entry.at("vigente_hasta"), message, "Corrige una de las dos fechas")
