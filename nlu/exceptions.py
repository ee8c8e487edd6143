"""The ``no_es`` of a book's rules, compared with questions by letters and by meaning."""
from __future__ import annotations

import numpy as np

from nlu.evidence import Query
from nlu.matcher import Matcher
from rules.book import OFFICIAL, Rule, RuleBook


class Exceptions:
    """What official rules say that they don't answer. What nobody knows, small talk and the urgent rules have none here: they
    are given rather too often than too seldom.

    Args:
        meanings: embeddings of :func:`exceptions`, shape (texts, dimensions).
    """

    def __init__(self, matcher: Matcher, meanings: np.ndarray):
        self._meanings = meanings
        read = [matcher.tokens(text) for text in exceptions(matcher.book)]
        self._plain = [" ".join(words) for words in read]
        self._letters = matcher.extractor.index.matrix(read) if read else None
        counts = [len(rule.not_this) if _is_told(rule) else 0 for rule in matcher.book.rules]
        self._first = np.concatenate(([0], np.cumsum(counts)))

    def __contains__(self, rule: object) -> bool:
        """Whether the rule at that index has any."""
        return isinstance(rule, int) and bool(self._first[rule] < self._first[rule + 1])

    def by_letters(self, query: Query, rule: int, itself: bool = True) -> float:
        """The highest cosine (0–1) of the question's n-grams with those of a rule's exceptions.

        Args:
            itself: whether one that says just what the question does counts.
        """
        rows = self._rows(query, rule, itself)
        if self._letters is None or not len(rows):
            return 0.0
        dense = np.zeros(self._letters.shape[1], dtype=np.float32)
        dense[query.ids] = query.weights
        return float((self._letters[rows] @ dense).max() / 2)

    def by_meaning(self, query: Query, vector: np.ndarray, rule: int, itself: bool = True) -> float:
        """As :meth:`by_letters`, of embeddings (−1 to 1)."""
        return float((self._meanings[self._rows(query, rule, itself)] @ vector).max(initial=-1.0))

    def _rows(self, query: Query, rule: int, itself: bool) -> list[int]:
        span = range(self._first[rule], self._first[rule + 1])
        return [row for row in span if itself or self._plain[row] != query.plain]


def exceptions(book: RuleBook) -> list[str]:
    """All that is compared, in the rules' order."""
    return [text for rule in book.rules if _is_told(rule) for text in rule.not_this]


def _is_told(rule: Rule) -> bool:
    return rule.type == OFFICIAL and not rule.urgent
