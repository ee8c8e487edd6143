from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import TEXT_KEYS, Context
from rules.problems import Problem
from rules.quotes import STRAY_MEND, stray_quote


class StrayQuote(Check):
    """Unas comillas que no son las de YAML (“ ”), o que no cierran, quedaron al principio o al final de un texto.

    Pasa:
        fuente: "Reglamento del Alumnado"
    Falla:
        fuente: “Reglamento del Alumnado”
    """

    id = "comillas_sueltas"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for key, value, how in entry.written(*TEXT_KEYS):
                stray = stray_quote(value)
                if stray:
                    message = f"En «{key}», el texto {stray} y se vería así"
                    yield self.problem(how.start, message, STRAY_MEND)

