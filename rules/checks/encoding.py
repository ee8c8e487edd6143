from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.source import EncodingError


class Encoding(Check):
    """El archivo no está guardado en UTF-8 (los acentos se pierden)."""

    id = "codificacion"

    def problems(self, context: Context) -> Iterator[Problem]:
        for error, _ in context.unreadable:
            if isinstance(error, EncodingError):
                yield self.problem(error.position, error.message, error.hint)
