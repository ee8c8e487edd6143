"""One thread that decodes for all: requests that wait at the same time are decoded together.

Knows tokens, queues and time; neither text nor what a model is.
"""
from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from llm.writer import WriterError

log = logging.getLogger(__name__)
_WINDOW_SECONDS = 0.02  # that a first request waits for others
_REST_SECONDS = 15.0  # after a failure
_TICK_SECONDS = 0.1
_LATE = "cancelled or late"


class Steps(Protocol):
    """What decodes a batch: see :meth:`llm.decoding.Decoder.decode`."""

    def __call__(self, prompts: Sequence[Sequence[int]], /) -> Generator[list[int]]: ...


@dataclass(eq=False)
class Request:
    """A prompt that waits for its reply until ``deadline`` (monotonic seconds)."""

    prompt: Sequence[int]
    deadline: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    _tokens: queue.SimpleQueue[int | WriterError | None] = field(default_factory=queue.SimpleQueue)
    over: bool = False

    def wanted(self) -> bool:
        """Whether anybody still waits for it."""
        return not (self.over or self.cancelled.is_set() or time.monotonic() >= self.deadline)

    def end(self, error: WriterError | None = None) -> None:
        """No more tokens will come; ``error`` says why if the reply is not whole."""
        if not self.over:
            self.over = True
            self._tokens.put(error)

    def add(self, token: int) -> None:
        """Give the next token of the reply."""
        self._tokens.put(token)

    def tokens(self) -> Generator[int | None]:
        """The reply's tokens, and None whenever none came for a while.

        Raises:
            WriterError: the reply broke off.
        """
        while True:
            try:
                token = self._tokens.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                self._check_time()
                yield None
                continue
            if token is None:
                return
            if isinstance(token, WriterError):
                raise token
            yield token

    def _check_time(self) -> None:
        """Leave even if the thread that decodes is stuck."""
        if time.monotonic() >= self.deadline:
            raise WriterError(_LATE)


class Batcher:
    """Decodes with ``steps`` in a thread of its own, at most ``rows`` requests at a time and ``waiting``
    more in line; each reply ends at one of ``stops``."""

    def __init__(self, steps: Steps, stops: frozenset[int], rows: int, waiting: int) -> None:
        self._steps = steps
        self._stops = stops
        self._rows = rows
        self._line: queue.Queue[Request] = queue.Queue(waiting)
        self._resting_until = 0.0  # on the monotonic clock
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    def ready(self) -> bool:
        """Whether it takes requests: open, and not resting from a failure."""
        return not self._closed and self._thread.is_alive() and time.monotonic() >= self._resting_until

    def submit(self, prompt: Sequence[int], seconds: float) -> Request:
        """Put ``prompt`` in line; its reply is given up after ``seconds``.

        Raises:
            WriterError: too many wait already, or the model is not working.
        """
        if not self.ready():
            raise WriterError("the model is not working")
        request = Request(prompt, time.monotonic() + seconds)
        try:
            self._line.put_nowait(request)
        except queue.Full:
            raise WriterError(f"{self._line.maxsize} requests wait already") from None
        return request

    def close(self) -> None:
        """End the thread after the batch at hand; whoever waits is told."""
        self._closed = True
        self._thread.join()

    def _work(self) -> None:
        while not self._closed:
            batch = self._gather()
            try:
                if batch:
                    self._decode(batch)
            except Exception as error:  # the next batch may fare better
                log.error("the model failed; answers are quoted for %.0f s", _REST_SECONDS, exc_info=error)
                self._resting_until = time.monotonic() + _REST_SECONDS
            finally:
                for request in batch:
                    request.end(WriterError("the model stopped"))
        while left := self._next(0.0):
            left.end(WriterError("the model was stopped"))

    def _gather(self) -> list[Request]:
        """The requests to decode together: the first in line, and who comes soon after."""
        first = self._next(_TICK_SECONDS)
        batch = [first] if first else []
        end = time.monotonic() + _WINDOW_SECONDS
        while batch and len(batch) < self._rows and (request := self._next(end - time.monotonic())):
            batch.append(request)
        return batch

    def _next(self, seconds: float) -> Request | None:
        """The next in line who still waits; None if nobody came in ``seconds``."""
        end = time.monotonic() + seconds
        while True:
            try:
                request = self._line.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                return None
            if request.wanted():
                return request
            request.end(WriterError(_LATE))

    def _decode(self, batch: list[Request]) -> None:
        """Hand out the tokens until every reply ended or nobody waits."""
        with closing(self._steps([request.prompt for request in batch])) as steps:
            for tokens in steps:
                for request, token in zip(batch, tokens, strict=True):
                    self._hand_out(request, token)
                if self._closed or not any(request.wanted() for request in batch):
                    return
        for request in batch:
            request.end()  # as long as a reply may become

    def _hand_out(self, request: Request, token: int) -> None:
        if request.over:
            return
        if token in self._stops:
            request.end()
        elif request.wanted():
            request.add(token)
        else:
            request.end(WriterError(_LATE))
