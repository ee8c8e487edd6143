"""Prometheus metrics of one gateway."""
from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from server.reply import Answer

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """Turns by kind, their duration, refused requests by status, and the turn log's ``lost`` records."""

    def __init__(self, lost: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._turns = Counter("cse_turns", "Turns answered", ["kind", "degraded"], registry=self._registry)
        self._seconds = Histogram(
            "cse_turn_seconds",
            "Duration of a turn",
            registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25),
        )
        self._refused = Counter("cse_refused", "Requests refused", ["status"], registry=self._registry)
        self._registry.register(_Lost(lost))

    def turn(self, answer: Answer, seconds: float) -> None:
        """Count one answered turn."""
        self._turns.labels(answer.kind, str(answer.degraded).lower()).inc()
        self._seconds.observe(seconds)

    def refused(self, status: int) -> None:
        """Count one refused request."""
        self._refused.labels(str(status)).inc()

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)


class _Lost(Collector):
    """What another part counts, read when it is asked for."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily("cse_turns_lost", "Turns answered but not logged", value=self._count())
