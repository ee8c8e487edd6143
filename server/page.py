"""The web page and what it needs to know of the office."""
from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import TypedDict

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rules.office import Office
from server.validation import MAX_MESSAGE

WEB = Path(__file__).parent / "web"
# Files that are shown elsewhere: filled in, or with headers of their own.
_SHOWN_AT = {"index.html": "/", "docs.html": "/docs"}

# The page loads nothing from other hosts and runs no inline code.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class _Static(StaticFiles):
    """Static files that browsers ask after each time (answered 304 when unchanged)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path in _SHOWN_AT:
            return RedirectResponse(_SHOWN_AT[path])
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


class Topic(TypedDict):
    """A quick topic: its button's label and the message that it sends."""

    title: str
    message: str


class PageConfig(TypedDict):
    """What the page shows of the office; ``greeting`` is Markdown, ``scopes`` are names by key."""

    name: str
    short_name: str
    institution: str
    greeting: str
    where: str
    topics: list[Topic]
    scopes: dict[str, str]
    max_message: int


def page_config(office: Office) -> PageConfig:
    """What the page shows of the office: greeting, quick topics, scopes by key."""
    return {
        "name": office.name,
        "short_name": office.short_name,
        "institution": office.institution,
        "greeting": office.greeting,
        "where": office.where(),
        "topics": [{"title": topic.title, "message": topic.message} for topic in office.quick_topics],
        "scopes": {key: scope.name for key, scope in office.scopes.items()},
        "max_message": MAX_MESSAGE,
    }


def install(app: FastAPI, office: Office) -> None:
    """Serve ``/``, its files under ``/web`` and ``/chat/config`` on ``app``."""
    template = Template((WEB / "index.html").read_text(encoding="utf-8"))
    html = template.substitute(
        name=escape(office.name), short_name=escape(office.short_name), institution=escape(office.institution),
        where=escape(office.where()), max_message=MAX_MESSAGE,
    )  # fmt: skip
    config = page_config(office)

    @app.get("/", include_in_schema=False)
    async def index() -> HTMLResponse:
        return HTMLResponse(html, headers=PAGE_HEADERS)

    @app.get("/chat/config", summary="Lo que la página muestra de la oficina")
    async def chat_config() -> PageConfig:
        return config

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response:
        return Response((WEB / "icon.svg").read_bytes(), media_type="image/svg+xml")

    app.mount("/web", _Static(directory=WEB), name="web")
