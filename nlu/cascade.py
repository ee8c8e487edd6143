"""Two opinions on a question: by letters, and, where they leave it open, by letters and meaning."""
from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from nlu.confidence import BookStatistics, ConfidenceModel, Stage, open_between
from nlu.evidence import Evidence
from nlu.matcher import Matcher
from nlu.semantic import SemanticMatcher


@dataclass(frozen=True)
class Rated:
    """Candidates best first, the confidence (0–1) in each, the stage that rated them, and the words
    that the question was read as."""

    evidence: list[Evidence]
    confidences: np.ndarray
    stage: Stage
    words: tuple[str, ...]


class Cascade:
    """Rates questions; the encoder is asked only for those that letters leave open."""

    def __init__(
        self,
        letters: Matcher,
        statistics: BookStatistics,
        meaning: SemanticMatcher | None = None,
        meaning_statistics: BookStatistics | None = None,
    ):
        self.book = letters.book
        self._letters = letters
        self._statistics = statistics
        self._model = _model(statistics)
        self._open_from, self._open_to = open_between(statistics.variants_a_rule)
        self._meaning = meaning if meaning_statistics else None
        self._meaning_statistics = meaning_statistics
        self._meaning_model = _model(meaning_statistics) if meaning_statistics else None

    def rate(self, question: str, amount: int, thorough: bool = False) -> Rated:
        """The ``amount`` best candidates for ``question``; ``thorough``: the encoder is asked also where letters say
        that no rule is near."""
        query, scores = self._letters.read(question)
        ranked = self._letters.extractor.ranked(query, scores)
        found = [next(ranked)]
        confidences = _confidences(found, self._statistics, self._model)
        if self._meaning and self._meaning_statistics and self._meaning_model and self._is_open(confidences[0], thorough):
            found = self._meaning.rank_query(question, query, scores, amount)
            confidences = _confidences(found, self._meaning_statistics, self._meaning_model)
            return Rated(found, confidences, self._meaning_statistics.stage, query.tokens)
        others = list(islice(ranked, amount - 1))
        if others:
            confidences = np.concatenate((confidences, _confidences(others, self._statistics, self._model)))
        return Rated(found + others, confidences, self._statistics.stage, query.tokens)

    def _is_open(self, confidence: float, thorough: bool) -> bool:
        return (thorough or self._open_from <= confidence) and confidence < self._open_to


def combined(
    variants_a_rule: float,
    letters: tuple[np.ndarray, np.ndarray],
    meaning: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence and rightness, each of shape (n,), as a cascade would give them, from both opinions'
    in a book of so many mean variants a rule."""
    if meaning is None:
        return letters
    least, most = open_between(variants_a_rule)
    asked = (letters[0] >= least) & (letters[0] < most)
    return np.where(asked, meaning[0], letters[0]), np.where(asked, meaning[1], letters[1])


def _model(statistics: BookStatistics) -> ConfidenceModel:
    return ConfidenceModel.load(statistics.stage, statistics.variants_a_rule)


def _confidences(found: list[Evidence], statistics: BookStatistics, model: ConfidenceModel) -> np.ndarray:
    values, rules = np.array([item.values for item in found]), np.array([item.rule for item in found])
    return model.probability(statistics.inputs(values, rules))
