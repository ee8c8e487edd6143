"""What others would do: each peer learns a book and answers with its best rule and a score.

All get the text as our normaliser leaves it (accents, case, greetings, shorthand levelled), so that
only the matching differs.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import bm25s
import numpy as np
from rapidfuzz import fuzz, process
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.bench.scoring import Answer
from nlu.text import normalize
from rules.book import RuleBook


class Engine(Protocol):
    """Something that learns a rule book and answers one question at a time."""

    def fit(self, book: RuleBook) -> None:
        """Learn the book; called once."""

    def ask(self, question: str) -> Answer:
        """The best rule with its score; a higher score is surer."""


def flat(book: RuleBook) -> tuple[list[str], list[str]]:
    """The book's variants, normalised, and the rule id of each."""
    pairs = [(normalize(question), rule.id) for rule in book.rules for question in rule.questions]
    return [text for text, _ in pairs], [rule for _, rule in pairs]


class Fuzzy:
    """The nearest variant by one of RapidFuzz's scorers (0–100)."""

    def __init__(self, scorer: Callable[..., float]):
        self._scorer = scorer

    def fit(self, book: RuleBook) -> None:
        self._variants, self._rules = flat(book)

    def ask(self, question: str) -> Answer:
        best = process.extractOne(normalize(question), self._variants, scorer=self._scorer)
        return Answer(self._rules[best[2]], best[1]) if best else Answer(None, 0.0)


class TfidfLogistic:
    """Logistic regression over tf-idf of words, word pairs and character n-grams; the score is the
    top class's probability."""

    def fit(self, book: RuleBook) -> None:
        variants, rules = flat(book)
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        self._vectorizers = (words.fit(variants), letters.fit(variants))
        self._model = LogisticRegression(C=20.0, max_iter=100, tol=1e-3).fit(self._vectors(variants), rules)

    def _vectors(self, texts: list[str]) -> sparse.csr_matrix:
        return sparse.hstack([vectorizer.transform(texts) for vectorizer in self._vectorizers]).tocsr()

    def ask(self, question: str) -> Answer:
        probabilities = self._model.predict_proba(self._vectors([normalize(question)]))[0]
        best = int(np.argmax(probabilities))
        return Answer(str(self._model.classes_[best]), float(probabilities[best]))


class Bm25:
    """The nearest variant by BM25 (Lucene's form, k1 1.5, b 0.75)."""

    def fit(self, book: RuleBook) -> None:
        variants, self._rules = flat(book)
        self._index = bm25s.BM25()
        self._index.index([text.split() for text in variants], show_progress=False)

    def ask(self, question: str) -> Answer:
        tokens = normalize(question).split()
        if not tokens:
            return Answer(None, 0.0)
        scores = self._index.get_scores(tokens)
        best = int(np.argmax(scores))
        return Answer(self._rules[best], float(scores[best]))


PEERS: dict[str, Callable[[], Engine]] = {
    "RapidFuzz WRatio": partial(Fuzzy, fuzz.WRatio),
    "RapidFuzz token_set_ratio": partial(Fuzzy, fuzz.token_set_ratio),
    "RapidFuzz token_sort_ratio": partial(Fuzzy, fuzz.token_sort_ratio),
    "tf-idf + logistic regression": TfidfLogistic,
    "BM25": Bm25,
}
