"""Read a short turn with what came before it: «¿y los requisitos?» names only half its subject."""
from __future__ import annotations

from collections.abc import Sequence

from llm.support import content_words
from nlu.asked import asked
from nlu.followup import Turn, is_elliptic, with_topic
from nlu.text import words

_MAX_WORDS = 8
_OPENINGS = frozenset({"y", "e", "pero", "entonces", "o"})


def readings(question: str, earlier: Sequence[str]) -> list[str]:
    """Texts to search for, in order of trial: the question alone, or after the user's last turn
    that has a subject.

    ``earlier`` are the user's earlier messages, oldest first. A turn without any subject is never
    read alone, nor one that begins with «y» and names only the datum that it asks for («¿y en qué
    semanas?»); a long one never with another.
    """
    joined = with_topic(question, [Turn(message) for message in earlier])
    parts = words(question)
    opened = bool(parts) and parts[0] in _OPENINGS
    if is_elliptic(question) or (opened and asked(question) and len(content_words(question)) < 2):
        return [joined]
    if joined == question or len(parts) > _MAX_WORDS:
        return [question]
    return [joined, question] if opened else [question, joined]
