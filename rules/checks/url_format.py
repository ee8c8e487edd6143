from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import PATTERN


class UrlFormat(Check):
    """«url» no empieza con http:// o https://.

    Pasa:
        url: https://cse.izt.uam.mx
    Falla:
        url: cse.izt.uam.mx
    """

    id = "url_invalida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(PATTERN, "url"):
            message = f"«{found.value}» no es una url válida: debe empezar con http:// o https:// y no llevar espacios"
            yield self.problem(source.at(*found.path), message, "Copia la dirección completa, con https://")
