"""Read a short turn with what came before it: «¿y los requisitos?» names only half its subject."""
from __future__ import annotations

from collections.abc import Sequence

from nlu.followup import Turn, is_elliptic, with_topic
from nlu.text import words

_MAX_WORDS = 8
_OPENINGS = frozenset({"y", "e", "pero", "entonces", "o"})


def readings(question: str, earlier: Sequence[str]) -> list[str]:
    """Texts to search for, in order of trial: the question alone, or after the user's last turn
    that has a subject.

    ``earlier`` are the user's earlier messages, oldest first. A turn without any subject is never
    read alone, a long one never with another.
    """
    joined = with_topic(question, [Turn(message) for message in earlier])
    if is_elliptic(question):
        return [joined]
    parts = words(question)
    if joined == question or len(parts) > _MAX_WORDS:
        return [question]
    return [joined, question] if parts and parts[0] in _OPENINGS else [question, joined]
