"""One row of the table: an engine on a set, its quality and what it costs."""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from nlu.bench.kept import answers, peer_answers
from nlu.bench.ours import Ours
from nlu.bench.peers import Engine, flat
from nlu.bench.scoring import Answer, Judged, Point, best_possible, point, tuned_threshold
from nlu.bench.sets import BenchSet
from nlu.memory import settle
from nlu.questions import Question
from nlu.text import normalize
from rules.book import RuleBook

RISKS = (0.05, 0.02)
# Promised risk of the one operating point at which in-scope accuracy and out-of-scope recall are told:
# about where systems published on CLINC150 work, which answer nearly everything.
OPERATING_RISK = 0.08
# Questions that every engine is asked in turn for its time.
_TIMED = 200
_WARM = 10


@dataclass(frozen=True)
class Cost:
    """Seconds to train (calibration included), milliseconds a question, and the median's ratio to
    that of RapidFuzz's plain ``ratio`` over the same variants, asked in turn.

    Processor time of all threads together, so that what else the machine does counts little.
    """

    train_seconds: float
    median_ms: float
    mean_ms: float
    ratio: float


@dataclass(frozen=True)
class Row:
    """Quality at each promised risk, with the best coverage that the ranking allows at it.

    ``proven``: whether ours proves its threshold (None for peers, which prove nothing).
    ``stock``: at the threshold that the engine comes with, where it has one.
    """

    set_name: str
    engine: str
    accuracy: float | None
    aurc: float
    points: dict[float, Point]
    best: dict[float, float | None]
    proven: dict[float, bool] | None
    cost: Cost
    stock: Point | None = None


def peer_row(name: str, make: Callable[[], Engine], bench_set: BenchSet, engine: Engine, cost: Cost, kept: Path) -> Row:
    """A peer's row; ``engine`` has learnt the set's book, ``make`` gives one for the tuning book, ``kept`` is
    the folder of answers that earlier runs paid for."""

    def ask_tuner() -> list[Answer]:
        tuner = engine
        if bench_set.tuning_book is not bench_set.book:
            tuner = make()
            tuner.fit(bench_set.tuning_book)
        return answers(tuner, bench_set.tuning)

    tuning = peer_answers(kept, name, bench_set.tuning_book, bench_set.tuning, ask_tuner)
    test = peer_answers(kept, name, bench_set.book, bench_set.test, lambda: answers(engine, bench_set.test))
    return tuned_row(bench_set.name, name, Judged(tuning, bench_set.tuning), Judged(test, bench_set.test), cost)


def tuned_row(set_name: str, name: str, tuning: Judged, test: Judged, cost: Cost) -> Row:
    """The row of an engine whose thresholds are picked on ``tuning``."""
    sure = {risk: test.sure(tuned_threshold(tuning, risk)) for risk in (*RISKS, OPERATING_RISK)}
    return _row(set_name, name, test, sure, None, cost)


def our_row(name: str, bench_set: BenchSet, engine: Ours, cost: Cost) -> Row:
    """Our row: no question of the set has a say in the threshold."""
    test = Judged(answers(engine, bench_set.test), bench_set.test)
    risks = (*RISKS, OPERATING_RISK)
    proven = {risk: engine.threshold(risk)[1] for risk in risks}
    return _row(bench_set.name, name, test, {risk: engine.sure(test, risk) for risk in risks}, proven, cost)


def _row(
    set_name: str, name: str, test: Judged, sure: dict[float, np.ndarray], proven: dict[float, bool] | None, cost: Cost
) -> Row:
    points = {risk: point(test, mask) for risk, mask in sure.items()}
    best = {risk: best_possible(test, risk) for risk in RISKS}
    return Row(set_name, name, test.accuracy, test.aurc, points, best, proven, cost)


def trained(engine: Engine, book: RuleBook) -> float:
    """Let ``engine`` learn ``book``; returns the seconds it took."""
    start = time.process_time()
    engine.fit(book)
    return time.process_time() - start


def costs(
    engines: Mapping[str, Engine], seconds: Mapping[str, float], book: RuleBook, questions: Sequence[Question]
) -> dict[str, Cost]:
    """Time the engines on the same questions, turn by turn, so that a busy machine slows all alike."""
    variants, _ = flat(book)
    plain = {question.text: normalize(question.text) for question in questions[: _TIMED + _WARM]}
    asked: dict[str, Callable[[str], object]] = {name: engine.ask for name, engine in engines.items()}
    asked[""] = lambda text: process.extractOne(plain[text], variants, scorer=fuzz.ratio)
    taken: dict[str, list[float]] = {name: [] for name in asked}
    settle()  # as the services do
    for text in plain:
        for name, ask in asked.items():
            start = time.process_time()
            ask(text)
            taken[name].append((time.process_time() - start) * 1000)
    baseline = float(np.median(taken.pop("")[_WARM:]))
    return {name: _cost(seconds[name], np.array(ms[_WARM:]), baseline) for name, ms in taken.items()}


def _cost(seconds: float, milliseconds: np.ndarray, baseline: float) -> Cost:
    median = float(np.median(milliseconds))
    return Cost(seconds, median, float(milliseconds.mean()), median / baseline)
