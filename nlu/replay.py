"""A conversation that a client sends whole, as the matcher reads it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlu.decision import Decider
from nlu.followup import Turn
from nlu.payload import MAX_SUGGESTIONS, suggestions
from nlu.picking import picked

# Turns before the last that are read.
_TURNS = 6


def replayed(messages: Sequence[tuple[str, str]], decider: Decider) -> list[Turn]:
    """The turns that the (role, text) of ``messages`` make up, oldest first, the last few.

    A turn's rule is the one whose answer the assistant gave word for word; else the one that would have answered
    now, for not every client keeps the answers. Buttons are known of a rule's answer only.
    """
    said: list[tuple[str, str]] = []
    for role, text in messages:
        if role == "user":
            said.append((text, ""))
        elif said:
            question, before = said[-1]
            said[-1] = question, f"{before}\n\n{text}".strip()
    turns: list[Turn] = []
    for message, answer in said[-_TURNS:]:
        question = picked(message, turns) or message
        rule_id = _given(answer, decider) or decider.decide(question, turns).rule_id
        related = list(decider.book.by_id[rule_id].related) if rule_id else []
        offered = tuple(button["message"] for button in suggestions(decider.book, related))
        turns.append(Turn(question, rule_id, answer, offered))
    return turns


def picks_a_button(message: str, turns: Sequence[Turn]) -> bool:
    """Whether ``message`` would pick a button of the last answer by its place, whatever was offered there."""
    anything = tuple(map(str, range(MAX_SUGGESTIONS)))
    return bool(turns) and picked(message, [replace(turns[-1], offered=anything)]) is not None


def _given(answer: str, decider: Decider) -> str | None:
    """The rule with the longest answer that stands in ``answer``."""
    held = [rule for rule in decider.book.rules if rule.answer in answer]
    return max(held, key=lambda rule: len(rule.answer)).id if held else None
