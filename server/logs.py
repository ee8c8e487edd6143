"""JSON lines on stdout. What people wrote never goes there; only ids, kinds, times and decisions without text."""
from __future__ import annotations

import json
import logging
import sys
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


def configure_logs() -> None:
    """Send all logs to stdout as JSON; httpx's own line a request is left out."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
