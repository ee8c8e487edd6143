"""The API's documentation at ``/docs``: Swagger UI as a package on this machine carries it, from no other host."""
from __future__ import annotations

from html import escape
from string import Template

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from rules.office import Office
from server.page import PAGE_HEADERS, WEB

# Swagger UI styles its elements in place and draws its icons from data: addresses.
_HEADERS = {
    **PAGE_HEADERS,
    "Content-Security-Policy": PAGE_HEADERS["Content-Security-Policy"]
    + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
}


def install(app: FastAPI, office: Office) -> None:
    """Serve ``/docs``, with the name of ``office``, and its files under ``/docs/static`` on ``app``."""
    template = Template((WEB / "docs.html").read_text(encoding="utf-8"))
    html = template.substitute(short_name=escape(office.short_name), institution=escape(office.institution))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(html, headers=_HEADERS)

    app.mount("/docs/static", StaticFiles(packages=[("fastapi_offline", "static")]), name="docs")
