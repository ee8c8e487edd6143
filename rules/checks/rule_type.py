from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check, did_you_mean
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import ENUM


class RuleType(Check):
    """«tipo» no es oficial, charla ni sin_dato.

    Pasa:
        tipo: oficial
    Falla:
        tipo: oficiall
    """

    id = "tipo_desconocido"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(ENUM, "tipo"):
            mend = f"{did_you_mean(found.value, found.wanted)}Usa {', '.join(found.wanted)}"
            yield self.problem(source.at(*found.path), f"«{found.value}» no es un tipo de regla", mend)
