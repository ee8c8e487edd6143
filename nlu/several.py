"""Several questions in one message: which rule answers each, and one reply out of them."""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nlu.followup import Turn
from nlu.payload import KIND_NO_ANSWER, KIND_OFFICIAL, KIND_SMALL_TALK, MAX_SUGGESTIONS
from nlu.split import MAX_QUESTIONS, split_questions

# Reason of a decision in parts, and where Rasa keeps them in the parsed message.
SEVERAL, PARTS = "several", "parts"
_SHOWN_LETTERS = 140
# Characters that would format the student's words as Markdown.
_MARKUP = re.compile(r"[*_`<>#\[\]|\\~]+")


class Verdict(Protocol):
    """What this module needs of ``nlu.decision.Decision``."""

    @property
    def sure(self) -> bool: ...
    @property
    def rule_id(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def suggestions(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Part:
    """A question of the message; ``rule_id`` is None where no rule surely answers it."""

    question: str
    rule_id: str | None
    confidence: float


def parts_of(
    message: str, whole: Verdict, history: Sequence[Turn], decide: Callable[[str, Sequence[Turn]], Verdict]
) -> tuple[Part, ...]:
    """The questions of ``message`` with their rules when it must be answered in parts; else empty.

    Args:
        whole: the verdict on the message as it is. If it is sure and only one part is, of another rule,
            the message is one question after all.
        decide: verdict on a question after a history; each part is read after those before it.
    """
    questions = split_questions(message)
    if len(questions) == 1 or whole.reason == "urgent":
        return ()
    parts: list[Part] = []
    turns = list(history)
    for question in questions[:MAX_QUESTIONS]:
        verdict = decide(question, turns)
        if verdict.reason == "urgent":
            return ()
        rule_id = verdict.rule_id or _of_the_whole(verdict, whole)
        turns.append(Turn(question, rule_id))
        if verdict.kind != KIND_SMALL_TALK:
            parts.append(Part(question, rule_id, verdict.confidence if verdict.sure else whole.confidence))
    parts += [Part(question, None, 0.0) for question in questions[MAX_QUESTIONS:]]
    rules = {part.rule_id for part in parts} - {None}
    one_question = len(parts) < 2 or (len(rules) < 2 and None not in {part.rule_id for part in parts})
    fragment = whole.sure and whole.rule_id not in rules and len(rules) < 2
    if not rules or one_question or fragment:
        return ()
    return _without_repeats(parts)


def _of_the_whole(part: Verdict, whole: Verdict) -> str | None:
    """The rule of the whole message, if it is surely meant and the part is likeliest to be what asks for it."""
    return whole.rule_id if whole.sure and part.suggestions[:1] == (whole.rule_id,) else None


def _without_repeats(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Questions that the same rule answers, one after the other, as one part."""
    merged: list[Part] = []
    for part in parts:
        same = next((i for i, other in enumerate(merged) if part.rule_id and other.rule_id == part.rule_id), None)
        if same is None:
            merged.append(part)
        else:
            other = merged[same]
            question = f"{other.question} {part.question}"
            merged[same] = Part(question, other.rule_id, max(other.confidence, part.confidence))
    return tuple(merged)


def compose(answered: Sequence[tuple[str, str | None, dict[str, Any] | None]]) -> tuple[str, dict[str, Any]]:
    """One reply: each answer word for word under its question, then what has none.

    Args:
        answered: for each part its question, and the text and payload of its rule's answer or None.
    """
    known = [(question, text, payload) for question, text, payload in answered if text and payload]
    open_questions = [_shown(question) for question, text, _ in answered if not text]
    blocks = [f"**{_shown(question)}**\n\n{text}" for question, text, _ in known]
    if open_questions:
        blocks.append(_unanswered(open_questions))
    return "\n\n".join(blocks), _merged([payload for _, _, payload in known], open_questions)


def _unanswered(questions: Sequence[str]) -> str:
    quoted = " ni para ".join(f"«{question}»" for question in questions)
    again = "Pregúntamela sola" if len(questions) == 1 else "Pregúntame cada una sola"
    return f"No tengo una respuesta segura para {quoted}. {again}, con otras palabras, y la busco de nuevo."


def _merged(payloads: Sequence[dict[str, Any]], open_questions: Sequence[str]) -> dict[str, Any]:
    official = any(payload["kind"] == KIND_OFFICIAL for payload in payloads)
    sources = [source for payload in payloads for source in payload["sources"]]
    asked_again = [{"title": question, "message": question} for question in open_questions]
    related = [suggestion for payload in payloads for suggestion in payload["suggestions"]]
    return {
        "kind": KIND_OFFICIAL if official else KIND_NO_ANSWER,
        "rule_id": payloads[0]["rule_id"],
        "rule_ids": [payload["rule_id"] for payload in payloads],
        "confidence": min(float(payload["confidence"]) for payload in payloads),
        "sources": [source for i, source in enumerate(sources) if source not in sources[:i]],
        "suggestions": [s for i, s in enumerate([*asked_again, *related]) if s not in [*asked_again, *related][:i]][
            :MAX_SUGGESTIONS
        ],
    }


def _shown(question: str) -> str:
    """The student's words, on one line, without markup, cut if long."""
    text = " ".join(_MARKUP.sub(" ", question).split())
    return text if len(text) <= _SHOWN_LETTERS else f"{text[: _SHOWN_LETTERS - 1].rstrip()}…"
