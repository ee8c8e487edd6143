"""How many may be connected, and for how long without asking anything.

Asyncio accepts connections until descriptors run out, and uvicorn lets one that never completes a
request head stay for ever: a few hundred silent ones would shut everybody out.
"""
from __future__ import annotations

import asyncio
import json
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from server.errors import error_body

# Seconds for the head of a request, from the connection's start or the last answer's end.
HEAD_SECONDS = 10.0
# Connections that one turn of the event loop may accept before the limit is looked at.
BACKLOG = 128

# More would only cost memory: a gateway answers some dozens of turns a second.
_MOST = 2000
_LEAST = 32
# Descriptors for the clients of the parts (200), the backlog, and files.
_RESERVED = 200 + BACKLOG + 72

_BUSY = "Hay demasiadas conexiones abiertas. Vuelve a intentarlo en un momento."


def connection_limit() -> int:
    """How many connections may be open, well below the descriptors that this process may have; their
    soft limit is raised as far as that needs and the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST + _RESERVED
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(_LEAST, wanted - _RESERVED)


def bounded_protocol(limit: int, head_seconds: float = HEAD_SECONDS) -> type[H11Protocol]:
    """The protocol for uvicorn's ``http``: at most ``limit`` connections, ``head_seconds`` for a head."""
    return type("Bounded", (_BoundedProtocol,), {"limit": limit, "head_seconds": head_seconds})


class _BoundedProtocol(H11Protocol):
    """Over the limit, who has said nothing for longest makes room; when all are being served, the
    newcomer is refused."""

    limit: ClassVar[int]
    head_seconds: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.limit:
            silent = [c for c in self.connections if isinstance(c, _BoundedProtocol) and c is not self and c._head]
            if silent:
                min(silent, key=_BoundedProtocol._due)._make_room()
            else:
                self._refuse()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_came()

    def on_response_complete(self) -> None:
        # Before the base class, which may start the next request of a pipeline.
        if not self.transport.is_closing():
            self._await_head()
        super().on_response_complete()

    def _await_head(self) -> None:
        self._head_came()
        self._head = self.loop.call_later(self.head_seconds, self._give_up)

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _due(self) -> float:
        return self._head.when() if self._head else float("inf")

    def _give_up(self) -> None:
        self._head = None
        self.transport.close()

    def _make_room(self) -> None:
        self._head_came()
        self.transport.abort()

    def _refuse(self) -> None:
        body = json.dumps(error_body(_BUSY), ensure_ascii=False).encode()
        head = (
            "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
