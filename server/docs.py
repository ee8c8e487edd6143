"""The API's documentation at ``/docs``: Swagger UI as a package on this machine carries it, from no other host."""
from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from server.page import PAGE_HEADERS, WEB

# Swagger UI styles its elements in place and draws its icons from data: addresses.
_HEADERS = {
    **PAGE_HEADERS,
    "Content-Security-Policy": PAGE_HEADERS["Content-Security-Policy"]
    + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
}


def install(app: FastAPI) -> None:
    """Serve ``/docs`` and its files under ``/docs/static`` on ``app``."""
    html = (WEB / "docs.html").read_text(encoding="utf-8")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(html, headers=_HEADERS)

    app.mount("/docs/static", StaticFiles(packages=[("fastapi_offline", "static")]), name="docs")
