"""Find the passages nearest to a question: BM25 over Spanish stems, and BM25 over character
n-grams, which survives typing errors; both scores, scaled to their best, are added.

A passage is indexed with its text, its title (twice) and the questions it answers, for
students' own words stand there. The module knows neither thresholds nor answers.
"""
from __future__ import annotations

import datetime as dt
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from llm.passages import Passage
from nlu.text import tokens

_STEMMER = Stemmer.Stemmer("spanish")
_STEMMER_LOCK = threading.Lock()  # a PyStemmer object must not be shared by running threads
_GRAM_SIZES = (3, 4)
_TITLE_REPEATS = 2


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The Spanish stem of a folded word."""
    with _STEMMER_LOCK:
        return str(_STEMMER.stemWord(word))


def stems(text: str) -> list[str]:
    """Stems of the words of ``text``, shorthand written out."""
    return [stem(word) for word in tokens(text)]


@lru_cache(maxsize=65536)
def word_grams(word: str) -> tuple[str, ...]:
    """Character n-grams of one folded word, its ends marked by spaces."""
    padded = f" {word} "
    return tuple(padded[i : i + size] for size in _GRAM_SIZES for i in range(len(padded) - size + 1))


def grams(text: str) -> list[str]:
    """Character n-grams of the words of ``text``."""
    return [gram for word in tokens(text) for gram in word_grams(word)]


@dataclass(frozen=True)
class Hit:
    """A passage found. ``score`` is in 0–1 (1: best in both rankings); ``stem_score`` and
    ``gram_score`` are the two BM25 scores (>= 0)."""

    passage: Passage
    score: float
    stem_score: float
    gram_score: float


class TermIndex:
    """BM25 over one kind of term, with what its terms weigh and which passage holds which."""

    def __init__(self, split: Callable[[str], list[str]], texts: Sequence[Sequence[str]], k1: float, b: float) -> None:
        self.split = split
        corpus = [[term for text in parts for term in split(text)] for parts in texts]
        self.terms = [frozenset(document) for document in corpus]
        counts = Counter(term for document in self.terms for term in document)
        self._weights = {term: _idf(len(corpus), count) for term, count in counts.items()}
        self._unknown = _idf(len(corpus), 0)
        self._bm25 = bm25s.BM25(k1=k1, b=b)
        self._bm25.index(corpus, show_progress=False)

    def knows(self, term: str) -> bool:
        """Whether any passage holds ``term``."""
        return term in self._weights

    def weight(self, term: str) -> float:
        """Inverse document frequency (> 0); an unknown term weighs most."""
        return self._weights.get(term, self._unknown)

    def scores(self, terms: Iterable[str]) -> NDArray[np.float64]:
        """BM25 of every passage; zeros when no term is known."""
        known = [term for term in terms if term in self._weights]
        if not known:
            return np.zeros(len(self.terms))
        return np.asarray(self._bm25.get_scores(known), dtype=np.float64)


def _idf(documents: int, count: int) -> float:
    return math.log(1 + (documents - count + 0.5) / (count + 0.5))


class Index:
    """The passages, searchable."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        if not passages:
            raise ValueError("No hay ningún pasaje que buscar: revisa las reglas y los documentos")
        self.passages = tuple(passages)
        texts = [(p.text, *(p.title,) * _TITLE_REPEATS, *(q for q in p.questions if q != p.title)) for p in passages]
        self.stems = TermIndex(stems, texts, k1=1.5, b=0.75)
        self.grams = TermIndex(grams, texts, k1=1.2, b=0.75)
        self._place = {passage.id: place for place, passage in enumerate(self.passages)}

    def search(self, question: str, today: dt.date, limit: int = 8) -> list[Hit]:
        """The ``limit`` best passages valid on ``today``, best first; ties by place in the files.

        Passages that share no term at all with the question are left out.
        """
        by_stem = self.stems.scores(stems(question))
        by_gram = self.grams.scores(grams(question))
        valid = np.array([passage.valid(today) for passage in self.passages])
        by_stem, by_gram = by_stem * valid, by_gram * valid
        score = (_scaled(by_stem) + _scaled(by_gram)) / 2
        order = np.argsort(-score, kind="stable")[:limit]
        return [
            Hit(self.passages[i], float(score[i]), float(by_stem[i]), float(by_gram[i])) for i in order if score[i] > 0
        ]

    def passage(self, key: str) -> Passage | None:
        """The passage of that id, if there is one."""
        place = self._place.get(key)
        return None if place is None else self.passages[place]

    def stems_of(self, passage: Passage) -> frozenset[str]:
        """The stems under which ``passage`` is indexed."""
        return self.stems.terms[self._place[passage.id]]

    def grams_of(self, passage: Passage) -> frozenset[str]:
        """The n-grams under which ``passage`` is indexed."""
        return self.grams.terms[self._place[passage.id]]


def _scaled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    best = scores.max()
    return scores / best if best > 0 else scores
