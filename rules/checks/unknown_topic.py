from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check, did_you_mean
from rules.checks.context import Context
from rules.problems import WARNING, Problem

_GENERAL = "general"


class UnknownTopic(Check):
    """El perfil de la oficina dice dónde preguntar de un tema que ningún archivo de reglas tiene."""

    id = "tema_desconocido"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        topics = _topics(context)
        if context.unreadable:  # a file that can't be read may have the topic
            return
        for topic in context.office.where_to_ask:
            if topic != _GENERAL and topic not in topics:
                position = context.office.source.key_at("donde_preguntar", topic)
                message = f"«donde_preguntar» nombra «{topic}», y ningún archivo de reglas tiene ese «tema»"
                yield self.problem(position, message, f"{did_you_mean(topic, topics)}Escríbelo como en «tema:», o quítalo")


def _topics(context: Context) -> set[str]:
    values = [source.value for source in context.sources]
    topics = [value.get("tema") for value in values if isinstance(value, dict)]
    return {topic for topic in topics if isinstance(topic, str)}
