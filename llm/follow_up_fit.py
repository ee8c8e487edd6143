"""Fit ``follow_up.json``, a part of ``python -m llm relevance``: on the follow-ups among the training pairs, each rated
by fits of ``relevance.json`` that never saw its passage.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llm.follow_up import FEATURES, FollowUpRelevance, candidates_of, features
from llm.history import readings
from llm.pairs import Pair
from llm.passages import Passage
from llm.relevance import Relevant
from llm.relevance_fit import Asked, Folds, Outcome, Unseen, answers, asked, outcomes
from nlu.logistic import fit_logistic

_PENALTY = 1.0


@dataclass(frozen=True)
class LeaningTurn:
    """A follow-up, read after the turn before it and alone; ``last``: what that turn was answered from;
    ``gold``: what answers it, None if nothing does."""

    joined: Asked
    alone: Asked
    last: Passage | None
    gold: Passage | None

    @property
    def group(self) -> str:
        """What is held out together."""
        return self.joined.group


@dataclass(frozen=True)
class _Rated:
    """A turn's candidates: their features (n, FEATURES) and whether each answers."""

    rows: NDArray[np.float64]
    right: NDArray[np.bool_]


def leaning_turns(pairs: Sequence[Pair], office: Unseen, today: dt.date) -> list[LeaningTurn]:
    """Those of ``pairs`` that the service reads with the turn before."""
    passages = {passage.id: passage for passage in office.index.passages}
    turns = []
    for pair in pairs:
        texts = readings(pair.question, [text for role, text in pair.history if role == "user"])
        with_before = next((text for text in texts if text != pair.question), None)
        if with_before is None:
            continue
        joined, alone = (asked(pair, text, office, today) for text in (with_before, pair.question))
        said = next((text for role, text in reversed(pair.history) if role == "assistant"), "")
        last = next((hit.passage for hit in office.index.search(said, today)), None)
        turns.append(LeaningTurn(joined, alone, last, passages.get(pair.passage or "")))
    return turns


def fit(turns: Sequence[LeaningTurn], folds: Folds) -> FollowUpRelevance:
    """The model of ``turns``."""
    return _fit([_rate(turn, folds) for turn in turns])


def cross_validated(turns: Sequence[LeaningTurn], folds: Folds) -> list[Outcome]:
    """What each threshold would answer to ``turns``, by fits that never saw their passages."""
    made = [_rate(turn, folds) for turn in turns]
    place_of = [folds.of_group[turn.group] for turn in turns]
    best, right = np.zeros(len(turns)), np.zeros(len(turns), dtype=bool)
    for fold in set(place_of):
        model = _fit([one for one, place in zip(made, place_of, strict=True) if place != fold])
        for at, one in enumerate(made):
            if place_of[at] == fold and len(one.right):
                found = model.probabilities(one.rows)
                best[at], right[at] = found.max(), one.right[found.argmax()]
    answerable = np.array([turn.gold is not None for turn in turns])
    return outcomes(best, right, answerable, np.zeros(len(turns), dtype=bool))


def _rate(turn: LeaningTurn, folds: Folds) -> _Rated:
    joined, alone = (
        [Relevant(passage, float(p)) for passage, p in zip(one.candidates, folds.probabilities(one), strict=True)]
        for one in (turn.joined, turn.alone)
    )
    candidates = candidates_of(joined, alone)
    right = [turn.gold is not None and answers(passage, turn.gold) for passage in candidates]
    return _Rated(features(candidates, joined, alone, turn.last), np.array(right, dtype=bool))


def _fit(made: Sequence[_Rated]) -> FollowUpRelevance:
    rows, right = np.concatenate([one.rows for one in made]), np.concatenate([one.right for one in made])
    return FollowUpRelevance(*fit_logistic(rows, right, np.ones(len(rows)), np.full(len(FEATURES), _PENALTY)))
