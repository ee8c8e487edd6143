"""OpenAI's API at the gateway's own door: what a rule surely answers is given as the office's word; the rest is passed
on to the llm service as it is, and its reply back piece by piece."""
from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from llm import protocol, replies
from llm.protocol import Asked, ProtocolError
from server.errors import openai_error
from server.gateway import Gateway
from server.generator import COMPLETIONS
from server.incoming import read_body
from server.reply import Answer
from server.validation import check_content_type

MODELS = "/v1/models"
# Of a body that the llm service admits (``llm.limits.MAX_BODY``), it tells itself; more is never read.
_MAX_BODY = 512 * 1024
_PASSED_ON = ("content-type", "accept")
_PASSED_BACK = ("content-type", "cache-control", "allow", "retry-after")


def install(app: FastAPI, gateway: Gateway, llm_url: str, timeout: float) -> None:
    """Add ``/v1/chat/completions`` and ``/v1/models`` to ``app``; ``timeout``: seconds without a byte after which the
    llm service is given up."""

    async def complete(request: Request) -> Response:
        body = await read_body(request, _MAX_BODY)
        asked = _asked(request, body)
        turn = await gateway.settled(asked.messages, uuid.uuid4().hex) if asked else None
        return _given(asked, turn.answer) if asked and turn else await passed_on(request, body)

    async def look_up(request: Request) -> Response:
        return await passed_on(request, b"")

    async def passed_on(request: Request, body: bytes) -> Response:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        url = llm_url.rstrip("/") + request.url.path
        sent = gateway.client.build_request(request.method, url, content=body, headers=headers, timeout=timeout)
        try:
            reply = await gateway.client.send(sent, stream=True)
        except httpx.HTTPError:
            message = "El servicio que redacta no está disponible. Vuelve a intentarlo en un momento."
            return openai_error(message, 503, "service_unavailable")
        kept = {name: reply.headers[name] for name in _PASSED_BACK if name in reply.headers}
        return StreamingResponse(_pieces(reply), reply.status_code, kept)

    app.add_api_route(COMPLETIONS, complete, methods=["POST"], summary="Como la API de OpenAI", response_class=Response)
    app.add_api_route(MODELS, look_up, methods=["GET"], summary="Modelos, como la API de OpenAI", response_class=Response)
    app.add_api_route(f"{MODELS}/{{name:path}}", look_up, methods=["GET"], summary="Un modelo, como la API de OpenAI")


def _asked(request: Request, body: bytes) -> Asked | None:
    """What ``body`` asks, read as the llm service reads it; None where that can't be answered: it says why itself."""
    try:
        check_content_type(request.headers.get("content-type"))
        return protocol.asked(protocol.ChatRequest.model_validate(json.loads(body)))
    except (ValueError, RecursionError, ProtocolError):  # BadRequest and pydantic's and JSON's errors are ValueErrors
        return None


def _given(asked: Asked, answer: Answer) -> Response:
    """The office's own answer, as the llm service would have given one."""
    payload = answer.model_dump(include={"kind", "confidence", "rule_id", "rule_ids", "sources", "suggestions"})
    grounding = {**payload, "topic_rule": answer.rule_id, "passages": []}
    if not asked.stream:
        return JSONResponse(replies.completion(asked, replies.ALIAS, answer.text, grounding))
    events = _events(asked, answer.text, grounding)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


def _events(asked: Asked, text: str, grounding: dict[str, Any]) -> Iterator[str]:
    content, finish = asked.bounds.cut(text)
    yield replies.event(replies.chunk(asked, replies.ALIAS, {"role": "assistant", "content": ""}))
    yield replies.event(replies.chunk(asked, replies.ALIAS, {"content": content}))
    yield replies.event(replies.chunk(asked, replies.ALIAS, {}, finish, grounding=grounding))
    if asked.with_usage:
        yield replies.event(replies.chunk(asked, replies.ALIAS, None, usage=replies.usage(asked.messages, content)))
    yield replies.DONE


async def _pieces(reply: httpx.Response) -> AsyncIterator[bytes]:
    """The reply as it comes; it ends where the llm service breaks off, and the client's leaving ends the asking."""
    try:
        async for piece in reply.aiter_raw():
            yield piece
    except httpx.HTTPError:
        return  # the client sees a reply without its end
    finally:
        await reply.aclose()
