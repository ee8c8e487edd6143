"""How much of a question a rule says, and of a variant a question says, in the same words or in others.

Words are compared by their embeddings, so that «materia» echoes «UEA». What each rule says of every word of the book is
kept in a table: only words that the book never uses are compared anew.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlu.evidence import EvidenceExtractor

# Columns of the word table that are made at a time: all at once takes much memory in a large book.
_BLOCK = 1024


@dataclass(frozen=True)
class Said:
    """A question's distinct ``words``: their places in the book's vocabulary, −1 for others; unit vectors, shape
    (words, dimensions); idf weights."""

    words: tuple[str, ...]
    places: np.ndarray
    vectors: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Echoes:
    """How nearly a rule says each word of the book (−1 to 1): in its variants and in its answer, each float16 of shape
    (rules, words)."""

    asked: np.ndarray
    told: np.ndarray


class Echo:
    """Compares questions with the rules of one book.

    Args:
        vectors: unit vectors of the book's words, in the order of :func:`vocabulary`.
        kept: the tables, made earlier for this very book and encoder.
    """

    def __init__(self, extractor: EvidenceExtractor, vectors: np.ndarray, kept: Echoes | None = None):
        self._extractor = extractor
        self._vectors = vectors
        words = vocabulary(extractor)
        self._at = {word: at for at, word in enumerate(words)}
        self._idf = np.array([extractor.index.word_idf(word) for word in words])
        self._asked = [self._places(extractor.asked_words(rule)) for rule in range(extractor.rules)]
        self._told = [self._places(answer) for answer in extractor.answer_words]
        self.tables = kept or Echoes(_table(vectors, self._asked), _table(vectors, self._told))

    def _places(self, words: Sequence[str] | frozenset[str]) -> np.ndarray:
        return np.array(sorted(self._at[word] for word in words), dtype=np.intp)

    def strange(self, tokens: Sequence[str]) -> list[str]:
        """The distinct words among ``tokens`` that the book never uses."""
        return [word for word in dict.fromkeys(tokens) if word not in self._at]

    def said(self, tokens: Sequence[str], strange: np.ndarray) -> Said:
        """What a question says in ``tokens``; ``strange``: unit vectors of its :meth:`strange` words."""
        words = tuple(dict.fromkeys(tokens))
        places = np.array([self._at.get(word, -1) for word in words], dtype=np.intp)
        vectors = np.empty((len(words), self._vectors.shape[1]), dtype=np.float32)
        vectors[places >= 0] = self._vectors[places[places >= 0]]
        if len(strange):
            vectors[places < 0] = strange
        return Said(words, places, vectors, np.array([self._extractor.index.word_idf(word) for word in words]))

    def unsaid(self, row: int, said: Said) -> tuple[float, float]:
        """How much of a variant is said neither in its words nor in others, idf-weighted: share and greatest."""
        own = np.array([self._at[word] for word in dict.fromkeys(self._extractor.variant(row))], dtype=np.intp)
        if not len(own) or not len(said.places):
            return 0.0, 0.0
        alike = (self._vectors[own] @ said.vectors.T).max(axis=1)
        weights = self._idf[own]
        missing = weights * (1 - alike)
        return float(missing.sum() / max(weights.sum(), 1e-9)), float(missing.max())

    def echoed(self, rule: int, said: Said, excluded: range = range(0)) -> tuple[float, float, float]:
        """How much of a question the rule says in its words or in others, idf-weighted (−1 to 1): anywhere, in its
        variants outside ``excluded``, and in its answer."""
        if not len(said.places):
            return 0.0, 0.0, 0.0
        asked, told = self._of_variants(rule, said, excluded), self._of_answer(rule, said)
        shares = [said.weights @ alike / said.weights.sum() for alike in (np.maximum(asked, told), asked, told)]
        return float(shares[0]), float(shares[1]), float(shares[2])

    def unanswered(
        self, rule: int, said: Said, words: frozenset[str], excluded: range = range(0)
    ) -> tuple[float, float]:
        """How much of those of a question's words that are among ``words``, or of all where none is, neither the rule's
        variants outside ``excluded`` nor its answer say in any words: idf that is missing, added up, and the most of one
        word."""
        if not said.words:
            return 0.0, 0.0
        alike = np.maximum(self._of_variants(rule, said, excluded), self._of_answer(rule, said))
        missing = said.weights * (1 - alike)
        asking = [place for place, word in enumerate(said.words) if word in words]
        chosen = missing[asking] if asking else missing
        return float(chosen.sum()), float(chosen.max())

    def _of_answer(self, rule: int, said: Said) -> np.ndarray:
        return self._alike(self.tables.told[rule], self._told[rule], said)

    def _of_variants(self, rule: int, said: Said, excluded: range) -> np.ndarray:
        rows = self._extractor.rows(rule)
        if not excluded or excluded.stop <= rows.start or rows.stop <= excluded.start:
            return self._alike(self.tables.asked[rule], self._asked[rule], said)
        left = self._places(self._extractor.asked_words(rule, excluded))
        return self._nearest(left, said.vectors)

    def _alike(self, table: np.ndarray, own: np.ndarray, said: Said) -> np.ndarray:
        """How nearly each word of the question is said by a rule whose row of a table and whose words these are."""
        alike: np.ndarray = table[said.places].astype(np.float32)
        strange = said.places < 0
        if strange.any():
            alike[strange] = self._nearest(own, said.vectors[strange])
        return alike

    def _nearest(self, own: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Cosine of each vector with the nearest of the words ``own``, 0 without any."""
        if not len(own):
            return np.zeros(len(vectors), dtype=np.float32)
        alike: np.ndarray = (vectors @ self._vectors[own].T).max(axis=1)
        return alike


def vocabulary(extractor: EvidenceExtractor) -> list[str]:
    """The words of all variants and answers, in alphabetical order."""
    return sorted(frozenset().union(*extractor.word_sets, *extractor.answer_words))


def _table(vectors: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """For each group of words the cosine of every word with the nearest of the group, 0 for an empty one."""
    table = np.zeros((len(groups), len(vectors)), dtype=np.float16)
    for start in range(0, len(vectors), _BLOCK):
        block = slice(start, start + _BLOCK)
        alike = vectors @ vectors[block].T
        for row, group in zip(table, groups, strict=True):
            if len(group):
                row[block] = alike[group].max(axis=0)
    return table
