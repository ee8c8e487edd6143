"""Blocking work under asyncio: what it yields, what it dies of, and that it hears when nobody waits."""
import asyncio
import threading
import time

import pytest

from llm.bridge import parts_of


async def never():
    return False


def collect(work, cancelled=None, gone=never):
    async def run():
        return [part async for part in parts_of(work, cancelled or threading.Event(), gone)]

    return asyncio.run(run())


def test_the_parts_come_in_order():
    assert collect(iter("abc")) == ["a", "b", "c"]


def test_the_works_failure_is_raised_where_it_is_awaited():
    def broken():
        yield "a"
        raise LookupError("x")

    with pytest.raises(LookupError):
        collect(broken())


def endless(cancelled):
    while not cancelled.is_set():
        time.sleep(0.02)
        yield "a"
    yield "end"


def test_the_work_hears_that_the_client_left():
    cancelled = threading.Event()
    left = time.monotonic() + 0.3

    async def gone():
        return time.monotonic() > left

    assert collect(endless(cancelled), cancelled, gone)[-1] == "end"


def test_the_work_hears_that_nobody_reads_on():
    cancelled = threading.Event()

    async def run():
        parts = parts_of(endless(cancelled), cancelled, never)
        await anext(parts)
        await parts.aclose()

    asyncio.run(run())
    assert cancelled.is_set()


def test_several_works_run_beside_each_other():
    def slow():
        time.sleep(0.3)
        yield "a"

    async def one():
        return [part async for part in parts_of(slow(), threading.Event(), never)]

    async def run():
        return await asyncio.gather(*(one() for _ in range(8)))

    start = time.monotonic()
    assert asyncio.run(run()) == [["a"]] * 8
    assert time.monotonic() - start < 1.5
