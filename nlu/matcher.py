"""Rank the rules of a book for a question. Knows nothing of confidence or dates."""
from __future__ import annotations

import numpy as np

from nlu.evidence import Evidence, EvidenceExtractor
from nlu.ridge import DUAL_LIMIT, PRIMAL_FEATURES, RidgeModel
from nlu.text import normalize, tokens
from rules.book import Rule, RuleBook


class Matcher:
    """A book, ready to be asked: its variants indexed and the linear model fitted."""

    def __init__(self, book: RuleBook):
        self.book = book
        variants = [tokens(question) for rule in book.rules for question in rule.questions]
        rule_of = np.repeat(np.arange(len(book.rules)), [len(rule.questions) for rule in book.rules])
        bounded = PRIMAL_FEATURES if len(variants) > DUAL_LIMIT else None
        self.variants = variants
        self.extractor = EvidenceExtractor(variants, rule_of, bounded)
        self.model = RidgeModel(self.extractor.vectors, rule_of, len(book.rules))
        self._exact = self._unambiguous_questions()

    def _unambiguous_questions(self) -> dict[str, int]:
        """Normalised variant → rule index, for those that stand in one rule only."""
        owners: dict[str, set[int]] = {}
        for variant, rule in zip(self.variants, self.extractor.rule_of, strict=True):
            owners.setdefault(" ".join(variant), set()).add(int(rule))
        return {text: rules.pop() for text, rules in owners.items() if len(rules) == 1}

    def exact(self, question: str) -> int | None:
        """Index of the rule that holds this very question (after normalising), if only one does."""
        return self._exact.get(normalize(question))

    def rank(self, question: str, amount: int = 3) -> list[Evidence]:
        """The ``amount`` best rules with their evidence, best first."""
        query = self.extractor.query(question)
        scores = query.weights @ self.model.weights[query.ids]
        return self.extractor.candidates(query, scores, amount=amount)

    def rule(self, evidence: Evidence) -> Rule:
        return self.book.rules[evidence.rule]

    def nearest_question(self, evidence: Evidence) -> str:
        """The variant, as staff wrote it, that is nearest to the question asked."""
        rule = self.rule(evidence)
        return rule.questions[evidence.nearest - int(self.extractor.first_row[evidence.rule])]
