"""Second thoughts about a likely rule: does the question ask what the office says that the rule doesn't answer?

Staff list such questions in a rule's ``no_es``. Word for word they are seldom asked again, so they are weighed: how much
nearer than the rule's own variants one of them is, by letters and by meaning, and how much of what is asked (the piece
with the question mark, where there are several) the rule says in no words. A logistic model over that and the log odds so
far, fitted by ``python -m nlu doubts`` and kept in ``doubt.json``, may lower a confidence; it never raises one.
"""
from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from nlu.evidence import FEATURES as LETTERS_FEATURES
from nlu.evidence import Evidence, Query
from nlu.semantic import Reading, SemanticMatcher
from nlu.text import tokens

DOUBT_FILE = Path(__file__).with_name("doubt.json")
FEATURES = (
    "no_es_meaning",  # cosine of the embeddings of the question and the nearest no_es, less that of the nearest variant
    "no_es_letters",  # the same of their n-grams
    "unanswered",  # idf of what is asked that variants and answer say in no words, added up
    "unanswered_most",  # idf of the word of it that they say least
)
# A no_es that lies further behind than this tells nothing.
_LEAST_LEAD = -0.35
# Lead by letters from which a no_es is near enough for the encoder to be asked of a question that letters are sure of.
_NEAR = -0.2
_MOST_ODDS = 11.5  # log odds; what is surer counts no more
_UNCOVERED, _SIMILARITY = (LETTERS_FEATURES.index(name) for name in ("rarest_uncovered", "similarity"))
_PIECES = re.compile(r"(?<=[.?!])\s+|¿")


@dataclass(frozen=True)
class DoubtModel:
    """Logistic model over the log odds so far and standardised ``FEATURES``."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    slope: float
    intercept: float

    def lowered(self, confidences: np.ndarray, values: np.ndarray) -> np.ndarray:
        """``confidences`` (0–1), shape (n,), none of them higher, after ``FEATURES``, shape (n, len(FEATURES))."""
        logits = self.slope * log_odds(confidences) + (values - self.mean) / self.scale @ self.weights + self.intercept
        lowered: np.ndarray = np.minimum(confidences, 1 / (1 + np.exp(-logits)))
        return lowered

    def to_json(self) -> str:
        """As :meth:`load` reads it."""
        arrays = {name: getattr(self, name).round(6).tolist() for name in ("mean", "scale", "weights")}
        plain = {"slope": round(self.slope, 6), "intercept": round(self.intercept, 6)}
        return json.dumps({"features": FEATURES, **arrays, **plain}, indent=1) + "\n"

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, path: Path = DOUBT_FILE) -> DoubtModel:
        """What ``python -m nlu doubts`` kept.

        Raises:
            OSError, ValueError: the file is missing or was fitted for other features.
        """
        data = json.loads(path.read_text("utf-8"))
        if tuple(data["features"]) != FEATURES:
            raise ValueError(f"{path}: was fitted for other features. Run: python -m nlu doubts")
        mean, scale, weights = (np.array(data[name]) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, data["slope"], data["intercept"])


def log_odds(confidences: np.ndarray) -> np.ndarray:
    """Of probabilities (0–1), bounded."""
    least = 1 / (1 + np.exp(_MOST_ODDS))
    bounded = np.clip(confidences, least, 1 - least)
    odds: np.ndarray = np.log(bounded / (1 - bounded))
    return odds


class Doubts:
    """Second thoughts about the candidates of one book's opinions."""

    def __init__(self, semantic: SemanticMatcher):
        self._semantic = semantic
        self._exceptions = semantic.exceptions
        self._model = DoubtModel.load()

    def arise(self, query: Query, best: Evidence) -> bool:
        """Whether a question of whose ``best`` candidate letters are sure is worth the encoder's time: it says a word that
        the rule never does, or a ``no_es`` is near."""
        if best.rule not in self._exceptions:
            return False
        unsaid = best.values[_UNCOVERED] > 0
        return bool(unsaid) or self._exceptions.by_letters(query, best.rule) - best.values[_SIMILARITY] > _NEAR

    def lowered(
        self,
        question: str,
        query: Query,
        reading: Reading,
        found: Sequence[Evidence],
        confidences: np.ndarray,
        itself: bool = True,
        excluded: range = range(0),
    ) -> tuple[np.ndarray, list[dict[str, float]]]:
        """The ``confidences`` (0–1) in the candidates ``found``, shape (n,), and the ``FEATURES`` of each one, empty where
        its rule has no ``no_es``. For ``itself`` and ``excluded`` see :meth:`values`."""
        doubted = [place for place, candidate in enumerate(found) if candidate.rule in self._exceptions]
        values = {place: self.values(question, query, reading, found[place], itself, excluded) for place in doubted}
        after = confidences.copy()
        if doubted:
            after[doubted] = self._model.lowered(confidences[doubted], np.array(list(values.values())))
        named = [dict(zip(FEATURES, values.get(place, ()), strict=False)) for place in range(len(found))]
        return after, named

    def values(
        self,
        question: str,
        query: Query,
        reading: Reading,
        candidate: Evidence,
        itself: bool = True,
        excluded: range = range(0),
    ) -> tuple[float, ...]:
        """``FEATURES`` of a candidate whose rule has a ``no_es``.

        Args:
            itself: whether a ``no_es`` that says just what the question does counts.
            excluded: variant rows to be treated as never written; in ``reading`` they are so already.
        """
        rule = candidate.rule
        meaning = self._exceptions.by_meaning(query, reading.vector, rule, itself) - self._semantic.nearness(reading, rule)
        letters = self._exceptions.by_letters(query, rule, itself) - float(candidate.values[_SIMILARITY])
        asking = frozenset(self._semantic.extractor.mend(tokens(asking_clause(question)), query.near))
        return max(meaning, _LEAST_LEAD), max(letters, _LEAST_LEAD), *self._semantic.unanswered(rule, reading, asking, excluded)


def asking_clause(message: str) -> str:
    """The last piece of ``message`` with a question mark, or its last one; pieces end at «.», «?» or «!», and where «¿»
    begins another."""
    pieces = [piece for piece in _PIECES.split(message) if piece.strip()]
    asking = [piece for piece in pieces if "?" in piece]
    return (asking or pieces or [message])[-1]
