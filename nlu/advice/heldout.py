"""Every variant of a book asked as if it had never been written: which rule answers it then."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nlu.matcher import Matcher
from rules.book import RuleBook


@dataclass(frozen=True)
class HeldOut:
    """``rule_of`` and ``found``: rule index of each variant, and of the rule that wins without it."""

    book: RuleBook
    variants: list[list[str]]
    questions: list[str]
    rule_of: np.ndarray
    found: np.ndarray

    def rows(self, rule: int) -> np.ndarray:
        """Variant rows of a rule."""
        return np.flatnonzero(self.rule_of == rule)


def hold_out(matcher: Matcher) -> HeldOut:
    """Leave out each variant of ``matcher`` alone. A lone variant of a lone rule finds that rule."""
    found = [int(matcher.held_out(np.array([row]))[0].argmax()) for row in range(len(matcher.variants))]
    questions = [question for rule in matcher.book.rules for question in rule.questions]
    return HeldOut(matcher.book, matcher.variants, questions, matcher.extractor.rule_of, np.array(found))
