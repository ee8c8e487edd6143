from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.facts import CHECK
from rules.headers import seen_in
from rules.problems import Problem


class DocumentFaults(Check):
    """Un documento de data/documents está mal escrito: clave repetida, valor que falta o no puede ser, fuente que no existe."""

    id = CHECK

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from context.documents.problems
        scopes, profile = context.office.scopes, context.office.source.file
        for passage in context.documents.passages:
            for key, named in (("ambito", (passage.scope,)), ("respaldo", seen_in(passage.backing))):
                for scope in named:
                    if scope and scope not in scopes:
                        message = f"El ámbito «{scope}» del hecho {passage.id} no está en el perfil de la oficina ({profile})"
                        yield self.problem(passage.at(key), message, f"Usa uno de: {', '.join(scopes)}")
        for position, reviewed in context.documents.reviews:
            if reviewed > context.today:
                message = f"La fecha de «revisado» ({reviewed}) está en el futuro: hoy es {context.today}"
                yield self.problem(position, message, "Pon el día en que se comprobó el documento")
