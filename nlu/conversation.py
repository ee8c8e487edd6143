"""The earlier turns of a Rasa conversation, as the matcher reads them."""
from __future__ import annotations

from rasa.shared.core.events import BotUttered, Restarted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from nlu.followup import Turn
from nlu.several import PARTS

_TURNS = 6


def turns(tracker: DialogueStateTracker) -> list[Turn]:
    """The last turns of the present session, oldest first; a turn's rule is that of its last answer, or
    the one that a written answer is about. Each of several
    questions in one message is a turn of its own."""
    found: list[Turn] = []
    rule_id: str | None = None
    for event in reversed(tracker.events):
        if isinstance(event, (Restarted, SessionStarted)) or len(found) >= _TURNS:
            break
        if isinstance(event, BotUttered):
            payload = event.data.get("custom") or {}
            rule_id = rule_id or payload.get("rule_id") or payload.get("topic_rule")
        elif isinstance(event, UserUttered):
            parts = event.parse_data.get(PARTS) or [{"question": event.text or "", "rule_id": rule_id}]
            found += [Turn(part["question"], part["rule_id"]) for part in reversed(parts)]
            rule_id = None
    return found[:_TURNS][::-1]
