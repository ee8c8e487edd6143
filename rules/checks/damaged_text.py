from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.damage import damages
from rules.problems import Problem
from rules.source import Position


class DamagedText(Check):
    """Un texto con los acentos dañados («coordinaciÃ³n») o con caracteres perdidos.

    Pasa:
        fuente: Coordinación de Sistemas Escolares
    Falla:
        fuente: CoordinaciÃ³n de Sistemas Escolares
    """

    id = "texto_danado"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source in context.sources:
            for damage in damages(source.lines):
                yield self.problem(Position(source.file, damage.line, damage.column), damage.message, damage.mend)
