from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context, Question
from rules.problems import Problem


class DuplicateQuestion(Check):
    """La misma pregunta en dos reglas (sin contar acentos, saludos ni abreviaturas), o dos veces en una.

    Pasa:
        - preguntas: ["¿Cómo pago?"]
        - preguntas: ["¿Dónde pago?"]
    Falla:
        - preguntas: ["¿Cómo pago?"]
        - preguntas: ["hola, como pago"]
    """

    id = "pregunta_repetida"

    def problems(self, context: Context) -> Iterator[Problem]:
        by_form: dict[str, list[Question]] = {}
        for question in context.questions:
            earlier = by_form.setdefault(question.normal, [])
            twin = next((other for other in earlier if _same(question, other)), None)
            earlier.append(question)
            if twin:
                yield self._problem(question, twin)

    def _problem(self, question: Question, twin: Question) -> Problem:
        if twin.entry is question.entry:
            message = f"La pregunta «{question.text}» está dos veces en esta regla (también en {twin.position})"
            return self.problem(question.position, message, "Quita una")
        message = (
            f"La pregunta «{question.text}» está repetida: es la misma que «{twin.text}» "
            f"de la regla {twin.entry.name} en {twin.position}"
        )
        return self.problem(question.position, message, "Déjala sólo en la regla que la responde")


def _same(question: Question, other: Question) -> bool:
    """Within one rule only the same words are an error; other spellings are just redundant."""
    return other.entry is not question.entry or other.text.strip() == question.text.strip()
