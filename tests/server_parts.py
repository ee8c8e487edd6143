"""Real HTTP servers for the tests of the gateway: the parts it talks to, and the gateway itself."""
from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
import yaml

from rules.locations import ROOT, Locations

CALM = {"breaker_failures": 1000, "health_cache": 0, "rasa_timeout": 0.6, "turn_timeout": 5, "canary_timeout": 2}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[str]:
    """Serve the ASGI ``app`` on loopback; yields its address. ``options`` are uvicorn's."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1, **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + 10
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


class RasaStub:
    """What Rasa's REST channel may do to us: good answers and every way to fail.

    ``mode`` is ok, empty, slow, garbage, error, no_payload, bad_kind or reset. ``most_at_once`` counts the
    turns of one sender that were there together.
    """

    def __init__(self) -> None:
        self.mode = "ok"
        self.received: list[dict[str, Any]] = []
        self.delay, self.most_at_once = 0.0, 0
        self._here: list[str] = []
        self.payload: dict[str, Any] = {
            "kind": "official", "rule_id": "regla_uno", "confidence": "0.9312",
            "sources": [{"title": "Guía", "url": None, "scope": "UAM"}],
            "suggestions": [{"title": "¿Y luego?", "message": "¿Y luego?"}],
        }  # fmt: skip

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["path"] == "/actions":
            await _reply(send, b'[{"name": "action_llm_answer"}]')
        elif scope["method"] == "GET":
            await _reply(send, b"Hello")
        else:
            request = json.loads(await _read(receive))
            self.received.append(request)
            self._here.append(request["sender"])
            self.most_at_once = max(self.most_at_once, self._here.count(request["sender"]))
            await asyncio.sleep(self.delay)
            self._here.remove(request["sender"])
            await self._answer(request, send)

    async def _answer(self, request: dict[str, Any], send: Callable[..., Any]) -> None:
        if self.mode == "slow":
            await asyncio.sleep(1.5)
        if self.mode == "error":
            await _reply(send, b"boom", status=500)
        elif self.mode == "garbage":
            await _reply(send, b"<html>not json")
        else:
            await _reply(send, json.dumps(self._messages(request)).encode())

    def _messages(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        sender = request["sender"]
        text = {"recipient_id": sender, "text": "De Rasa."}
        if self.mode == "empty":
            return []
        if self.mode == "no_payload":
            return [text]
        kind = "invented" if self.mode == "bad_kind" else self.payload["kind"]
        # As nlu.component and nlu.responses do it.
        asked = request.get("metadata") or {}
        trace = {"trace": {**asked, "normalized": request["message"]}} if asked else {}
        return [text, {"recipient_id": sender, "custom": {**self.payload, "kind": kind, **trace}}]


async def _lifespan(receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    for step in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{step}.complete"})


async def _read(receive: Callable[..., Any]) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _reply(send: Callable[..., Any], body: bytes, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


def tiny_office(folder: Path, rules: list[dict[str, Any]]) -> Locations:
    """The locations of an office with these rules, and everything else its own too."""
    (folder / "rules").mkdir(parents=True)
    (folder / "documents").mkdir()
    book = yaml.safe_dump({"tema": "Prueba", "reglas": rules}, allow_unicode=True)
    (folder / "rules/prueba.yml").write_text(book, encoding="utf-8")
    (folder / "documents/taller.md").write_text(DOCUMENT, encoding="utf-8")
    (folder / "documents/fuentes.yml").write_text("S1:\n  titulo: Manual del taller\n", encoding="utf-8")
    profile = yaml.safe_load((ROOT / "data/oficina.yml").read_text(encoding="utf-8"))
    profile.update(siglas="TAL", nombre="Taller <de> pruebas", saludo="Hola desde el taller.")
    (folder / "oficina.yml").write_text(yaml.safe_dump(profile, allow_unicode=True), encoding="utf-8")
    return replace(
        Locations.from_environment({}),
        rules=folder / "rules",
        documents=folder / "documents",
        office=folder / "oficina.yml",
        models=folder / "models",
    )


RULES: list[dict[str, Any]] = [
    {
        "id": "regla_uno",
        "preguntas": [
            "¿Dónde está el taller mecánico?", "ubicación del taller", "cómo llego al taller",
            "por dónde queda el taller",
        ],
        "respuesta": "Junto al **almacén**.\n\n- Puerta 2\n- Piso 1\n\nMás en https://taller.example.mx/mapa.",
        "fuente": "Plano del taller", "url": "https://taller.example.mx", "ambito": "UAM-I", "revisada": "2026-11-22",
        "relacionadas": ["regla_dos"],
    },
    {
        "id": "regla_dos", "tipo": "sin_dato",
        "preguntas": [
            "¿Cuánto cuesta el martillo?", "precio del martillo", "en cuánto sale un martillo", "costo martillos",
        ],
        "respuesta": "No tengo el precio.", "fuente": "Sin fuente", "ambito": "UAM-I", "revisada": "2026-11-22",
    },
    {
        "id": "regla_tres", "tipo": "charla",
        "preguntas": ["hola", "buenos días", "qué onda", "hey"], "respuesta": "¡Hola!", "revisada": "2026-11-22",
    },
]  # fmt: skip

DOCUMENT = """---
tema: Soldadura
revisado: 2026-11-22
---
# Soldadura

## H1.01 Qué careta se usa para soldar
ambito: UAM-I
respaldo: verificado
fuentes: S1

Para soldar se usa la careta verde con filtro oscuro, que se pide en el almacén de herramientas.
"""
