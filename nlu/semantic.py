"""The second opinion: rank the rules by letters and meaning together, for questions that letters leave open."""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nlu import kernels
from nlu.encoder import Encoder
from nlu.evidence import FEATURES, Evidence, Query
from nlu.matcher import Matcher
from nlu.ridge import KernelRidge, Restorable

SEMANTIC_FEATURES = (
    *FEATURES,  # "score" and "margin" are here the outputs of the model over letters and meaning
    "meaning",  # cosine of the embeddings of the question and the rule's nearest variant
    "meaning_lead",  # its lead over the nearest variant of any other rule
    "meaning_top3",  # mean cosine with the rule's three nearest variants
    "letters_score",  # output of the model over letters alone
    "letters_margin",  # its lead over the best other rule
    "unsaid",  # idf-weighted share of the nearest variant's words that the question says in no words
    "unsaid_most",  # idf of the one that it says least
    "echoed",  # the other way round: idf-weighted share of the question's words that variants and answer say in any words
)
_TOP = 3


@dataclass(frozen=True)
class Meanings:
    """What was fitted: ridge coefficients, shape (variants, rules), and the embeddings of the variants
    and of the book's words in alphabetical order, shapes (variants, dimensions) and (words, dimensions)."""

    coefficients: np.ndarray
    variants: np.ndarray
    words: np.ndarray


class SemanticMatcher(Restorable):
    """A second ridge model beside ``lexical``'s, over sentence embeddings and n-grams.

    Args:
        kept: coefficients and embeddings fitted earlier for this very book and encoder; without them
            both are made, and held-out outputs are kept.
    """

    def __init__(self, lexical: Matcher, encoder: Encoder, kept: Meanings | None = None):
        self.lexical = lexical
        self.book = lexical.book
        self.extractor = lexical.extractor
        self.variants = lexical.variants
        self.encoder = encoder
        self._letters: tuple[range, np.ndarray] | None = None
        words = sorted({word for variant in self.variants for word in variant}.union(*self.extractor.answer_words))
        self._word_at = {word: at for at, word in enumerate(words)}
        if kept is not None:
            self.meanings = kept
            return
        variants = encoder.encode([question for rule in self.book.rules for question in rule.questions])
        kernel = kernels.semantic(lexical.cosines(), variants @ variants.T)
        self.model = KernelRidge(kernel, self.extractor.rule_of, len(self.book.rules))
        self.meanings = Meanings(self.model.dual, variants, encoder.encode(words))

    def rank(self, question: str, amount: int = 3) -> list[Evidence]:
        """The ``amount`` best rules with their evidence (``SEMANTIC_FEATURES``), best first."""
        return self.rank_query(question, *self.lexical.read(question), amount)

    def rank_query(self, question: str, query: Query, letters: np.ndarray, amount: int) -> list[Evidence]:
        """As :meth:`rank`, for a question with its prepared form and the lexical model's outputs
        ``letters``, shape (rules,)."""
        if query.cosines is None:
            raise ValueError("a huge book has no second opinion")
        # The encoder reads natural sentences best, and makes nothing of typos and shorthand.
        strange = [word for word in dict.fromkeys(query.tokens) if word not in self._word_at]
        vector, *vectors = self.encoder.encode([self.lexical.as_written(question, query.near), *strange])
        meaning = self.meanings.variants @ vector
        scores = kernels.semantic(query.cosines, meaning) @ self.meanings.coefficients
        found = self.extractor.candidates(query, scores, amount=amount, nearness=0.0)
        nearest, said = self._nearest(meaning), self._said(query, dict(zip(strange, vectors, strict=True)))
        return [self._with_meaning(evidence, meaning, nearest, letters, said, range(0)) for evidence in found]

    def left_out(self, row: int, outputs: np.ndarray, excluded: range) -> Evidence:
        """As :meth:`nlu.matcher.Matcher.left_out`."""
        query = self.extractor.query_of_row(row)
        meaning = self.meanings.variants @ self.meanings.variants[row]
        meaning[excluded.start : excluded.stop] = -1.0
        letters = self._letters_without(excluded)[row - excluded.start]
        best = self.extractor.candidates(query, outputs, excluded, nearness=0.0)[0]
        return self._with_meaning(best, meaning, self._nearest(meaning), letters, self._said(query, {}), excluded)

    def _letters_without(self, excluded: range) -> np.ndarray:
        """The lexical model's held-out outputs for ``excluded``, which come up once for each of its rows."""
        if self._letters is None or self._letters[0] != excluded:
            self._letters = excluded, self.lexical.held_out(np.arange(excluded.start, excluded.stop))
        return self._letters[1]

    def _nearest(self, meaning: np.ndarray) -> np.ndarray:
        """Highest cosine of each rule's variants, shape (rules,)."""
        best: np.ndarray = np.maximum.reduceat(meaning, self.extractor.first_row[:-1])
        return best

    def _said(self, query: Query, strange: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The question's distinct words with their embeddings; ``strange`` are those that no variant has."""
        known = self._word_at
        return {w: self.meanings.words[known[w]] if w in known else strange[w] for w in dict.fromkeys(query.tokens)}

    def _unsaid(self, row: int, said: dict[str, np.ndarray]) -> tuple[float, float]:
        """How much of a variant is said neither in its words nor in others, idf-weighted: share and greatest."""
        vectors = np.array(list(said.values()))
        words = list(dict.fromkeys(self.variants[row]))
        if not words or not said:
            return 0.0, 0.0
        weights = np.array([self.extractor.index.word_idf(word) for word in words])
        own = self.meanings.words[[self._word_at[word] for word in words]]
        alike = np.where([word in said for word in words], 1.0, (own @ vectors.T).max(axis=1))
        missing = weights * (1 - alike)
        return float(missing.sum() / max(weights.sum(), 1e-9)), float(missing.max())

    def _echoed(self, rule: int, said: dict[str, np.ndarray], excluded: range) -> float:
        """How much of the question the rule says in its words or in others, idf-weighted."""
        own = self.extractor.rule_words(rule, excluded)
        if not own or not said:
            return 0.0
        weights = np.array([self.extractor.index.word_idf(word) for word in said])
        alike = np.ones(len(said))
        foreign = [at for at, word in enumerate(said) if word not in own]
        if foreign:
            vectors = self.meanings.words[[self._word_at[word] for word in own]]
            alike[foreign] = (np.array(list(said.values()))[foreign] @ vectors.T).max(axis=1)
        return float(weights @ alike / weights.sum())

    def _with_meaning(
        self,
        evidence: Evidence,
        meaning: np.ndarray,
        nearest: np.ndarray,
        letters: np.ndarray,
        said: dict[str, np.ndarray],
        excluded: range,
    ) -> Evidence:
        rule = evidence.rule
        rows = self.extractor.rows(rule)
        top = np.sort(meaning[rows.start : rows.stop])[-_TOP:]
        values = (
            nearest[rule],
            nearest[rule] - _best_other(nearest, rule),
            top[top > -1].mean() if (top > -1).any() else 0.0,
            letters[rule],
            letters[rule] - _best_other(letters, rule),
            *self._unsaid(evidence.nearest, said),
            self._echoed(rule, said, excluded),
        )
        return replace(evidence, values=np.concatenate((evidence.values, values)))


def _best_other(values: np.ndarray, rule: int) -> float:
    if len(values) == 1:
        return 0.0
    return float(max(values[:rule].max(initial=-1.0), values[rule + 1 :].max(initial=-1.0)))
