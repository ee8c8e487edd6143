from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem


class ExcludedQuestion(Check):
    """Una pregunta de «no_es» está también entre las preguntas de su regla.

    Pasa:
        preguntas: ["¿Cómo pago?"]
        no_es: ["¿Cuándo pago?"]
    Falla:
        preguntas: ["¿Cómo pago?"]
        no_es: ["como pago"]
    """

    id = "pregunta_excluida"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            own = {context.normal(text): index for index, text in entry.texts("preguntas")}
            for index, text in entry.texts("no_es"):
                twin = own.get(context.normal(text))
                if twin is not None:
                    line = entry.at("preguntas", twin)
                    message = f"«{text}» está en «no_es» y también entre las preguntas de la regla ({line})"
                    yield self.problem(entry.at("no_es", index), message, "Quítala de uno de los dos lugares")
