from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check, did_you_mean
from rules.checks.context import Context
from rules.problems import Problem


class UnknownRelated(Check):
    """«relacionadas» nombra una regla que no existe, o a la regla misma.

    Pasa:
        - id: pago_banco
          relacionadas: [pago_linea]
        - id: pago_linea
    Falla:
        - id: pago_banco
          relacionadas: [pago_bancos]
    """

    id = "relacionada_desconocida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for index, related in entry.texts("relacionadas"):
                position = entry.at("relacionadas", index)
                if related == entry.id:
                    message = f"La regla «{related}» se nombra a sí misma en «relacionadas»"
                    yield self.problem(position, message, "Quítala de la lista")
                elif related not in context.known_ids:
                    mend = f"{did_you_mean(related, context.known_ids - {entry.id})}Corrige el id o quítalo de la lista"
                    yield self.problem(position, f"No existe la regla relacionada «{related}»", mend)
