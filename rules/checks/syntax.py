from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.source import EncodingError


class Syntax(Check):
    """El archivo no se puede leer como YAML: comillas, corchetes, dos puntos o sangría.

    Pasa:
        respuesta: "Ojo: confírmalo en la CSE."
    Falla:
        tema: Pagos
        reglas:
          - id: pago
            respuesta: Ojo: confírmalo en la CSE.
    """

    id = "yaml"

    def problems(self, context: Context) -> Iterator[Problem]:
        for error, _ in context.unreadable:
            if not isinstance(error, EncodingError):
                yield self.problem(error.position, error.message, error.hint)
