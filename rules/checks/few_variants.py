from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import WARNING, Problem

_ENOUGH = 5


class FewVariants(Check):
    """La regla tiene menos de 5 preguntas distintas: casi nadie la encontrará (lo bueno son 12 o más).

    Pasa:
        preguntas: ["¿Cómo pago?", "quiero pagar", "formas de pago", "pagar en línea", "dónde deposito"]
    Falla:
        preguntas: ["¿Cómo pago?"]
    """

    id = "pocas_preguntas"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            texts = [text for _, text in entry.texts("preguntas")]
            count = len({context.normal(text) for text in texts})
            if 0 < count < _ENOUGH:
                message = f"La regla {entry.name} tiene muy pocas preguntas distintas: {count}"
                mend = "Agrega otras maneras de preguntar lo mismo; con 12 o más se responde mucho mejor"
                yield self.problem(entry.at("preguntas"), message, mend)
