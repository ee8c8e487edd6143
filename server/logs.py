"""JSON lines on stdout. What people wrote never goes there; only ids, kinds, times and decisions without text."""
from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

FIELDS = ("trace_id", "kind", "ms", "degraded", "status", "reason", "path", "decision")


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, event and the known extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class AcceptFilter(logging.Filter):
    """Asyncio's complaint that no connection can be accepted, once a minute and without its traceback:
    it comes for each try, thousands a second."""

    _START, _EVERY = "socket.accept() out of system resource", 60.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock, self._next, self._hidden = clock, float("-inf"), 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != "asyncio" or not record.getMessage().startswith(self._START):
            return True
        if self._clock() < self._next:
            self._hidden += 1
            return False
        record.msg, record.args, record.exc_info = f"{self._START} ({self._hidden} more before)", (), None
        self._next, self._hidden = self._clock() + self._EVERY, 0
        return True


def configure_logs() -> None:
    """Send all logs to stdout as JSON; httpx's own line a request is left out."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(AcceptFilter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
