"""One turn: Rasa first; when it fails, the same matcher in process, then the llm service.

Nothing here invents: what none of them can answer ends in the office's "no lo sé" and where
to ask.
"""
from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
from starlette.concurrency import run_in_threadpool

from nlu.decision import Decider, Decision
from nlu.payload import rule_payload, suggestions
from nlu.replay import picks_a_button, replayed
from nlu.several import Part, compose
from nlu.trace import trace_record
from rules.book import RuleBook
from rules.office import Office
from server.generator import GeneratorError, complete
from server.rasa import RasaClient, RasaError, Trace, as_messages
from server.reply import Answer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """An answer, the same as the messages of Rasa's REST channel, and the record of the matcher's
    decision, None where no matcher took part."""

    answer: Answer
    messages: list[dict[str, Any]]
    trace: Trace | None = None


class Answerer:
    """Answers turns. ``decider`` is None when the rule book could not be loaded;
    ``timeout`` is the whole turn's, in seconds."""

    def __init__(
        self,
        rasa: RasaClient,
        client: httpx.AsyncClient,
        llm_url: str,
        decider: Decider | None,
        office: Office,
        timeout: float,
    ):
        self._rasa, self._client, self._llm_url = rasa, client, llm_url
        self._decider, self._office, self._timeout = decider, office, timeout

    async def turn(self, message: str, sender: str, trace_id: str) -> Turn:
        """Answer ``message``; never raises for a part that fails."""
        deadline = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(deadline):
                return Turn(*await self._rasa.turn(message, sender, trace_id))
        except (RasaError, TimeoutError) as error:
            log.warning("rasa failed", extra={"trace_id": trace_id, "reason": str(error) or "timeout"})
        # Nobody remembers the turns before when Rasa fails.
        decision = self._decider.decide(message, None) if self._decider else None
        answer = await self._without_rasa(message, decision, deadline, trace_id)
        return Turn(answer, as_messages(answer, sender), trace_record(decision, trace_id) if decision else None)

    async def settled(self, messages: Sequence[tuple[str, str]], trace_id: str) -> Turn | None:
        """What a rule surely answers to the last of ``messages`` ((role, text), that of a user), which are the whole
        conversation; None where no rule does."""
        if self._decider is None:
            return None
        before, message = messages[:-1], messages[-1][1]
        turns = await run_in_threadpool(replayed, before, self._decider)
        if picks_a_button(message, turns):
            turns[-1] = replace(turns[-1], offered=await self._offered(before, turns[-1].offered, trace_id))
        decision = await run_in_threadpool(self._decider.decide, message, turns)
        if not decision.sure or not decision.rule_id:
            return None
        answer = official(self._decider.book, decision).model_copy(update={"degraded": False})
        return Turn(answer, [], trace_record(decision, trace_id))

    async def _offered(
        self, messages: Sequence[tuple[str, str]], supposed: tuple[str, ...], trace_id: str
    ) -> tuple[str, ...]:
        """The messages of the buttons below the answer to the last question of ``messages``; ``supposed`` where nobody
        can tell. A conversation holds the words of its answers only, so it is answered again."""
        last = max(place for place, (role, _) in enumerate(messages) if role == "user")
        asked = messages[: last + 1]
        try:
            async with asyncio.timeout(self._timeout):
                turn = await self.settled(asked, trace_id)
                answer = turn.answer if turn else await complete(self._client, self._llm_url, asked, self._timeout)
        except (GeneratorError, TimeoutError) as error:
            log.warning("llm failed", extra={"trace_id": trace_id, "reason": str(error) or "timeout"})
            return supposed
        return tuple(button.message for button in answer.suggestions)

    async def _without_rasa(
        self, message: str, decision: Decision | None, deadline: float, trace_id: str
    ) -> Answer:
        if self._decider and decision and decision.sure and decision.rule_id:
            return official(self._decider.book, decision)
        try:
            left = deadline - asyncio.get_running_loop().time()
            async with asyncio.timeout(max(left, 0)):
                answer = await complete(self._client, self._llm_url, [("user", message)], max(left, 0.001))
            return answer.model_copy(update={"degraded": True})
        except (GeneratorError, TimeoutError) as error:
            log.warning("llm failed", extra={"trace_id": trace_id, "reason": str(error) or "timeout"})
        return self._no_answer(decision)

    def _no_answer(self, decision: Decision | None) -> Answer:
        offered = suggestions(self._decider.book, list(decision.suggestions)) if self._decider and decision else []
        return Answer.model_validate(
            {
                "text": f"{self._office.no_answer} {self._office.where()}",
                "kind": "no_answer",
                "confidence": decision.confidence if decision else 0.0,
                "suggestions": offered,
                "degraded": True,
            }
        )


def official(book: RuleBook, decision: Decision) -> Answer:
    """The rule's answer, word for word, or those of several questions, as Rasa would have given it."""
    if decision.parts:
        text, payload = compose([_answered(book, part) for part in decision.parts])
    else:
        rule = book.by_id[decision.rule_id or ""]
        text, payload = rule.answer, rule_payload(rule, book, decision.confidence)
    return Answer.model_validate({**payload, "text": text, "degraded": True})


def _answered(book: RuleBook, part: Part) -> tuple[str, str | None, dict[str, Any] | None]:
    if part.rule_id is None:
        return part.question, None, None
    rule = book.by_id[part.rule_id]
    return part.question, rule.answer, rule_payload(rule, book, part.confidence)
