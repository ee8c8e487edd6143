"""How long one user alone waits: to the first sentence that can be read, and to the whole answer."""
from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from statistics import median

from llm.backends import Answer
from llm.engine import Engine
from llm.prompt import END, read_verdict
from llm.quoting import LIMIT

_SENTENCE = re.compile(r"\S[.!?…:](?=\s)")


@dataclass(frozen=True)
class Seconds:
    """Medians over some questions, asked one after the other."""

    first: float
    whole: float
    questions: int


class Alone:
    """A :class:`llm.writer.Writer` that decodes one prompt at a time with ``engine``."""

    name = "alone"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ready(self) -> bool:
        """Always: the engine is loaded."""
        return True

    def fits(self, prompt: str) -> bool:
        """Whether the model takes a prompt so long."""
        return self._engine.fits(prompt)

    def stream(self, prompt: str) -> Generator[str]:
        """The answer as it is decoded."""
        yield from self.continued(self._engine.encode_answer(prompt))

    def continued(self, tokens: Sequence[int]) -> Generator[str]:
        """What follows ``tokens``, as it is decoded."""
        yield from self._engine.pieces(self._tokens(tokens))

    def _tokens(self, tokens: Sequence[int]) -> Generator[int]:
        with closing(self._engine.decoder.decode([tokens])) as steps:
            for (token,) in steps:
                if token in self._engine.stops:
                    return
                yield token


def typical(waits: Sequence[tuple[float, float]]) -> Seconds:
    """The medians of (first, whole) ``waits`` in seconds, of which there is at least one."""
    return Seconds(median(first for first, _ in waits), median(whole for _, whole in waits), len(waits))


def wait_for_text(pieces: Iterator[str]) -> tuple[float, float]:
    """Seconds until a model's raw ``pieces`` hold a sentence, and until they are over or too long to show."""
    start, first, text = time.perf_counter(), None, ""
    for piece in pieces:
        text += piece
        shown = read_verdict(text.partition(END)[0])[1]
        if first is None and _SENTENCE.search(shown):
            first = time.perf_counter() - start
        if END in text or len(shown) >= LIMIT:
            break
    whole = time.perf_counter() - start
    return (whole if first is None else first), whole


def wait_for_answer(parts: Iterator[str | Answer]) -> tuple[float, float]:
    """Seconds until a backend sends its first text, and its whole answer."""
    start, first = time.perf_counter(), None
    for part in parts:
        if first is None:
            first = time.perf_counter() - start
        if isinstance(part, Answer):
            break
    whole = time.perf_counter() - start
    return (whole if first is None else first), whole
