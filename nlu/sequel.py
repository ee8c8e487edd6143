"""Which rule a leaning turn asks for, among those around the rule that answered last, that one included.

«¿Y cuánto cuesta?» after the credential is read three ways: by the words of a variant that both turns say
together, with what was said before it, and with the words that name the last rule's subject. What was fitted on
dialogues of five offices (``python -m nlu dialogues``) chooses a rule and says how likely it is the right one.
"""
from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nlu.asked import asked, held
from nlu.datum import kinds_asked
from nlu.followup import Topic
from nlu.matcher import Matcher
from nlu.subjects import Subjects, in_plain_words, meaning
from nlu.text import normalize, tokens
from rules.book import SMALL_TALK

MODEL_FILE = Path(__file__).with_name("sequel.json")
# What speaks for one of the rules around the topic.
CHOICE = (
    "told",  # the question's words in the best variant × that variant's words in both turns (0–1)
    "related",  # 1 when the last rule names it in relacionadas
    "kin",  # how alike its variants and the last rule's are, word for word (0–1)
    "same",  # 1 when it is the last rule
    "subject",  # log odds that the question with the last rule's subject asks for it
    "joined",  # log odds that the question after what was said asks for it
    "datum",  # share of its variants that ask for the datum asked for
    "holds",  # 1 when its answer states the datum asked for, 0.5 when none is asked for by name
)
# What tells how likely the chosen one is right.
FEATURES = (
    "told", "similarity",  # cosine of the question alone with the rule's nearest variant (0–1)
    "lead",  # over the runner-up, in the scores of the choice
    "outside",  # lead of the best rule elsewhere over this one, in similarity
    "unknown",  # idf-weighted share of the question's words that no variant of the rule has
    "related", "same", "subject", "joined",
)  # fmt: skip
THRESHOLD = 0.85
_MOST_LEAD = 10.0  # of a rule without a rival too
_MOST_ODDS = 4.0  # beyond, log odds tell no more
# Rules rated in a reading: the others are as unlikely as can be.
_RATED = 12

# The likeliest so many rules for a text by itself, with the confidence (0–1) in each.
Rating = Callable[[str, int], Mapping[str, float]]


@dataclass(frozen=True)
class Sequel:
    """The rule that a leaning turn probably asks for; ``confidence`` in 0–1, ``values`` as ``FEATURES``; ``others`` the
    ids of the rules that it may ask for instead, likeliest first."""

    rule_id: str
    confidence: float
    values: np.ndarray
    others: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether its answer may be given."""
        return self.confidence >= THRESHOLD


@dataclass(frozen=True)
class Around:
    """The rules around a topic as a turn's candidates: their ids, their values of ``CHOICE``, shape (n, features), and
    the other values that ``FEATURES`` needs by name, shape (n,) each."""

    rule_ids: tuple[str, ...]
    choice: np.ndarray
    more: Mapping[str, np.ndarray]

    def ranked(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The candidates' places by their scores, ``weights`` of ``CHOICE``, highest first, and the ``FEATURES`` of
        the first."""
        scores = self.choice @ weights
        order = np.argsort(-scores, kind="stable")
        best = int(order[0])
        lead = min(scores[best] - scores[order[1]], _MOST_LEAD) if len(order) > 1 else _MOST_LEAD
        known = {name: self.choice[best, place] for place, name in enumerate(CHOICE)}
        known |= {name: values[best] for name, values in self.more.items()} | {"lead": lead}
        return order, np.array([known[name] for name in FEATURES], dtype=float)


@dataclass(frozen=True)
class SequelModel:
    """Weights of ``CHOICE``, and weights and intercept of ``FEATURES``, as fitted by ``python -m nlu dialogues``."""

    choice: np.ndarray
    weights: np.ndarray
    intercept: float

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, path: Path = MODEL_FILE) -> SequelModel:
        """What was kept in ``path``.

        Raises:
            OSError, ValueError: the file is missing or was fitted for other features.
        """
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if tuple(kept["choice"]) != CHOICE or tuple(kept["features"]) != FEATURES:
            raise ValueError(f"{path}: was fitted for other features. Run: python -m nlu dialogues")
        return cls(np.array(list(kept["choice"].values())), np.array(list(kept["features"].values())), kept["intercept"])

    def to_json(self) -> str:
        """As :meth:`load` reads it."""
        kept = {
            "choice": dict(zip(CHOICE, self.choice.round(4).tolist(), strict=True)),
            "features": dict(zip(FEATURES, self.weights.round(4).tolist(), strict=True)),
            "intercept": round(self.intercept, 4),
        }
        return json.dumps(kept, indent=1) + "\n"

    def read(self, around: Around) -> Sequel:
        """The likeliest of the rules ``around``, of which there is one at least."""
        order, values = around.ranked(self.choice)
        probability = float(1 / (1 + math.exp(-(values @ self.weights + self.intercept))))
        best, *others = (around.rule_ids[place] for place in order)
        return Sequel(best, probability, values, tuple(others))


class SequelReader:
    """Reads leaning turns with a book; ``matcher`` holds its variants, ``rate`` says which rules a text asks for by
    itself."""

    def __init__(self, matcher: Matcher, rate: Rating, model: SequelModel | None = None):
        self.book, self._matcher, self._rate = matcher.book, matcher, rate
        self._model = model
        self.subjects = Subjects(matcher)
        self._position = {rule.id: i for i, rule in enumerate(self.book.rules)}
        told = self.subjects.told
        self._whole = [[self.subjects.total(variant) for variant in variants] for variants in told]
        self._known = [frozenset().union(*variants) for variants in told]
        self._held = [held(rule.answer) for rule in self.book.rules]
        self._official = np.array([rule.type != SMALL_TALK for rule in self.book.rules])

    def read(self, question: str, topic: Topic, without: Iterable[str] = ()) -> Sequel | None:
        """The likeliest rule around the topic, or None when there is none; ``without``: see :meth:`around`."""
        around = self.around(question, topic, without)
        return (self._model or SequelModel.load()).read(around) if around else None

    def around(self, question: str, topic: Topic, without: Iterable[str] = ()) -> Around | None:
        """What speaks for each rule around the topic; None when there is none, or the question says nothing.

        Args:
            without: rule ids treated as never written (calibration).
        """
        last = self._position.get(topic.rule_id)
        excluded = {self._position[rule_id] for rule_id in without}
        words = meaning(self._matcher.tokens(question))
        if last is None or not words:
            return None
        places = [rule for rule in dict.fromkeys((*self.subjects.around(topic.rule_id), last)) if rule not in excluded]
        if not places:
            return None
        plain, said = in_plain_words(question), words | meaning(tokens(topic.context))
        near = self._nearness(question)
        elsewhere = self._official.copy()
        elsewhere[[*places, *excluded]] = False
        choice = {
            "told": [self._said_together(words, said, rule) for rule in places],
            "related": [self.book.rules[rule].id in self.book.rules[last].related for rule in places],
            "kin": [self.subjects.kin(last, rule) for rule in places],
            "same": [rule == last for rule in places],
            "subject": self._log_odds(f"{plain} {self.subjects.subject(last)}", places),
            "joined": self._log_odds(f"{topic.context} {plain}", places),
            "datum": [self._asks_for(question, rule) for rule in places],
            "holds": self._holding(question, places),
        }
        more = {
            "similarity": near[places],
            "outside": near[elsewhere].max(initial=0.0) - near[places],
            "unknown": np.array([self.subjects.total(words - self._known[rule]) for rule in places])
            / self.subjects.total(words),
        }
        ids = tuple(self.book.rules[rule].id for rule in places)
        return Around(ids, np.array([choice[name] for name in CHOICE], dtype=float).T, more)

    def _nearness(self, question: str) -> np.ndarray:
        """Cosine of the question with the nearest variant of each rule, shape (rules,)."""
        extractor = self._matcher.extractor
        query = extractor.query(in_plain_words(question))
        cosines = query.cosines
        if cosines is None:
            dense = np.zeros(extractor.vectors.shape[1], dtype=np.float32)
            dense[query.ids] = query.weights
            cosines = extractor.vectors @ dense / 2
        nearest: np.ndarray = np.maximum.reduceat(cosines, extractor.first_row[:-1])
        return nearest

    def _said_together(self, words: frozenset[str], said: frozenset[str], rule: int) -> float:
        """Over the rule's variants, the most of: question's share in the variant × variant's share in the talk."""
        total, best = self.subjects.total, 0.0
        for told, whole in zip(self.subjects.told[rule], self._whole[rule], strict=True):
            common = words & told
            if common:
                best = max(best, total(common) * total(told & said) / whole)
        return best / total(words)

    def _asks_for(self, question: str, rule: int) -> float:
        wanted = kinds_asked(normalize(question))
        if not wanted:
            return 1.0
        rows = self._matcher.extractor.rows(rule)
        return sum(bool(wanted & kinds_asked(" ".join(self._matcher.variants[row]))) for row in rows) / len(rows)

    def _holding(self, question: str, places: list[int]) -> list[float]:
        wanted = asked(question)
        return [float(wanted <= self._held[rule]) if wanted else 0.5 for rule in places]

    def _log_odds(self, text: str, places: list[int]) -> list[float]:
        rated = self._rate(text, _RATED)
        return [_log_odds(rated.get(self.book.rules[rule].id, 0.0)) for rule in places]


def _log_odds(confidence: float) -> float:
    least = math.exp(-_MOST_ODDS)
    return max(-_MOST_ODDS, min(_MOST_ODDS, math.log(max(confidence, least) / max(1 - confidence, least))))
