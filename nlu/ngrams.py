"""Questions as tf-idf vectors over words, word pairs and character n-grams.

Two blocks, each scaled to length 1: words with pairs of words (what is asked) and character
n-grams inside word boundaries (survives typos and inflection). Weights are the classic
sublinear tf × smoothed idf (Salton & Buckley 1988).
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
import scipy.sparse as sp

CHAR_MIN, CHAR_MAX = 2, 5
_WORD, _PAIR = "w ", "b "
_MOST_WORDS = 65536


@lru_cache(maxsize=65536)
def char_ngrams(word: str) -> tuple[str, ...]:
    """Character n-grams of `` word `` (with boundary blanks), ``CHAR_MIN`` to ``CHAR_MAX`` long."""
    padded = f" {word} "
    return tuple(
        padded[i : i + size]
        for size in range(CHAR_MIN, min(CHAR_MAX, len(padded)) + 1)
        for i in range(len(padded) - size + 1)
    )


def word_ngrams(tokens: Sequence[str]) -> list[str]:
    """Words and adjacent pairs of ``tokens``, each with a mark that tells which it is."""
    pairs = [f"{_PAIR}{left} {right}" for left, right in pairwise(tokens)]
    return [_WORD + token for token in tokens] + pairs


class NgramIndex:
    """Vocabulary and idf of a set of questions.

    ``max_features`` keeps the most frequent n-grams only, which bounds memory on big books.
    """

    def __init__(self, questions: Sequence[Sequence[str]], max_features: int | None = None):
        frequency: Counter[str] = Counter()
        for tokens in questions:
            frequency.update(set(word_ngrams(tokens)))
            frequency.update({gram for token in tokens for gram in char_ngrams(token)})
        kept = frequency.most_common(max_features) or [("", 0)]  # a book of emoji alone
        self.vocabulary = {gram: index for index, (gram, _) in enumerate(kept)}
        self.document_frequency = np.array([count for _, count in kept], dtype=np.int32)
        self.total = len(questions)
        self.idf = (np.log((1 + self.total) / (1 + self.document_frequency)) + 1).astype(np.float32)
        self.max_idf = float(np.log(1 + self.total) + 1)
        self._letters: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.vocabulary)

    def block(self, grams: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids and unit-length weights of the known ``grams``; unknown ones count for nothing."""
        return self._weighted(self._known(grams))

    def vector(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids and weights of one question: the word block, then the character block."""
        word_ids, word_weights = self.block(word_ngrams(tokens))
        char_ids, char_weights = self._weighted(chain.from_iterable(map(self._letters_of, tokens)))
        return np.concatenate((word_ids, char_ids)), np.concatenate((word_weights, char_weights))

    def _known(self, grams: Iterable[str]) -> Iterator[int]:
        return (index for gram in grams if (index := self.vocabulary.get(gram)) is not None)

    def _letters_of(self, word: str) -> tuple[int, ...]:
        """Ids of the word's known character n-grams; the same words come again and again."""
        found = self._letters.get(word)
        if found is None:
            if len(self._letters) >= _MOST_WORDS:
                self._letters.clear()
            found = self._letters[word] = tuple(self._known(char_ngrams(word)))
        return found

    def _weighted(self, places: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
        times = Counter(places)
        ids = np.fromiter(times, dtype=np.int32, count=len(times))
        if not len(ids):
            return ids, np.zeros(0, dtype=np.float32)
        counts = np.fromiter(times.values(), dtype=np.float32, count=len(times))
        weights = (1 + np.log(counts)) * self.idf[ids]
        return ids, weights / np.sqrt(weights @ weights)

    def places(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Ids of the distinct words of a question, and of its distinct character n-grams; −1 where unknown."""
        distinct = set(tokens)
        grams = {gram for token in distinct for gram in char_ngrams(token)}
        get = self.vocabulary.get
        words = np.fromiter((get(_WORD + token, -1) for token in distinct), dtype=np.int64, count=len(distinct))
        return words, np.fromiter((get(gram, -1) for gram in grams), dtype=np.int64, count=len(grams))

    def matrix(self, questions: Sequence[Sequence[str]]) -> sp.csr_matrix:
        """One row a question, shape (questions, len(self)), float32."""
        vectors = [self.vector(tokens) for tokens in questions]
        pointers = np.concatenate(([0], np.cumsum([len(ids) for ids, _ in vectors])))
        return sp.csr_matrix(
            (np.concatenate([w for _, w in vectors]), np.concatenate([i for i, _ in vectors]), pointers),
            shape=(len(questions), len(self)),
        )

    def word_idf(self, token: str) -> float:
        """Idf of a word; a word of no question counts as the rarest possible."""
        index = self.vocabulary.get(_WORD + token)
        return self.max_idf if index is None else float(self.idf[index])
