"""OpenAI's chat completion as data: what comes in, and what an error looks like."""
from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictBool, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

from llm.bounds import Bounds
from nlu.text import seen

MAX_MESSAGE = 2000  # characters of the question; of an earlier message, the first so many are read
MAX_MESSAGES = 20  # the last ones, which are read; so many of that length fit in llm.limits.MAX_BODY
MAX_STOPS = 4
UNSUPPORTED = "unsupported_parameter"
_SURROGATE = re.compile("[\ud800-\udfff]")
# All but tabs and what ends a line or page, as the gateway's own door reads them (server.validation).
_CONTROLS = re.compile("[\0-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_INCOMPLETE = "incomplete_text"  # pydantic's name of our error
# What the service does where another could do as the parameter asks.
_INSTEAD = {
    "n": "da una sola respuesta",
    "logprobs": "no da probabilidades de palabras",
    "top_logprobs": "no da probabilidades de palabras",
    "response_format": "contesta con texto",
    "tool_choice": "no llama a herramientas",
    "function_call": "no llama a funciones",
    "modalities": "contesta con texto",
    "audio": "contesta con texto",
}
_LIMITS = {"greater_than_equal": ("al menos", "ge"), "less_than_equal": ("a lo más", "le")}


def _complete(text: str) -> str:
    if _SURROGATE.search(text):
        raise PydanticCustomError(_INCOMPLETE, "half of a surrogate pair")
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


# JSON's «"\ud800"» is a text that no encoding can carry.
Text = Annotated[StrictStr, AfterValidator(_complete)]
Stop = Annotated[Text, Field(min_length=1)]
Amount = Annotated[StrictInt, Field(ge=1)]


def _between(least: float, most: float) -> Any:
    return Field(None, strict=True, ge=least, le=most)


class TextPart(BaseModel):
    """A part of a message that says something."""

    type: Literal["text"]
    text: Text


class RefusalPart(BaseModel):
    """A part in which an assistant declined to answer."""

    type: Literal["refusal"]
    refusal: Text

    @property
    def text(self) -> str:
        """What it said instead."""
        return self.refusal


class Message(BaseModel):
    """One message. Names, tool calls and the like are ignored."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[Annotated[TextPart | RefusalPart, Field(discriminator="type")]] | None = None

    @property
    def text(self) -> str:
        """The message's text, its parts joined by line breaks, without what shows nothing."""
        if isinstance(self.content, list):
            return seen("\n".join(part.text for part in self.content))
        return seen(self.content or "")


class StreamOptions(BaseModel):
    """What a stream carries besides text."""

    include_usage: StrictBool | None = None


class ResponseFormat(BaseModel):
    """The form of the answer; only «text» is written."""

    type: Text


class ChatRequest(BaseModel):
    """OpenAI's request, as far as it means something here.

    Any ``model`` is answered by the one that there is, as single-model servers do, so that a client
    configured for another server works unchanged; the reply's ``model`` names who answered, and ``/v1/models``
    lists the names to choose from. Sampling parameters are checked and change nothing, for an answer follows
    from the documents. Tools may be offered; none is ever called. What would change the reply and can't be had
    is refused (:func:`refuse_unsupported`); fields not named here are ignored.
    """

    model: Text | None = None
    messages: list[Message] = Field(min_length=1)
    n: Amount | None = None
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Amount | None = Field(None, description="Palabras y signos, como mucho; lo que no cabe se corta.")
    max_completion_tokens: Amount | None = Field(None, description="Lo mismo; de los dos vale el menor.")
    stop: Annotated[list[Stop], BeforeValidator(_listed, json_schema_input_type=Stop | list[Stop])] | None = Field(
        None, max_length=MAX_STOPS
    )
    temperature: float | None = _between(0, 2)
    top_p: float | None = _between(0, 1)
    presence_penalty: float | None = _between(-2, 2)
    frequency_penalty: float | None = _between(-2, 2)
    logprobs: StrictBool | None = None
    top_logprobs: int | None = _between(0, 20)
    response_format: ResponseFormat | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Text | dict[str, Any] | None = None
    function_call: Text | dict[str, Any] | None = None
    modalities: list[Text] | None = None
    audio: dict[str, Any] | None = None

    @property
    def bounds(self) -> Bounds:
        """How much of the answer is wanted."""
        asked = [amount for amount in (self.max_tokens, self.max_completion_tokens) if amount is not None]
        return Bounds(tuple(self.stop or ()), min(asked, default=None))


class ProtocolError(Exception):
    """A request that can't be answered: ``message`` in Spanish, ``param`` the field at fault."""

    def __init__(self, message: str, param: str | None, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status


class ErrorDetail(BaseModel):
    """What went wrong: ``message`` in Spanish, ``param`` the field at fault, if one, ``code`` for programs."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorReply(BaseModel):
    """Body of every 4xx and 5xx, and the last event of a stream that breaks off."""

    error: ErrorDetail


def error_body(message: str, param: str | None, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """OpenAI's error object."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def invalid(errors: Sequence[Any]) -> ProtocolError:
    """The first of pydantic's ``errors`` (at least one) about a request, in Spanish."""
    # Of a content in parts the first error is that it is no plain text.
    first = next((error for error in errors if error["type"] == _INCOMPLETE), errors[0])
    if first["type"] == "json_invalid":
        return ProtocolError("El cuerpo no es JSON válido.", None, "invalid_json")
    path = [str(part) for part in first["loc"] if part != "body"]
    for known in ("content", "stop", "tool_choice", "function_call"):
        if known in path:
            path = path[: path.index(known) + 1]  # what follows names pydantic's alternatives
    name = ".".join(path)
    if not name:
        return ProtocolError("El cuerpo debe ser un objeto JSON con «messages».", None, "invalid_body")
    if first["type"] == "missing":
        return ProtocolError(f"Falta «{name}».", name, "missing_field")
    if first["type"] == _INCOMPLETE:
        return ProtocolError(f"«{name}» tiene caracteres Unicode incompletos.", name, "invalid_value")
    if first["type"] in _LIMITS:
        bound, key = _LIMITS[first["type"]]
        return ProtocolError(f"«{name}» debe ser {bound} {first['ctx'][key]:g}.", name, "invalid_value")
    return ProtocolError(f"El valor de «{name}» no es válido.", name, "invalid_value")


def refuse_unsupported(request: ChatRequest) -> None:
    """Refuse what would change the reply and can't be had here.

    Raises:
        ProtocolError: of code ``UNSUPPORTED``, with the first parameter that asks for such a thing.
    """
    asked = {
        "n": (request.n or 1) > 1,
        "logprobs": request.logprobs,
        "top_logprobs": request.top_logprobs,
        "response_format": request.response_format and request.response_format.type != "text",
        "tool_choice": request.tool_choice not in (None, "none", "auto"),
        "function_call": request.function_call not in (None, "none", "auto"),
        "modalities": request.modalities and request.modalities != ["text"],
        "audio": request.audio is not None,
    }
    for name, wanted in asked.items():
        if wanted:
            raise ProtocolError(f"Este servicio no admite lo que pide «{name}»: {_INSTEAD[name]}.", name, UNSUPPORTED)


def conversation(request: ChatRequest) -> list[tuple[str, str]]:
    """The (role, text) of the last user message, which is the question, after those of the messages by user and
    assistant before it that have a text: at most ``MAX_MESSAGES`` in all, the earlier ones cut to ``MAX_MESSAGE``
    characters.

    Raises:
        ProtocolError: there is no question, it is blank or too long, or has control characters: no word that holds one
            is understood, and who pasted it can't see why.
    """
    turns: list[tuple[str, str]] = [(m.role, m.text) for m in request.messages if m.role in ("user", "assistant")]
    last = max((place for place, (role, _) in enumerate(turns) if role == "user"), default=None)
    if last is None or not turns[last][1].strip():
        raise ProtocolError("Falta la pregunta: el último mensaje del usuario está vacío.", "messages", "empty_message")
    if len(turns[last][1]) > MAX_MESSAGE:
        raise ProtocolError(
            f"El mensaje es demasiado largo: escribe a lo más {MAX_MESSAGE} caracteres.", "messages", "message_too_long"
        )
    if _CONTROLS.search(turns[last][1]):
        message = "El mensaje trae caracteres de control, que no se ven y suelen venir de un PDF. Escríbelo en vez de pegarlo."
        raise ProtocolError(message, "messages", "invalid_value")
    return [(role, text[:MAX_MESSAGE]) for role, text in turns[: last + 1] if text.strip()][-MAX_MESSAGES:]


@dataclass(frozen=True)
class Asked:
    """A request that is answered: the messages to read, how much is wanted, and the reply's name and date."""

    messages: list[tuple[str, str]]
    bounds: Bounds
    stream: bool
    with_usage: bool
    reply_id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))


def asked(request: ChatRequest) -> Asked:
    """What ``request`` asks.

    Raises:
        ProtocolError: it can't be answered.
    """
    refuse_unsupported(request)
    with_usage = bool(request.stream_options and request.stream_options.include_usage)
    return Asked(conversation(request), request.bounds, bool(request.stream), with_usage)
