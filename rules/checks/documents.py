from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.facts import CHECK
from rules.problems import Problem
from rules.source import Position


class DocumentFaults(Check):
    """Un documento de data/documents está mal escrito: clave repetida, dato que falta, fuente que no existe."""

    id = CHECK

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from context.documents.problems
        for passage in context.documents.passages:
            if passage.scope and passage.scope not in context.office.scopes:
                position = Position(passage.file, passage.line, 1)
                message = f"El ámbito «{passage.scope}» del hecho {passage.id} no está en el perfil de la oficina"
                yield self.problem(position, message, f"Usa uno de: {', '.join(context.office.scopes)}")
