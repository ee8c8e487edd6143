"""Which of the likeliest rules a question asks for, by all that speaks for each of them.

The ridge models rank hundreds of rules by likeness alone; of the few that they put first, a linear model over
everything known of a candidate chooses, with a softmax over the candidates (conditional logit, McFadden 1974; top-one
ListNet, Cao et al. 2007). The answer counts here too: what the student asks is often said there and in no variant. A
book without answers is left in the ridge model's order: fitted on one English set, weights lost on the other.
"""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nlu.confidence import kind_of
from nlu.features import CANDIDATE_FEATURES

CHOICE_FILE = Path(__file__).with_name("choice.json")
# The same for every candidate: they choose none.
_OF_THE_QUESTION = ("words_unknown", "letters_unknown", "length", "short")
WEIGHED = tuple(name for name in CANDIDATE_FEATURES if name not in _OF_THE_QUESTION)
WEIGHED_BARE = ("score",)
# Lead of a candidate that has no rival, and the highest that counts.
_MOST_LEAD = 20.0


@dataclass(frozen=True)
class Arranged:
    """Candidates in the order of choice: their places, shape (n, k), and ``CHOICE_FEATURES``, shape (n, k, 3)."""

    places: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Choice:
    """Weights of ``CANDIDATE_FEATURES``, shape (features,)."""

    weights: np.ndarray

    def arranged(self, values: np.ndarray, present: np.ndarray) -> Arranged:
        """The candidates of each turn, the likeliest first and the missing ones last.

        Args:
            values: ``CANDIDATE_FEATURES``, shape (n, k, features).
            present: which of the k places hold a candidate, shape (n, k); at least one a turn.
        """
        scores = np.where(present, values @ self.weights, -np.inf)
        places = np.argsort(-scores, axis=1, kind="stable")
        scores = np.take_along_axis(scores, places, axis=1)
        odds = np.exp(scores - scores[:, :1])
        best_other = np.repeat(scores[:, :1], scores.shape[1], axis=1)
        best_other[:, 0] = scores[:, 1] if scores.shape[1] > 1 else -np.inf
        lead = np.clip(scores - best_other, -_MOST_LEAD, _MOST_LEAD)
        shares = odds / odds.sum(axis=1, keepdims=True)
        return Arranged(places, np.stack([shares, lead, np.where(np.isfinite(scores), scores, 0)], axis=2))

    @classmethod
    def load(cls, variants_a_rule: float, answered: bool, path: Path = CHOICE_FILE) -> Choice:
        """The choice for books as thin or rich as this one, with answers or without, from a file that
        ``python -m nlu fit`` wrote.

        Raises:
            ValueError: it was fitted for other features.
        """
        stored = _content(path)
        if tuple(stored["features"]) != CANDIDATE_FEATURES:
            raise ValueError(f"{path}: was fitted for other features. Run: python -m nlu fit")
        return cls(np.array(stored[kind_of(variants_a_rule)]["answered" if answered else "bare"]))


@lru_cache(maxsize=4)
def _content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
