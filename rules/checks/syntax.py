from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

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
        for error, path in context.unreadable:
            if isinstance(error, EncodingError):
                continue
            yield self.problem(error.position, error.message, _no_rules_line(path) or error.hint)


def _no_rules_line(path: Path) -> str:
    """What to do when the likely cause is that the list of rules has no key above it."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
    if re.search(r"(?m)^\s*-\s+id:", text) and not re.search(r"(?m)^[\"']?reglas?[\"']?\s*:", text):
        return "Al archivo le falta el renglón «reglas:» antes de la primera regla"
    return ""
