from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import TOO_LONG


class AnswerLength(Check):
    """La respuesta pasa de 1500 caracteres."""

    id = "respuesta_larga"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(TOO_LONG, "respuesta"):
            message = f"La respuesta tiene {len(found.value)} caracteres; el máximo es {found.wanted}"
            yield self.problem(source.at(*found.path), message, "Acórtala o divídela en dos reglas")
