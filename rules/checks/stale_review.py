from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import WARNING, Problem

_MAX_DAYS = 365


class StaleReview(Check):
    """Hace más de un año (365 días) que nadie revisa la respuesta.

    Pasa:
        revisada: 2026-01-15
    Falla:
        revisada: 2020-01-15
    """

    id = "revision_antigua"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            reviewed = entry.date("revisada")
            days = (context.today - reviewed).days if reviewed else 0
            if days > _MAX_DAYS:
                message = f"La respuesta de {entry.name} se revisó hace {days} días ({reviewed})"
                yield self.problem(entry.at("revisada"), message, "Compruébala en su fuente y pon la fecha de hoy")
