"""What the gateway holds while it runs: the matcher, the clients, the turn log, health, metrics."""
from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from nlu.decision import Decider
from nlu.memory import settle
from nlu.trace import utc_now, without_text
from rules.locations import Locations
from rules.office import load_office
from server.chat import Answerer, Turn
from server.health import CheckFailed, Health, Part, remote_parts
from server.metrics import Metrics
from server.rasa import Breaker, RasaClient
from server.senders import Senders
from server.settings import Settings
from server.turns import TurnLog, TurnRecord
from server.validation import ChatRequest

log = logging.getLogger(__name__)

# Asked of every part when no rule book says better.
_CANARY = "hola"
# Of a client that sends the whole conversation each time nothing tells who it is.
_STATELESS = "v1"


class Gateway:
    """The running parts of one gateway; an async context manager."""

    def __init__(self, settings: Settings, locations: Locations):
        self.office = load_office(locations.office)
        self._decider = _load_decider(locations)
        self._turns = TurnLog(settings.turn_log_path, days=settings.turn_log_days)
        self.metrics = Metrics(lambda: self._turns.lost)
        self._senders = Senders(settings.turn_timeout)
        self.client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50), trust_env=False
        )
        breaker = Breaker(settings.breaker_failures, settings.breaker_window, settings.breaker_pause)
        rasa = RasaClient(self.client, settings.rasa_url, settings.rasa_timeout, breaker)
        self._answerer = Answerer(
            rasa, self.client, settings.llm_url, self._decider, self.office, settings.turn_timeout
        )
        parts = remote_parts(self.client, settings, self._canary(), lambda: breaker.troubled)
        self.health = Health(
            [*parts, Part("matcher", self._matcher_canary), Part("turn_log", self._log_canary)],
            answering=frozenset({"rasa", "llm", "matcher"}),
            cache=settings.health_cache,
            timeout=settings.canary_timeout,
        )

    async def __aenter__(self) -> Self:
        self._turns.start()
        self.health.keep_fresh()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.health.aclose()
        await self.client.aclose()
        self._turns.stop()

    async def turn(self, request: ChatRequest, trace_id: str) -> Turn:
        """Answer one clean request, log it and count it.

        Raises:
            TooManyTurns: the sender has too many turns waiting.
        """
        start = time.perf_counter()
        async with self._senders.turn(request.sender):
            turn = await self._answerer.turn(request.message, request.sender, trace_id)
        seconds = time.perf_counter() - start
        self._record(request, turn, trace_id, seconds * 1000)
        self.metrics.turn(turn.answer, seconds)
        return turn

    async def settled(self, messages: Sequence[tuple[str, str]], trace_id: str) -> Turn | None:
        """What a rule surely answers to the last of ``messages`` ((role, text)), logged and counted; None where no
        rule does."""
        start = time.perf_counter()
        turn = await self._answerer.settled(messages, trace_id)
        if turn:
            seconds = time.perf_counter() - start
            self._record(ChatRequest(message=messages[-1][1], sender=_STATELESS), turn, trace_id, seconds * 1000)
            self.metrics.turn(turn.answer, seconds)
        return turn

    def _record(self, request: ChatRequest, turn: Turn, trace_id: str, ms: float) -> None:
        answer = turn.answer
        self._turns.add(TurnRecord(
            time=utc_now(), trace_id=trace_id, sender=self._turns.hash_sender(request.sender),
            message=request.message, answer=answer.text, kind=answer.kind, confidence=answer.confidence,
            rule_id=answer.rule_id, ms=round(ms, 3), degraded=answer.degraded,
            trace=json.dumps(turn.trace, ensure_ascii=False) if turn.trace else None,
        ))  # fmt: skip
        extra = {"trace_id": trace_id, "kind": answer.kind, "ms": round(ms, 1), "degraded": answer.degraded}
        log.info("turn", extra={**extra, "decision": without_text(turn.trace) if turn.trace else None})

    def _canary(self) -> str:
        """A question that the book answers surely: the first rule's first."""
        return self._decider.book.rules[0].questions[0] if self._decider else _CANARY

    async def _matcher_canary(self) -> None:
        if self._decider is None:
            raise CheckFailed("the rule book could not be loaded")
        if not self._decider.decide(self._canary()).candidates:
            raise CheckFailed("no candidate for the canary")

    async def _log_canary(self) -> None:
        if self._turns.losing:
            raise CheckFailed(f"{self._turns.lost} turns were not logged")


def _load_decider(locations: Locations) -> Decider | None:
    """The matcher, or None: Rasa and the llm service can answer without it."""
    try:
        decider = Decider.load(locations)
    except (ValueError, OSError) as error:  # what the loaders raise: a bad file, or none
        log.error("rule book not loaded", extra={"reason": str(error)})
        return None
    settle()
    return decider
