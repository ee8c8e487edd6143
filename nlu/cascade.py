"""Two opinions on a question: by letters, and, where they leave it open, by letters and meaning."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from nlu.confidence import AMPLE_FROM, BookStatistics, ConfidenceModel, Stage, open_between
from nlu.doubt import Doubts
from nlu.evidence import Evidence, Query
from nlu.matcher import Matcher
from nlu.semantic import Reading, SemanticMatcher


@dataclass(frozen=True)
class Rated:
    """Candidates best first, the confidence (0–1) in each, the stage that rated them, the words
    that the question was read as, and what may have lowered each confidence, by name
    (see :mod:`nlu.doubt`; empty where nothing was doubted)."""

    evidence: list[Evidence]
    confidences: np.ndarray
    stage: Stage
    words: tuple[str, ...]
    doubts: Sequence[Mapping[str, float]] = ()


class Cascade:
    """Rates questions; the encoder is asked only for those that letters leave open, and those that are doubtful.

    Args:
        doubting: whether the confidences of an ample book are lowered for what :mod:`nlu.doubt` finds; in others no
            variant may be near what is rightly asked.
    """

    def __init__(
        self,
        letters: Matcher,
        statistics: BookStatistics,
        meaning: SemanticMatcher | None = None,
        meaning_statistics: BookStatistics | None = None,
        doubting: bool = True,
    ):
        self.book = letters.book
        self._letters = letters
        self._statistics = statistics
        self._model = _model(statistics)
        self._open_from, self._open_to = open_between(statistics.variants_a_rule)
        self._meaning = meaning if meaning_statistics else None
        self._meaning_statistics = meaning_statistics
        self._meaning_model = _model(meaning_statistics) if meaning_statistics else None
        ample = statistics.variants_a_rule >= AMPLE_FROM
        self._doubts = Doubts(meaning) if meaning and meaning_statistics and ample and doubting else None

    def rate(self, question: str, amount: int, thorough: bool = False, itself: bool = True) -> Rated:
        """The ``amount`` best candidates for ``question``.

        Args:
            thorough: the encoder is asked also where letters say that no rule is near.
            itself: whether a ``no_es`` that says just what the question does counts.
        """
        query, scores = self._letters.read(question)
        ranked = self._letters.extractor.ranked(query, scores)
        found = [next(ranked)]
        confidences = _confidences(found, self._statistics, self._model)
        if self._meaning and self._meaning_statistics and self._meaning_model and self._is_open(confidences[0], thorough):
            reading = self._meaning.read(question, query)
            found = self._meaning.rank_query(reading, query, scores, amount)
            confidences = _confidences(found, self._meaning_statistics, self._meaning_model)
            rated = Rated(found, confidences, self._meaning_statistics.stage, query.tokens)
            return self._doubted(rated, question, query, reading, itself)
        others = list(islice(ranked, amount - 1))
        if others:
            confidences = np.concatenate((confidences, _confidences(others, self._statistics, self._model)))
        rated = Rated(found + others, confidences, self._statistics.stage, query.tokens)
        if self._meaning and confidences[0] >= self._open_to and self._doubts and self._doubts.arise(query, found[0]):
            return self._doubted(rated, question, query, self._meaning.read(question, query), itself)
        return rated

    def _doubted(self, rated: Rated, question: str, query: Query, reading: Reading, itself: bool) -> Rated:
        """``rated`` after second thoughts."""
        if self._doubts is None:
            return rated
        confidences, doubts = self._doubts.lowered(question, query, reading, rated.evidence, rated.confidences, itself)
        return replace(rated, confidences=confidences, doubts=doubts)

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
