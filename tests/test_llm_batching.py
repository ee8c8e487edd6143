"""The model's queue: what waits together is written together, and nobody waits for ever."""
from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.batching import Batcher, Request
from llm.writer import WriterError

END = 0


class Counting:
    """Counts up from each prompt's only token to its end at a multiple of ten; ``batches`` keeps what was
    decoded together, ``gate`` holds every step back until it is set."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause, self.batches, self.gate = pause, [], threading.Event()
        self.gate.set()
        self.steps = 0
        self.failing = False

    def __call__(self, prompts: Sequence[Sequence[int]]) -> Generator[list[int]]:
        self.batches.append([prompt[0] for prompt in prompts])
        if self.failing:
            raise RuntimeError("out of memory")
        for step in range(1, 50):
            self.gate.wait(20)
            time.sleep(self.pause)
            self.steps += 1
            yield [(prompt[0] + step) if (prompt[0] + step) % 10 else END for prompt in prompts]


@pytest.fixture
def made():
    batchers: list[Batcher] = []

    def make(steps: Counting, rows: int = 4, waiting: int = 8) -> Batcher:
        batchers.append(Batcher(steps, frozenset({END}), rows, waiting))
        return batchers[-1]

    yield make
    for batcher in batchers:
        batcher.close()


def read(request: Request) -> list[int]:
    return [token for token in request.tokens() if token is not None]


def until(condition, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def held(steps: Counting, batcher: Batcher) -> Request:
    """Keep the model at work on a first request, so that the next ones have to wait."""
    steps.gate.clear()
    request = batcher.submit([1], 20)
    assert until(lambda: steps.batches == [[1]])
    return request


def test_a_reply_ends_at_its_stop_token(made):
    assert read(made(Counting()).submit([13], 20)) == [14, 15, 16, 17, 18, 19]


def test_what_waits_together_is_decoded_together_and_in_turn(made):
    steps = Counting()
    batcher = made(steps, rows=3)
    first = held(steps, batcher)
    others = [batcher.submit([token], 20) for token in (11, 25, 38, 46)]
    steps.gate.set()
    assert read(first) == list(range(2, 10))
    assert [read(request)[0] for request in others] == [12, 26, 39, 47]
    assert steps.batches == [[1], [11, 25, 38], [46]]


def test_a_full_queue_refuses_at_once_and_takes_again_later(made):
    steps = Counting()
    batcher = made(steps, waiting=2)
    first = held(steps, batcher)
    waiting = [batcher.submit([1], 20) for _ in range(2)]
    with pytest.raises(WriterError, match="2 requests wait"):
        batcher.submit([1], 20)
    steps.gate.set()
    assert all(len(read(request)) == 8 for request in (first, *waiting))
    assert len(read(batcher.submit([1], 20))) == 8


def test_the_batch_ends_when_the_last_who_waited_leaves(made):
    steps = Counting(pause=0.05)
    batcher = made(steps)
    request = batcher.submit([100], 20)
    tokens = request.tokens()
    next(tokens)
    request.cancelled.set()
    assert until(lambda: request.over)
    assert read(batcher.submit([8], 20)) == [9] and steps.steps < 8


def test_who_leaves_takes_nothing_from_the_others(made):
    steps = Counting()
    batcher = made(steps)
    first = held(steps, batcher)
    leaving, staying = batcher.submit([21], 20), batcher.submit([31], 20)
    leaving.cancelled.set()
    steps.gate.set()
    assert len(read(first)) == 8 and len(read(staying)) == 8
    assert steps.batches == [[1], [31]]


def test_a_reply_that_is_late_is_given_up(made):
    steps = Counting()
    batcher = made(steps)
    held(steps, batcher)
    start = time.monotonic()
    with pytest.raises(WriterError, match="late"):
        read(batcher.submit([1], 0.3))
    assert time.monotonic() - start < 5
    steps.gate.set()


def test_a_failure_is_told_to_everyone_and_the_model_rests(made, monkeypatch):
    monkeypatch.setattr("llm.batching._REST_SECONDS", 0.3)
    steps = Counting()
    steps.failing = True
    batcher = made(steps)
    with pytest.raises(WriterError, match="stopped"):
        read(batcher.submit([1], 20))
    assert not batcher.ready()
    with pytest.raises(WriterError, match="not working"):
        batcher.submit([1], 20)
    steps.failing = False
    assert until(batcher.ready)
    assert len(read(batcher.submit([1], 20))) == 8


def test_closing_tells_those_who_wait(made):
    steps = Counting()
    batcher = made(steps)
    first = held(steps, batcher)
    waiting = batcher.submit([1], 20)
    threading.Timer(0.2, steps.gate.set).start()
    batcher.close()
    for request in (first, waiting):
        with pytest.raises(WriterError, match="stopped"):
            read(request)
    assert not batcher.ready()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=1, max_size=12), st.integers(1, 5))
def test_whatever_the_crowd_everyone_gets_their_own_reply(starts, rows):
    batcher = Batcher(Counting(), frozenset({END}), rows, len(starts))
    try:
        requests = [batcher.submit([start], 20) for start in starts]
        assert [read(request) for request in requests] == [
            list(range(start + 1, start // 10 * 10 + 10)) for start in starts
        ]
    finally:
        batcher.close()
