"""Whether the bot has just said what a passage states: said again, it answers no further question, unless it holds what
that asks for."""
from __future__ import annotations

import re

from rapidfuzz import fuzz

from llm.backends import Task
from llm.passages import Passage
from llm.retrieval import Index, stem
from llm.support import content_words
from nlu.asked import Datum, asked, held
from nlu.datum import kinds_asked
from nlu.text import fold, normalize

# Share of a passage's words, by weight, that the last answer must hold.
_TOLD = 0.8
# token_sort_ratio (0–100) from which a message asks the same again: who asks twice is told twice.
_SAME_QUESTION = 80.0
# What a text must state, any of them, to hold a kind of datum (see nlu.datum); a place is told by its words.
_STATED = {
    "moment": frozenset({Datum.DATE, Datum.TIME}), "hour": frozenset({Datum.HOUR}), "cost": frozenset({Datum.AMOUNT}),
    "contact": frozenset({Datum.PHONE, Datum.MAIL, Datum.LINK}),
}  # fmt: skip
_PLACE = re.compile(
    r"\b(ventanillas?|oficinas?|edificio|modulo|mostrador|piso|sala|coordinacion|departamento|internet|en linea|en la pagina"
    r"|se (hace|pide|tramita|entrega|solicita|paga)n? (en|ante|a) )"
)


def nothing_new(task: Task, passage: Passage, index: Index) -> bool:
    """Whether ``passage`` adds nothing to the message that a leaning question follows, so that it can't be what the
    question asks for. A call for help is repeated, and so is what holds the datum that is asked for by name."""
    if task.last is None or (passage.rule and passage.rule.urgent):
        return False
    before = next((text for role, text in reversed(task.history) if role == "user"), "")
    wanted = asked(task.question)
    if (wanted and wanted <= held(passage.text)) or holds_asked(task.question, passage.text):
        return False
    if _same_question(task.question, before):
        return False
    return share_said(passage.text, task.last.text, index) >= _TOLD


def holds_asked(question: str, text: str) -> bool:
    """Whether ``text`` states when, where, at what hours, for how much or by which contact, and ``question`` asks for that
    alone. How long or how many is not told by a number somewhere."""
    kinds = kinds_asked(normalize(question))
    stated = held(text)
    return bool(kinds) and all(
        bool(_PLACE.search(fold(text))) if kind == "place" else not _STATED.get(kind, frozenset()).isdisjoint(stated)
        for kind in kinds
    )


def _same_question(question: str, before: str) -> bool:
    return fuzz.token_sort_ratio(normalize(question), normalize(before)) >= _SAME_QUESTION


def share_said(text: str, said: str, index: Index) -> float:
    """Share (0–1) of the words of ``text``, by weight, that ``said`` holds."""
    heard = {stem(word) for word in content_words(said)}
    weights = {stem(word): index.stems.weight(stem(word)) for word in content_words(text)}
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in heard) / total if total else 0.0
