from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check, did_you_mean
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import UNKNOWN_KEY


class UnknownKey(Check):
    """Una clave que no existe, casi siempre por un error de dedo.

    Pasa:
        url: https://cse.izt.uam.mx
    Falla:
        liga: https://cse.izt.uam.mx
    """

    id = "clave_desconocida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(UNKNOWN_KEY):
            mend = f"{did_you_mean(found.key, found.wanted)}Las claves que hay son {', '.join(found.wanted)}"
            yield self.problem(source.key_at(*found.path), f"«{found.key}» es una clave desconocida", mend)
