"""Turns that lean on the one before: "¿y cuánto tarda?", "¿dónde?", "¿y si no?"."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.text import INTERROGATIVES, tokens, words

# Words that can carry a follow-up but name no subject of their own.
_FUNCTION_WORDS = frozenset(words(
    """y e o pero entonces ok bueno si no ni tambien tampoco que cual cuales cuando donde cuanto cuanta cuantos
    cuantas como quien quienes por para porque a al de del en con sin se le lo la el los las un una unos unas
    me te nos mi tu su es son esta este esto eso esa ese ahi ahora luego despues antes ya mas menos solo hay tengo
    tiene tarda tardan dura cuesta vale sale piden pide hago hace hacer puedo puede debo seria va van ir fue cosa
    tiempo mucho poco todo todos algo nada"""
))  # fmt: skip
_MAX_WORDS = 6
_OPENERS = frozenset({"y", "e", "pero", "entonces"})


@dataclass(frozen=True)
class Turn:
    """An earlier turn: what the student said and the rule that answered, if one did."""

    message: str
    rule_id: str | None = None


def is_elliptic(question: str) -> bool:
    """Whether the message names no subject of its own: a few words, all of them function words.

    A lone word leans on the turn before only if it opens or asks: “¿y?”, “¿dónde?”, not “no” or “nada”.
    """
    parts = tokens(question)
    if not parts or len(parts) > _MAX_WORDS or not _FUNCTION_WORDS.issuperset(parts):
        return False
    return len(parts) > 1 or parts[0] in _OPENERS or parts[0] in INTERROGATIVES


def with_topic(question: str, history: Sequence[Turn]) -> str:
    """The elliptic question with the last message that names a subject set before it.

    Returned as it is when no turn names one: greetings, “ok” and other elliptic turns don't.
    """
    alone = tokens(question)
    for turn in reversed(history):
        joined = f"{turn.message} {question}"
        if not _FUNCTION_WORDS.issuperset(tokens(turn.message)) and tokens(joined) != alone:
            return joined
    return question
