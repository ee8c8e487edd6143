from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import PATTERN
from rules.text import fold


class IdFormat(Check):
    """El id lleva algo que no es minúscula sin acento, número o guion bajo.

    Pasa:
        id: pago_en_linea
    Falla:
        id: Pago en línea
    """

    id = "formato_id"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(PATTERN, "id"):
            proposal = re.sub(r"[^a-z0-9]+", "_", fold(found.value)).strip("_") or "mi_regla"
            message = f"El id «{found.value}» sólo puede llevar minúsculas sin acento, números y guion bajo"
            yield self.problem(source.at(*found.path), message, f"Escribe, por ejemplo, {proposal}")
