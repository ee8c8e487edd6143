"""A request to stop, made by a signal. Standard library only: it is installed first of all."""
from __future__ import annotations

import signal
import threading
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest:
    """Becomes true when a stop signal arrives. The handler does nothing else, so that a signal
    in the middle of starting a process can't leave that process unknown."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @classmethod
    def install(cls) -> StopRequest:
        """Take SIGINT, SIGTERM and SIGHUP over."""
        request = cls()
        for number in STOP_SIGNALS:
            signal.signal(number, request._on_signal)
        return request

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._event.set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep for ``seconds`` or until stopped; whether it was stopped."""
        return self._event.wait(seconds)
