"""Whether the bot has just said what a passage states: said again, it answers no further question."""
from __future__ import annotations

from rapidfuzz import fuzz

from llm.backends import Task
from llm.passages import Passage
from llm.retrieval import Index, stem
from llm.support import content_words
from nlu.asked import asked, held
from nlu.text import normalize

# Share of a passage's words, by weight, that the last answer must hold.
_TOLD = 0.8
# token_sort_ratio (0–100) from which a message asks the same again: who asks twice is told twice.
_SAME_QUESTION = 80.0


def nothing_new(task: Task, passage: Passage, index: Index) -> bool:
    """Whether ``passage`` adds nothing to the message that a leaning question follows, so that it can't be what the
    question asks for. A call for help is repeated, and so is what holds the datum that is asked for by name."""
    if task.last is None or (passage.rule and passage.rule.urgent):
        return False
    wanted = asked(task.question)
    before = next((text for role, text in reversed(task.history) if role == "user"), "")
    if (wanted and wanted <= held(passage.text)) or _same_question(task.question, before):
        return False
    return share_said(passage.text, task.last.text, index) >= _TOLD


def _same_question(question: str, before: str) -> bool:
    return fuzz.token_sort_ratio(normalize(question), normalize(before)) >= _SAME_QUESTION


def share_said(text: str, said: str, index: Index) -> float:
    """Share (0–1) of the words of ``text``, by weight, that ``said`` holds."""
    heard = {stem(word) for word in content_words(said)}
    weights = {stem(word): index.stems.weight(stem(word)) for word in content_words(text)}
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in heard) / total if total else 0.0
