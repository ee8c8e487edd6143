"""The turns of a development book: its questions as both opinions see them, before and after a choice is made."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.calibration import statistics_of
from nlu.choice import Choice
from nlu.choice_fit import Candidates
from nlu.confidence import LETTERS, MEANING, OUT_OF_SCOPE_SHARE, kind_of
from nlu.development import DevelopmentBook
from nlu.encoder import Encoder
from nlu.evidence import SHORTLIST, Evidence
from nlu.features import CANDIDATE_FEATURES
from nlu.leaveout import turns_without_their_rule, without_their_rule
from nlu.matcher import Matcher
from nlu.semantic import SemanticMatcher


@dataclass(frozen=True)
class Turns:
    """For each stage model inputs (n, inputs) and whether the best candidate was right; whether no
    rule answers, each turn's weight, and the book's mean number of variants a rule."""

    inputs: tuple[np.ndarray, ...]
    right: tuple[np.ndarray, ...]
    outside: np.ndarray
    weight: np.ndarray
    variants: float

    def at(self, places: np.ndarray) -> Turns:
        """The turns at those indices."""
        inputs, right = (tuple(array[places] for array in arrays) for arrays in (self.inputs, self.right))
        return Turns(inputs, right, self.outside[places], self.weight[places], self.variants)


@dataclass(frozen=True)
class Asked:
    """A book's questions as both opinions see them before anything is fitted.

    ``letters`` and ``letters_right``: model inputs (n, inputs), and whether the best candidate was right.
    ``candidates``: those of the second opinion; ``missing``: those of variants whose rule was left out. ``rule``: index
    of the rule that answers, −1 for none. ``variants``: number of variants of each rule. ``answered``: whether the book has
    answers.
    """

    letters: np.ndarray
    letters_right: np.ndarray
    candidates: Candidates
    missing: Candidates
    rule: np.ndarray
    variants: np.ndarray
    answered: bool

    @property
    def kind(self) -> str:
        """«thin» or «rich»."""
        return kind_of(float(self.variants.mean()))

    def chosen_by(self, choice: Choice) -> Turns:
        """The turns with the candidates that ``choice`` puts first; in and out of scope weigh as in the assumed
        traffic."""
        values, rules = _first(self.candidates, choice)
        missing, _ = _first(self.missing, choice)
        inputs = statistics_of(missing, self.variants, MEANING).inputs(values, rules)
        inside = self.rule >= 0
        weight = np.where(
            inside, (1 - OUT_OF_SCOPE_SHARE) / max(inside.sum(), 1), OUT_OF_SCOPE_SHARE / max((~inside).sum(), 1)
        )
        right = self.letters_right, rules == self.rule
        return Turns((self.letters, inputs), right, ~inside, weight, float(self.variants.mean()))


def _first(candidates: Candidates, choice: Choice) -> tuple[np.ndarray, np.ndarray]:
    """Features of the stage MEANING, shape (n, features), and rule, shape (n,), of the candidates chosen."""
    if not len(candidates.rules):
        return np.zeros((0, len(MEANING.features))), np.zeros(0, dtype=int)
    arranged = choice.arranged(candidates.values, candidates.present)
    turns, first = np.arange(len(candidates.rules)), arranged.places[:, 0]
    values = np.concatenate([candidates.values[turns, first], arranged.features[:, 0]], axis=1)
    return values, candidates.rules[turns, first]


def asked_of(development: DevelopmentBook, encoder: Encoder) -> Asked:
    """Ask a book its questions, at every stage."""
    letters = Matcher(development.book)
    semantic = SemanticMatcher(letters, encoder, choice=Choice(np.zeros(len(CANDIDATE_FEATURES))))
    variants = np.diff(letters.extractor.first_row)
    places = {rule.id: place for place, rule in enumerate(development.book.rules)}
    rule = np.array([places.get(question.rule or "", -1) for question in development.questions])
    best = [letters.rank(question.text, 1)[0] for question in development.questions]
    found = np.array([item.rule for item in best])
    statistics = statistics_of(without_their_rule(letters).values, variants, LETTERS)
    return Asked(
        statistics.inputs(np.array([item.values for item in best]), found),
        found == rule,
        _listed(semantic.candidates(question.text) for question in development.questions),
        _listed(semantic.left_out_candidates(*turn) for turn in turns_without_their_rule(semantic)),
        rule,
        variants,
        semantic.answered,
    )


def _listed(turns: Iterable[Sequence[Evidence]]) -> Candidates:
    lists = list(turns)
    values = np.zeros((len(lists), SHORTLIST, len(CANDIDATE_FEATURES)))
    rules = np.full((len(lists), SHORTLIST), -1)
    for turn, found in enumerate(lists):
        values[turn, : len(found)] = [item.values for item in found]
        rules[turn, : len(found)] = [item.rule for item in found]
    return Candidates(values, rules)
