"""What the service's OpenAPI document says of its replies beyond what FastAPI finds by itself."""
from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from llm.protocol import ErrorReply
from llm.replies import Chunk, Completion

_SCHEMAS = "#/components/schemas/"
_STREAM = {
    "schema": {"type": "string", "contentMediaType": "application/json", "contentSchema": {"$ref": f"{_SCHEMAS}Chunk"}},
    "example": 'data: {"object": "chat.completion.chunk", …}\n\ndata: [DONE]\n\n',
}
# FastAPI announces its own 422 unless a description covers it.
REFUSED: dict[str | int, dict[str, Any]] = {"4XX": {"model": ErrorReply, "description": "La petición no se puede atender."}}
COMPLETED: dict[str | int, dict[str, Any]] = {
    200: {
        "model": Completion,
        "content": {"text/event-stream": _STREAM},
        "description": "La respuesta; con «stream», en eventos «data:» (Chunk) que acaban en «[DONE]», o en un ErrorReply.",
    },
    400: {"model": ErrorReply, "description": "Falta algo, no es válido o no se admite; «param» dice qué."},
    413: {"model": ErrorReply, "description": "El cuerpo es demasiado grande."},
    415: {"model": ErrorReply, "description": "El cuerpo no se declara como JSON."},
    **REFUSED,
    500: {"model": ErrorReply, "description": "Algo falló de nuestro lado."},
}


def describe_stream(app: FastAPI) -> None:
    """Add the schema of a stream's events to the document of ``app``."""
    document = app.openapi

    def with_events() -> dict[str, Any]:
        schema = document()
        _, events = models_json_schema([(Chunk, "serialization")], ref_template=f"{_SCHEMAS}{{model}}")
        schema["components"]["schemas"].update(events["$defs"])
        return schema

    app.openapi = with_events  # type: ignore[method-assign]
