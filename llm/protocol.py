"""OpenAI's chat completion as data: what comes in, what goes out, what an error looks like."""
from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from llm.backends import Answer

MAX_MESSAGE = 2000  # characters of the question; of an earlier message, the first so many are read
MAX_MESSAGES = 20  # the last ones, which are read; so many of that length fit in llm.limits.MAX_BODY
_TOKEN = re.compile(r"\w+|[^\w\s]")


class TextPart(BaseModel):
    """A part of a message that says something."""

    type: Literal["text"]
    text: str


class RefusalPart(BaseModel):
    """A part in which an assistant declined to answer."""

    type: Literal["refusal"]
    refusal: str

    @property
    def text(self) -> str:
        """What it said instead."""
        return self.refusal


class Message(BaseModel):
    """One message. Names, tool calls and the like are ignored."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Annotated[TextPart | RefusalPart, Field(discriminator="type")]] | None = None

    @property
    def text(self) -> str:
        """The message's text, its parts joined by line breaks."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream carries besides text."""

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """The part of OpenAI's request that means something here; sampling parameters are ignored,
    for an answer follows from the documents."""

    messages: list[Message] = Field(min_length=1)
    n: Literal[1] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None


class ProtocolError(Exception):
    """A request that can't be answered: ``message`` in Spanish, ``param`` the field at fault."""

    def __init__(self, message: str, param: str | None, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status


def error_body(message: str, param: str | None, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """OpenAI's error object."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def conversation(request: ChatRequest) -> list[tuple[str, str]]:
    """The (role, text) of the last user message, which is the question, after those of the messages by user and
    assistant before it that have a text: at most ``MAX_MESSAGES`` in all, the earlier ones cut to ``MAX_MESSAGE``
    characters.

    Raises:
        ProtocolError: there is no question, it is blank, or it is too long.
    """
    turns: list[tuple[str, str]] = [(m.role, m.text) for m in request.messages if m.role in ("user", "assistant")]
    last = max((place for place, (role, _) in enumerate(turns) if role == "user"), default=None)
    if last is None or not turns[last][1].strip():
        raise ProtocolError("Falta la pregunta: el último mensaje del usuario está vacío.", "messages", "empty_message")
    if len(turns[last][1]) > MAX_MESSAGE:
        raise ProtocolError(
            f"El mensaje es demasiado largo: escribe a lo más {MAX_MESSAGE} caracteres.", "messages", "message_too_long"
        )
    return [(role, text[:MAX_MESSAGE]) for role, text in turns[: last + 1] if text.strip()][-MAX_MESSAGES:]


def usage(prompt: list[tuple[str, str]], answer: str) -> dict[str, int]:
    """Words and punctuation marks, since no model's tokens are counted when quoting."""
    asked = sum(len(_TOKEN.findall(text)) for _, text in prompt)
    answered = len(_TOKEN.findall(answer))
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def completion(reply_id: str, created: int, model: str, answer: Answer, counts: dict[str, int]) -> dict[str, Any]:
    """The whole reply. ``created`` in seconds since 1970; ``grounding`` is ours."""
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    return {
        "id": reply_id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": counts,
        "grounding": answer.grounding(),
    }


def chunk(
    reply_id: str, created: int, model: str, delta: dict[str, str] | None, finish: str | None = None, **extra: Any
) -> dict[str, Any]:
    """One event of a stream; without ``delta`` it has no choice (the usage event)."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return {
        "id": reply_id,
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": choices,
        **extra,
    }
