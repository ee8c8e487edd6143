from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context, Question
from rules.problems import WARNING, Problem


class RedundantVariant(Check):
    """Dos preguntas de una regla sólo difieren en acentos, signos, saludos o abreviaturas: no aportan.

    Pasa:
        preguntas: ["¿Cómo pago?", "quiero pagar"]
    Falla:
        preguntas: ["¿Cómo pago?", "hola, como pago"]
    """

    id = "variante_redundante"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        seen: dict[tuple[int, str], Question] = {}
        for question in context.questions:
            first = seen.setdefault((id(question.entry), question.normal), question)
            if first.text.strip() != question.text.strip():
                message = f"«{question.text}» es para el asistente igual que «{first.text}» ({first.position})"
                yield self.problem(question.position, message, "Cámbiala por otra con palabras distintas")
