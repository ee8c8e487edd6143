"""Fit ``relevance.json``: ``python -m llm relevance``.

The questions are the training pairs', asked of an index and a rule book that lack them, and those of
invented offices, whose small books look different. What each threshold would answer here is told by a fit that
never saw the passage asked about.
"""
from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from llm.assistant import Assistant
from llm.pairs import Pair
from llm.passages import Passage, load_passages
from llm.relevance import OPINIONS, THRESHOLD, Relevance, candidates_of, features, with_products
from llm.retrieval import Index
from nlu.decision import Decider
from nlu.development import office_questions
from nlu.logistic import fit_logistic
from nlu.questions import read_messages
from rules.book import RuleBook
from rules.facts import Documents

_FOLDS = 5
_PENALTY = 30.0
_SEED = 20261126
_PADDED_EVERY = 6  # one pair in so many is also asked at length
_RARE = 0.005  # share of the rows that lie beyond either bound of a feature
_THRESHOLDS = np.round(np.arange(0.3, 0.85, 0.05), 2)
OUTSIDE_TOPIC = "fuera_de_alcance"


@dataclass(frozen=True)
class Asked:
    """A pair's question as the service looks at it: its candidates, their features (n, features), and whether
    each answers. ``foreign``: it has nothing to do with the office; ``group``: what is held out together."""

    candidates: tuple[Passage, ...]
    rows: NDArray[np.float64]
    right: NDArray[np.bool_]
    answerable: bool
    foreign: bool
    group: str


@dataclass(frozen=True)
class Unseen:
    """The office's texts and rules without the questions that are asked of them."""

    index: Index
    decider: Decider

    @classmethod
    def of(cls, pairs: Sequence[Pair], assistant: Assistant) -> Unseen:
        """Those of ``assistant`` without the questions of ``pairs``."""
        return cls(index_without(pairs, assistant.index.passages), Decider(book_without(pairs, assistant.book)))


def own_questions(pairs: Sequence[Pair], office: Unseen, today: dt.date) -> list[Asked]:
    """The questions of ``pairs``, each after the turn before it if it has one."""
    return [asked(pair, _after_the_turn_before(pair), office, today) for pair in pairs]


def _after_the_turn_before(pair: Pair) -> str:
    before = next((text for role, text in reversed(pair.history) if role == "user"), "")
    return f"{before} {pair.question}".strip()


def others_questions(offices: Path, today: dt.date) -> list[Asked]:
    """The questions of the invented offices in the folder ``offices``, which have rules and no documents."""
    found = []
    for folder in sorted(path for path in offices.iterdir() if path.is_dir()):
        book, questions = office_questions(folder)
        office = Unseen(Index(load_passages(book, Documents())), Decider(book))
        pairs = (Pair(question.text, (), "", question.rule, folder.name, "") for question in questions)
        found += [asked(pair, pair.question, office, today) for pair in pairs]
    return found


def long_questions(pairs: Sequence[Pair], office: Unseen, calibration: Path, today: dt.date) -> list[Asked]:
    """Long messages: some of ``pairs`` with what students put around a question (``rodeos.txt``), and what is nothing to
    the office at such length (``ajenos_largos.txt``), both in the folder ``calibration``."""
    around = read_messages(calibration / "rodeos.txt")
    chance = random.Random(_SEED)
    padded = [(pair, _padded(pair, around, chance)) for pair in pairs[::_PADDED_EVERY] if not pair.history]
    foreign = [Pair(text, (), "", None, OUTSIDE_TOPIC, "") for text in read_messages(calibration / "ajenos_largos.txt")]
    return [
        *(replace(asked(long, long.question, office, today), group=_group(pair)) for pair, long in padded),
        *(asked(pair, pair.question, office, today) for pair in foreign),
    ]


def _padded(pair: Pair, around: Sequence[str], chance: random.Random) -> Pair:
    """``pair`` with words before its question, after it or both."""
    before, after = chance.choice(((1, 0), (0, 1), (1, 1), (2, 0)))
    parts = [*chance.sample(around, before), pair.question, *chance.sample(around, after)]
    return replace(pair, question=" ".join(parts))


def index_without(pairs: Sequence[Pair], passages: Sequence[Passage]) -> Index:
    """An index of ``passages`` in which no question of ``pairs`` stands."""
    questions = {pair.question for pair in pairs}
    return Index([_without(passage, questions) for passage in passages])


def book_without(pairs: Sequence[Pair], book: RuleBook) -> RuleBook:
    """``book`` without the questions of ``pairs``, neither among a rule's questions nor among its ``no_es``; a rule that
    would have no question left keeps its own."""
    asked = {pair.question for pair in pairs}

    def others(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text for text in texts if text not in asked)

    return RuleBook(
        tuple(
            replace(rule, questions=others(rule.questions) or rule.questions, not_this=others(rule.not_this))
            for rule in book.rules
        )
    )


def _without(passage: Passage, questions: set[str]) -> Passage:
    kept = tuple(question for question in passage.questions if question not in questions)
    title = kept[0] if passage.title in questions and kept else passage.title
    return replace(passage, questions=kept, title=title)


def asked(pair: Pair, search: str, office: Unseen, today: dt.date) -> Asked:
    """What the service finds for the question of ``pair``, read as ``search``."""
    index = office.index
    gold = next((passage for passage in index.passages if passage.id == pair.passage), None)
    hits = index.search(search, today)
    passages = candidates_of(hits)
    return Asked(
        tuple(passages),
        features(index, pair.question, search, hits, passages, office.decider.confidences(search, OPINIONS)),
        np.array([gold is not None and answers(passage, gold) for passage in passages], dtype=bool),
        gold is not None,
        pair.topic == OUTSIDE_TOPIC,
        _group(pair),
    )


def _group(pair: Pair) -> str:
    return pair.passage or pair.question


def answers(passage: Passage, gold: Passage) -> bool:
    """Whether ``passage`` answers what ``gold`` does."""
    return passage.id == gold.id or passage.akin(gold)


def fit(questions: Sequence[Asked]) -> Relevance:
    """The model of ``questions``."""
    rows = np.concatenate([question.rows for question in questions])
    right = np.concatenate([question.right for question in questions])
    low, high = np.quantile(rows, (_RARE, 1 - _RARE), axis=0)
    bounded = np.clip(rows, low, high)
    mean, spread = bounded.mean(axis=0), bounded.std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0)
    inputs = with_products((bounded - mean) / scale)
    penalty = np.full(inputs.shape[1], _PENALTY)
    weights, intercept = fit_logistic(inputs, right, np.ones(len(rows)), penalty)
    return Relevance(low, high, mean, scale, weights, intercept)


@dataclass(frozen=True)
class Outcome:
    """At ``threshold``: shares (0-1) of the answerable questions answered, and answered from a right
    passage; of those that nobody can answer, of the office and foreign to it, answered."""

    threshold: float
    answered: float
    right: float
    near: float
    foreign: float


@dataclass(frozen=True)
class Folds:
    """For the questions on each passage a fit that never saw it."""

    of_group: dict[str, int]
    models: list[Relevance]

    @classmethod
    def fit(cls, questions: Sequence[Asked], others: Sequence[Asked]) -> Folds:
        """Fits on ``others`` and on the questions of the other folds."""
        groups = sorted({question.group for question in questions})
        of_group = {group: place % _FOLDS for place, group in enumerate(np.random.default_rng(0).permutation(groups))}
        kept = ([one for one in questions if of_group[one.group] != fold] for fold in range(_FOLDS))
        return cls(of_group, [fit([*others, *part]) for part in kept])

    def probabilities(self, question: Asked) -> NDArray[np.float64]:
        """That each candidate answers, by the fit that never saw the question's passage."""
        return self.models[self.of_group[question.group]].probabilities(question.rows)


def cross_validated(questions: Sequence[Asked], folds: Folds) -> list[Outcome]:
    """What each threshold would answer to ``questions``, by fits on those about other passages."""
    best, right = np.zeros(len(questions)), np.zeros(len(questions), dtype=bool)
    for place, question in enumerate(questions):
        if len(question.right):
            found = folds.probabilities(question)
            best[place], right[place] = found.max(), question.right[found.argmax()]
    answerable = np.array([question.answerable for question in questions])
    foreign = np.array([question.foreign for question in questions])
    return outcomes(best, right, answerable, foreign)


def outcomes(
    best: NDArray[np.float64], right: NDArray[np.bool_], answerable: NDArray[np.bool_], foreign: NDArray[np.bool_]
) -> list[Outcome]:
    """What each threshold would answer, given each question's best probability and whether that passage is right."""
    return [_outcome(float(t), best >= t, right, answerable, foreign) for t in _THRESHOLDS]


def _outcome(
    threshold: float,
    given: NDArray[np.bool_],
    right: NDArray[np.bool_],
    answerable: NDArray[np.bool_],
    foreign: NDArray[np.bool_],
) -> Outcome:
    def share(chosen: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
        return float(chosen[among].mean()) if among.any() else 0.0

    near = ~answerable & ~foreign
    shares = ((given, answerable), (given & right, answerable), (given, near), (given, foreign))
    return Outcome(threshold, *(share(*pair) for pair in shares))


def report(found: Sequence[Outcome], say: Callable[[str], None]) -> None:
    """Say the table in Spanish, the threshold in use marked."""
    say(f"{'umbral':>6} {'contestadas':>11} {'bien':>6} {'cercanas sin dato':>17} {'ajenas':>6}")
    for outcome in found:
        mark = "  ← cerca del que está en uso" if abs(outcome.threshold - THRESHOLD) <= 0.025 else ""
        say(
            f"{outcome.threshold:6.2f} {outcome.answered:11.3f} {outcome.right:6.3f} {outcome.near:17.3f} "
            f"{outcome.foreign:6.3f}{mark}"
        )
