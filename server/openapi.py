"""What /openapi.json says of the gateway beyond the types that its routes return."""
from __future__ import annotations

from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from llm import protocol, replies
from server.generator import COMPLETIONS
from server.metrics import CONTENT_TYPE
from server.rasa import LINES
from server.reply import ErrorReply, MarkedPayload
from server.validation import MAX_BODY, MAX_MESSAGE, MAX_SENDER, SENDER_ALIASES


class RestButton(BaseModel):
    """A button of Rasa's REST channel: its label and the message that it sends."""

    title: str
    payload: str


class RestMessage(BaseModel):
    """One message of Rasa's REST channel: a text in Markdown, the last with what may be asked next as ``buttons``,
    or where the answer before it comes from."""

    recipient_id: str
    text: str | None = None
    buttons: list[RestButton] | None = None
    custom: MarkedPayload | None = None


class Alive(BaseModel):
    """The process answers; nothing is said of its parts."""

    status: Literal["ok"]


class PartState(BaseModel):
    """One part; ``detail`` says why it failed."""

    status: Literal["ok", "failed"]
    detail: str | None = None


class HealthReport(BaseModel):
    """``degraded``: some part failed and others still answer; ``down`` (503): nobody does; ``starting`` (503): nothing
    is known yet."""

    status: Literal["ok", "degraded", "down", "starting"]
    parts: dict[str, PartState] = Field(description="rasa, actions, llm y matcher")
    age_seconds: float | None = Field(None, description="Hace cuántos segundos se preguntó a las partes")


Responses = dict[int | str, dict[str, Any]]


def _refusal(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"model": ErrorReply, "description": description, **({"headers": headers} if headers else {})}


_RETRY_AFTER = {"Retry-After": {"description": "Segundos que conviene esperar", "schema": {"type": "integer"}}}
TURN_ERRORS: Responses = {
    400: _refusal("El cuerpo no es un objeto JSON"),
    408: _refusal("El cuerpo tardó demasiado en llegar"),
    413: _refusal(f"El cuerpo pasa de {MAX_BODY // 1024} KiB"),
    415: _refusal("El cuerpo no se declara como JSON, o viene comprimido"),
    422: _refusal("Un campo falta o no es válido; «field» dice cuál"),
    429: _refusal("Ya esperan demasiados mensajes de la misma conversación", _RETRY_AFTER),
    500: _refusal("Falló algo de nuestro lado"),
}
READY_ERRORS: Responses = {503: {"model": HealthReport, "description": "Ninguna parte puede contestar, o todavía no se sabe"}}
METRICS_TEXT: Responses = {
    200: {"description": "Formato de texto de Prometheus", "content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}
}

_IDENTIFIER = {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_SENDER}
_TURN = {
    "type": "object",
    "description": "Los campos que no están aquí (como «metadata») se ignoran.",
    "required": ["message"],
    "properties": {
        "message": {"type": "string", "minLength": 1, "maxLength": MAX_MESSAGE},
        "sender": {
            **_IDENTIFIER,
            "description": "Quién pregunta. Con el mismo valor sigue la misma conversación; si falta o es null se crea uno, "
            "que viene en la respuesta («sender» o «recipient_id») para mandarlo en el siguiente mensaje.",
        },
        **{
            name: {**_IDENTIFIER, "description": "Otro nombre de «sender»; si vienen varios, deben coincidir."}
            for name in SENDER_ALIASES
        },
    },
}


def turn_body(question: str) -> dict[str, Any]:
    """What a turn is asked with; ``question`` is the example."""
    content = {"application/json": {"schema": _TURN, "example": {"message": question}}}
    return {"requestBody": {"required": True, "content": content}}


# As Rasa's own channel has it.
REST_QUERY: dict[str, Any] = {
    "parameters": [
        {
            "name": "stream",
            "in": "query",
            "description": "Con «true» los mensajes no vienen en una lista, sino cada uno en su renglón.",
            "schema": {"type": "boolean", "default": False},
        }
    ]
}
REST_LINES: Responses = {
    200: {
        "content": {
            LINES: {
                "schema": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"$ref": "#/components/schemas/RestMessage"},
                },
                "example": '{"recipient_id": "ana", "text": "¡Hola!"}\n',
            }
        }
    }
}

# What OpenAI's API says and hears. Named apart from our own models, some of which are called the same.
_OPENAI: list[tuple[type[BaseModel], JsonSchemaMode]] = [
    (protocol.ChatRequest, "validation"),
    (protocol.ErrorReply, "serialization"),
    (replies.Completion, "serialization"),
    (replies.Chunk, "serialization"),
    (replies.Model, "serialization"),
    (replies.ModelList, "serialization"),
]
_PREFIX = "OpenAI"
_NAMED = "#/components/schemas/" + _PREFIX + "{model}"


def describe_completions(app: FastAPI, question: str) -> None:
    """Say in the document of ``app`` what OpenAI's API takes and gives at its door; ``question`` is the example."""
    document = app.openapi

    def whole() -> dict[str, Any]:
        schema = document()
        _, made = models_json_schema(_OPENAI, ref_template=_NAMED)
        schema["components"]["schemas"].update({f"{_PREFIX}{name}": model for name, model in made["$defs"].items()})
        complete = schema["paths"][COMPLETIONS]["post"]
        complete["requestBody"] = {"required": True, "content": {"application/json": {
            "schema": _ref("ChatRequest"), "example": {"messages": [{"role": "user", "content": question}]},
        }}}  # fmt: skip
        complete["responses"] = {"200": _reply("La respuesta; con «stream», en eventos que acaban en «[DONE]».", "Completion")}
        complete["responses"]["200"]["content"]["text/event-stream"] = {
            "schema": {"type": "string", "contentMediaType": "application/json", "contentSchema": _ref("Chunk")}
        }
        looked_up = {"/v1/models": ("Los modelos que hay.", "ModelList"), "/v1/models/{name}": ("El modelo.", "Model")}
        described = [complete]
        for path, (description, model) in looked_up.items():
            operation = schema["paths"][path]["get"]
            operation["responses"] = {"200": _reply(description, model)}
            described.append(operation)
        for operation in described:
            operation["responses"]["4XX"] = _reply("La petición no se puede atender.", "ErrorReply")
            operation["responses"]["5XX"] = _reply("Algo falló de nuestro lado.", "ErrorReply")
        return schema

    app.openapi = whole  # type: ignore[method-assign]


def _ref(model: str) -> dict[str, str]:
    return {"$ref": _NAMED.format(model=model)}


def _reply(description: str, model: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ref(model)}}}
