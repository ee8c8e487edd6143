"""From evidence to a probability of being right, and from a stated risk to a threshold.

The weights in ``confidence.json`` were fitted (``python -m nlu fit``) on development books of
several domains with questions that real people or independent authors asked of them; a book
brings its own tails (how strong the evidence gets for questions whose rule is missing), which
make the same evidence worth less in a book of look-alikes. Fitting on the book's own left-out
variants instead was tried and dropped: see ``nlu/NOTES.md``.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.stats import beta

from nlu.evidence import FEATURES

CONFIDENCE_FILE = Path(__file__).with_name("confidence.json")
# Features whose tail under "the rule is missing" becomes evidence of its own.
TAIL_FEATURES = ("score", "margin", "similarity", "words_covered")
INPUTS = FEATURES + tuple(f"{name}_tail" for name in TAIL_FEATURES) + ("log_variants", "log_rules")
_TAIL_COLUMNS = [FEATURES.index(name) for name in TAIL_FEATURES]
CERTAINTY = 0.95
# Share of the assumed traffic that no rule answers.
OUT_OF_SCOPE_SHARE = 0.2
# Mean variants a rule below which a book is thin: confident mistakes are more common there.
THIN_BELOW = 8
GRID = np.round(np.arange(0.98, 0.38, -0.02), 3)
# Rows of (threshold, turns answered at or above it, wrong among them).
Curve = tuple[tuple[float, int, int], ...]


@dataclass(frozen=True)
class BookStatistics:
    """What a book adds to the evidence.

    ``tails``: for each of ``TAIL_FEATURES`` the ascending values reached by questions whose rule
    was left out. ``variants``: number of variants of each rule.
    """

    tails: np.ndarray
    variants: np.ndarray

    def inputs(self, values: np.ndarray, rules: np.ndarray) -> np.ndarray:
        """Model inputs, shape (n, len(INPUTS)), from features (n, len(FEATURES)) and rule indices."""
        size = self.tails.shape[1]
        tails = [
            np.log((size - np.searchsorted(reference, values[:, column], side="left") + 0.5) / (size + 1))
            for reference, column in zip(self.tails, _TAIL_COLUMNS, strict=True)
        ]
        log_rules = np.full(len(values), np.log(len(self.variants)))
        return np.column_stack([values, *tails, np.log(self.variants[rules]), log_rules])


@dataclass(frozen=True)
class ConfidenceModel:
    """Logistic model over ``INPUTS`` and its risk curve on the development turns.

    ``curves``: for ``thin`` and ``rich`` books rows of (threshold, turns answered at or above it,
    wrong among them).
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float
    curves: dict[str, Curve]

    def probability(self, inputs: np.ndarray) -> np.ndarray:
        """Probability (0–1) that the candidate is right, shape (n,)."""
        logits = ((inputs - self.mean) / self.scale) @ self.weights + self.intercept
        probabilities: np.ndarray = 1 / (1 + np.exp(-logits))
        return probabilities

    def threshold(self, risk: float, variants_a_rule: float) -> Threshold:
        """Lowest confidence at which at most ``risk`` (0–1) of the answers are wrong, with 95%
        certainty, on turns like the development turns of books as thin or rich as this one.

        See :func:`threshold_for`.
        """
        kind = "thin" if variants_a_rule < THIN_BELOW else "rich"
        return threshold_for(self.curves[kind], risk, f"libros de desarrollo ({kind})")

    @classmethod
    def load(cls, path: Path = CONFIDENCE_FILE) -> ConfidenceModel:
        data = json.loads(path.read_text(encoding="utf-8"))
        if tuple(data["inputs"]) != INPUTS:
            raise ValueError(f"{path}: was fitted for other features. Run: python -m nlu fit")
        return cls(
            np.array(data["mean"]),
            np.array(data["scale"]),
            np.array(data["weights"]),
            data["intercept"],
            {kind: tuple((t, n, k) for t, n, k in rows) for kind, rows in data["curves"].items()},
        )


def risk_curve(confidence: np.ndarray, right: np.ndarray) -> Curve:
    """Answers and wrong answers at each threshold of a fixed grid, strictest first."""
    rows = []
    for threshold in GRID:
        answered = confidence >= threshold
        rows.append((float(threshold), int(answered.sum()), int((~right[answered]).sum())))
    return tuple(rows)


@dataclass(frozen=True)
class Threshold:
    """A confidence from which to answer; ``proven`` tells a bound from a best estimate."""

    value: float
    proven: bool
    origin: str


def proven_threshold(curve: Curve, risk: float, origin: str) -> Threshold | None:
    """Lowest threshold of ``curve`` whose risk is proven to be at most ``risk`` (0–1), or None.

    Thresholds are tested from the strictest down, stopping at the first failure once there are
    turns enough to succeed, so that no correction for many tests is needed (Learn then Test with
    fixed-sequence testing, Angelopoulos et al. 2021; exact bound of Clopper & Pearson 1934).
    """
    best = None
    for value, answered, wrong in sorted(curve, reverse=True):
        if upper_bound(wrong, answered) <= risk:
            best = Threshold(value, True, origin)
        elif answered >= fewest_turns(risk):
            break
    return best


def threshold_for(curve: Curve, risk: float, origin: str) -> Threshold:
    """The proven threshold; where nothing is proven, the lowest whose observed risk is at most
    ``risk``, or 1.0."""
    observed = [t for t, answered, wrong in curve if answered and wrong / answered <= risk]
    return proven_threshold(curve, risk, origin) or Threshold(min(observed, default=1.0), False, origin)


def fewest_turns(risk: float) -> int:
    """Answered turns without one error that prove ``risk``: ln(1 − certainty) / ln(1 − risk)."""
    return int(np.ceil(np.log(1 - CERTAINTY) / np.log(1 - risk)))


@lru_cache(maxsize=4096)
def upper_bound(wrong: int, answered: int, certainty: float = CERTAINTY) -> float:
    """One-sided Clopper–Pearson bound on the share of wrong answers; 1.0 without answers."""
    if answered == 0 or wrong >= answered:
        return 1.0
    return float(beta.ppf(certainty, wrong + 1, answered - wrong))

