"""Is each part able to answer? Asked with real turns (canaries), cheaply enough to be polled.

A canary costs a turn, so a part that passed one is only pinged until the next is due; any
doubt (a failed ping, a failed turn) makes it due at once.
"""
from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from server.generator import GeneratorError, complete
from server.rasa import WEBHOOK, RasaError, ask
from server.settings import Settings

CANARY_SENDER = "cse-canary"
LLM_ACTION = "action_llm_answer"

# Seconds that an asker waits for a fresh report.
_MOMENT = 0.3
# Seconds after which a report is made anew though nobody asks.
FRESH = 15.0

Check = Callable[[], Awaitable[None]]


class CheckFailed(RuntimeError):
    """A part did not pass; the message says why."""


_FAILURES = (CheckFailed, RasaError, GeneratorError, httpx.HTTPError, TimeoutError, ValueError, LookupError, TypeError)


async def _nothing() -> None:
    return None


@dataclass
class Part:
    """One part. ``ping`` is cheap; ``canary`` is a real turn, due every ``every`` seconds."""

    name: str
    canary: Check
    ping: Check = _nothing
    every: float = 0.0
    doubted: Callable[[], bool] = lambda: False
    passed_at: float | None = None

    async def check(self, timeout: float) -> dict[str, str]:
        """``{"status": "ok"}``, or ``"failed"`` with the ``detail``; ``timeout`` in seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._check()
        except _FAILURES as error:
            self.passed_at = None
            return {"status": "failed", "detail": str(error) or "timeout"}
        return {"status": "ok"}

    async def _check(self) -> None:
        await self.ping()
        now = time.monotonic()
        if self.passed_at is None or self.doubted() or now - self.passed_at >= self.every:
            await self.canary()
            self.passed_at = now


class Health:
    """The last report on all parts. One older than ``cache`` seconds is made anew behind; who asks waits
    for that a moment at most, so that a probe with a short timeout always gets its answer."""

    def __init__(self, parts: list[Part], answering: frozenset[str], cache: float, timeout: float):
        self._parts, self._answering = parts, answering
        self._cache, self._timeout = cache, timeout
        self._report: dict[str, Any] = {"status": "starting", "parts": {}}
        self._checked_at: float | None = None
        self._refresh: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def report(self) -> dict[str, Any]:
        """``status`` is ok, degraded (something can still answer), down, or starting (nothing is known yet);
        ``parts`` says why, and ``age_seconds`` how long ago that was."""
        if self._checked_at is None or time.monotonic() - self._checked_at >= self._cache:
            await asyncio.wait([self.refresh()], timeout=_MOMENT)
        age = None if self._checked_at is None else round(time.monotonic() - self._checked_at, 1)
        return {**self._report, "age_seconds": age}

    def refresh(self) -> asyncio.Task[None]:
        """Begin a check of all parts, unless one goes on; the task of it."""
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._check())
        return self._refresh

    def keep_fresh(self) -> None:
        """Begin a first check, and another whenever the last is ``FRESH`` seconds old: who asks seldom gets no old news."""
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            await asyncio.wait([self.refresh()])
            await asyncio.sleep(FRESH)

    async def aclose(self) -> None:
        """End the checks."""
        tasks = [task for task in (self._keeper, self._refresh) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _check(self) -> None:
        states = await asyncio.gather(*(part.check(self._timeout) for part in self._parts))
        self._report = self._summary({p.name: s for p, s in zip(self._parts, states, strict=True)})
        self._checked_at = time.monotonic()

    def _summary(self, parts: dict[str, dict[str, str]]) -> dict[str, Any]:
        good = {name for name, state in parts.items() if state["status"] == "ok"}
        if len(good) == len(parts):
            return {"status": "ok", "parts": parts}
        return {"status": "degraded" if good & self._answering else "down", "parts": parts}


def remote_parts(
    client: httpx.AsyncClient, settings: Settings, question: str, rasa_doubted: Callable[[], bool] = lambda: False
) -> list[Part]:
    """Rasa, its action server and the llm service; ``question`` is the canary."""
    every, timeout = settings.canary_every, settings.canary_timeout

    async def rasa_ping() -> None:
        (await client.get(settings.rasa_url, timeout=timeout)).raise_for_status()

    async def rasa_canary() -> None:
        # A new sender every hour: a conversation that grows for ever becomes slow.
        sender = f"{CANARY_SENDER}-{int(time.time()) // 3600}"
        await ask(client, settings.rasa_url + WEBHOOK, question, sender, timeout)

    async def actions_canary() -> None:
        reply = (await client.get(settings.actions_url + "/actions", timeout=timeout)).raise_for_status().json()
        if LLM_ACTION not in {action["name"] for action in reply}:
            raise CheckFailed(f"{LLM_ACTION} is not registered")

    async def llm_ping() -> None:
        (await client.get(settings.llm_url + "/health/live", timeout=timeout)).raise_for_status()

    async def llm_canary() -> None:
        await complete(client, settings.llm_url, [("user", question)], timeout)

    return [
        Part("rasa", rasa_canary, rasa_ping, every, rasa_doubted),
        Part("actions", actions_canary),
        Part("llm", llm_canary, llm_ping, every),
    ]
