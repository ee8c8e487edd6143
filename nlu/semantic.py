"""The second opinion: rank the rules by letters and meaning together, for questions that letters leave open."""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nlu import kernels
from nlu.choice import Choice
from nlu.echo import Echo, Echoes, Said, vocabulary
from nlu.encoder import Encoder
from nlu.evidence import SHORTLIST, TOP, Evidence, Query, lead, two_best
from nlu.exceptions import Exceptions, exceptions
from nlu.matcher import Matcher
from nlu.ridge import KernelRidge, Restorable


@dataclass(frozen=True)
class Meanings:
    """What was fitted: ridge coefficients, shape (variants, rules), the embeddings of the variants, of the book's
    words in alphabetical order and of :func:`nlu.exceptions.exceptions`, shapes (variants, dimensions), (words, dimensions)
    and (exceptions, dimensions), and the tables of :class:`nlu.echo.Echoes`."""

    coefficients: np.ndarray
    variants: np.ndarray
    words: np.ndarray
    asked: np.ndarray
    told: np.ndarray
    exceptions: np.ndarray


@dataclass(frozen=True)
class Reading:
    """A question as the encoder reads it: its cosines with all variants, shape (variants,), its embedding, shape
    (dimensions,), and what its words say."""

    meaning: np.ndarray
    vector: np.ndarray
    said: Said


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
            self.exceptions = Exceptions(lexical, kept.exceptions)
            return
        variants = encoder.encode([question for rule in self.book.rules for question in rule.questions])
        kernel = kernels.semantic(lexical.cosines(), variants @ variants.T)
        self.model = KernelRidge(kernel, self.extractor.rule_of, len(self.book.rules))
        words = encoder.encode(vocabulary(self.extractor))
        self._echo = Echo(self.extractor, words)
        excepted = _encoded(encoder, [lexical.as_written(text) for text in exceptions(self.book)], variants.shape[1])
        tables = self._echo.tables
        self.meanings = Meanings(self.model.dual, variants, words, tables.asked, tables.told, excepted)
        self.exceptions = Exceptions(lexical, excepted)

    @property
    def answered(self) -> bool:
        """Whether the book has answers, not only variants."""
        return any(self.extractor.answer_words)

    def rank(self, question: str, amount: int = 3) -> list[Evidence]:
        """The ``amount`` best rules with their evidence (``SEMANTIC_FEATURES``), best first."""
        query, letters = self.lexical.read(question)
        return self.rank_query(self.read(question, query), query, letters, amount)

    def read(self, question: str, query: Query) -> Reading:
        """``question``, whose prepared form is ``query``, as the encoder reads it."""
        # The encoder reads natural sentences best, and makes nothing of typos and shorthand.
        vector, *strange = self.encoder.encode(
            [self.lexical.as_written(question, query.near), *self._echo.strange(query.tokens)]
        )
        return Reading(self.meanings.variants @ vector, vector, self._echo.said(query.tokens, np.array(strange)))

    def rank_query(self, reading: Reading, query: Query, letters: np.ndarray, amount: int) -> list[Evidence]:
        """As :meth:`rank`, for a question read and prepared, and the lexical model's outputs ``letters`` for it, shape
        (rules,)."""
        return self._chosen(self._candidates(reading, query, letters))[:amount]

    def candidates(self, question: str) -> list[Evidence]:
        """What the choice is made among: rules with their ``CANDIDATE_FEATURES``, in the ridge model's order."""
        query, letters = self.lexical.read(question)
        return self._candidates(self.read(question, query), query, letters)

    def nearness(self, reading: Reading, rule: int) -> float:
        """Cosine (−1 to 1) of the question's embedding with the nearest variant of ``rule``."""
        rows = self.extractor.rows(rule)
        return float(reading.meaning[rows.start : rows.stop].max())

    def unanswered(
        self, rule: int, reading: Reading, words: frozenset[str], excluded: range = range(0)
    ) -> tuple[float, float]:
        """See :meth:`nlu.echo.Echo.unanswered`."""
        return self._echo.unanswered(rule, reading.said, words, excluded)

    def _candidates(self, reading: Reading, query: Query, letters: np.ndarray) -> list[Evidence]:
        if query.cosines is None:
            raise ValueError("a huge book has no second opinion")
        scores = kernels.semantic(query.cosines, reading.meaning) @ self.meanings.coefficients
        found = self.extractor.candidates(query, scores, amount=SHORTLIST, nearness=0.0)
        return self._with_meaning(found, reading.meaning, letters, reading.said, range(0))

    def left_out(self, row: int, outputs: np.ndarray, excluded: range) -> Evidence:
        """As :meth:`nlu.matcher.Matcher.left_out`."""
        return self._chosen(self.left_out_candidates(row, outputs, excluded))[0]

    def left_out_candidates(self, row: int, outputs: np.ndarray, excluded: range) -> list[Evidence]:
        """What the choice is made among for variant ``row``; see :meth:`left_out` and :meth:`candidates`."""
        query, letters = self.lexical.query_of_row(row), self._without(excluded).letters[row - excluded.start]
        reading = self.read_row(row, query, excluded)
        found = self.extractor.candidates(query, outputs, excluded, SHORTLIST, nearness=0.0)
        return self._with_meaning(found, reading.meaning, letters, reading.said, excluded)

    def read_row(self, row: int, query: Query, excluded: range) -> Reading:
        """A variant, whose prepared form is ``query``, when ``excluded`` rows (its own among them) had never been written."""
        meaning = self._without(excluded).meaning[row - excluded.start]
        return Reading(meaning, self.meanings.variants[row], self._echo.said(query.tokens, np.zeros((0, 0))))

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


def _encoded(encoder: Encoder, texts: list[str], dimensions: int) -> np.ndarray:
    """Their embeddings, shape (len(texts), dimensions)."""
    return encoder.encode(texts) if texts else np.zeros((0, dimensions), dtype=np.float32)
