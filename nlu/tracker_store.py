"""Rasa's conversations in memory, bounded: what a conversation costs must not grow with its length, nor
the server's memory with the number of people that ever asked.

Rasa's own store keeps every event of everybody for ever, and reads a conversation from its first
event at each turn.
"""
from __future__ import annotations

from collections import OrderedDict
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class BoundedTrackerStore(InMemoryTrackerStore):
    """Named as ``tracker_store`` in ``endpoints.yml``. Keeps the last ``events`` (a turn has about eight) of
    the ``conversations`` that spoke last; who comes back after that begins a new one."""

    def __init__(
        self, domain: Domain, event_broker: EventBroker | None = None, events: int = 100, conversations: int = 2000,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(domain, event_broker, **kwargs)
        self._events, self._conversations = events, conversations
        self.store: OrderedDict[str, str] = OrderedDict()

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """An empty tracker that forgets its oldest events."""
        return DialogueStateTracker(sender_id, self.domain.slots, max_event_history=self._events)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep ``tracker``; the conversation that was silent for longest makes room."""
        await super().save(tracker)
        self.store.move_to_end(tracker.sender_id)
        while len(self.store) > self._conversations:
            self.store.popitem(last=False)
