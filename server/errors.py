"""Every refusal and failure in Spanish, as ``{"error": {"message", "field"}}``, and below ``/v1`` as OpenAI's clients
read it."""
from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from server.metrics import Metrics
from server.senders import TooManyTurns
from server.validation import BadRequest

log = logging.getLogger(__name__)

_MESSAGES = {
    404: "No existe esa dirección. Para conversar usa POST /chat o abre la página principal.",
    405: "Ese método no se admite en esta dirección. Para preguntar usa POST /chat.",
}
_OPENAI_MESSAGES = {
    404: "No existe esa dirección. Se contesta en POST /v1/chat/completions y GET /v1/models.",
    405: "Ese método no se admite en esta dirección.",
}
_OPENAI_CODES = {404: "not_found", 405: "method_not_allowed", 408: "request_timeout", 413: "request_too_large"}
_OTHER = "No se pudo atender la petición."
_INTERNAL = "Algo falló de nuestro lado. Vuelve a intentarlo en un momento."


def error_body(message: str, field: str | None = None) -> dict[str, dict[str, str | None]]:
    """The one shape of an error."""
    return {"error": {"message": message, "field": field}}


def openai_error(message: str, status: int, code: str | None = None) -> JSONResponse:
    """An error in OpenAI's shape; ``code``: for programs, told by ``status`` if not given."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    code = code or _OPENAI_CODES.get(status, "invalid_request" if status < 500 else "internal_error")
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


def _is_openai(request: Request) -> bool:
    return request.url.path.startswith("/v1/")


def install(app: FastAPI, metrics: Metrics) -> None:
    """Register the handlers on ``app``; refusals are counted in ``metrics``."""

    @app.exception_handler(BadRequest)
    async def bad_request(request: Request, error: BadRequest) -> JSONResponse:
        metrics.refused(error.status)
        if _is_openai(request):
            return openai_error(error.message, error.status)
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyTurns) else None
        return JSONResponse(error_body(error.message, error.field), status_code=error.status, headers=headers)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        metrics.refused(error.status_code)
        if _is_openai(request):
            return openai_error(_OPENAI_MESSAGES.get(error.status_code, _OTHER), error.status_code)
        body = error_body(_MESSAGES.get(error.status_code, _OTHER))
        return JSONResponse(body, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def failure(request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected failure", exc_info=error, extra={"path": request.url.path})
        return openai_error(_INTERNAL, 500) if _is_openai(request) else JSONResponse(error_body(_INTERNAL), status_code=500)
