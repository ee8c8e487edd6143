"""What each group of features is worth: taken out of the confidence, refitted, asked again.

Only development books take part; no test question is read. The model that rates the books of one
domain is fitted on the other domains, so that a feature counts for what it carries over. Which candidate it
rates is chosen with the weights in use.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from nlu.choice import Choice
from nlu.confidence import OUT_OF_SCOPE_SHARE, STAGES
from nlu.development import DevelopmentBook
from nlu.encoder import Encoder
from nlu.features import CHOICE_FEATURES
from nlu.leaveout import at_share
from nlu.turns import Turns, asked_of

# Inputs that say the same in several ways; one that stands in no group is a group of its own.
GROUPS = {
    "ridge model": ("score", "margin", "score_tail", "margin_tail", "letters_score", "letters_margin"),
    "nearest variants": ("similarity", "similarity_lead", "similarity_top3", "similarity_tail"),
    "nearest meanings": ("meaning", "meaning_lead", "meaning_top3", "meaning_tail", "meaning_lead_tail"),
    "words covered": ("words_covered", "words_covered_tail", "rarest_uncovered"),
    "words unsaid": ("unsaid", "unsaid_most"),
    "what else is asked": ("echoed", "echoed_asked", "echoed_told", "lacking"),
    "choice among candidates": CHOICE_FEATURES,
    "unknown words and letters": ("words_unknown", "letters_unknown"),
    "RapidFuzz scores": ("token_sort", "ratio"),
    "length": ("length", "short"),
    "book size": ("log_variants", "log_rules"),
}
_TAIL = "_tail"
_PENALTY = 0.3
# What a domain's turns are to one stage: inputs (n, inputs) and whether the best candidate was right.
_Seen = list[tuple[np.ndarray, np.ndarray, Turns]]


@dataclass(frozen=True)
class Effect:
    """Coverage of the in-scope turns at the risk asked for, by domain, without a group of inputs;
    ``group`` is empty for the whole model."""

    group: str
    coverage: dict[str, float]

    @property
    def mean(self) -> float:
        """Mean over the domains."""
        return float(np.mean(list(self.coverage.values())))


def groups(inputs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The groups among ``inputs``, all tails together, and each input that stands in none as its own."""
    found = {group: tuple(name for name in names if name in inputs) for group, names in GROUPS.items()}
    found["all tails"] = tuple(name for name in inputs if name.endswith(_TAIL))
    grouped = {name for names in found.values() for name in names}
    return {group: names for group, names in found.items() if names} | {n: (n,) for n in inputs if n not in grouped}


def effects(books: Iterable[DevelopmentBook], encoder: Encoder, risk: float) -> dict[str, list[Effect]]:
    """For each stage the whole model first, then the model without each group, the greatest loss first."""
    turns: dict[str, list[Turns]] = {}
    for book in books:
        asked = asked_of(book, encoder)
        choice = Choice.load(float(asked.variants.mean()), asked.answered)
        turns.setdefault(book.domain, []).append(asked.chosen_by(choice))
    result = {}
    for place, stage in enumerate(STAGES):
        seen = {domain: [(t.inputs[place], t.right[place], t) for t in parts] for domain, parts in turns.items()}
        result[stage.name] = _stage_effects(seen, stage.inputs, risk)
    return result


def _stage_effects(seen: dict[str, _Seen], inputs: Sequence[str], risk: float) -> list[Effect]:
    def effect(group: str, removed: tuple[str, ...]) -> Effect:
        kept = [column for column, name in enumerate(inputs) if name not in removed]
        return Effect(group, _coverages(seen, kept, risk))

    without = [effect(group, names) for group, names in groups(inputs).items()]
    return [effect("", ()), *sorted(without, key=lambda one: one.mean)]


def _coverages(seen: dict[str, _Seen], kept: list[int], risk: float) -> dict[str, float]:
    return {
        domain: _coverage(_fitted([t for d, parts in seen.items() if d != domain for t in parts], kept), own, kept, risk)
        for domain, own in seen.items()
    }


@dataclass(frozen=True)
class _Model:
    mean: np.ndarray
    scale: np.ndarray
    regression: LogisticRegression

    def scores(self, inputs: np.ndarray) -> np.ndarray:
        logits: np.ndarray = self.regression.decision_function((inputs - self.mean) / self.scale)
        return logits


def _fitted(seen: _Seen, kept: list[int]) -> _Model:
    inputs = np.concatenate([part[:, kept] for part, _, _ in seen])
    weight = np.concatenate([turns.weight for _, _, turns in seen])
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    regression = LogisticRegression(C=1 / _PENALTY, max_iter=1000)
    right = np.concatenate([part for _, part, _ in seen])
    return _Model(mean, scale, regression.fit((inputs - mean) / scale, right, weight * len(weight) / weight.sum()))


def _coverage(model: _Model, seen: _Seen, kept: list[int], risk: float) -> float:
    """Mean over the books of the coverage with the best threshold at ``risk``."""
    return float(np.mean([_best(model.scores(inputs[:, kept]), right, t.outside, risk) for inputs, right, t in seen]))


def _best(scores: np.ndarray, right: np.ndarray, outside: np.ndarray, risk: float) -> float:
    asked = at_share(outside, OUT_OF_SCOPE_SHARE)
    order = np.argsort(-scores[asked], kind="stable")
    right, inside = right[asked][order], ~outside[asked][order]
    risks = np.cumsum(~right) / np.arange(1, len(right) + 1)
    allowed = np.flatnonzero(risks <= risk)
    return float(inside[: allowed[-1] + 1].sum() / inside.sum()) if len(allowed) else 0.0
