from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import TOO_LONG


class QuestionLength(Check):
    """Una pregunta pasa de 1000 caracteres, lo más que cabe en un mensaje del alumno."""

    id = "pregunta_larga"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(TOO_LONG, "preguntas"):
            message = f"La pregunta tiene {len(found.value)} caracteres, y en un mensaje caben {found.wanted}"
            yield self.problem(source.at(*found.path), message, "Acórtala; si son varias preguntas, una por renglón")
