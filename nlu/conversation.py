"""The earlier turns of a Rasa conversation, as the matcher reads them."""
from __future__ import annotations

from dataclasses import replace

from rasa.shared.core.events import BotUttered, Restarted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from nlu.followup import Turn
from nlu.picking import picked
from nlu.several import PARTS

_TURNS = 6


def turns(tracker: DialogueStateTracker) -> list[Turn]:
    """The last turns of the present session, oldest first; a turn's rule is that of its last answer, or
    the one that a written answer is about. Each of several
    questions in one message is a turn of its own; one that picked a button reads as that button."""
    found: list[Turn] = []
    answer = Turn("")
    for event in reversed(tracker.events):
        if isinstance(event, (Restarted, SessionStarted)) or len(found) >= _TURNS:
            break
        if isinstance(event, BotUttered):
            answer = _answered(event, answer)
        elif isinstance(event, UserUttered):
            parts = event.parse_data.get(PARTS) or [{"question": event.text or "", "rule_id": answer.rule_id}]
            found += [replace(answer, message=part["question"], rule_id=part["rule_id"]) for part in reversed(parts)]
            answer = Turn("")
    return _as_meant(found[:_TURNS][::-1])


def _answered(event: BotUttered, later: Turn) -> Turn:
    """What is known of a turn's answer, given what was uttered ``later`` in the same turn."""
    payload = event.data.get("custom") or {}
    rule_id = later.rule_id or payload.get("rule_id") or payload.get("topic_rule")
    offered = later.offered or tuple(button["message"] for button in payload.get("suggestions") or ())
    return Turn("", rule_id, f"{event.text or ''} {later.answer}".strip(), offered)


def _as_meant(history: list[Turn]) -> list[Turn]:
    for index in range(1, len(history)):
        button = picked(history[index].message, history[:index])
        if button:
            history[index] = replace(history[index], message=button)
    return history
