"""When the action lets a turn wait for the llm service."""
from __future__ import annotations

from actions.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def breaker() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(3, 15.0, clock), clock


def time_out(rests: Breaker, times: int) -> None:
    for _ in range(times):
        assert rests.admits()
        rests.timed_out()


def test_only_time_outs_in_a_row_count() -> None:
    rests, _ = breaker()
    time_out(rests, 2)
    rests.ended()
    time_out(rests, 2)
    assert rests.admits()


def test_after_the_pause_one_call_is_let_through_while_it_lasts() -> None:
    rests, clock = breaker()
    time_out(rests, 3)
    assert not rests.admits()
    clock.now += 15.0
    assert [rests.admits() for _ in range(3)] == [True, False, False]


def test_a_try_that_times_out_begins_another_pause() -> None:
    rests, clock = breaker()
    time_out(rests, 3)
    clock.now += 15.0
    assert rests.admits()
    clock.now += 8.0
    rests.timed_out()
    clock.now += 14.0
    assert not rests.admits()
    clock.now += 1.0
    assert rests.admits()


def test_a_try_that_was_given_up_blocks_no_later_one() -> None:
    rests, clock = breaker()
    time_out(rests, 3)
    clock.now += 15.0
    assert rests.admits()
    clock.now += 15.0
    assert rests.admits()


def test_a_try_that_ends_in_time_lets_all_through_again() -> None:
    rests, clock = breaker()
    time_out(rests, 3)
    clock.now += 15.0
    assert rests.admits()
    rests.ended()
    assert all(rests.admits() for _ in range(5))
