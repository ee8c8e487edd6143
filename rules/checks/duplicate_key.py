from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem


class DuplicateKey(Check):
    """La misma clave está dos veces en una regla; sólo contaría una.

    Pasa:
        ambito: UAM-I
    Falla:
        ambito: UAM-I
        ambito: UAM
    """

    id = "clave_repetida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source in context.sources:
            for key, position in source.duplicate_keys:
                message = f"La clave «{key}» está dos veces en el mismo bloque"
                yield self.problem(position, message, "Deja una sola, o empieza otra regla con «- id:»")
