"""The earlier turns of a Rasa conversation, as the matcher reads them."""
from __future__ import annotations

from rasa.shared.core.events import BotUttered, Restarted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from nlu.followup import Turn

_TURNS = 6


def turns(tracker: DialogueStateTracker) -> list[Turn]:
    """The last turns of the present session, oldest first; a turn's rule is that of its last answer, of several in one
    message that of the last."""
    found: list[Turn] = []
    rule_id: str | None = None
    for event in reversed(tracker.events):
        if isinstance(event, (Restarted, SessionStarted)) or len(found) == _TURNS:
            break
        if isinstance(event, BotUttered):
            answered = event.data.get("custom") or {}
            rule_id = rule_id or next(reversed(answered.get("rule_ids") or []), None) or answered.get("rule_id")
        elif isinstance(event, UserUttered):
            found.append(Turn(event.text or "", rule_id))
            rule_id = None
    return found[::-1]
