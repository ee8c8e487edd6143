"""Turns of one sender go one after another: Rasa keeps a lock for each conversation, and what waits
there looks like a Rasa that hangs."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.validation import BadRequest

MAX_WAITING = 4


class TooManyTurns(BadRequest):
    """One sender asks faster than is answered; ``retry_after`` in seconds."""

    retry_after = 2

    def __init__(self) -> None:
        super().__init__(429, "Todavía contesto tus mensajes anteriores. Espera un momento y vuelve a enviarlo.")


class Senders:
    """Who has a turn going. At most ``waiting`` more of the same sender wait, each ``patience`` seconds."""

    def __init__(self, patience: float, waiting: int = MAX_WAITING):
        self._patience, self._waiting = patience, waiting
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, sender: str) -> AsyncIterator[None]:
        """Wait for ``sender``'s turns before this one, in order.

        Raises:
            TooManyTurns: too many wait already, or this one waited too long.
        """
        line = self._lines.setdefault(sender, _Line())
        if line.people > self._waiting:
            raise TooManyTurns
        line.people += 1
        try:
            await self._enter(line)
            try:
                yield
            finally:
                line.lock.release()
        finally:
            line.people -= 1
            if not line.people:
                del self._lines[sender]

    async def _enter(self, line: _Line) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await line.lock.acquire()
        except TimeoutError as error:
            raise TooManyTurns from error


class _Line:
    """The lock of one sender; ``people`` counts who holds it and who waits."""

    def __init__(self) -> None:
        self.lock, self.people = asyncio.Lock(), 0
