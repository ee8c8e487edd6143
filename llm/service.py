"""The answering service behind OpenAI's door. It knows HTTP; answers come from the assistant."""
from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from llm import protocol
from llm.assistant import Assistant
from llm.backends import Answer, Task
from llm.bridge import parts_of
from llm.limits import BodyLimit
from llm.protocol import ChatRequest, ProtocolError, error_body
from llm.settings import QUOTING

log = logging.getLogger(__name__)
_STARTED = int(time.time())
_FAILED = error_body("Algo falló de nuestro lado. Inténtalo de nuevo en un momento.", None, "internal_error", "server_error")
_HTTP_ERRORS = {404: ("No existe esa dirección.", "not_found"), 405: ("Método no permitido.", "method_not_allowed")}


class Metrics:
    """What Prometheus reads, one registry for each application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter("llm_answers", "Answers given, by kind", ["kind"], registry=self.registry)
        self.errors = Counter("llm_errors", "Requests refused or failed, by code", ["code"], registry=self.registry)
        self.seconds = Histogram("llm_answer_seconds", "Seconds to the whole answer", registry=self.registry)

    def count(self, answer: Answer, seconds: float) -> None:
        """Record an answer given in ``seconds``."""
        self.answers.labels(answer.kind).inc()
        self.seconds.observe(seconds)

    def count_failure(self, error: Exception) -> None:
        """Record a request that died of ``error``."""
        log.error("answer failed", exc_info=error)
        self.errors.labels("internal_error").inc()


def create_app(assistant: Assistant) -> FastAPI:
    """The application over ``assistant``."""
    app = FastAPI(title="Respuestas a partir de los documentos", docs_url="/docs", redoc_url=None)
    metrics = Metrics()
    app.add_middleware(BodyLimit)
    _add_completions(app, assistant, metrics)
    _add_state(app, assistant, metrics)
    _add_errors(app, metrics)
    return app


def _add_completions(app: FastAPI, assistant: Assistant, metrics: Metrics) -> None:
    model = assistant.backend.name

    @app.post("/v1/chat/completions", response_model=None)
    async def complete(request: ChatRequest, connection: Request) -> Response:
        messages = protocol.conversation(request)
        reply_id, created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())
        if request.stream:
            with_usage = bool(request.stream_options and request.stream_options.include_usage)
            events = _events(assistant, metrics, connection, messages, reply_id, created, with_usage)
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        start = time.perf_counter()
        task = await run_in_threadpool(assistant.task, messages)
        answer = [part async for part in _parts(assistant, task, connection) if isinstance(part, Answer)][-1]
        metrics.count(answer, time.perf_counter() - start)
        counts = protocol.usage(messages, answer.text)
        return JSONResponse(protocol.completion(reply_id, created, model, answer, counts))

    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        entry = {"id": model, "object": "model", "created": _STARTED, "owned_by": assistant.office.short_name}
        return {"object": "list", "data": [entry]}


def _parts(assistant: Assistant, task: Task, connection: Request) -> AsyncIterator[str | Answer]:
    """What the backend writes, given up when the client leaves."""
    return parts_of(assistant.backend.write(task), task.cancelled, connection.is_disconnected)


async def _events(
    assistant: Assistant,
    metrics: Metrics,
    connection: Request,
    messages: list[tuple[str, str]],
    reply_id: str,
    created: int,
    with_usage: bool,
) -> AsyncIterator[str]:
    """Server-sent events: the role, the text in pieces, the end with its grounding, usage, [DONE]; an error
    where something fails, and nothing after it, lest what came before be taken for the whole."""

    def event(delta: dict[str, str] | None, finish: str | None = None, **extra: Any) -> str:
        return _event(protocol.chunk(reply_id, created, assistant.backend.name, delta, finish, **extra))

    start = time.perf_counter()
    yield event({"role": "assistant", "content": ""})
    try:
        task = await run_in_threadpool(assistant.task, messages)
        async for part in _parts(assistant, task, connection):
            if isinstance(part, Answer):
                metrics.count(part, time.perf_counter() - start)
                yield event({}, "stop", grounding=part.grounding())
                if with_usage:
                    yield event(None, usage=protocol.usage(messages, part.text))
            else:
                yield event({"content": part})
    except Exception as error:  # noqa: BLE001 - the status is sent: only an event can tell the client
        metrics.count_failure(error)
        yield _event(_FAILED)
        return
    yield "data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _add_state(app: FastAPI, assistant: Assistant, metrics: Metrics) -> None:
    @app.get("/health/live")
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready")
    def ready() -> JSONResponse:
        ok = assistant.ready()
        status = "unavailable" if not ok else "degraded" if assistant.backend.degraded() else "ok"
        speaks = assistant.backend.name if status == "ok" else QUOTING
        state = {"status": status, "model": assistant.backend.name, "speaks": speaks}
        return JSONResponse({**state, "passages": len(assistant.index.passages)}, 200 if ok else 503)

    @app.get("/metrics")
    def prometheus() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _add_errors(app: FastAPI, metrics: Metrics) -> None:
    def refuse(error: ProtocolError) -> JSONResponse:
        metrics.errors.labels(error.code).inc()
        return JSONResponse(error_body(error.message, error.param, error.code), error.status)

    @app.exception_handler(ProtocolError)
    def on_protocol_error(_: Request, error: ProtocolError) -> JSONResponse:
        return refuse(error)

    @app.exception_handler(RequestValidationError)
    def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return refuse(_invalid(error))

    @app.exception_handler(HTTPException)
    def on_http_error(_: Request, error: HTTPException) -> JSONResponse:
        message, code = _HTTP_ERRORS.get(error.status_code, ("No se pudo leer la petición.", "invalid_request"))
        return refuse(ProtocolError(message, None, code, error.status_code))

    @app.exception_handler(Exception)
    def on_failure(_: Request, error: Exception) -> JSONResponse:
        metrics.count_failure(error)
        return JSONResponse(_FAILED, 500)


def _invalid(error: RequestValidationError) -> ProtocolError:
    """The first thing wrong with a request, in Spanish."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return ProtocolError("El cuerpo no es JSON válido.", None, "invalid_json")
    path = [str(part) for part in first["loc"] if part != "body"]
    if "content" in path:
        path = path[: path.index("content") + 1]  # what follows names pydantic's alternatives
    field = ".".join(path)
    if not field:
        return ProtocolError("El cuerpo debe ser un objeto JSON con «messages».", None, "invalid_body")
    if first["type"] == "missing":
        return ProtocolError(f"Falta «{field}».", field, "missing_field")
    return ProtocolError(f"El valor de «{field}» no es válido.", field, "invalid_value")
