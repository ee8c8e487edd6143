"""The gateway: one HTTP door for the page, for programs and for any Rasa web chat."""
from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware

from rules.locations import Locations
from server import completions, docs, errors, page
from server.gateway import Gateway
from server.heads import HeadAsGet
from server.incoming import read_body
from server.metrics import CONTENT_TYPE
from server.openapi import (
    METRICS_TEXT,
    READY_ERRORS,
    REST_LINES,
    REST_QUERY,
    TURN_ERRORS,
    Alive,
    HealthReport,
    RestMessage,
    describe_completions,
    turn_body,
)
from server.rasa import LINES, as_lines, with_buttons
from server.reply import ChatReply
from server.settings import Settings
from server.slashes import TrailingSlash
from server.validation import MAX_BODY, ChatRequest, check_content_type, read_request


def create_app(settings: Settings, locations: Locations | None = None) -> FastAPI:
    """The application; what it loads (rule book, office profile) is loaded here.

    Raises:
        rules.office.OfficeError, rules.source.SourceError: the office profile is unusable.
    """
    gateway = Gateway(settings, locations or Locations.from_environment())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with gateway:
            yield

    app = FastAPI(
        title=f"Asistente {gateway.office.short_name}",
        version="0.1.0",
        lifespan=lifespan,
        description=f"Preguntas y respuestas. {gateway.office.name}, {gateway.office.institution}.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.gateway = gateway
    app.add_middleware(TrailingSlash)
    app.add_middleware(HeadAsGet)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=["*"], allow_headers=["Content-Type"]
        )
    errors.install(app, gateway.metrics)
    page.install(app, gateway.office)
    docs.install(app, gateway.office)
    _chat_routes(app, gateway)
    _health_routes(app, gateway)
    completions.install(app, gateway, settings.llm_url, settings.turn_timeout)
    describe_completions(app, _example(gateway))
    return app


def _chat_routes(app: FastAPI, gateway: Gateway) -> None:
    asked = turn_body(_example(gateway))

    @app.post("/chat", response_model=ChatReply, responses=TURN_ERRORS, openapi_extra=asked, summary="Pregunta algo")
    async def chat(request: Request) -> Response:
        turn = await _read(request)
        trace_id = uuid.uuid4().hex
        answer = (await gateway.turn(turn, trace_id)).answer
        reply = answer.model_dump(exclude={"text"})
        return JSONResponse({"answer": answer.text, **reply, "sender": turn.sender, "trace_id": trace_id})

    @app.post(
        "/webhooks/rest/webhook",
        response_model=list[RestMessage],
        responses=TURN_ERRORS | REST_LINES,
        openapi_extra=asked | REST_QUERY,
        summary="Como el canal REST de Rasa",
    )
    async def webhook(request: Request) -> Response:
        turn = await gateway.turn(await _read(request), uuid.uuid4().hex)
        messages = with_buttons(turn.messages, turn.answer)
        if request.query_params.get("stream", "").lower() == "true":
            return Response(as_lines(messages), media_type=LINES)
        return JSONResponse(messages)

    @app.get("/webhooks/rest", include_in_schema=False)
    async def webhook_health() -> dict[str, str]:
        return {"status": "ok"}


def _health_routes(app: FastAPI, gateway: Gateway) -> None:
    @app.get("/health/live", response_model=Alive, summary="El proceso vive")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(
        "/health/ready",
        response_model=HealthReport,
        responses=READY_ERRORS,
        summary="Cada parte respondió una pregunta de prueba",
    )
    async def ready() -> Response:
        report = await gateway.health.report()
        return JSONResponse(report, status_code=503 if report["status"] in ("down", "starting") else 200)

    @app.get("/metrics", response_class=Response, responses=METRICS_TEXT, summary="Cifras para Prometheus")
    async def metrics() -> Response:
        return Response(gateway.metrics.text(), media_type=CONTENT_TYPE)


def _example(gateway: Gateway) -> str:
    """A question that this office answers."""
    return gateway.office.quick_topics[0].message


async def _read(request: Request) -> ChatRequest:
    check_content_type(request.headers.get("content-type"))
    return read_request(await read_body(request, MAX_BODY))
