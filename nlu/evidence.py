"""What speaks for a candidate rule: a dozen numbers, each explainable to a person.

The same code looks at a student's question and, in calibration, at a variant (or a whole rule)
that is left out, so that nothing is measured differently in the two.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from nlu.ngrams import NgramIndex, char_ngrams
from nlu.text import INTERROGATIVES
from nlu.text import tokens as tokenize

FEATURES = (
    "score",  # output of the linear model for the rule (about 0–1)
    "margin",  # its lead over the runner-up rule
    "similarity",  # cosine with the nearest variant
    "similarity_lead",  # lead of that over the nearest variant of any other candidate
    "similarity_top3",  # mean cosine with the three nearest variants
    "words_covered",  # idf-weighted share of the question's words found in the rule's variants
    "letters_covered",  # the same over character n-grams: survives typos
    "words_unknown",  # idf-weighted share of words that no variant of the book has
    "letters_unknown",  # share of character n-grams that no variant of the book has
    "rarest_uncovered",  # idf of the rarest word that the rule lacks, over the highest idf
    "token_sort",  # RapidFuzz token_sort_ratio with the best of the three nearest, 0–1
    "ratio",  # RapidFuzz ratio, likewise
    "word_overlap",  # idf-weighted Jaccard overlap with the best of the three nearest
    "length",  # log(1 + distinct words)
    "short",  # 1 when there are at most two distinct words
    "question_word",  # share of the rule's variants that ask with the same interrogative
)

_SHORTLIST = 5


@dataclass(frozen=True)
class Evidence:
    """A candidate with its features (order of ``FEATURES``) and the nearest variant's row."""

    rule: int
    values: np.ndarray
    nearest: int


@dataclass(frozen=True)
class Query:
    """A question, prepared once: its tokens, n-gram ids and weights."""

    tokens: tuple[str, ...]
    ids: np.ndarray
    weights: np.ndarray


class EvidenceExtractor:
    """Looks questions up among the variants of a book.

    Args:
        variants: tokens of every variant, grouped by rule.
        rule_of: rule index of each variant, ascending.
    """

    def __init__(self, variants: Sequence[Sequence[str]], rule_of: np.ndarray, max_features: int | None = None):
        self.index = NgramIndex(variants, max_features)
        self.vectors = self.index.matrix(variants)
        self.rule_of = rule_of
        self.rules = int(rule_of[-1]) + 1
        self.first_row = np.searchsorted(rule_of, np.arange(self.rules + 1))
        self.word_sets = [frozenset(tokens) for tokens in variants]
        self._plain = [" ".join(tokens) for tokens in variants]
        self._sorted = [" ".join(sorted(tokens)) for tokens in variants]
        self._asks = [_interrogatives(tokens) for tokens in variants]
        self._scratch = np.zeros(len(self.index), dtype=np.float32)
        self._present = np.zeros(len(self.index), dtype=bool)
        self._touched: list[np.ndarray] = []
        self._word_idf = self.index.word_idf

    def query(self, question: str) -> Query:
        return self.query_of(tokenize(question))

    def query_of(self, tokens: Sequence[str]) -> Query:
        ids, weights = self.index.vector(tokens)
        return Query(tuple(tokens), ids, weights)

    def rows(self, rule: int) -> range:
        """Variant rows of a rule."""
        return range(self.first_row[rule], self.first_row[rule + 1])

    def candidates(
        self, query: Query, scores: np.ndarray, excluded: range = range(0), amount: int = 1
    ) -> list[Evidence]:
        """The ``amount`` best candidates, best first.

        Args:
            scores: linear outputs, shape (rules,).
            excluded: variant rows to be treated as never written (calibration).
        """
        shortlist = self._shortlist(scores, excluded)
        similarities = [self._similarities(query, rule, excluded) for rule in shortlist]
        best = np.array([s.max() if len(s) else -1.0 for s in similarities])
        order = np.argsort(-(scores[shortlist] + 0.15 * best), kind="stable")
        return [
            self._evidence(query, position, order, shortlist, scores, similarities, best, excluded)
            for position in range(min(amount, len(order)))
        ]

    def _shortlist(self, scores: np.ndarray, excluded: range) -> np.ndarray:
        count = min(_SHORTLIST + 1, len(scores))
        top = np.argpartition(-scores, count - 1)[:count]
        top = top[np.argsort(-scores[top], kind="stable")]
        alive = [rule for rule in top if not _covers(excluded, self.rows(rule))]
        return np.array(alive[:_SHORTLIST])

    def _similarities(self, query: Query, rule: int, excluded: range) -> np.ndarray:
        """Cosine (0–1) of the question with each variant of the rule; −1 for excluded ones."""
        start, stop = self.first_row[rule], self.first_row[rule + 1]
        pointers = self.vectors.indptr[start : stop + 1]
        begin, end = pointers[0], pointers[-1]
        scratch = self._scratch
        scratch[query.ids] = query.weights
        products = self.vectors.data[begin:end] * scratch[self.vectors.indices[begin:end]]
        scratch[query.ids] = 0
        sums = np.concatenate(([0.0], np.cumsum(products)))
        result: np.ndarray = (sums[pointers[1:] - begin] - sums[pointers[:-1] - begin]) / 2
        for row in excluded:
            if start <= row < stop:
                result[row - start] = -1.0
        return result

    def _evidence(
        self,
        query: Query,
        position: int,
        order: np.ndarray,
        shortlist: np.ndarray,
        scores: np.ndarray,
        similarities: list[np.ndarray],
        best: np.ndarray,
        excluded: range,
    ) -> Evidence:
        at = order[position]
        rule = int(shortlist[at])
        others = [i for i in order if i != at]
        near = similarities[at]
        nearest = np.argsort(-near, kind="stable")[:3]
        nearest = nearest[near[nearest] >= 0]
        rows = [int(self.first_row[rule] + i) for i in nearest]
        words = frozenset(query.tokens)
        values = np.array([
            scores[rule],
            scores[rule] - (scores[shortlist[others]].max() if others else 0.0),
            best[at],
            best[at] - (best[others].max() if others else 0.0),
            near[nearest].mean() if len(nearest) else 0.0,
            *self._coverage(query, words, rule, excluded),
            *self._closeness(query, words, rows),
            np.log1p(len(words)),
            float(len(words) <= 2),
            self._asks_alike(query, rule, excluded),
        ])  # fmt: skip
        return Evidence(rule, values, rows[0] if rows else int(self.first_row[rule]))

    def _coverage(self, query: Query, words: frozenset[str], rule: int, excluded: range) -> tuple[float, ...]:
        """words_covered, letters_covered, words_unknown, letters_unknown, rarest_uncovered."""
        in_rule = self._grams_of([row for row in self.rows(rule) if row not in excluded])
        vocabulary, idf, max_idf = self.index.vocabulary, self.index.idf, self.index.max_idf
        left_out = self._left_out_counts(excluded)
        frequency = self.index.document_frequency
        total = covered = unknown = rarest = 0.0
        for word in words:
            index = vocabulary.get("w " + word)
            is_known = index is not None and frequency[index] > left_out.get(index, 0)
            weight = float(idf[index]) if is_known else max_idf
            total += weight
            if is_known and in_rule[index]:
                covered += weight
            else:
                rarest = max(rarest, weight)
                unknown += 0.0 if is_known else weight
        letters = {gram for word in words for gram in char_ngrams(word)}
        hit = lost = 0
        for gram in letters:
            index = vocabulary.get(gram)
            if index is None or frequency[index] <= left_out.get(index, 0):
                lost += 1
            elif in_rule[index]:
                hit += 1
        count = len(letters) or 1
        total = total or 1.0
        self._clear(in_rule)
        return covered / total, hit / count, unknown / total, lost / count, rarest / max_idf

    def _grams_of(self, rows: Sequence[int]) -> np.ndarray:
        indptr, indices = self.vectors.indptr, self.vectors.indices
        self._touched = [indices[indptr[row] : indptr[row + 1]] for row in rows]
        for part in self._touched:
            self._present[part] = True
        return self._present

    def _clear(self, present: np.ndarray) -> None:
        for part in self._touched:
            present[part] = False

    def _left_out_counts(self, excluded: range) -> dict[int, int]:
        counts: dict[int, int] = {}
        if not excluded:
            return counts
        indptr, indices = self.vectors.indptr, self.vectors.indices
        for index in indices[indptr[excluded.start] : indptr[excluded.stop]].tolist():
            counts[index] = counts.get(index, 0) + 1
        return counts

    def _closeness(self, query: Query, words: frozenset[str], rows: Sequence[int]) -> tuple[float, float, float]:
        """token_sort, ratio and word_overlap with the best of ``rows``."""
        plain, ordered = " ".join(query.tokens), " ".join(sorted(query.tokens))
        token_sort = max((fuzz.ratio(ordered, self._sorted[row]) for row in rows), default=0.0) / 100
        ratio = max((fuzz.ratio(plain, self._plain[row]) for row in rows), default=0.0) / 100
        overlap = max((self._overlap(words, self.word_sets[row]) for row in rows), default=0.0)
        return token_sort, ratio, overlap

    def _overlap(self, left: frozenset[str], right: frozenset[str]) -> float:
        union = sum(map(self._word_idf, left | right))
        return sum(map(self._word_idf, left & right)) / union if union else 0.0

    def _asks_alike(self, query: Query, rule: int, excluded: range) -> float:
        asked = _interrogatives(query.tokens)
        rows = [row for row in self.rows(rule) if row not in excluded]
        if not asked or not rows:
            return 0.5
        return sum(bool(asked & self._asks[row]) for row in rows) / len(rows)


def _interrogatives(tokens: Sequence[str]) -> frozenset[str]:
    return INTERROGATIVES.intersection(tokens)


def _covers(outer: range, inner: range) -> bool:
    return len(outer) > 0 and outer.start <= inner.start and inner.stop <= outer.stop
