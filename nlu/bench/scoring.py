"""From answers with scores to coverage and risk; the definitions are those of ``nlu.evaluate``."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from nlu.evaluate import risk_coverage_area
from nlu.questions import Question

# Share of the assumed traffic that no rule answers, when a peer's threshold is tuned.
TUNING_OUTSIDE_SHARE = 0.2


@dataclass(frozen=True)
class Answer:
    """An engine's best rule for a question. ``fixed``: given at any threshold (True), at none
    (False), or as the score decides (None)."""

    rule: str | None
    score: float
    fixed: bool | None = None


class Judged:
    """Answers held against the right rules; all arrays have shape (questions,)."""

    def __init__(self, answers: Sequence[Answer], questions: Sequence[Question]):
        pairs = list(zip(answers, questions, strict=True))
        self.rules = [answer.rule for answer in answers]
        self.inside = np.array([question.rule is not None for question in questions])
        self.right = np.array([q.rule is not None and a.rule == q.rule for a, q in pairs])
        self.scores = np.array([answer.score for answer in answers], dtype=float)
        self.given = np.array([answer.fixed is True for answer in answers])
        self.barred = np.array([answer.fixed is False for answer in answers])

    def sure(self, threshold: float | np.ndarray) -> np.ndarray:
        """Mask of what is answered at ``threshold`` (one, or one a question)."""
        return np.asarray(((self.scores >= threshold) | self.given) & ~self.barred)

    @property
    def accuracy(self) -> float | None:
        """Share of in-scope questions whose best rule is right, nothing rejected."""
        return _share(self.right[self.inside].sum(), self.inside.sum())

    @property
    def aurc(self) -> float:
        """Area under the risk–coverage curve, see :func:`nlu.evaluate.risk_coverage_area`."""
        return risk_coverage_area(self.scores, self.right)


@dataclass(frozen=True)
class Point:
    """What happens when the questions of a mask are answered; shares are fractions of 1.

    risk_interval: two-sided 95 % Clopper–Pearson interval of the selective risk.
    right_inside: in-scope questions answered and right / in-scope questions.
    outside_recall: out-of-scope questions not answered / out-of-scope questions.
    """

    coverage: float | None
    risk: float | None
    risk_interval: tuple[float, float]
    right_inside: float | None
    outside_recall: float | None

    def keeps(self, promised: float) -> bool:
        """Whether the promised risk is not below the interval of the actual one."""
        return self.risk_interval[0] <= promised


def point(judged: Judged, sure: np.ndarray) -> Point:
    """Coverage, risk and the rest when exactly ``sure`` is answered."""
    inside, right = judged.inside, judged.right
    return Point(
        coverage=_share((sure & inside).sum(), inside.sum()),
        risk=_share((sure & ~right).sum(), sure.sum()),
        risk_interval=_interval(int((sure & ~right).sum()), int(sure.sum())),
        right_inside=_share((sure & right).sum(), inside.sum()),
        outside_recall=_share((~sure & ~inside).sum(), (~inside).sum()),
    )


def tuned_threshold(judged: Judged, risk: float) -> float:
    """Lowest score from which at most ``risk`` (0–1) of the answers are wrong, the out-of-scope
    questions weighing as in the assumed traffic; infinite when there is none."""
    return _lowest(judged, _traffic_weights(judged.inside), risk)


def best_possible(judged: Judged, risk: float) -> float | None:
    """Coverage with the threshold that these very questions would choose: no engine knows it."""
    threshold = _lowest(judged, np.ones(len(judged.scores)), risk)
    return point(judged, judged.sure(threshold)).coverage


def _traffic_weights(inside: np.ndarray) -> np.ndarray:
    if inside.all() or not inside.any():
        return np.ones(len(inside))
    within = (1 - TUNING_OUTSIDE_SHARE) / inside.sum()
    weights: np.ndarray = np.where(inside, within, TUNING_OUTSIDE_SHARE / (~inside).sum())
    return weights


def _lowest(judged: Judged, weights: np.ndarray, risk: float) -> float:
    scores = np.where(judged.given, np.inf, judged.scores)[~judged.barred]
    right, weights = judged.right[~judged.barred], weights[~judged.barred]
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    answered = np.cumsum(weights[order])
    wrong = np.cumsum(weights[order] * ~right[order])
    # Equal scores are answered together, so only the last of each run can be a threshold.
    ends = np.append(ordered[1:] != ordered[:-1], True)
    allowed = np.flatnonzero(ends & (wrong <= risk * answered + 1e-12))
    return float(ordered[allowed[-1]]) if len(allowed) else float("inf")


def _interval(wrong: int, answered: int) -> tuple[float, float]:
    if not answered:
        return 0.0, 1.0
    low = float(beta.ppf(0.025, wrong, answered - wrong + 1)) if wrong else 0.0
    high = float(beta.ppf(0.975, wrong + 1, answered - wrong)) if wrong < answered else 1.0
    return low, high


def _share(part: float, whole: float) -> float | None:
    return float(part) / float(whole) if whole else None
