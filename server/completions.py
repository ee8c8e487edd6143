"""OpenAI's API at the gateway's own door: passed on to the llm service as it is, piece by piece."""
from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from server.generator import COMPLETIONS

MODELS = "/v1/models"
# Of a body that the llm service admits (``llm.limits.MAX_BODY``), it tells itself; more is never read.
_MAX_BODY = 512 * 1024
_PASSED_ON = ("content-type", "content-encoding", "accept")
_PASSED_BACK = ("content-type", "cache-control", "allow", "retry-after")


def install(app: FastAPI, client: httpx.AsyncClient, llm_url: str, timeout: float) -> None:
    """Add ``/v1/chat/completions`` and ``/v1/models`` to ``app``; ``timeout``: seconds without a byte after which the
    llm service is given up."""

    async def forward(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _refusal("La petición es demasiado grande: a lo más 512 KiB.", "request_too_large", 413)
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        url = llm_url.rstrip("/") + request.url.path
        asked = client.build_request(request.method, url, content=body, headers=headers, timeout=timeout)
        try:
            reply = await client.send(asked, stream=True)
        except httpx.HTTPError:
            message = "El servicio que redacta no está disponible. Vuelve a intentarlo en un momento."
            return _refusal(message, "service_unavailable", 503)
        kept = {name: reply.headers[name] for name in _PASSED_BACK if name in reply.headers}
        return StreamingResponse(_pieces(reply), reply.status_code, kept)

    app.add_api_route(COMPLETIONS, forward, methods=["POST"], summary="Como la API de OpenAI", response_class=Response)
    app.add_api_route(MODELS, forward, methods=["GET"], summary="Modelos, como la API de OpenAI", response_class=Response)
    app.add_api_route(f"{MODELS}/{{name:path}}", forward, methods=["GET"], include_in_schema=False)


async def _pieces(reply: httpx.Response) -> AsyncIterator[bytes]:
    """The reply as it comes; it ends where the llm service breaks off, and the client's leaving ends the asking."""
    try:
        async for piece in reply.aiter_raw():
            yield piece
    except httpx.HTTPError:
        return  # the client sees a reply without its end
    finally:
        await reply.aclose()


async def _body(request: Request) -> bytes | None:
    """The body; None when it is too large."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > _MAX_BODY:
            return None
    return bytes(kept)


def _refusal(message: str, code: str, status: int) -> JSONResponse:
    """An error in OpenAI's shape."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)
