"""Reading a writer within a deadline, whatever the writer does."""
import threading
import time
from contextlib import closing

import pytest

from llm.writer import WriterError, read_in_time
from tests.llm_parts import Scripted


def read(writer, seconds=5.0, cancelled=None):
    return read_in_time(writer.stream("pregunta"), seconds, cancelled or threading.Event())


def test_the_pieces_come_in_order():
    assert list(read(Scripted(["a", "b", "c"]))) == ["a", "b", "c"]


def test_signs_of_life_without_text_are_left_out():
    assert list(read(Scripted(["", "a", "", "b", ""]))) == ["a", "b"]


def test_a_writer_that_only_shows_that_it_lives_is_left_at_the_deadline():
    writer = Scripted([""] * 100, pause=0.02)
    with pytest.raises(TimeoutError):
        list(read(writer, seconds=0.2))
    assert writer.closed.wait(1) and len(writer.written) < 50


def test_what_came_before_a_failure_stands():
    pieces = read(Scripted(["a", "b"], fails_at=1))
    assert next(pieces) == "a"
    with pytest.raises(WriterError):
        next(pieces)


def test_a_failure_of_any_kind_is_the_writers_error():
    def broken():
        yield "a"
        raise ZeroDivisionError("x")

    pieces = read_in_time(broken(), 5, threading.Event())
    assert next(pieces) == "a"
    with pytest.raises(WriterError, match="ZeroDivisionError"):
        next(pieces)


def test_a_writer_that_hangs_is_left_at_the_deadline():
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        list(read(Scripted(["a"], pause=3), seconds=0.2))
    assert time.monotonic() - start < 1


def test_nobody_waits_for_a_cancelled_reply():
    cancelled = threading.Event()
    writer = Scripted(["a"] * 50, pause=0.05)
    pieces = read(writer, cancelled=cancelled)
    assert next(pieces) == "a"
    cancelled.set()
    with pytest.raises(TimeoutError):
        list(pieces)
    assert writer.closed.wait(2) and len(writer.written) < 10


def test_closing_the_reading_closes_the_writer():
    writer = Scripted(["a"] * 50, pause=0.02)
    with closing(read(writer)) as pieces:
        next(pieces)
    assert writer.closed.wait(2) and len(writer.written) < 10
