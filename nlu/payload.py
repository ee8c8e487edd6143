"""What travels beside an answer: its kind, rule, confidence, sources and suggestions.

One shape for Rasa's ``custom`` payload, the llm service's ``grounding`` and the gateway's reply.
"""
from __future__ import annotations

from typing import Any

from rules.book import NO_DATA, OFFICIAL, SMALL_TALK, Rule, RuleBook

KIND_OFFICIAL, KIND_SMALL_TALK, KIND_NO_ANSWER = "official", "small_talk", "no_answer"
KIND_QUOTED, KIND_GENERATED = "quoted", "generated"
KIND_BY_TYPE = {OFFICIAL: KIND_OFFICIAL, SMALL_TALK: KIND_SMALL_TALK, NO_DATA: KIND_NO_ANSWER}

MAX_SUGGESTIONS = 3


def suggestion(rule: Rule) -> dict[str, str]:
    """A button: the rule's first question, as title and as the message that it sends."""
    return {"title": rule.questions[0], "message": rule.questions[0]}


def suggestions(book: RuleBook, rule_ids: list[str]) -> list[dict[str, str]]:
    """Buttons for the known rules among ``rule_ids``, in order, at most ``MAX_SUGGESTIONS``."""
    known = [book.by_id[rule_id] for rule_id in dict.fromkeys(rule_ids) if rule_id in book.by_id]
    return [suggestion(rule) for rule in known[:MAX_SUGGESTIONS]]


def sources(rule: Rule) -> list[dict[str, str | None]]:
    """The rule's source as the reply shows it, or nothing."""
    if not rule.source:
        return []
    return [{"title": rule.source, "url": rule.url, "scope": rule.scope}]


def rule_payload(rule: Rule, book: RuleBook, confidence: float | str) -> dict[str, Any]:
    """The payload of a rule's answer; ``confidence`` is in 0–1."""
    return {
        "kind": KIND_BY_TYPE[rule.type],
        "rule_id": rule.id,
        "confidence": confidence,
        "sources": sources(rule),
        "suggestions": suggestions(book, list(rule.related)),
    }
