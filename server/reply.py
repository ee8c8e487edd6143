"""The shapes of a reply: what the page, Rasa's payload and the llm service's grounding share."""
from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Kind = Literal["official", "small_talk", "no_answer", "quoted", "generated"]


def _confidence(value: Any) -> Any:
    """Rasa interpolates slots as text: an unset one arrives as ``"None"``."""
    if value is None or value == "None":
        return 0.0
    if isinstance(value, str):
        value = float(value)
    return 0.0 if isinstance(value, float) and math.isnan(value) else value


class Source(BaseModel):
    """Where an answer stands. ``scope`` is a key of the office profile's ``ambitos``."""

    title: str
    url: str | None = None
    scope: str | None = None


class Suggestion(BaseModel):
    """A button: its label and the message that it sends."""

    title: str
    message: str


class Payload(BaseModel):
    """What travels beside the text of an answer. ``confidence`` is in 0–1; ``rule_ids`` are the rules
    of an answer to several questions, of which ``rule_id`` is the first."""

    model_config = ConfigDict(extra="ignore")

    kind: Kind
    confidence: Annotated[float, Field(ge=0, le=1), BeforeValidator(_confidence)] = 0.0
    rule_id: str | None = None
    rule_ids: list[str] = Field(default_factory=list)
    sources: list[Source] = Field(default_factory=list)
    suggestions: list[Suggestion] = Field(default_factory=list)


class MarkedPayload(Payload):
    """A payload with ``degraded``: a part failed and another answered in its place."""

    degraded: bool = False


class Answer(MarkedPayload):
    """One answer."""

    text: str


class ChatReply(Payload):
    """Reply of ``POST /chat``; ``answer`` is Markdown; ``degraded``: a part failed and another answered."""

    answer: str
    degraded: bool
    sender: str
    trace_id: str


class ErrorDetail(BaseModel):
    """``message`` is for people, in Spanish; ``field`` is the culprit, if one."""

    message: str
    field: str | None = None


class ErrorReply(BaseModel):
    """Body of every 4xx and 5xx."""

    error: ErrorDetail
