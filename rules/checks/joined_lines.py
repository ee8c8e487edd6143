from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import TEXT_KEYS, Context
from rules.problems import Problem

_ITEM = re.compile(r"\s*-\s")


class JoinedLines(Check):
    """Una respuesta de varios renglones sin la barra vertical, o una pregunta que sigue en otro renglón: YAML los une en uno.

    Pasa:
        respuesta: |
          Necesitas:
          - comprobante
    Falla:
        respuesta:
          Necesitas
          - comprobante
    """

    id = "renglones_unidos"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for key, value, how in entry.written(*TEXT_KEYS):
                if how.style == "|" or not how.several_lines:
                    continue
                if key == "respuesta":
                    message = "La respuesta tiene varios renglones, y sin «|» YAML los une en uno solo"
                    yield self.problem(how.start, message, "Escribe «respuesta: |» y debajo los renglones con sangría")
                elif not how.style or _ITEM.match(entry.source.lines[how.start.line]):
                    message = f"El texto «{value}» de «{key}» sigue en el renglón de abajo, y YAML une los dos"
                    mend = "Ponlo entre comillas en un solo renglón; si son dos textos, alinea los guiones"
                    yield self.problem(how.start, message, mend)
