"""Fit the choice among candidates: a conditional logit over the turns whose rule is among them."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from nlu.choice import Choice
from nlu.features import CANDIDATE_FEATURES

# L2 penalty on standardised weights, chosen on development domains left out.
_PENALTY = 100.0


@dataclass(frozen=True)
class Candidates:
    """The candidates of turns: ``CANDIDATE_FEATURES``, shape (n, k, features), and rule indices, shape (n, k), −1
    where there are fewer than k."""

    values: np.ndarray
    rules: np.ndarray

    @property
    def present(self) -> np.ndarray:
        """Which places hold a candidate, shape (n, k)."""
        found: np.ndarray = self.rules >= 0
        return found

    def at(self, places: np.ndarray) -> Candidates:
        """Those of the turns at these indices."""
        return Candidates(self.values[places], self.rules[places])


def fit_choice(books: Sequence[tuple[Candidates, np.ndarray]], weighed: Sequence[str]) -> Choice:
    """The choice that finds most of the right rules; each book counts the same.

    Args:
        books: candidates of a book's turns, and the index of the rule that answers each, shape (n,), −1 for none.
        weighed: the features that may count; the others get no weight.
    """
    columns = [CANDIDATE_FEATURES.index(name) for name in weighed]
    values, present, right, weight = (np.concatenate(parts) for parts in zip(*map(_decidable, books), strict=True))
    scale = values[present].std(axis=0)[columns]
    scale = np.where(scale > 1e-6, scale, 1.0)
    inputs = values[:, :, columns] / scale
    weight = weight * len(weight) / weight.sum()
    turns = np.arange(len(right))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.where(present, inputs @ weights, -np.inf)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = odds / odds.sum(axis=1, keepdims=True)
        value = -(weight * np.log(shares[turns, right] + 1e-12)).sum() + _PENALTY * (weights @ weights) / 2
        shares[turns, right] -= 1
        return value, np.einsum("nk,nkf->f", shares * weight[:, None], inputs) + _PENALTY * weights

    found = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    weights = np.zeros(len(CANDIDATE_FEATURES))
    weights[columns] = found / scale
    return Choice(weights)


def _decidable(book: tuple[Candidates, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Of the turns whose rule is a candidate: values, which are present, the place of the right one, and weights that
    add up to 1."""
    candidates, rules = book
    hit = candidates.present & (candidates.rules == rules[:, None])
    found = hit.any(axis=1)
    count = max(int(found.sum()), 1)
    return candidates.values[found], candidates.present[found], hit[found].argmax(axis=1), np.full(found.sum(), 1 / count)
