from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import WARNING, Problem

# token_sort_ratio (0-100) from which a message asks what a variant asks: in the CSE's book, its buttons
# have 83 at least, and questions of other offices 74 at most.
_ASKED = 80.0


class UnansweredTopic(Check):
    """Un botón de la página pregunta algo que ninguna regla tiene entre sus preguntas."""

    id = "boton_sin_respuesta"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        if context.unreadable:  # a file that can't be read may have the question
            return
        questions = [question.normal for question in context.questions]
        for index, topic in enumerate(context.office.quick_topics):
            asked = context.normal(topic.message)
            if process.extractOne(asked, questions, scorer=fuzz.token_sort_ratio, score_cutoff=_ASKED) is None:
                position = context.office.source.key_at("temas_rapidos", index, "mensaje")
                message = f"El botón «{topic.title}» pregunta «{topic.message}», y ninguna regla tiene esa pregunta"
                yield self.problem(position, message, "Agrégala a las «preguntas» de su regla, o cambia el mensaje")
