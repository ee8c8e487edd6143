"""Turns of one sender go one after another; nobody else waits for them."""

import asyncio

import pytest

from server.senders import Senders, TooManyTurns


async def gather_turns(senders, names, seconds=0.02):
    """Take a turn for each of ``names`` at once; what happened to each, and who was in when."""
    log = []

    async def one(number, name):
        async with senders.turn(name):
            log.append((name, number, "in"))
            await asyncio.sleep(seconds)
            log.append((name, number, "out"))

    done = await asyncio.gather(*(one(n, name) for n, name in enumerate(names)), return_exceptions=True)
    return [type(result).__name__ for result in done], log


def test_one_senders_turns_go_in_order_and_alone():
    done, log = asyncio.run(gather_turns(Senders(patience=5), ["ana"] * 5))
    assert done == ["NoneType"] * 5
    assert log == [("ana", n, step) for n in range(5) for step in ("in", "out")]


def test_few_may_wait_and_the_rest_are_refused_at_once():
    done, log = asyncio.run(gather_turns(Senders(patience=5, waiting=2), ["ana"] * 6))
    assert done == ["NoneType"] * 3 + ["TooManyTurns"] * 3 and len(log) == 6


def test_different_senders_dont_wait_for_each_other():
    _, log = asyncio.run(gather_turns(Senders(patience=5), ["ana", "eva", "leo"]))
    assert [step for _, _, step in log] == ["in"] * 3 + ["out"] * 3


def test_who_waits_too_long_is_refused_and_the_sender_is_forgotten_after():
    async def wait():
        senders = Senders(patience=0.05)
        done, _ = await gather_turns(senders, ["ana"] * 2, seconds=0.3)
        async with asyncio.timeout(0.05), senders.turn("ana"):
            return done, senders

    done, senders = asyncio.run(wait())
    assert done == ["NoneType", "TooManyTurns"] and not senders._lines


def test_a_turn_that_fails_lets_the_next_in():
    async def fail_then_enter():
        senders = Senders(patience=1)
        with pytest.raises(ValueError):
            async with senders.turn("ana"):
                raise ValueError
        async with asyncio.timeout(1), senders.turn("ana"):
            return True

    assert asyncio.run(fail_then_enter())


def test_the_refusal_says_when_to_come_back():
    assert TooManyTurns().status == 429 and TooManyTurns().retry_after >= 1
