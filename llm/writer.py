"""What writes text from a prompt, and how to read it within a deadline. Knows nothing of answers."""
from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator
from contextlib import closing
from typing import Protocol

_POLL_SECONDS = 0.1


class WriterError(Exception):
    """The writer can't write now: down, overloaded, or it broke off. The message says why."""


class Writer(Protocol):
    """A language model, in this process or elsewhere."""

    name: str

    def ready(self) -> bool:
        """Whether it can write now."""

    def fits(self, prompt: str) -> bool:
        """Whether ``prompt`` leaves room for a reply."""

    def stream(self, prompt: str) -> Generator[str]:
        """The reply to ``prompt`` (as ``llm.prompt`` renders it), whose passage answers, piece by
        piece; "" now and then while nothing comes. Closing it ends the work.

        Raises:
            WriterError: while iterating; what came before stands.
        """


def read_in_time(pieces: Generator[str], seconds: float, cancelled: threading.Event) -> Generator[str]:
    """``pieces`` with text as they come, for at most ``seconds`` and until ``cancelled``. They are read in a
    thread of its own, so that a writer that hangs is left behind; closing this closes them.

    Raises:
        TimeoutError: the time is over, or nobody waits any more.
        WriterError: from ``pieces``.
    """
    end = time.monotonic() + seconds
    stopped = threading.Event()
    parts: queue.SimpleQueue[str | WriterError | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(pieces, parts, stopped), name="writer", daemon=True).start()
    try:
        while (part := _next(parts, end, cancelled)) is not None:
            if isinstance(part, WriterError):
                raise part
            yield part
    finally:
        stopped.set()


def _read(pieces: Generator[str], parts: queue.SimpleQueue[str | WriterError | None], stopped: threading.Event) -> None:
    try:
        with closing(pieces):
            for piece in pieces:
                if stopped.is_set():
                    break
                if piece:
                    parts.put(piece)
        parts.put(None)
    except WriterError as error:
        parts.put(error)
    except Exception as error:  # noqa: BLE001 - a writer's own failure must not end the service
        parts.put(WriterError(f"{type(error).__name__}: {error}"))


def _next(
    parts: queue.SimpleQueue[str | WriterError | None], end: float, cancelled: threading.Event
) -> str | WriterError | None:
    while not cancelled.is_set() and (left := end - time.monotonic()) > 0:
        try:
            return parts.get(timeout=min(left, _POLL_SECONDS))
        except queue.Empty:
            continue
    raise TimeoutError("cancelled" if cancelled.is_set() else "deadline")
