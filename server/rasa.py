"""Client of Rasa's REST channel. It knows Rasa's habits: ``[]`` with 200 means a failed turn."""
from __future__ import annotations

import asyncio
import json
import time
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import ValidationError

from nlu.trace import TRACE, TRACE_ID
from server.reply import Answer, MarkedPayload

# A decision's record, see nlu.trace.
Trace = dict[str, Any]
WEBHOOK = "/webhooks/rest/webhook"
# What the REST channel calls its lines when it is asked to stream.
LINES = "text/event-stream"
# The intents with which Rasa's web chats begin a conversation.
_OPENINGS = frozenset({"restart", "session_start", "get_started", "start", "greet"})


class RasaError(RuntimeError):
    """Rasa gave no usable answer: down, slow, empty or nonsense."""


class Breaker:
    """Skip a part that keeps failing: ``failures`` within ``window`` seconds rest it for ``pause``; then
    one call is let through, and its answer ends the rest.

    Answers don't take failures back, time does: where only one kind of turn fails, the others'
    answers would hide it.
    """

    def __init__(self, failures: int, window: float, pause: float, clock: Callable[[], float] = time.monotonic):
        self._window, self._pause, self._clock = window, pause, clock
        self._failed_at: deque[float] = deque(maxlen=failures)
        self._rest_until: float | None = None
        self._probing = False
        self.troubled = False
        """Whether the last call failed."""

    def admit(self) -> bool:
        """Whether a call may go now. Each one admitted must be told as succeeded or failed."""
        if self._rest_until is None:
            return True
        if self._probing or self._clock() < self._rest_until:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """Note an answer. Late answers of calls from before the rest don't end it."""
        self.troubled = False
        if self._probing:
            self._rest_until, self._probing = None, False

    def failed(self) -> None:
        """Note a failure; one too many starts a rest, and one while resting a new one."""
        now = self._clock()
        self.troubled, self._probing = True, False
        self._failed_at.append(now)
        full = len(self._failed_at) == self._failed_at.maxlen
        if self._rest_until is not None or (full and now - self._failed_at[0] <= self._window):
            self._rest_until = now + self._pause


class RasaClient:
    """One turn through Rasa. ``timeout`` in seconds."""

    def __init__(self, client: httpx.AsyncClient, url: str, timeout: float, breaker: Breaker):
        self._client, self._url, self._timeout = client, url.rstrip("/") + WEBHOOK, timeout
        self.breaker = breaker

    async def turn(self, message: str, sender: str, trace_id: str) -> tuple[Answer, list[dict[str, Any]], Trace | None]:
        """The answer, Rasa's own list of messages, and how the matcher decided.

        Raises:
            RasaError: no usable answer, or the breaker is open.
        """
        if not self.breaker.admit():
            raise RasaError("resting after repeated failures")
        try:
            answer, messages = await ask(self._client, self._url, message, sender, self._timeout, trace_id)
        except (RasaError, asyncio.CancelledError):  # cancelled: the whole turn's time is up
            self.breaker.failed()
            raise
        self.breaker.succeeded()
        return answer, *take_trace(messages)


async def ask(
    client: httpx.AsyncClient, webhook: str, message: str, sender: str, timeout: float, trace_id: str | None = None
) -> tuple[Answer, list[dict[str, Any]]]:
    """Post one message to ``webhook`` and read the answer; raises :class:`RasaError`."""
    try:
        # Our own keys only: the user's "metadata" and "input_channel" would steer Rasa.
        body: dict[str, Any] = {"sender": sender, "message": as_text(message)}
        if trace_id:
            body["metadata"] = {TRACE_ID: trace_id}
        response = await client.post(webhook, json=body, timeout=timeout)
        response.raise_for_status()
        messages = response.json()
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        raise RasaError(f"{type(error).__name__}: {error}") from error
    return read_messages(messages), messages


def take_trace(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Trace | None]:
    """``messages`` as a client may see them, and the decision's record that Rasa put into a payload. What a payload
    carries for our own parts (that record, passages, the topic of a next question) is not described and stays here."""
    shown, trace = [], None
    for item in messages:
        custom = item.get("custom")
        if isinstance(custom, dict):
            trace = custom[TRACE] if isinstance(custom.get(TRACE), dict) else trace
            item = {**item, "custom": {key: value for key, value in custom.items() if key in MarkedPayload.model_fields}}
        shown.append(item)
    return shown, trace


def as_text(message: str) -> str:
    """``message`` without what Rasa would obey: a leading ``/`` names an intent or ``/restart``. What a web chat sends
    by itself when it opens is a greeting."""
    start = 0
    while start < len(message) and _is_prefix(message[start]):
        start += 1
    said = message[start:] or "?"
    return "hola" if start and said.strip() in _OPENINGS else said


def _is_prefix(char: str) -> bool:
    return char == "/" or char.isspace() or unicodedata.category(char) == "Cf"


def read_messages(messages: Any) -> Answer:
    """The answer in Rasa's list: its texts, and the payload in the last ``custom``.

    Raises:
        RasaError: empty, without text, or without a valid payload (an answer whose kind
            is unknown is never shown as if it were official).
    """
    if not isinstance(messages, list) or not all(isinstance(item, dict) for item in messages):
        raise RasaError("not a list of messages")
    texts = [item["text"].strip() for item in messages if isinstance(item.get("text"), str)]
    payloads = [item["custom"] for item in messages if isinstance(item.get("custom"), dict)]
    text = "\n\n".join(filter(None, texts))
    if not text or not payloads:
        raise RasaError("no text" if not text else "no payload")
    try:
        # Only the action says so: a part that it needs failed, and this is what it could say without.
        return Answer.model_validate({**payloads[-1], "text": text, "degraded": payloads[-1].get("degraded") is True})
    except ValidationError as error:
        raise RasaError(f"payload: {error.error_count()} problems") from error


def with_buttons(messages: list[dict[str, Any]], answer: Answer) -> list[dict[str, Any]]:
    """``messages`` with the suggestions of ``answer`` as the buttons of its last text, as Rasa's REST channel sends
    them: a web chat that knows nothing of our payload shows these."""
    buttons = [{"title": offered.title, "payload": offered.message} for offered in answer.suggestions]
    last = max((place for place, item in enumerate(messages) if "text" in item), default=None)
    if last is None or not buttons:
        return messages
    return [*messages[:last], {**messages[last], "buttons": buttons}, *messages[last + 1 :]]


def as_messages(answer: Answer, sender: str) -> list[dict[str, Any]]:
    """``answer`` as Rasa's REST channel would have sent it: a message a paragraph."""
    texts = [{"recipient_id": sender, "text": part} for part in answer.text.strip().split("\n\n")]
    return [*texts, {"recipient_id": sender, "custom": answer.model_dump(exclude={"text"})}]


def as_lines(messages: list[dict[str, Any]]) -> str:
    """``messages`` as Rasa's REST channel streams them: JSON, one a line. All at once, for a turn is logged and measured
    as one."""
    return "".join(f"{json.dumps(message)}\n" for message in messages)
