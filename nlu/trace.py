"""One turn's decision as one JSON record: the same from ``explain``, rasa shell and the gateway.

The record tells what was asked only in its normalised form; where even that may not be written,
:func:`without_text` takes it out.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nlu.choice import CHOICE_FILE
from nlu.confidence import CONFIDENCE_FILE
from nlu.doubt import DOUBT_FILE
from nlu.metric import METRIC_FILE

if TYPE_CHECKING:
    from nlu.calibration import Calibration
    from nlu.decision import Candidate, Decision

# Raised whenever a field is added, renamed or changes its meaning.
SCHEMA = 2
# The names under which the gateway's trace id travels to Rasa's component, and the record back.
TRACE_ID, TRACE = "trace_id", "trace"
_SHOWN = 12


def trace_record(decision: Decision, trace_id: str | None = None, time: str | None = None) -> dict[str, Any]:
    """``decision`` as JSON data. Shares are in 0–1, ``timings_ms`` in milliseconds.

    Args:
        trace_id: the turn's, 32 hex digits; a new one if None.
        time: ISO 8601 in UTC; now if None.
    """
    return {
        "schema": SCHEMA,
        "trace_id": trace_id or new_trace_id(),
        "time": time or utc_now(),
        "normalized": decision.normalized,
        "sure": decision.sure,
        "reason": decision.reason,
        "rule_id": decision.rule_id,
        "kind": decision.kind,
        "confidence": round(decision.confidence, 4),
        "parts": [{"rule_id": part.rule_id, "confidence": round(part.confidence, 4)} for part in decision.parts],
        "threshold": {
            "value": decision.threshold,
            "applied": decision.applied,
            "risk": decision.risk,
            "proven": decision.promise.proven,
            "origin": decision.promise.origin,
        },
        "follow_up": asdict(decision.follow_up) if decision.follow_up else None,
        "margin": decision.candidates[0].features["margin"] if decision.candidates else None,
        "candidates": [_candidate(candidate) for candidate in decision.candidates],
        "book_hash": decision.book_hash,
        "versions": decision.versions,
        "timings_ms": {"decide": round(decision.milliseconds, 3)},
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "rule_id": candidate.rule_id,
        "confidence": round(candidate.confidence, 4),
        "question": candidate.question,
        "features": candidate.features,
    }


def without_text(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` for a log that must not hold what people wrote."""
    return {**record, "normalized": None}


def versions(calibration: Calibration) -> dict[str, str]:
    """What decided, each by the first digits of its SHA-256: the fitted weights of the confidence
    and the book's calibration."""
    return {"confidence": _confidence_version(), "calibration": _digest(calibration.to_json().encode())}


@lru_cache(maxsize=1)
def _confidence_version() -> str:
    return _digest(b"".join(path.read_bytes() for path in (CONFIDENCE_FILE, CHOICE_FILE, DOUBT_FILE, METRIC_FILE)))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_SHOWN]


def new_trace_id() -> str:
    """A fresh id: 32 hex digits."""
    return uuid.uuid4().hex


def utc_now() -> str:
    """The clock as ISO 8601 in UTC, to the millisecond."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
