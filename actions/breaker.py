"""Spare the user a wait that experience says is vain."""
from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """After ``limit`` time-outs in a row calls are refused for ``pause`` seconds, then one is let through
    to try, and so on every ``pause`` seconds until one ends in time."""

    def __init__(self, limit: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._pause, self._clock = limit, pause, clock
        self._timeouts, self._closed_until = 0, 0.0

    def admits(self) -> bool:
        """Whether a call should be made now; where one is let through to try, the next must wait for its turn."""
        if self._timeouts < self._limit:
            return True
        if self._clock() < self._closed_until:
            return False
        self._rest()
        return True

    def timed_out(self) -> None:
        """Note a call that was not answered in time."""
        self._timeouts += 1
        self._rest()

    def ended(self) -> None:
        """Note a call that ended in time, well or not: whoever refuses at once makes nobody wait."""
        self._timeouts = 0

    def _rest(self) -> None:
        self._closed_until = self._clock() + self._pause
