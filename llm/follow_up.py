"""How likely a passage is to answer a turn that may lean on the one before it («¿y en qué semanas?»).

The passage gets an opinion for the turn read with the one before it and one for the turn alone; that it is about
what was answered last is a third. The weights are fitted by ``python -m llm relevance`` on the follow-ups among the
training pairs and kept in ``follow_up.json``.
"""
from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm.passages import Passage
from llm.relevance import Relevant

FOLLOW_UP_FILE = Path(__file__).with_name("follow_up.json")
FEATURES = (
    "joined",  # log odds that it answers the turn read with the one before it
    "alone",  # log odds that it answers the turn alone
    "same_facts",  # 1 when it is what was answered from last, or rests on a fact of it
    "same_topic",  # 1 when it is of that topic
)
_LARGEST = 6.0  # log odds; also of a passage that one of the readings did not find (negative)


@dataclass(frozen=True)
class FollowUpRelevance:
    """Log odds as a weighted sum of ``FEATURES``."""

    weights: NDArray[np.float64]
    intercept: float

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, path: Path = FOLLOW_UP_FILE) -> FollowUpRelevance:
        """What ``python -m llm relevance`` kept.

        Raises:
            OSError, ValueError: the file is missing or was fitted for other features.
        """
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if tuple(data["features"]) != FEATURES:
            raise ValueError(f"{path}: se ajustó con otros rasgos. Corre: python -m llm relevance")
        return cls(np.array(data["weights"]), data["intercept"])

    def to_json(self) -> str:
        """As :meth:`load` reads it."""
        content = {"features": FEATURES, "weights": self.weights.round(5).tolist(), "intercept": round(self.intercept, 5)}
        return json.dumps(content, indent=1) + "\n"

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """That each candidate answers (0-1), shape (n,), from its features, shape (n, len(FEATURES))."""
        shares: NDArray[np.float64] = 1 / (1 + np.exp(-(rows @ self.weights + self.intercept)))
        return shares


def candidates_of(joined: Sequence[Relevant], alone: Sequence[Relevant]) -> list[Passage]:
    """The passages of both readings, each once."""
    return list({found.passage.id: found.passage for found in (*joined, *alone)}.values())


def features(
    candidates: Sequence[Passage], joined: Sequence[Relevant], alone: Sequence[Relevant], last: Passage | None
) -> NDArray[np.float64]:
    """One row of ``FEATURES`` for each of ``candidates``; ``last``: what the turn before was answered from."""
    rows = [
        (
            _log_odds(passage, joined),
            _log_odds(passage, alone),
            float(last is not None and (passage is last or passage.akin(last))),
            float(last is not None and passage.topic == last.topic),
        )
        for passage in candidates
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def most_relevant(joined: Sequence[Relevant], alone: Sequence[Relevant], last: Passage | None) -> Relevant | None:
    """The passage that most likely answers, of those that either reading found; None when there is none."""
    candidates = candidates_of(joined, alone)
    if not candidates:
        return None
    found = FollowUpRelevance.load().probabilities(features(candidates, joined, alone, last))
    best = int(np.argmax(found))
    return Relevant(candidates[best], float(found[best]))


def _log_odds(passage: Passage, found: Sequence[Relevant]) -> float:
    probability = next((one.probability for one in found if one.passage.id == passage.id), 0.0)
    if probability <= 0 or probability >= 1:
        return math.copysign(_LARGEST, probability - 0.5)
    return min(max(math.log(probability / (1 - probability)), -_LARGEST), _LARGEST)
