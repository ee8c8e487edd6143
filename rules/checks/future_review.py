from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem


class FutureReview(Check):
    """«revisada» es un día que todavía no llega.

    Pasa:
        revisada: 2026-01-15
    Falla:
        revisada: 2999-01-15
    """

    id = "revisada_futura"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            reviewed = entry.date("revisada")
            if reviewed and reviewed > context.today:
                message = f"La fecha de «revisada» ({reviewed}) está en el futuro: hoy es {context.today}"
                yield self.problem(entry.at("revisada"), message, "Pon el día en que se comprobó la respuesta")
