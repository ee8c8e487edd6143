"""Rasa custom action for the turns that no rule surely answers: ask the llm service over HTTP.

Thin on purpose: no retrieval, no text of the office. It owns its deadline, because Rasa would
wait five minutes, and always says something. What it says when the service fails is marked
``degraded``: the office's "no lo sé" then means that nobody looked.
"""
from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

import aiohttp
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.breaker import Breaker

logger = logging.getLogger(__name__)

LLM_URL = os.environ.get("CSE_LLM_URL", "http://127.0.0.1:8081").rstrip("/")
DEADLINE_SECONDS = float(os.environ.get("CSE_ACTION_DEADLINE", "8"))
MAX_HISTORY_TURNS = 4
MAX_TIMEOUTS = 3
PAUSE_SECONDS = 15.0
_DEGRADED = {"kind": "no_answer", "rule_id": None, "confidence": 0.0, "sources": [], "suggestions": [], "degraded": True}


class NoAnswer(Exception):
    """The llm service gave no usable answer; the message says why."""


class ActionLlmAnswer(Action):
    """Answers with what the llm service says, or with the office's "no lo sé", whose payload is then ``degraded``.
    After ``MAX_TIMEOUTS`` turns in a row that waited in vain, none waits for ``PAUSE_SECONDS``."""

    def __init__(self) -> None:
        self._breaker = Breaker(MAX_TIMEOUTS, PAUSE_SECONDS)

    def name(self) -> str:
        return "action_llm_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        # The matcher's record of this turn, there only when the gateway asked for it.
        trace = {"trace": tracker.latest_message["trace"]} if tracker.latest_message.get("trace") else {}
        try:
            text, payload = await self._asked(tracker)
            dispatcher.utter_message(text=text, json_message={**payload, **trace})
        except NoAnswer as error:
            logger.warning("llm service gave no answer: %s", error)
            # The text is the template's; this payload takes the place of its own.
            dispatcher.utter_message(response="utter_no_answer", json_message={**_DEGRADED, **trace})
        return []

    async def _asked(self, tracker: Tracker) -> tuple[str, dict[str, Any]]:
        """The service's answer; raises NoAnswer."""
        if not self._breaker.admits():
            raise NoAnswer("it is left alone after repeated time-outs")
        try:
            answer = await ask(conversation(tracker), tracker.sender_id)
        except asyncio.TimeoutError as error:  # some of aiohttp's errors are this one too
            self._breaker.timed_out()
            raise NoAnswer("timeout") from error
        except (aiohttp.ClientError, ValueError, RecursionError) as error:
            self._breaker.ended()
            raise NoAnswer(type(error).__name__) from error
        self._breaker.ended()
        return answer


def conversation(tracker: Tracker) -> list[dict[str, str]]:
    """The last turns and the question, as chat messages, oldest first."""
    messages: list[dict[str, str]] = []
    for event in tracker.events:
        role = {"user": "user", "bot": "assistant"}.get(event.get("event", ""))
        text = (event.get("text") or "").strip()
        if role and text:
            messages.append({"role": role, "content": text})
    question = (tracker.latest_message.get("text") or "").strip()
    if not messages or messages[-1]["role"] != "user":
        messages.append({"role": "user", "content": question})
    return messages[-2 * MAX_HISTORY_TURNS - 1 :]


async def ask(messages: list[dict[str, str]], sender: str) -> tuple[str, dict[str, Any]]:
    """Answer text and payload of the llm service.

    Raises:
        aiohttp.ClientError, asyncio.TimeoutError: no answer in time.
        ValueError, RecursionError: an answer that is not what the service promises.
    """
    timeout = aiohttp.ClientTimeout(total=DEADLINE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        body = {"model": "cse", "messages": messages, "user": sender}
        async with session.post(f"{LLM_URL}/v1/chat/completions", json=body) as response:
            response.raise_for_status()
            return read_answer(await response.json())


def read_answer(reply: Any) -> tuple[str, dict[str, Any]]:
    """Text and payload of the llm service's ``reply``, as read from JSON.

    Raises:
        ValueError: it has no text, or no payload that says of which kind it is.
    """
    try:
        text, payload = reply["choices"][0]["message"]["content"], reply["grounding"]
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("not an answer") from error
    if not isinstance(text, str) or not text.strip() or not isinstance(payload, dict):
        raise ValueError("empty answer")
    if not isinstance(payload.get("kind"), str):
        raise ValueError("an answer of no kind")
    return text.strip(), payload
