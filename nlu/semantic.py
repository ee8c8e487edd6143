"""The second opinion: rank the rules by letters and meaning together, for questions that letters leave open."""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nlu import kernels
from nlu.choice import Choice
from nlu.echo import Echo, Echoes, Said, vocabulary
from nlu.encoder import Encoder
from nlu.evidence import SHORTLIST, TOP, Evidence, Query, lead, two_best
from nlu.matcher import Matcher
from nlu.ridge import KernelRidge, Restorable


@dataclass(frozen=True)
class Meanings:
    """What was fitted: ridge coefficients, shape (variants, rules), the embeddings of the variants and of the book's
    words in alphabetical order, shapes (variants, dimensions) and (words, dimensions), and the tables of
    :class:`nlu.echo.Echoes`."""

    coefficients: np.ndarray
    variants: np.ndarray
    words: np.ndarray
    asked: np.ndarray
    told: np.ndarray


@dataclass(frozen=True)
class _LeftOutRows:
    """Variants as if they had never been written: their cosines by meaning with all others (−1 with one another), shape
    (rows, variants), and the lexical model's held-out outputs for them, shape (rows, rules)."""

    rows: range
    meaning: np.ndarray
    letters: np.ndarray


class SemanticMatcher(Restorable):
    """A second ridge model beside ``lexical``'s, over sentence embeddings and n-grams, and a choice among its best.

    Args:
        kept: coefficients and embeddings fitted earlier for this very book and encoder; without them
            both are made, and held-out outputs are kept.
        choice: as fitted for books like this one where None is given.
    """

    def __init__(self, lexical: Matcher, encoder: Encoder, kept: Meanings | None = None, choice: Choice | None = None):
        self.lexical = lexical
        self.book = lexical.book
        self.extractor = lexical.extractor
        self.variants = lexical.variants
        self.encoder = encoder
        self._left_out: _LeftOutRows | None = None
        self._choice = choice or Choice.load(len(self.variants) / len(self.book.rules), self.answered)
        if kept is not None:
            self.meanings = kept
            self._echo = Echo(self.extractor, kept.words, Echoes(kept.asked, kept.told))
            return
        variants = encoder.encode([question for rule in self.book.rules for question in rule.questions])
        kernel = kernels.semantic(lexical.cosines(), variants @ variants.T)
        self.model = KernelRidge(kernel, self.extractor.rule_of, len(self.book.rules))
        words = encoder.encode(vocabulary(self.extractor))
        self._echo = Echo(self.extractor, words)
        self.meanings = Meanings(self.model.dual, variants, words, self._echo.tables.asked, self._echo.tables.told)

    @property
    def answered(self) -> bool:
        """Whether the book has answers, not only variants."""
        return any(self.extractor.answer_words)

    def rank(self, question: str, amount: int = 3) -> list[Evidence]:
        """The ``amount`` best rules with their evidence (``SEMANTIC_FEATURES``), best first."""
        return self.rank_query(question, *self.lexical.read(question), amount)

    def rank_query(self, question: str, query: Query, letters: np.ndarray, amount: int) -> list[Evidence]:
        """As :meth:`rank`, for a question with its prepared form and the lexical model's outputs
        ``letters``, shape (rules,)."""
        return self._chosen(self._candidates(question, query, letters))[:amount]

    def candidates(self, question: str) -> list[Evidence]:
        """What the choice is made among: rules with their ``CANDIDATE_FEATURES``, in the ridge model's order."""
        return self._candidates(question, *self.lexical.read(question))

    def _candidates(self, question: str, query: Query, letters: np.ndarray) -> list[Evidence]:
        if query.cosines is None:
            raise ValueError("a huge book has no second opinion")
        # The encoder reads natural sentences best, and makes nothing of typos and shorthand.
        vector, *strange = self.encoder.encode(
            [self.lexical.as_written(question, query.near), *self._echo.strange(query.tokens)]
        )
        meaning = self.meanings.variants @ vector
        scores = kernels.semantic(query.cosines, meaning) @ self.meanings.coefficients
        found = self.extractor.candidates(query, scores, amount=SHORTLIST, nearness=0.0)
        return self._with_meaning(found, meaning, letters, self._echo.said(query.tokens, np.array(strange)), range(0))

    def left_out(self, row: int, outputs: np.ndarray, excluded: range) -> Evidence:
        """As :meth:`nlu.matcher.Matcher.left_out`."""
        return self._chosen(self.left_out_candidates(row, outputs, excluded))[0]

    def left_out_candidates(self, row: int, outputs: np.ndarray, excluded: range) -> list[Evidence]:
        """What the choice is made among for variant ``row``; see :meth:`left_out` and :meth:`candidates`."""
        query = self.lexical.query_of_row(row)
        at, left_out = row - excluded.start, self._without(excluded)
        meaning, letters = left_out.meaning[at], left_out.letters[at]
        found = self.extractor.candidates(query, outputs, excluded, SHORTLIST, nearness=0.0)
        return self._with_meaning(found, meaning, letters, self._echo.said(query.tokens, np.zeros((0, 0))), excluded)

    def _chosen(self, found: list[Evidence]) -> list[Evidence]:
        values = np.array([evidence.values for evidence in found])[None]
        arranged = self._choice.arranged(values, np.ones(values.shape[:2], dtype=bool))
        chosen = zip(arranged.places[0].tolist(), arranged.features[0], strict=True)
        return [replace(found[place], values=np.concatenate((found[place].values, features))) for place, features in chosen]

    def _without(self, excluded: range) -> _LeftOutRows:
        """What is known of the rows ``excluded``, which come up one after the other."""
        if self._left_out is None or self._left_out.rows != excluded:
            rows = slice(excluded.start, excluded.stop)
            meaning = self.meanings.variants[rows] @ self.meanings.variants.T
            meaning[:, rows] = -1.0
            self._left_out = _LeftOutRows(excluded, meaning, self.lexical.held_out(np.arange(excluded.start, excluded.stop)))
        return self._left_out

    def _nearest(self, meaning: np.ndarray) -> np.ndarray:
        """Highest cosine of each rule's variants, shape (rules,)."""
        best: np.ndarray = np.maximum.reduceat(meaning, self.extractor.first_row[:-1])
        return best

    def _with_meaning(
        self, found: list[Evidence], meaning: np.ndarray, letters: np.ndarray, said: Said, excluded: range
    ) -> list[Evidence]:
        nearest = self._nearest(meaning)
        nearest_two, letters_two = two_best(nearest), two_best(letters)
        told = []
        for evidence in found:
            rule = evidence.rule
            rows = self.extractor.rows(rule)
            top = np.sort(meaning[rows.start : rows.stop])[-TOP:]
            values = (
                nearest[rule],
                lead(nearest[rule], nearest_two),
                _mean_written(top),
                letters[rule],
                lead(letters[rule], letters_two),
                *self._echo.unsaid(evidence.nearest, said),
                *self._echo.echoed(rule, said, excluded),
            )
            told.append(replace(evidence, values=np.concatenate((evidence.values, values))))
        return told


def _mean_written(cosines: np.ndarray) -> float:
    """The mean of those that aren't −1 (never written), 0 without any."""
    written = cosines[cosines > -1]
    return float(written.sum() / len(written)) if len(written) else 0.0
