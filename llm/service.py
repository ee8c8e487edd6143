"""The answering service behind OpenAI's door. It knows HTTP; answers come from the assistant."""
from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from llm import protocol, replies
from llm.assistant import Assistant
from llm.backends import Answer, Task
from llm.bounds import Bounded
from llm.bridge import parts_of
from llm.limits import BodyLimit
from llm.openapi import COMPLETED, REFUSED, describe_stream
from llm.protocol import Asked, ChatRequest, ProtocolError, error_body
from llm.replies import ALIAS, Model, ModelList, Readiness
from llm.settings import QUOTING

log = logging.getLogger(__name__)
_STARTED = int(time.time())
_FAILED = error_body("Algo falló de nuestro lado. Inténtalo de nuevo en un momento.", None, "internal_error", "server_error")
_HTTP_ERRORS = {
    # What FastAPI says of a body that JSON's reader gives up.
    400: ("El cuerpo no se puede leer como JSON: revisa que esté en UTF-8 y que no anide demasiados niveles.", "invalid_json"),
    404: ("No existe esa dirección.", "not_found"),
    405: ("Método no permitido.", "method_not_allowed"),
}


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
    office = assistant.office
    app = FastAPI(
        title=f"Respuestas a partir de los documentos · {office.short_name}",
        description=f"{office.name}, {office.institution}.", docs_url="/docs", redoc_url=None,
        strict_content_type=False,  # see _check_content_type
    )  # fmt: skip
    metrics = Metrics()
    app.add_middleware(BodyLimit)
    _add_completions(app, assistant, metrics)
    _add_models(app, assistant)
    _add_state(app, assistant, metrics)
    _add_errors(app, metrics)
    describe_stream(app)
    return app


def _check_content_type(request: Request) -> None:
    """Accept JSON, or no declaration at all, as the gateway does; raises ProtocolError (415)."""
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        message = "Envía el cuerpo como JSON, con el encabezado «Content-Type: application/json»."
        raise ProtocolError(message, None, "unsupported_content_type", 415)


def _add_completions(app: FastAPI, assistant: Assistant, metrics: Metrics) -> None:
    checked = [Depends(_check_content_type)]

    @app.post("/v1/chat/completions", response_model=None, responses=COMPLETED, dependencies=checked)
    async def complete(request: ChatRequest, connection: Request) -> Response:
        asked = protocol.asked(request)
        if asked.stream:
            events = _events(assistant, metrics, connection, asked)
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        start = time.perf_counter()
        task = await run_in_threadpool(assistant.task, asked.messages)
        answer = [part async for part in _parts(assistant, task, connection) if isinstance(part, Answer)][-1]
        metrics.count(answer, time.perf_counter() - start)
        return JSONResponse(replies.completion(asked, assistant.backend.name, answer.text, answer.grounding()))


def _add_models(app: FastAPI, assistant: Assistant) -> None:
    owner = assistant.office.short_name
    names = dict.fromkeys((assistant.backend.name, ALIAS))
    listed = {name: Model(id=name, created=_STARTED, owned_by=owner) for name in names}

    @app.get("/v1/models")
    def models() -> ModelList:
        return ModelList(data=list(listed.values()))

    @app.get("/v1/models/{name:path}", responses=REFUSED)
    def model(name: str) -> Model:
        if name not in listed:
            raise ProtocolError("No existe ese modelo; «/v1/models» da los que hay.", "model", "model_not_found", 404)
        return listed[name]


def _parts(assistant: Assistant, task: Task, connection: Request) -> AsyncIterator[str | Answer]:
    """What the backend writes, given up when the client leaves."""
    return parts_of(assistant.backend.write(task), task.cancelled, connection.is_disconnected)


async def _events(assistant: Assistant, metrics: Metrics, connection: Request, asked: Asked) -> AsyncIterator[str]:
    """Server-sent events: the role, the text in pieces, the end with its grounding, usage, [DONE]; an error
    where something fails, and nothing after it, lest what came before be taken for the whole."""

    def event(delta: dict[str, str] | None, finish: str | None = None, **extra: Any) -> str:
        return replies.event(replies.chunk(asked, assistant.backend.name, delta, finish, **extra))

    start, text, given = time.perf_counter(), Bounded(asked.bounds), ""
    yield event({"role": "assistant", "content": ""})
    try:
        task = await run_in_threadpool(assistant.task, asked.messages)
        async for part in _parts(assistant, task, connection):
            piece, finish = text.end() if isinstance(part, Answer) else (text.add(part), None)
            if piece:
                given += piece
                yield event({"content": piece})
            if isinstance(part, Answer):
                metrics.count(part, time.perf_counter() - start)
                yield event({}, finish, grounding=part.grounding())
                if asked.with_usage:
                    yield event(None, usage=replies.usage(asked.messages, given))
    except Exception as error:  # noqa: BLE001 - the status is sent: only an event can tell the client
        metrics.count_failure(error)
        yield replies.event(_FAILED)
        return
    yield replies.DONE


def _add_state(app: FastAPI, assistant: Assistant, metrics: Metrics) -> None:
    @app.get("/health/live")
    def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready", responses={200: {"model": Readiness}, 503: {"model": Readiness}})
    def ready() -> JSONResponse:
        ok = assistant.ready()
        status = "unavailable" if not ok else "degraded" if assistant.backend.degraded() else "ok"
        speaks = assistant.backend.name if status == "ok" else QUOTING
        state = {"status": status, "model": assistant.backend.name, "speaks": speaks}
        return JSONResponse({**state, "passages": len(assistant.index.passages)}, 200 if ok else 503)

    @app.get("/metrics", response_class=PlainTextResponse)
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
        return refuse(protocol.invalid(error.errors()))

    @app.exception_handler(HTTPException)
    def on_http_error(_: Request, error: HTTPException) -> JSONResponse:
        message, code = _HTTP_ERRORS.get(error.status_code, ("No se pudo leer la petición.", "invalid_request"))
        return refuse(ProtocolError(message, None, code, error.status_code))

    @app.exception_handler(Exception)
    def on_failure(_: Request, error: Exception) -> JSONResponse:
        metrics.count_failure(error)
        return JSONResponse(_FAILED, 500)

