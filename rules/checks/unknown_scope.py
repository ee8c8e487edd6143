from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check, did_you_mean
from rules.checks.context import Context
from rules.problems import Problem


class UnknownScope(Check):
    """«ambito» no es uno de los del perfil de la oficina.

    Pasa:
        ambito: UAM-I
    Falla:
        ambito: UAMI
    """

    id = "ambito_desconocido"

    def problems(self, context: Context) -> Iterator[Problem]:
        scopes, profile = context.office.scopes, context.office.source.file
        for entry in context.entries:
            scope = entry.text("ambito")
            if scope is not None and scope not in scopes:
                close = next((name for name in scopes if name.lower() == scope.lower()), None)
                hint = f"¿Quisiste decir «{close}»? " if close else did_you_mean(scope, scopes)
                message = f"El ámbito «{scope}» no está en el perfil de la oficina ({profile})"
                yield self.problem(entry.at("ambito"), message, f"{hint}Usa {', '.join(scopes)}")
