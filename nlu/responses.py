"""Rasa's own response templates, with the turn's confidence written into the payload."""
from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


class PayloadResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Named as ``nlg`` in ``endpoints.yml``; the matcher's confidence is the intent's."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        super().__init__(domain.responses if domain else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The filled response, or None for an unknown one."""
        response = await super().generate(utter_action, tracker, output_channel, **kwargs)
        payload = (response or {}).get("custom")
        if isinstance(payload, dict) and payload.get("rule_id") and tracker.latest_message:
            confidence = tracker.latest_message.intent.get("confidence", 0.0)
            response = {**response, "custom": {**payload, "confidence": round(confidence, 4)}}
        return response
