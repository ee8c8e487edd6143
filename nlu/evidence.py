"""What speaks for a candidate rule: a dozen numbers, each explainable to a person.

The same code looks at a student's question and, in calibration, at a variant (or a whole rule)
that is left out, so that nothing is measured differently in the two.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np
from rapidfuzz import fuzz

from nlu.asked import Datum, asked_in, held
from nlu.ngrams import NgramIndex
from nlu.spelling import Speller
from nlu.text import INTERROGATIVES
from nlu.text import tokens as tokenize
from nlu.text import words as words_of

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
    "lacking",  # kinds of datum asked for that neither the rule's answer states nor a variant asks for
)

SHORTLIST = 5
# So many of the best rules lend their words to a misspelt question.
_IN_LIGHT_OF = 3
# Chosen on the development books, for outputs of the model over letters.
NEARNESS = 0.15
# Nearest variants of a rule whose cosines are averaged.
TOP = 3


@dataclass(frozen=True)
class Evidence:
    """A candidate with its features (order of ``FEATURES``) and the nearest variant's row."""

    rule: int
    values: np.ndarray
    nearest: int


@dataclass(frozen=True)
class Familiar:
    """How much of a question some variant has.

    ``idf``: that of each of ``Query.words``, the highest where no variant has it; ``total``: its sum; ``unknown``: the
    features ``words_unknown`` and ``letters_unknown``.
    """

    idf: np.ndarray
    total: float
    unknown: tuple[float, float]


@dataclass(frozen=True)
class Query:
    """A question, prepared once.

    ``ids`` and ``weights`` are its n-grams'; ``words`` and ``letters`` the places of its distinct
    words and character n-grams in the vocabulary, −1 for unknown ones, and ``familiar`` how much of them any variant has;
    ``cosines`` (0–1) those with every variant, None in a huge book; ``idf`` that of each word; ``seen`` remembers what
    was found for a rule.
    """

    tokens: tuple[str, ...]
    ids: np.ndarray
    weights: np.ndarray
    words: np.ndarray
    letters: np.ndarray
    familiar: Familiar
    cosines: np.ndarray | None
    idf: dict[str, float]
    written: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    seen: dict[int, tuple[float, ...]] = field(default_factory=dict)

    @cached_property
    def plain(self) -> str:
        """The words as they follow each other."""
        return " ".join(self.tokens)

    @cached_property
    def ordered(self) -> str:
        """The words in alphabetical order."""
        return " ".join(sorted(self.tokens))

    @cached_property
    def interrogatives(self) -> frozenset[str]:
        return INTERROGATIVES.intersection(self.tokens)

    @cached_property
    def wanted(self) -> frozenset[Datum]:
        """The kinds of datum that are asked for."""
        return asked_in(self.plain)


@dataclass(frozen=True)
class _Likely:
    """The likeliest rules, with the cosines (0–1) of the variants of each; ``of_all``: their outputs and their highest
    cosines, each of shape (rules,)."""

    rules: list[int]
    similarities: list[np.ndarray]
    of_all: tuple[np.ndarray, np.ndarray]

    @cached_property
    def best(self) -> tuple[tuple[float, float], ...]:
        """The two best of each of ``of_all``."""
        return tuple(map(two_best, self.of_all))


class EvidenceExtractor:
    """Looks questions up among the variants of a book.

    Args:
        variants: tokens of every variant, grouped by rule.
        rule_of: rule index of each variant, ascending.
        max_features: keep the most frequent n-grams only.
        all_cosines: compare each question with all variants at once, not with a few rules' alone.
        answers: the rules' answers, "" where unknown; their words are no misspelling.
    """

    def __init__(
        self,
        variants: Sequence[Sequence[str]],
        rule_of: np.ndarray,
        max_features: int | None = None,
        all_cosines: bool = True,
        answers: Sequence[str] = (),
    ):
        self.index = NgramIndex(variants, max_features)
        self.vectors = self.index.matrix(variants)
        self._variants = variants
        self.rule_of = rule_of
        self.rules = int(rule_of[-1]) + 1
        self.first_row = np.searchsorted(rule_of, np.arange(self.rules + 1))
        self.word_sets = [frozenset(tokens) for tokens in variants]
        self._plain = [" ".join(tokens) for tokens in variants]
        self._sorted = [" ".join(sorted(tokens)) for tokens in variants]
        self._asks = [INTERROGATIVES.intersection(tokens) for tokens in variants]
        self._asking = [Counter(self._asks[row.start : row.stop]) for row in map(self.rows, range(self.rules))]
        self._by_feature = self.vectors.T.tocsr() if all_cosines else None
        self._scratch = np.zeros(len(self.index), dtype=np.float32)
        self._present = np.zeros(len(self.index) + 1, dtype=bool)  # the last is where unknown n-grams (−1) look
        self._rule_grams = [self._grams_between([(row.start, row.stop)]) for row in map(self.rows, range(self.rules))]
        self._row_weight = [sum(map(self.index.word_idf, words)) for words in self.word_sets]
        self.answer_words = [frozenset(words_of(answer)) for answer in answers] or [frozenset()] * self.rules
        self._speller = Speller(variants, frozenset().union(*self.answer_words))
        self._rule_words: dict[int, tuple[str, ...]] = {}
        self._wanted = [asked_in(plain) for plain in self._plain]
        self._stated = [held(answer) if answer else None for answer in answers] or [None] * self.rules

    def tokens(self, question: str) -> list[str]:
        """Words of the question, normalised, and misspelt ones read as the book's."""
        return self.mend(tokenize(question))

    def mend(self, tokens: Sequence[str], near: Sequence[str] = ()) -> list[str]:
        """Normalised ``tokens``, misspelt ones read as the book's; see :meth:`nlu.spelling.Speller.mend`."""
        return self._speller.mend(tokens, near)

    def query(self, question: str) -> Query:
        written = tokenize(question)
        return replace(self.query_of(self.mend(written)), written=tuple(written))

    def query_of(self, tokens: Sequence[str]) -> Query:
        """A question given as its words, taken as they are."""
        return self._query(tokens, *self.index.vector(tokens))

    def closer(self, query: Query, scores: np.ndarray) -> Query | None:
        """``query`` read again in the light of the rules that fit it best; None when that changes nothing.

        Args:
            scores: linear outputs for ``query``, shape (rules,).
        """
        if not any(map(self._speller.is_strange, query.written)):
            return None
        near = dict.fromkeys(word for rule in self._shortlist(scores, range(0))[:_IN_LIGHT_OF] for word in self._words_of(rule))
        tokens = self.mend(query.written, tuple(near))
        if tokens == list(query.tokens):
            return None
        return replace(self.query_of(tokens), written=query.written, near=tuple(near))

    def _words_of(self, rule: int) -> tuple[str, ...]:
        """The distinct words of a rule's variants, the book's commonest first."""
        if rule not in self._rule_words:
            words = {word for row in self.rows(rule) for word in self.word_sets[row] if word.isalpha()}
            self._rule_words[rule] = tuple(sorted(words, key=lambda word: (-self._speller.commonness(word), word)))
        return self._rule_words[rule]

    def variant(self, row: int) -> Sequence[str]:
        """The words of a variant, in order."""
        return self._variants[row]

    def asked_words(self, rule: int, excluded: range = range(0)) -> frozenset[str]:
        """The words of a rule's variants outside ``excluded``."""
        return frozenset().union(*(self.word_sets[row] for row in self.rows(rule) if row not in excluded))

    def query_of_row(self, row: int, cosines: np.ndarray | None = None) -> Query:
        """A variant of the book as a question: its n-grams, and its ``cosines`` where they are known, need not be
        weighed again."""
        span = slice(self.vectors.indptr[row], self.vectors.indptr[row + 1])
        return self._query(self._variants[row], self.vectors.indices[span], self.vectors.data[span], cosines)

    def _query(
        self, tokens: Sequence[str], ids: np.ndarray, weights: np.ndarray, cosines: np.ndarray | None = None
    ) -> Query:
        words, letters = self.index.places(tokens)
        taken = tuple(tokens)
        known = self._cosines(ids, weights) if cosines is None else cosines
        idf = {word: self.index.word_idf(word) for word in taken}
        return Query(taken, ids, weights, words, letters, self._familiar(words, letters), known, idf, taken)

    def _cosines(self, ids: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
        if self._by_feature is None:
            return None
        # A few rows added up: a product of two sparse matrices would count the outcome's places first.
        cosines: np.ndarray = self._by_feature[ids].T @ weights
        return cosines / np.float32(2)

    def rows(self, rule: int) -> range:
        """Variant rows of a rule."""
        return range(self.first_row[rule], self.first_row[rule + 1])

    def candidates(
        self,
        query: Query,
        scores: np.ndarray,
        excluded: range = range(0),
        amount: int = 1,
        nearness: float = NEARNESS,
    ) -> list[Evidence]:
        """The ``amount`` best of :meth:`ranked`."""
        return list(islice(self.ranked(query, scores, excluded, nearness), amount))

    def ranked(
        self, query: Query, scores: np.ndarray, excluded: range = range(0), nearness: float = NEARNESS
    ) -> Iterator[Evidence]:
        """The likeliest candidates, best first, each with its evidence once it is asked for.

        Args:
            scores: linear outputs, shape (rules,).
            excluded: variant rows to be treated as never written (calibration).
            nearness: what the cosine (0–1) with the nearest variant counts beside the output.
        """
        rules = self._shortlist(scores, excluded)
        similarities = [self._similarities(query, rule, excluded) for rule in rules]
        nearest = np.array([s.max() if len(s) else -1.0 for s in similarities])
        likely = _Likely(rules.tolist(), similarities, (scores[rules], nearest))
        for at in np.argsort(-(scores[rules] + nearness * nearest), kind="stable").tolist():
            yield self._evidence(query, at, likely, excluded)

    def _shortlist(self, scores: np.ndarray, excluded: range) -> np.ndarray:
        count = min(SHORTLIST + 1, len(scores))
        top = np.argpartition(-scores, count - 1)[:count]
        top = top[np.argsort(-scores[top], kind="stable")]
        alive = [rule for rule in top if not _covers(excluded, self.rows(rule))]
        return np.array(alive[:SHORTLIST])

    def _similarities(self, query: Query, rule: int, excluded: range) -> np.ndarray:
        """Cosine (0–1) of the question with each variant of the rule; −1 for excluded ones."""
        start, stop = self.first_row[rule], self.first_row[rule + 1]
        near = self._near(query, start, stop) if query.cosines is None else query.cosines[start:stop]
        if not excluded:
            return near
        kept = near.copy()
        for row in excluded:
            if start <= row < stop:
                kept[row - start] = -1.0
        return kept

    def _near(self, query: Query, start: int, stop: int) -> np.ndarray:
        pointers = self.vectors.indptr[start : stop + 1]
        begin, end = pointers[0], pointers[-1]
        scratch = self._scratch
        scratch[query.ids] = query.weights
        products = self.vectors.data[begin:end] * scratch[self.vectors.indices[begin:end]]
        scratch[query.ids] = 0
        sums = np.concatenate(([0.0], np.cumsum(products)))
        result: np.ndarray = (sums[pointers[1:] - begin] - sums[pointers[:-1] - begin]) / 2
        return result

    def _evidence(self, query: Query, at: int, likely: _Likely, excluded: range) -> Evidence:
        rule, near = likely.rules[at], likely.similarities[at]
        nearest = np.argsort(-near, kind="stable")[:TOP]
        cosines = near[nearest]
        written = int(np.count_nonzero(cosines >= 0))  # the excluded come last
        first = int(self.first_row[rule])
        rows = [first + place for place in nearest[:written].tolist()]
        leads = [(values[at], lead(values[at], best)) for values, best in zip(likely.of_all, likely.best, strict=True)]
        values = np.array([
            *leads[0],
            *leads[1],
            cosines[:written].sum() / written if written else 0.0,
            *self._likeness(query, rule, rows, excluded),
        ])  # fmt: skip
        return Evidence(rule, values, rows[0] if rows else first)

    def _likeness(self, query: Query, rule: int, rows: Sequence[int], excluded: range) -> tuple[float, ...]:
        """The features from ``words_covered`` on, which no model enters; remembered between the two opinions."""
        if not excluded and rule in query.seen:
            return query.seen[rule]
        words = len(query.words)
        found = (
            *self._coverage(query, rule, excluded),
            *self._closeness(query, rows),
            float(np.log1p(words)),
            float(words <= 2),
            self._asks_alike(query, rule, excluded),
            float(len(self._lacking(query, rule, excluded))),
        )
        if not excluded:
            query.seen[rule] = found
        return found

    def _coverage(self, query: Query, rule: int, excluded: range) -> tuple[float, ...]:
        """words_covered, letters_covered, words_unknown, letters_unknown, rarest_uncovered."""
        familiar = self._familiar(query.words, query.letters, excluded) if excluded else query.familiar
        present = self._present
        grams = self._grams_of(rule, excluded)
        present[grams] = True
        words_in, letters_in = present[query.words], present[query.letters]
        present[grams] = False
        return (
            familiar.idf[words_in].sum() / familiar.total,
            np.count_nonzero(letters_in) / (len(letters_in) or 1),
            *familiar.unknown,
            familiar.idf[~words_in].max(initial=0.0) / self.index.max_idf,
        )

    def _familiar(self, words: np.ndarray, letters: np.ndarray, excluded: range = range(0)) -> Familiar:
        """How much variants outside ``excluded`` have of a question's words and letters, given by their places."""
        words_known, letters_known = self._known(words, excluded), self._known(letters, excluded)
        idf = np.where(words_known, self.index.idf[words], self.index.max_idf)
        total = float(idf.sum()) or 1.0
        strange = (len(letters) - np.count_nonzero(letters_known)) / (len(letters) or 1)
        return Familiar(idf, total, (float(idf[~words_known].sum()) / total, strange))

    def _known(self, places: np.ndarray, excluded: range) -> np.ndarray:
        """Which vocabulary places are those of n-grams that some variant outside ``excluded`` has."""
        known: np.ndarray = places >= 0
        if excluded:
            known = known & (self.index.document_frequency[places] > self._left_out_counts(excluded)[places])
        return known

    def _grams_of(self, rule: int, excluded: range) -> np.ndarray:
        """Vocabulary places of the n-grams of a rule's variants outside ``excluded``."""
        rows = self.rows(rule)
        if not excluded or excluded.stop <= rows.start or rows.stop <= excluded.start:
            return self._rule_grams[rule]
        return self._grams_between([(rows.start, max(rows.start, excluded.start)), (min(rows.stop, excluded.stop), rows.stop)])

    def _grams_between(self, spans: Sequence[tuple[int, int]]) -> np.ndarray:
        indptr, indices = self.vectors.indptr, self.vectors.indices
        return np.unique(np.concatenate([indices[indptr[start] : indptr[stop]] for start, stop in spans]))

    def _left_out_counts(self, excluded: range) -> np.ndarray:
        """In how many of the ``excluded`` variants each n-gram stands, shape (vocabulary,)."""
        indptr, indices = self.vectors.indptr, self.vectors.indices
        return np.bincount(indices[indptr[excluded.start] : indptr[excluded.stop]], minlength=len(self.index))

    def _closeness(self, query: Query, rows: Sequence[int]) -> tuple[float, float, float]:
        """token_sort, ratio and word_overlap with the best of ``rows``."""
        token_sort = max((fuzz.ratio(query.ordered, self._sorted[row]) for row in rows), default=0.0) / 100
        ratio = max((fuzz.ratio(query.plain, self._plain[row]) for row in rows), default=0.0) / 100
        overlap = max((self._overlap(query.idf, row) for row in rows), default=0.0)
        return token_sort, ratio, overlap

    def _overlap(self, weights: dict[str, float], row: int) -> float:
        """Idf-weighted Jaccard overlap of the words in ``weights`` with those of variant ``row``."""
        shared = sum(weight for word, weight in weights.items() if word in self.word_sets[row])
        union = sum(weights.values()) + self._row_weight[row] - shared
        return shared / union if union else 0.0

    def _asks_alike(self, query: Query, rule: int, excluded: range) -> float:
        asked, asking = query.interrogatives, self._asking[rule]
        if excluded:
            rows = self.rows(rule)
            asking = asking - Counter(self._asks[max(rows.start, excluded.start) : min(rows.stop, excluded.stop)])
        if not asked or not asking:
            return 0.5
        return sum(times for other, times in asking.items() if asked & other) / asking.total()

    def _lacking(self, query: Query, rule: int, excluded: range) -> frozenset[Datum]:
        stated = self._stated[rule]
        if stated is None:
            return frozenset()
        wanted = query.wanted - stated
        return wanted.difference(*(self._wanted[row] for row in self.rows(rule) if row not in excluded)) if wanted else wanted


def two_best(values: np.ndarray) -> tuple[float, float]:
    """The highest of ``values`` and the second highest, 0 where there is none."""
    if len(values) == 1:
        return float(values[0]), 0.0
    second, first = np.partition(values, -2)[-2:].tolist()
    return first, second


def lead(value: float, best: tuple[float, float]) -> float:
    """How far ``value``, one of those whose :func:`two_best` are given, is ahead of the best other."""
    first, second = best
    return value - (second if value == first else first)


def _covers(outer: range, inner: range) -> bool:
    return len(outer) > 0 and outer.start <= inner.start and inner.stop <= outer.stop
