"""Turns that lean on the one before: "¿y cuánto tarda?", "¿dónde?", "¿y si no hay cupo?"."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nlu.text import INTERROGATIVES, tokens, words

# Words that can carry a follow-up but name no subject of their own.
FUNCTION_WORDS = frozenset(words(
    """y e o pero entonces ok bueno si no ni tambien tampoco que cual cuales cuando donde cuanto cuanta cuantos
    cuantas como quien quienes por para porque a al de del en con sin se le lo la el los las un una unos unas
    me te nos mi tu su es son esta este esto eso esa ese ahi ahora luego despues antes ya mas menos solo hay tengo
    tiene tarda tardan dura cuesta vale sale piden pide hago hace hacer puedo puede debo seria va van ir fue cosa
    era eran sera seran tiempo vez veces mucho poco todo todos algo nada"""
))  # fmt: skip
# They say that one speaks or wants to know, not what.
WISHING = frozenset(words(
    """quiero necesito saber ver viendo ando vengo consultar consulta informacion informes duda dudas pregunta preguntas
    preguntar ah"""
))  # fmt: skip
# What stands before what is named: articles, possessives, prepositions.
BEFORE_NOUNS = frozenset(words(
    "el la los las un una unos unas mi mis tu tus su sus de del a al con sin para por en otro otra otros otras"
))  # fmt: skip
_MAX_WORDS = 6
_OPENERS = frozenset({"y", "e", "pero", "entonces"})
# Words before an opener that don't change it: "ok y…", "ah pero…".
_FILLERS = frozenset({"ok", "okey", "ah", "aja", "bueno", "pues", "va", "sale", "gracias", "perfecto", "oye", "este"})
_LIMITS = frozenset({"hasta", "desde"})
# Beyond this many words a turn names its own subject, whatever its opening.
_MAX_LEANING_WORDS = 10
# Turns that are looked back for a topic, and messages that bear on it.
_MEMORY = 6
_MOST_SAID = 4


@dataclass(frozen=True)
class Turn:
    """An earlier turn: what the student said and the rule that answered, if one did; the answer's text, and the
    messages of the buttons shown below it, where they are known."""

    message: str
    rule_id: str | None = None
    answer: str = ""
    offered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """What the conversation is about: the last rule that answered it, None where none did; the student's messages that
    bear on it, at least one, oldest first; and how many of these, the last ones, nobody answered."""

    rule_id: str | None
    said: tuple[str, ...]
    unanswered: int = 0

    @property
    def context(self) -> str:
        """All that was said."""
        return " ".join(self.said)


def is_elliptic(question: str) -> bool:
    """Whether the message names no subject of its own: a few words, all of them function words.

    A lone word leans on the turn before only if it opens or asks: “¿y?”, “¿dónde?”, not “no” or “nada”.
    """
    parts = _without_limits(tokens(question))
    if not parts or len(parts) > _MAX_WORDS or not FUNCTION_WORDS.issuperset(parts):
        return False
    return len(parts) > 1 or parts[0] in _OPENERS or parts[0] in INTERROGATIVES


def _without_limits(parts: Sequence[str]) -> list[str]:
    """``parts`` without «hasta» and «desde» before a question word, where they name nothing («hasta luego» does)."""
    following = [*parts[1:], ""]
    return [
        part for part, after in zip(parts, following, strict=False) if part not in _LIMITS or after not in INTERROGATIVES
    ]


def leans(question: str) -> bool:
    """Whether the message asks to be read with the turn before: elliptic, or short and opened by
    “y”, “pero”, “entonces”."""
    if is_elliptic(question):
        return True
    parts = tokens(question)
    while parts and parts[0] in _FILLERS:
        parts = parts[1:]
    return 1 < len(parts) <= _MAX_LEANING_WORDS and parts[0] in _OPENERS


def topic_of(
    history: Sequence[Turn], is_small_talk: Callable[[str], bool], belongs: Callable[[str, str], bool]
) -> Topic | None:
    """The topic that the next turn may lean on, or None where nothing was said but small talk, which is passed over.

    A message that nobody answered and that has a subject of its own («¿y el estacionamiento?») ends the topic before it.

    Args:
        belongs: whether a message names nothing but what is asked around a rule (its id).
    """
    said: list[str] = []
    unanswered = 0
    rule_id = None
    for turn in reversed(history[-_MEMORY:]):
        if turn.rule_id is not None and is_small_talk(turn.rule_id):
            continue
        said.append(turn.message)
        rule_id = rule_id or turn.rule_id
        unanswered += rule_id is None
        if len(said) == _MOST_SAID or (rule_id is not None and not leans(turn.message)):
            break
    if rule_id is not None:
        strange = [not is_elliptic(message) and not belongs(message, rule_id) for message in said[:unanswered]]
        if any(strange):  # the last of them that is strange to the rule, and what was said since
            return Topic(None, tuple(reversed(said[: strange.index(True) + 1])), strange.index(True) + 1)
    return Topic(rule_id, tuple(reversed(said)), unanswered) if said else None


def with_topic(question: str, history: Sequence[Turn]) -> str:
    """The elliptic question with the last message that names a subject set before it.

    Returned as it is when no turn names one: greetings, “ok” and other elliptic turns don't.
    """
    alone = tokens(question)
    for turn in reversed(history):
        joined = f"{turn.message} {question}"
        if not FUNCTION_WORDS.issuperset(tokens(turn.message)) and tokens(joined) != alone:
            return joined
    return question
