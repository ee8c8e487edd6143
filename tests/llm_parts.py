"""Parts for the tests of the generator: an office's texts, and a writer that plays a given reply."""
from __future__ import annotations

import copy
import datetime as dt
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import uvicorn

from llm.assistant import Assistant
from llm.backends import Answer, Task
from llm.grounded import Grounded
from llm.passages import Passage
from llm.quoter import Quoter
from llm.service import create_app
from llm.writer import Writer, WriterError
from rules.locations import Locations

TODAY = dt.date(2026, 11, 22)
PLACES = Locations.from_environment({})


class Scripted:
    """A writer that says the pieces of ``reply``, ``pause`` seconds before each; ``fails_at`` the
    piece before which it breaks off. ``prompts`` and ``written`` keep what it was asked and said."""

    name = "scripted"

    def __init__(self, reply: str | Sequence[str], pause: float = 0.0, fails_at: int | None = None) -> None:
        self.reply = [reply[i : i + 7] for i in range(0, len(reply), 7)] if isinstance(reply, str) else list(reply)
        self.pause, self.fails_at = pause, fails_at
        self.up = True
        self.prompts: list[str] = []
        self.written: list[str] = []
        self.closed = threading.Event()

    def ready(self) -> bool:
        return self.up

    def fits(self, prompt: str) -> bool:
        return True

    def stream(self, prompt: str) -> Generator[str]:
        self.prompts.append(prompt)
        try:
            for place, piece in enumerate(self.reply):
                if place == self.fails_at:
                    raise WriterError("broken")
                time.sleep(self.pause)
                self.written.append(piece)
                yield piece
        finally:
            self.closed.set()


@lru_cache(maxsize=1)
def quoting_assistant() -> Assistant:
    """The office's assistant without a model."""
    return Assistant.load(PLACES)


def assistant_with(writer: Writer, seconds: float = 5.0) -> Assistant:
    """The office's assistant over ``writer``, its texts loaded only once."""
    quoting = quoting_assistant()
    assistant = copy.copy(quoting)
    assert isinstance(quoting.backend, Quoter)
    assistant.backend = Grounded(writer, quoting.backend, quoting.office, quoting.index, seconds)
    return assistant


BROKEN_AFTER = "La seriación "


class Breaking(Quoter):
    """The quoter, dying of a fault of its own after ``BROKEN_AFTER``."""

    def write(self, task: Task) -> Iterator[str | Answer]:
        yield BROKEN_AFTER
        raise ZeroDivisionError("a fault")


def breaking_assistant() -> Assistant:
    """The office's assistant, whose every answer breaks off."""
    quoting = quoting_assistant()
    assistant = copy.copy(quoting)
    assistant.backend = Breaking(quoting.book, quoting.office, quoting.index)
    return assistant


def task_for(assistant: Assistant, *questions: str) -> Task:
    """The task for the last of the user's ``questions``."""
    return assistant.task([("user", question) for question in questions], TODAY)


def parts(assistant: Assistant, *questions: str) -> tuple[list[str], Answer]:
    """What the backend yields: the pieces, then the answer."""
    *pieces, answer = assistant.backend.write(task_for(assistant, *questions))
    assert isinstance(answer, Answer)
    return [piece for piece in pieces if isinstance(piece, str)], answer


def passage(text: str, title: str = "Título", facts: str = "H0.01", scope: str = "UAM") -> Passage:
    """A document's passage."""
    source = {"title": "Guía", "url": None, "scope": scope}
    return Passage(facts, title, text, "Tema", scope, (source,), "Guía", (title,), frozenset((facts,)))


@contextmanager
def serving(assistant: Assistant) -> Iterator[str]:
    """The service over ``assistant`` on a free port of this machine: its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(assistant), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
