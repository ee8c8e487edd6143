from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context, Question
from rules.problems import WARNING, Problem


class CloseQuestions(Check):
    """Dos preguntas de reglas distintas se parecen tanto que una puede llevarse la respuesta de la otra.

    Pasa:
        - preguntas: ["¿Cuándo pago la anualidad de la carrera?"]
        - preguntas: ["¿Dónde entrego mi acta de nacimiento?"]
    Falla:
        - preguntas: ["¿Cuándo pago la anualidad de la carrera?"]
        - preguntas: ["¿Cuánto pago de la anualidad de la carrera?"]
    """

    id = "preguntas_cercanas"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        questions = context.questions
        excluded = {id(e): {context.normal(text) for _, text in e.texts("no_es")} for e in context.entries}
        # Pairs come with the earlier question first.
        for left, right, similarity in context.close_pairs([question.normal for question in questions]):
            first, second = questions[left], questions[right]
            if _settled(first, second, excluded):
                continue
            message = (
                f"«{first.text}» se parece {similarity:.0f} % a «{second.text}» "
                f"de la regla {second.entry.name} en {second.position}"
            )
            mend = "Cambia las palabras de una, o si las dos están bien, pon cada una en «no_es» de la otra regla"
            yield self.problem(first.position, message, mend)


def _settled(first: Question, second: Question, excluded: dict[int, set[str]]) -> bool:
    """One rule, an outright duplicate (an error of its own), or a pair that staff know of."""
    return (
        first.entry is second.entry
        or first.normal == second.normal
        or first.normal in excluded[id(second.entry)]
        or second.normal in excluded[id(first.entry)]
    )
