"""Rasa's own response templates, with the turn's confidence and trace written into the payload."""
from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from nlu.importer import RETRIEVAL_INTENT
from nlu.several import PARTS, compose
from nlu.trace import TRACE


class PayloadResponseGenerator(TemplatedNaturalLanguageGenerator):
    """Named as ``nlg`` in ``endpoints.yml``; the matcher's confidence is the intent's."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        super().__init__(domain.responses if domain else {})

    def generate_from_slots(
        self, utter_action: str, filled_slots: dict[str, Any], output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """As written: an official answer may hold braces, which are no places for slots."""
        return super().generate_from_slots(utter_action, {}, output_channel)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The filled response, or None for an unknown one; several at once for several questions."""
        response = await super().generate(utter_action, tracker, output_channel, **kwargs)
        parts = tracker.latest_message.parse_data.get(PARTS) if tracker.latest_message else None
        if response and parts:
            response = {**response, **await self._in_parts(parts, tracker, output_channel)}
        payload = (response or {}).get("custom")
        if isinstance(payload, dict) and tracker.latest_message:
            response = {**response, "custom": {**payload, **_of_this_turn(payload, tracker.latest_message)}}
        return response

    async def _in_parts(
        self, parts: list[dict[str, Any]], tracker: DialogueStateTracker, output_channel: str
    ) -> dict[str, Any]:
        answered = []
        for part in parts:
            action = f"utter_{RETRIEVAL_INTENT}/{part['rule_id']}" if part["rule_id"] else None
            answer = (await super().generate(action, tracker, output_channel) if action else None) or {}
            answered.append((part["question"], answer.get("text"), answer.get("custom")))
        text, payload = compose(answered)
        return {"text": text, "custom": payload}


def _of_this_turn(payload: dict[str, Any], message: UserUttered) -> dict[str, Any]:
    """A rule's confidence, and the trace if the gateway asked for it."""
    own = {"confidence": round(message.intent.get("confidence", 0.0), 4)} if payload.get("rule_id") else {}
    trace = message.parse_data.get(TRACE)
    return {**own, TRACE: trace} if trace else own
