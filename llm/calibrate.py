"""Fit the support model on the rule book alone, no evaluation question being read.

The rule book is asked its own questions: with a fifth of all wordings left out (is the right
passage still found?), and with a fifth of all rules and their facts left out (nothing may support
an answer). Questions out of scope come from data/calibration.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from llm.passages import Passage
from llm.retrieval import Index
from llm.support import Features, Weights, features

_FOLDS = 5
# How much a turn of each kind counts: hard questions are many here and fewer in life.
_WORDING, _WITHOUT_RULE, _OUTSIDE = 1.0, 0.35, 2.0
_PENALTY = 0.1


@dataclass(frozen=True)
class Turn:
    """A question's features, whether its best passage is right, and how much the turn counts."""

    features: Features
    right: bool
    weight: float


def calibration_turns(passages: Sequence[Passage], outside: Iterable[str], today: dt.date) -> list[Turn]:
    """Turns made from the rule book, and from questions that it does not cover."""
    turns: list[Turn] = []
    for fold in range(_FOLDS):
        turns += _without_wordings(passages, fold, today)
        turns += _without_rules(passages, fold, today)
    index = Index(passages)
    return turns + [_turn(index, question, None, _OUTSIDE, today) for question in outside]


def _without_wordings(passages: Sequence[Passage], fold: int, today: dt.date) -> Iterator[Turn]:
    """Every fifth wording is left out of the index and asked; a rule's title stays in."""
    left_out = {p.id: [q for i, q in enumerate(p.questions) if i % _FOLDS == fold and i and p.rule] for p in passages}
    kept = [replace(p, questions=tuple(q for q in p.questions if q not in left_out[p.id])) for p in passages]
    index = Index(kept)
    for passage in passages:
        for question in left_out[passage.id]:
            yield _turn(index, question, passage, _WORDING, today)


def _without_rules(passages: Sequence[Passage], fold: int, today: dt.date) -> Iterator[Turn]:
    """Every fifth rule is left out with its facts; a third of its questions are asked."""
    rules = [passage for passage in passages if passage.rule]
    out = rules[fold::_FOLDS]
    ids, facts = {p.id for p in out}, {fact for p in out for fact in p.facts}
    index = Index([p for p in passages if p.id not in ids and (p.rule or facts.isdisjoint(p.facts))])
    for passage in out:
        for question in passage.questions[::3]:
            yield _turn(index, question, None, _WITHOUT_RULE, today)


def _turn(index: Index, question: str, wanted: Passage | None, weight: float, today: dt.date) -> Turn:
    hits = index.search(question, today)
    if not hits:
        return Turn(Features(0.0, 0.0, 0.0), False, weight)
    return Turn(features(index, question, hits), wanted is not None and is_right(hits[0].passage, wanted), weight)


def is_right(found: Passage, wanted: Passage) -> bool:
    """Whether ``found`` is the wanted rule or, for an official one, a document on which it rests."""
    if found.id == wanted.id:
        return True
    return found.rule is None and not wanted.nobody_knows and found.akin(wanted)


def fit(turns: Sequence[Turn]) -> Weights:
    """Logistic regression with a small ridge penalty on standardised features."""
    x = np.array([astuple(turn.features) for turn in turns])
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([np.ones((len(x), 1)), (x - mean) / spread])
    sign = np.array([1.0 if turn.right else -1.0 for turn in turns])
    weight = np.array([turn.weight for turn in turns])

    def loss(w: NDArray[np.float64]) -> float:
        return float(weight @ np.logaddexp(0, -sign * (z @ w)) + _PENALTY * w[1:] @ w[1:])

    w = minimize(loss, np.zeros(z.shape[1])).x
    slopes = w[1:] / spread
    return Weights(float(w[0] - slopes @ mean), *(float(slope) for slope in slopes))


def read_outside(path: Path) -> list[str]:
    """Questions out of scope, one a line; # starts a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
