"""OpenAI's chat completion as data: what goes out, whole, in pieces, and the models that there are."""
from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, Field

from llm.bounds import count_tokens
from llm.protocol import Asked

ALIAS = "cse"  # the model's name whatever writes; the one that the chatbot's other parts ask for
DONE = "data: [DONE]\n\n"  # ends a stream
Finish = Literal["stop", "length"]


class Source(BaseModel):
    """Where an answer stands."""

    title: str
    url: str | None
    scope: str | None


class PassageScore(BaseModel):
    """A passage that was found, and how well it goes with the question (the higher, the better)."""

    id: str
    score: float


class Suggestion(BaseModel):
    """A button: its label and the message that it sends."""

    title: str
    message: str


class Grounding(BaseModel):
    """Where an answer comes from (ours; official clients pass it on as an extra field). ``rule_id`` is the rule
    whose answer it gives, ``topic_rule`` the one that a next question may lean on; ``rule_ids``, given by the gateway
    alone, are the rules of an answer to several questions."""

    kind: str
    confidence: float = Field(ge=0, le=1)
    rule_id: str | None
    rule_ids: list[str] = Field(default_factory=list)
    topic_rule: str | None
    sources: list[Source]
    passages: list[PassageScore]
    suggestions: list[Suggestion]


class Usage(BaseModel):
    """Words and punctuation marks; of the answer, of what was given of it."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ReplyMessage(BaseModel):
    """The answer in Markdown."""

    role: Literal["assistant"]
    content: str
    refusal: None


class Choice(BaseModel):
    """The one answer; it ends with ``length`` where ``max_tokens`` cut it."""

    index: int
    message: ReplyMessage
    logprobs: None
    finish_reason: Finish


class Completion(BaseModel):
    """A whole reply; ``created`` in seconds since 1970."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    grounding: Grounding


class Delta(BaseModel):
    """What an event adds."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(BaseModel):
    """The one answer's next piece; the last one has a ``finish_reason``."""

    index: int
    delta: Delta
    logprobs: None
    finish_reason: Finish | None


class Chunk(BaseModel):
    """An event of a stream. The last one with a choice has the ``grounding``; after it, if asked for, comes one
    without choices that has the ``usage``."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    grounding: Grounding | None = None
    usage: Usage | None = None


class Model(BaseModel):
    """A name under which the service answers; ``created`` in seconds since 1970."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelList(BaseModel):
    """All names: first who answers, then the one that stays whatever answers."""

    object: Literal["list"] = "list"
    data: list[Model]


class Readiness(BaseModel):
    """Whether the service answers: ``model`` is meant to write, ``speaks`` who does now; «degraded» where a writer is
    down and passages are quoted meanwhile."""

    status: Literal["ok", "degraded", "unavailable"]
    model: str
    speaks: str
    passages: int


def usage(prompt: list[tuple[str, str]], answer: str) -> dict[str, int]:
    """What :class:`Usage` counts of the messages read and the text given."""
    asked = sum(count_tokens(text) for _, text in prompt)
    answered = count_tokens(answer)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def completion(asked: Asked, model: str, text: str, grounding: dict[str, Any]) -> dict[str, Any]:
    """A :class:`Completion` that gives what is wanted of the answer ``text``."""
    content, finish = asked.bounds.cut(text)
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": asked.reply_id,
        "object": "chat.completion",
        "created": asked.created,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": usage(asked.messages, content),
        "grounding": grounding,
    }


def chunk(
    asked: Asked, model: str, delta: dict[str, str] | None, finish: str | None = None, **extra: Any
) -> dict[str, Any]:
    """A :class:`Chunk`; without ``delta`` it has no choice (the usage event)."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return {
        "id": asked.reply_id,
        "object": "chat.completion.chunk",
        "created": asked.created,
        "model": model,
        "choices": choices,
        **extra,
    }


def event(data: dict[str, Any]) -> str:
    """``data`` as a server-sent event."""
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
