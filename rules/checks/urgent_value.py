from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import PATTERN


class UrgentValue(Check):
    """«urgente» no es sí ni no.

    Pasa:
        urgente: no
    Falla:
        urgente: yes
    """

    id = "urgente_invalido"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(PATTERN, "urgente"):
            message = f"«urgente» sólo puede ser sí o no, y dice «{found.value}»"
            yield self.problem(source.at(*found.path), message, "Escribe «urgente: sí», o quita el renglón")
