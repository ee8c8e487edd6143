"""Turns that lean on the one before: "¿y cuánto tarda?", "¿dónde?", "¿y si no?"."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.text import tokens

# Words that can carry a follow-up but name no subject of their own.
_FUNCTION_WORDS = frozenset(
    """y e o pero entonces ok bueno si no ni tambien tampoco que cual cuales cuando donde cuanto cuanta cuantos
    cuantas como quien quienes por para porque a al de del en con sin se le lo la el los las un una unos unas
    me te nos mi tu su es son esta este esto eso esa ese ahi ahora luego despues antes ya mas menos solo hay tengo
    tiene tarda tardan dura cuesta vale sale piden pide hago hace hacer puedo puede debo seria va van ir fue cosa
    tiempo mucho poco todo todos algo nada""".split()
)
_MAX_WORDS = 6
_OPENERS = frozenset({"y", "e", "pero", "entonces"})


@dataclass(frozen=True)
class Turn:
    """An earlier turn: what the student said and the rule that answered, if one did."""

    message: str
    rule_id: str | None = None


def is_elliptic(question: str) -> bool:
    """Whether the message names no subject of its own: a few words, all of them function words."""
    words = tokens(question)
    if not words or len(words) > _MAX_WORDS:
        return False
    return all(word in _FUNCTION_WORDS for word in words) and (words[0] in _OPENERS or len(words) > 1)


def with_topic(question: str, history: Sequence[Turn]) -> str:
    """The elliptic question with the last message that has a subject set before it."""
    for turn in reversed(history):
        if not is_elliptic(turn.message) and tokens(turn.message):
            return f"{turn.message} {question}"
    return question
