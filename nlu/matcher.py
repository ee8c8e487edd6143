"""Rank the rules of a book for a question by its letters. Knows nothing of confidence or dates."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlu import kernels
from nlu.evidence import Evidence, EvidenceExtractor, Query
from nlu.ridge import DUAL_LIMIT, PRIMAL_FEATURES, KernelRidge, LinearRidge, Restorable
from nlu.text import WORD, calm, expand, fold, normalize, tokens, without_emoji, words
from rules.book import Rule, RuleBook


class Matcher(Restorable):
    """A book, ready to be asked: its variants indexed and the ridge model fitted.

    Args:
        dual: coefficients fitted earlier for this very book, shape (variants, rules); the matcher
            then has no held-out outputs.
    """

    def __init__(self, book: RuleBook, dual: np.ndarray | None = None):
        self.book = book
        self._cosines: np.ndarray | None = None
        self.variants = [tokens(question) for rule in book.rules for question in rule.questions]
        rule_of = np.repeat(np.arange(len(book.rules)), [len(rule.questions) for rule in book.rules])
        self.huge = len(self.variants) > DUAL_LIMIT
        most = PRIMAL_FEATURES if self.huge else None
        answers = [rule.answer for rule in book.rules]
        self.extractor = EvidenceExtractor(self.variants, rule_of, most, not self.huge, answers)
        if self.huge:
            self.model = LinearRidge(self.extractor.vectors, rule_of, len(book.rules))
            self.coefficients = self.model.weights
        elif dual is not None:
            self.coefficients = dual
        else:
            self.model = KernelRidge(kernels.lexical(self.cosines()), rule_of, len(book.rules))
            self.coefficients = self.model.dual
        self._exact = self._unambiguous_questions()
        self._written = frozenset(word for rule in book.rules for question in rule.questions for word in words(question))

    def cosines(self) -> np.ndarray:
        """Cosine (0–1) of every variant with every other, shape (variants, variants); kept for the left-out turns."""
        if self._cosines is None:
            vectors = self.extractor.vectors
            self._cosines = (vectors @ vectors.T).toarray()
            self._cosines /= np.float32(2)
        return self._cosines

    def query_of_row(self, row: int) -> Query:
        """A variant of the book as a question."""
        return self.extractor.query_of_row(row, None if self._cosines is None else self._cosines[row])

    def forget_training(self) -> None:
        super().forget_training()
        self._cosines = None

    def _unambiguous_questions(self) -> dict[str, int]:
        """Normalised variant → rule index, for those that stand in one rule only."""
        owners: dict[str, set[int]] = {}
        for variant, rule in zip(self.variants, self.extractor.rule_of, strict=True):
            owners.setdefault(" ".join(variant), set()).add(int(rule))
        return {text: rules.pop() for text, rules in owners.items() if len(rules) == 1}

    def tokens(self, question: str) -> list[str]:
        """Words of the question, normalised, and misspelt ones read as the book's."""
        return self.extractor.tokens(question)

    def as_written(self, question: str, near: Sequence[str] = ()) -> str:
        """The question in its own words, accents and marks; words that the book never writes are mended
        (in the light of ``near``) and written out as in :meth:`tokens`, emoji and laughter are left out, and nothing is
        shouted."""
        return " ".join(WORD.sub(lambda found: self._mended(found[0], near), calm(without_emoji(question))).split())

    def _mended(self, word: str, near: Sequence[str]) -> str:
        if fold(word) in self._written and expand([fold(word)]):
            return word
        return " ".join(self.extractor.mend(expand(words(word)), near))

    def exact(self, question: str) -> int | None:
        """Index of the rule that holds this very question (normalised, nothing mended), if only one does."""
        return self._exact.get(normalize(question))

    def rank(self, question: str, amount: int = 3) -> list[Evidence]:
        """The ``amount`` best rules with their evidence, best first."""
        return self.extractor.candidates(*self.read(question), amount=amount)

    def read(self, question: str) -> tuple[Query, np.ndarray]:
        """The question prepared, and the ridge model's output for every rule, shape (rules,).

        What is still misspelt after the book's own words were tried is read in the light of the best rules.
        """
        query = self.extractor.query(question)
        scores = self.scores(query)
        closer = self.extractor.closer(query, scores)
        return (closer, self.scores(closer)) if closer else (query, scores)

    def scores(self, query: Query) -> np.ndarray:
        """Output of the ridge model for every rule, shape (rules,)."""
        if query.cosines is None:
            linear: np.ndarray = query.weights @ self.coefficients[query.ids]
            return linear
        outputs: np.ndarray = kernels.lexical(query.cosines) @ self.coefficients
        return outputs

    def left_out(self, row: int, outputs: np.ndarray, excluded: range) -> Evidence:
        """The best candidate for variant ``row`` when ``excluded`` rows had never been written and the
        model then gave ``outputs``."""
        query = self.query_of_row(row)
        return self.extractor.candidates(query, outputs, excluded)[0]

    def rule(self, evidence: Evidence) -> Rule:
        return self.book.rules[evidence.rule]

    def nearest_question(self, evidence: Evidence) -> str:
        """The variant, as staff wrote it, that is nearest to the question asked."""
        rule = self.rule(evidence)
        return rule.questions[evidence.nearest - int(self.extractor.first_row[evidence.rule])]
