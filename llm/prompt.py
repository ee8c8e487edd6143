"""The prompt that the model is trained with and asked with: one passage and a question.

The reply begins with a verdict, «[1]» or «[0]»: whether the passage answers the question. A small
model is a poor judge of that (``llm/NOTES.md``), so that the service decides and opens the reply.
"""
from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llm.passages import Passage
from llm.quoting import excerpt
from llm.retrieval import TermIndex

START = "<start_of_turn>"
END = "<end_of_turn>"
REFUSAL = "No lo sé."
ANSWERS, REFUSES = "[1]", "[0]"
VERDICT_PLACE = 1  # of the digit among the reply's tokens
MAX_EXCERPT = 400  # characters of a passage
_TASK = f"Contesta con las palabras del pasaje. Si no lo dice: {REFUSES} {REFUSAL}"
_CONTROL = re.compile(r"<[a-z_/0-9]*>", re.IGNORECASE)
_VERDICT = re.compile(r"\s*\[([01])\]\s*")


@dataclass(frozen=True)
class Excerpt:
    """The part of a passage that goes into the prompt."""

    passage: Passage
    text: str


@dataclass(frozen=True)
class Prompt:
    """The rendered text, and the excerpt in it (None: the question alone)."""

    text: str
    excerpt: Excerpt | None = None


def render_prompt(question: str, passage: tuple[str, str] | None, history: Sequence[tuple[str, str]] = ()) -> str:
    """One user turn over ``passage`` (title, text) and the opening of the model's.

    Of ``history`` ((role, text), oldest first) the user's last message is kept. Without a passage
    the question stands alone.
    """
    lines = [_TASK, f"{_plain(passage[0])}: {_plain(passage[1])}"] if passage else []
    before = next((text for role, text in reversed(history) if role == "user"), None)
    if before:
        lines.append(f"Pregunta anterior: {_plain(before)}")
    lines.append(f"Pregunta: {_plain(question)}")
    return f"{START}user\n" + "\n".join(lines) + f"{END}\n{START}model\n"


def render_reply(answer: str, answers: bool) -> str:
    """What the model should write: its verdict on the passage, the answer, the end of its turn."""
    return f"{ANSWERS if answers else REFUSES} {_plain(answer)}{END}"


def read_verdict(reply: str) -> tuple[bool | None, str]:
    """Whether ``reply`` says that the passage answers (None: it says neither), and the rest."""
    found = _VERDICT.match(reply)
    return (found[1] == ANSWERS[1], reply[found.end() :]) if found else (None, reply)


def excerpt_of(question: str, passage: Passage, terms: TermIndex) -> Excerpt:
    """The part of ``passage`` to show for ``question``."""
    return Excerpt(passage, excerpt(question, passage, terms, MAX_EXCERPT))


def build_prompt(
    question: str,
    excerpt: Excerpt | None,
    history: Sequence[tuple[str, str]],
    fits: Callable[[str], bool] = lambda text: True,
) -> Prompt:
    """The prompt over ``excerpt``.

    Raises:
        ValueError: it doesn't fit.
    """
    passage = (excerpt.passage.title, excerpt.text) if excerpt else None
    text = render_prompt(question, passage, history)
    if not fits(text):
        raise ValueError("La pregunta es demasiado larga para el modelo")
    return Prompt(text, excerpt)


def _plain(text: str) -> str:
    """One line without bold marks or control tokens: a user must not end the turn."""
    return " ".join(_CONTROL.sub(" ", text).replace("**", "").split())


def _template_hash() -> str:
    sample = render_prompt("pregunta", ("título", "texto"), [("user", "antes")]) + render_reply("respuesta", True)
    return hashlib.sha256(sample.encode()).hexdigest()[:16]


TEMPLATE_HASH = _template_hash()
