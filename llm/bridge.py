"""Iterate over blocking work from asyncio, and tell the work when nobody waits for it any more."""
from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.2


class _Over:
    """The work's end: ``error`` is what it died of, if anything."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


async def parts_of(
    work: Iterator[T], cancelled: threading.Event, gone: Callable[[], Awaitable[bool]]
) -> AsyncIterator[T]:
    """What ``work`` yields, iterated in a thread. ``cancelled``, which should make it end soon, is set
    as soon as the caller stops iterating, or ``gone()`` says that the client left.

    Raises:
        Exception: whatever ``work`` raises.
    """
    parts: asyncio.Queue[T | _Over] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_work, args=(work, parts, loop), name="answer", daemon=True).start()
    watch = asyncio.create_task(_watch(cancelled, gone))
    try:
        while not isinstance(part := await parts.get(), _Over):
            yield part
        if part.error:
            raise part.error
    finally:
        cancelled.set()
        watch.cancel()


def _work(work: Iterator[T], parts: asyncio.Queue[T | _Over], loop: asyncio.AbstractEventLoop) -> None:
    def put(part: T | _Over) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the service ends
            loop.call_soon_threadsafe(parts.put_nowait, part)

    try:
        for part in work:
            put(part)
        put(_Over())
    except Exception as error:  # noqa: BLE001 - raised again where it is awaited
        put(_Over(error))


async def _watch(cancelled: threading.Event, gone: Callable[[], Awaitable[bool]]) -> None:
    while not cancelled.is_set():
        await asyncio.sleep(_POLL_SECONDS)
        if await gone():
            cancelled.set()
