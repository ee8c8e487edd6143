"""From evidence to a probability of being right, and from a stated risk to a threshold.

The weights in ``confidence.json`` were fitted (``python -m nlu fit``) on development books of
several domains with questions that real people or independent authors asked of them; a book
brings its own tails (how strong the evidence gets for questions whose rule is missing), which
make the same evidence worth less in a book of look-alikes. Fitting on the book's own left-out
variants instead was tried and dropped: see ``nlu/NOTES.md``.
"""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from nlu.evidence import FEATURES
from nlu.features import SEMANTIC_FEATURES
from nlu.thin import THIN_BELOW

CONFIDENCE_FILE = Path(__file__).with_name("confidence.json")
CERTAINTY = 0.95
# Share of the assumed traffic that no rule answers.
OUT_OF_SCOPE_SHARE = 0.2
# Mean variants a rule of the thinnest development books: of a thinner book their proof says nothing.
LEAST_PROVEN = 5
# Mean variants a rule from which left-out variants speak for students' questions: in a book this
# ample another variant stays near. Below, they mislead in either direction (see NOTES.md).
AMPLE_FROM = 30
GRID = np.round(np.arange(0.998, 0.049, -0.002), 3)
# Of two tests that share the tolerated error, the first takes this part of it (0–1).
_FIRST_PART = 0.8
# Errors that the first test survives where turns are many.
_FEW_ERRORS = 3
# Share of all turns that the second sequence of tests begins with.
_SECOND_START = 0.25
# What staff are told of the development books of each kind.
_ORIGINS = {"thin": "otros libros con pocas variantes por regla", "rich": "otros libros con bastantes variantes por regla"}
# Rows of (threshold, turns answered at or above it, wrong among them).
Curve = tuple[tuple[float, int, int], ...]
# Rows of (threshold, share of wrong answers at or above it, the mean over domains).
MeanCurve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Stage:
    """An opinion on a question: its features, and those whose tail under "the rule is missing"
    becomes evidence of its own."""

    name: str
    features: tuple[str, ...]
    tailed: tuple[str, ...]

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the confidence model's inputs."""
        return (*self.features, *(f"{name}_tail" for name in self.tailed), "log_variants", "log_rules")

    @cached_property
    def tail_columns(self) -> list[int]:
        return [self.features.index(name) for name in self.tailed]


LETTERS = Stage("letters", FEATURES, ("score", "margin", "similarity", "words_covered"))
MEANING = Stage("meaning", SEMANTIC_FEATURES, ("score", "margin", "meaning", "meaning_lead"))
STAGES = (LETTERS, MEANING)
def kind_of(variants_a_rule: float) -> str:
    """«thin» or «rich»: weights and risk curves are fitted apart for each."""
    return "thin" if variants_a_rule < THIN_BELOW else "rich"


# What letters leave open is asked of meaning; what they are sure of, or see no sense in, is not. (Mean variants
# a rule from which the bounds hold, lowest and highest confidence that is open.) Chosen on development domains left
# out: ample books gain most by asking in doubt; between thin and ample asking from 0.08 on gains another half point
# and costs a fifth more of the time.
_OPEN = ((0, 0.08, 0.98), (THIN_BELOW, 0.20, 0.96), (AMPLE_FROM, 0.10, 0.96))


def open_between(variants_a_rule: float) -> tuple[float, float]:
    """The confidences by letters (0–1) from which, and below which, a book of so many mean variants a rule calls for
    the second opinion."""
    _, low, high = max(bounds for bounds in _OPEN if bounds[0] <= variants_a_rule)
    return low, high


@dataclass(frozen=True)
class BookStatistics:
    """What a book adds to the evidence of a stage.

    ``tails``: for each of the stage's ``tailed`` features the ascending values reached by questions
    whose rule was left out. ``variants``: number of variants of each rule.
    """

    stage: Stage
    tails: np.ndarray
    variants: np.ndarray

    @cached_property
    def variants_a_rule(self) -> float:
        """Mean number of variants a rule."""
        return float(self.variants.mean())

    @cached_property
    def _log_variants(self) -> np.ndarray:
        logs: np.ndarray = np.log(self.variants)
        return logs

    @cached_property
    def _log_rules(self) -> float:
        return float(np.log(len(self.variants)))

    def inputs(self, values: np.ndarray, rules: np.ndarray) -> np.ndarray:
        """Model inputs, shape (n, len(stage.inputs)), from features (n, len(stage.features)) and rule indices."""
        size, own = self.tails.shape[1], len(self.stage.features)
        inputs = np.empty((len(values), len(self.stage.inputs)))
        inputs[:, :own] = values
        columns = enumerate(zip(self.tails, self.stage.tail_columns, strict=True), own)
        for place, (reference, column) in columns:
            inputs[:, place] = size - reference.searchsorted(values[:, column]) + 0.5
        tails = inputs[:, own:-2]
        tails[:] = np.log(tails / (size + 1))
        inputs[:, -2], inputs[:, -1] = self._log_variants[rules], self._log_rules
        return inputs


@dataclass(frozen=True)
class ConfidenceModel:
    """Logistic model over a stage's inputs."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float

    def probability(self, inputs: np.ndarray) -> np.ndarray:
        """Probability (0–1) that the candidate is right, shape (n,)."""
        logits = ((inputs - self.mean) / self.scale) @ self.weights + self.intercept
        probabilities: np.ndarray = 1 / (1 + np.exp(-logits))
        return probabilities

    @classmethod
    def load(cls, stage: Stage, variants_a_rule: float, path: Path = CONFIDENCE_FILE) -> ConfidenceModel:
        """The model of ``stage`` for books as thin or rich as this one, in a file that ``python -m nlu fit`` wrote.

        Raises:
            ValueError: it was fitted for other features.
        """
        stored = _content(path)["stages"][stage.name]
        if tuple(stored["inputs"]) != stage.inputs:
            raise ValueError(f"{path}: was fitted for other features. Run: python -m nlu fit")
        data = stored[kind_of(variants_a_rule)]
        return cls(np.array(data["mean"]), np.array(data["scale"]), np.array(data["weights"]), data["intercept"])


def development_threshold(
    risk: float,
    variants_a_rule: float,
    second_opinion: bool,
    path: Path = CONFIDENCE_FILE,
    certainty: float = CERTAINTY,
) -> Threshold:
    """Lowest confidence at which at most ``risk`` (0–1) of the answers are wrong, with that ``certainty``
    (0–1), on turns like the development turns of books as thin or rich as this one. For a book thinner than any
    of them it is an estimate only. See :func:`threshold_for`.

    It holds for the development turns as a fit rates them that never saw their domain, and as the weights in use rate
    them; and the mean risk over domains, of which each counts the same, is at most ``risk`` too: a new office
    is one more domain, not one more turn.
    """
    kind = kind_of(variants_a_rule)
    curves = _content(path)["curves"]["both" if second_opinion else "letters"][kind]
    apart, seen = (
        threshold_for(tuple((t, n, k) for t, n, k in curves[way]), risk, _ORIGINS[kind], certainty) for way in ("apart", "seen")
    )
    among_domains = min((t for t, share in curves["domains"] if share <= risk), default=1.0)
    proven = apart.proven and seen.proven and variants_a_rule >= LEAST_PROVEN
    return Threshold(max(apart.value, seen.value, among_domains), proven, apart.origin)


def development_coverage(threshold: float, variants_a_rule: float, second_opinion: bool, path: Path = CONFIDENCE_FILE) -> float:
    """Share (0–1) of the development turns near some rule that are answered at ``threshold`` in books as thin or rich as
    this one, rated by a fit that never saw their domain."""
    curve = _content(path)["curves"]["both" if second_opinion else "letters"][kind_of(variants_a_rule)]["apart"]
    near = max(count for _, count, _ in curve)
    return float(max((count for value, count, _ in curve if value >= threshold), default=0) / near)


@lru_cache(maxsize=4)
def _content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def risk_curve(confidence: np.ndarray, right: np.ndarray) -> Curve:
    """Answers and wrong answers at each threshold of a fixed grid, strictest first."""
    rows = []
    for threshold in GRID:
        answered = confidence >= threshold
        rows.append((float(threshold), int(answered.sum()), int((~right[answered]).sum())))
    return tuple(rows)


def mean_curve(domains: Sequence[tuple[np.ndarray, np.ndarray]]) -> MeanCurve:
    """The mean risk over domains, given the confidence and rightness of each one's turns, at each threshold that
    any of their confidences reaches."""
    rows = []
    for threshold in GRID:
        answered = [right[confidence >= threshold] for confidence, right in domains]
        risks = [float(1 - right.mean()) for right in answered if len(right)]
        if risks:
            rows.append((float(threshold), round(float(np.mean(risks)), 6)))
    return tuple(rows)


@dataclass(frozen=True)
class Threshold:
    """A confidence from which to answer; ``proven`` tells a bound from a best estimate."""

    value: float
    proven: bool
    origin: str


def shared(certainty: float) -> tuple[float, float]:
    """Certainties (0–1) of two tests that together are wrong as rarely as ``certainty`` allows; the first has
    most of the tolerated error."""
    return 1 - _FIRST_PART * (1 - certainty), 1 - (1 - _FIRST_PART) * (1 - certainty)


def proven_threshold(curve: Curve, risk: float, origin: str, certainty: float = CERTAINTY) -> Threshold | None:
    """Lowest threshold of ``curve`` whose risk is proven, with that ``certainty`` (0–1), to be at most ``risk``
    (0–1), or None.

    Thresholds are tested from strict to loose, stopping at the first failure, so that no correction for
    each test is needed (Learn then Test with fixed-sequence testing, Angelopoulos et al. 2021; exact bound
    of Clopper & Pearson 1934). The first must answer turns enough to succeed. Where a quarter of all turns
    is more than that, the first must answer enough to succeed with a few errors, and a second sequence starts at that
    quarter, so that one mistake among the surest answers doesn't end all; the two share the tolerated error.
    """
    sequences = sequences_of_tests(curve, risk, certainty)
    found = [value for start, sure in sequences if (value := _descend(curve, risk, start, sure)) is not None]
    return Threshold(min(found), True, origin) if found else None


def sparing_threshold(confidences: Sequence[float], turns: int, share: float) -> float:
    """The lowest threshold of the grid at which at most ``share`` (0–1) of so many close misses is answered, given the
    ``confidences`` (0–1) with which some would be; 0.0 where any will do or the turns are too few for one of them to be
    within the share, 1.0 where no threshold will do."""
    allowed = int(share * turns)
    highest = sorted(confidences, reverse=True)
    if allowed < 1 or len(highest) <= allowed:
        return 0.0
    return min((float(value) for value in GRID if value > highest[allowed]), default=1.0)


def sequences_of_tests(curve: Curve, risk: float, certainty: float) -> list[tuple[float, float]]:
    """The sequences of :func:`proven_threshold`: how many turns the first threshold of each must answer, and the
    certainty (0–1) of its tests."""
    quarter = max((answered for _, answered, _ in curve), default=0) * _SECOND_START
    first, second = shared(certainty)
    if quarter > fewest_turns(risk, second):
        return [(fewest_turns(risk, first, _FEW_ERRORS), first), (quarter, second)]
    return [(fewest_turns(risk, certainty), certainty)]


def _descend(curve: Curve, risk: float, start: float, certainty: float) -> float | None:
    """The last threshold that passes, of those that answer at least ``start`` turns, strictest first."""
    best = None
    for value, answered, wrong in sorted(curve, reverse=True):
        if answered < start:
            continue
        if upper_bound(wrong, answered, certainty) > risk:
            break
        best = value
    return best


def threshold_for(curve: Curve, risk: float, origin: str, certainty: float = CERTAINTY) -> Threshold:
    """The proven threshold; where nothing is proven, the one nearest to a proof among those whose observed risk
    is at most ``risk`` (a lower one is wrong too often when it was picked for a few lucky turns), or 1.0."""
    kept = ((value, answered, wrong) for value, answered, wrong in curve if answered and wrong / answered <= risk)
    nearest = min(((upper_bound(wrong, answered), value) for value, answered, wrong in kept), default=(1.0, 1.0))
    return proven_threshold(curve, risk, origin, certainty) or Threshold(nearest[1], False, origin)


@lru_cache(maxsize=256)
def fewest_turns(risk: float, certainty: float = CERTAINTY, wrong: int = 0) -> int:
    """Answered turns with that many errors that prove ``risk``."""
    turns = int(np.ceil(np.log(1 - certainty) / np.log(1 - risk)))  # without any
    while upper_bound(wrong, turns, certainty) > risk:
        turns += 1
    return turns


@lru_cache(maxsize=4096)
def upper_bound(wrong: int, answered: int, certainty: float = CERTAINTY) -> float:
    """One-sided Clopper–Pearson bound on the share of wrong answers; 1.0 without answers."""
    if answered == 0 or wrong >= answered:
        return 1.0
    return float(beta.ppf(certainty, wrong + 1, answered - wrong))

