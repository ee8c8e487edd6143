"""Refuse a request body that is too large, whether it says so or not."""
from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from llm.protocol import error_body

MAX_BODY = 512 * 1024  # llm.protocol.MAX_MESSAGES of the greatest length, 12 bytes a character («\ud83d\ude00»)


class BodyLimit:
    """ASGI middleware: reads the body up to ``MAX_BODY`` bytes before the application sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, or answer 413."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            message = f"La petición es demasiado grande: a lo más {MAX_BODY // 1024} KiB."
            await JSONResponse(error_body(message, None, "request_too_large"), 413)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None as soon as it exceeds the limit or the client goes."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY or message["type"] == "http.disconnect":
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives ``body`` once and then whatever comes (the client's going)."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
