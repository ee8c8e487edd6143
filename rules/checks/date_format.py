from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.dates import date_fault
from rules.problems import Problem

DATE_KEYS = ("revisada", "vigente_hasta")


class DateFormat(Check):
    """Una fecha que no está escrita como año-mes-día o que no existe en el calendario.

    Pasa:
        revisada: 2026-02-28
    Falla:
        revisada: 2026-02-30
    """

    id = "fecha_invalida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for key in DATE_KEYS:
                value = entry.text(key)
                fault = date_fault(value) if value else None
                if fault:
                    why, mend = fault
                    yield self.problem(entry.at(key), f"«{value}» no es una fecha válida para «{key}»: {why}", mend)
