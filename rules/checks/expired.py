from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import WARNING, Problem


class Expired(Check):
    """La respuesta ya venció: desde el día siguiente a «vigente_hasta» no se da.

    Pasa:
        vigente_hasta: 2999-12-31
    Falla:
        revisada: 2020-01-01
        vigente_hasta: 2020-12-31
    """

    id = "vencida"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            until = entry.date("vigente_hasta")
            if until and until < context.today:
                message = f"La respuesta de {entry.name} venció el {until} y ya no se da"
                mend = "Actualízala y cambia la fecha, o quita la regla"
                yield self.problem(entry.at("vigente_hasta"), message, mend)
