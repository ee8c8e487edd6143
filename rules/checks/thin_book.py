from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import WARNING, Problem
from rules.text import tenths

# So many of the rules with the fewest questions are named.
_NAMED = 3


class ThinBook(Check):
    """El libro entero tiene pocas preguntas por regla en promedio (menos de 8): poco se contesta como oficial."""

    id = "libro_delgado"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        if context.unreadable or not context.entries:  # a file that can't be read may have the questions
            return
        rules, questions = len(context.entries), len(context.questions)
        if questions >= context.thin_below * rules:
            return
        fewest = sorted(context.entries, key=lambda entry: len(entry.texts("preguntas")))[:_NAMED]
        message = (
            f"El libro tiene {tenths(questions / rules)} preguntas por regla: con menos de {context.thin_below} se exige mucha "
            "más confianza para contestar como oficial, y pocas preguntas la alcanzan"
        )
        mend = (
            f"Lleva cada regla a 12 preguntas; empieza por {', '.join(entry.name for entry in fewest)}. "
            "«python -m nlu suggest» dice qué parte de tus preguntas se contesta"
        )
        yield self.problem(context.sources[0].at(), message, mend)
