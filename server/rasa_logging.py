"""What Rasa's log may hold: loaded by Rasa itself (Python 3.10) through ``rasa_logging.yml``.

Rasa logs each failed turn with the student's words, and its tracebacks with every local variable.
"""
from __future__ import annotations

import json
import logging
from typing import Any

_KEPT = ("event", "level", "event_info")
_FRAME = ("filename", "lineno", "name")


class WithoutWords(logging.Filter):
    """Of Rasa's structured records, keep what happened and where; plain records pass as they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str) and record.msg.startswith("{"):
            try:
                record.msg = json.dumps(_without_words(json.loads(record.msg)))
            except ValueError:
                record.msg = "{}"
        return True


def _without_words(event: dict[str, Any]) -> dict[str, Any]:
    kept = {key: event[key] for key in _KEPT if key in event}
    causes = event.get("exception")
    if isinstance(causes, list):
        kept["exception"] = [
            {
                "exc_type": cause.get("exc_type"),
                "frames": [{key: frame.get(key) for key in _FRAME} for frame in cause.get("frames", [])],
            }
            for cause in causes
        ]
    return kept
