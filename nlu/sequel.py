"""Which rule a leaning turn asks for, among those around what was talked of and the likeliest ones anywhere.

«¿Y cuánto cuesta?» after the credential is read by itself, after what was said, after the last message alone, and with
the words that name a rule's subject: that of the rule that answered last, and of what a message that nobody answered
most likely asked for. What was fitted on dialogues of five offices (``python -m nlu dialogues``) chooses a rule and
says how likely it is the right one.
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
# What speaks for one of the rules that may be meant; log odds from −4 to 4.
CHOICE = (
    "told",  # the question's words in the best variant × that variant's words in what was said and the question (0–1)
    "related",  # 1 when a rule of the topic names it in relacionadas
    "kin",  # how alike its variants and those of a rule of the topic are, word for word (0–1)
    "near",  # 1 when it lies around a rule of the topic, or is one
    "same",  # 1 when it is the rule that answered last
    "guessed",  # 1 when it is what the turn before, which nobody answered, most likely asked for
    "subject",  # log odds that the question with the last rule's subject asks for it
    "guessed_subject",  # the same with the guessed rule's subject, or the last one's where none is guessed
    "joined",  # log odds that the question after all that was said asks for it
    "latest",  # the same after the last message alone
    "alone",  # log odds that the question by itself asks for it
    "datum",  # share of its variants that ask for the datum asked for
    "holds",  # 1 when its answer states the datum asked for, 0.5 when none is asked for by name
    "similarity",  # cosine of the question alone with the rule's nearest variant (0–1)
    "similarity_lead",  # of that over the nearest variant of any other rule
    "unknown",  # idf-weighted share of the question's words that no variant of the rule has
)
# What tells how likely the chosen one is right.
FEATURES = (
    *CHOICE,
    "lead",  # over the runner-up, in the scores of the choice
    "share",  # of the softmax of these scores (0–1)
    "unanswered",  # messages, the last ones, that nobody answered
    "behind_joined", "behind_latest", "behind_alone",  # log odds of the likeliest in that reading over it
)  # fmt: skip
# Confidence from which another rule around what was talked of is the answer, and any other rule: the last one again, what was
# only guessed, one from elsewhere: above the first 4 % of the development turns are labelled wrong and 9 % of the others, 7 %
# of these above the second.
THRESHOLD = 0.85
_THRESHOLD_ELSEWHERE = 0.95
_MOST_LEAD = 10.0  # of a rule without a rival too
_MOST_ODDS = 4.0  # beyond, log odds tell no more
# Rules rated in a reading: the others are as unlikely as can be. The first of them may be meant wherever they lie.
_RATED = 12
_FIRST = 5
# Confidence (0–1) from which a rule is what an unanswered message most likely asked for.
_GUESSED = 0.15
# Readings that are kept: a turn is read for its answer, and again for what a refusal offers.
_KEPT = 64

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
    def threshold(self) -> float:
        """The confidence from which its answer may be given."""
        known = dict(zip(FEATURES, self.values, strict=True))
        beside = known["near"] and not known["same"] and not known["guessed"]
        return THRESHOLD if beside else _THRESHOLD_ELSEWHERE

    @property
    def sure(self) -> bool:
        """Whether its answer may be given."""
        return self.confidence >= self.threshold


@dataclass(frozen=True)
class Around:
    """The rules that a turn may ask for: their ids, their values of ``CHOICE``, shape (n, features), and how many
    messages before it nobody answered."""

    rule_ids: tuple[str, ...]
    choice: np.ndarray
    unanswered: int

    def ranked(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The candidates' places by their scores, ``weights`` of ``CHOICE``, highest first, and the ``FEATURES`` of
        the first."""
        scores = self.choice @ weights
        order = np.argsort(-scores, kind="stable")
        best = int(order[0])
        lead = min(scores[best] - scores[order[1]], _MOST_LEAD) if len(order) > 1 else _MOST_LEAD
        share = 1 / np.exp(scores - scores[best]).sum()
        readings = self.choice[:, [CHOICE.index(name) for name in ("joined", "latest", "alone")]]
        behind = readings.max(0) - readings[best]
        return order, np.array([*self.choice[best], lead, share, self.unanswered, *behind])


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
        self.book, self._matcher = matcher.book, matcher
        self._rate = lru_cache(_KEPT)(lambda text: rate(text, _RATED))
        self._model = model
        self.subjects = Subjects(matcher)
        self._position = {rule.id: i for i, rule in enumerate(self.book.rules)}
        told = self.subjects.told
        self._whole = [[self.subjects.total(variant) for variant in variants] for variants in told]
        self._known = [frozenset().union(*variants) for variants in told]
        self._held = [held(rule.answer) for rule in self.book.rules]
        self._official = np.array([rule.type != SMALL_TALK for rule in self.book.rules])

    def read(self, question: str, topic: Topic, without: Iterable[str] = ()) -> Sequel | None:
        """The likeliest rule after ``topic``, or None when there is none; ``without``: see :meth:`around`."""
        around = self.around(question, topic, without)
        return (self._model or SequelModel.load()).read(around) if around else None

    def around(self, question: str, topic: Topic, without: Iterable[str] = ()) -> Around | None:
        """What speaks for each rule around the topic, and for the likeliest ones of any reading; None when there is
        none, the question says nothing, or nothing is known of what was talked of.

        Args:
            without: rule ids treated as never written (calibration).
        """
        words = meaning(self._matcher.tokens(question))
        if not words:
            return None
        last = self._position.get(topic.rule_id or "")
        guessed = self._guessed(topic)
        topics = list(dict.fromkeys(rule for rule in (guessed, last) if rule is not None))
        if not topics:  # «¿y cuánto cuesta?» of something unknown is not of the one thing that has a price
            return None
        plain = in_plain_words(question)
        subjects = {rule: self._rate(f"{plain} {self.subjects.subject(rule)}") for rule in topics}
        joined, latest = self._rate(f"{topic.context} {plain}"), self._rate(f"{topic.said[-1]} {plain}")
        alone = self._rate(plain)
        near = {place for rule in topics for place in (*self.subjects.around(self.book.rules[rule].id), rule)}
        places = self._candidates(near, (alone, joined, latest, *subjects.values()), without)
        if not places:
            return None
        rules, said = [self.book.rules[place] for place in places], words | meaning(tokens(topic.context))
        with_subject = subjects.get(last, {}) if last is not None else {}
        similarity, lead = self._nearness(question, places)
        choice = {
            "told": [self._said_together(words, said, place) for place in places],
            "related": [any(rule.id in self.book.rules[one].related for one in topics) for rule in rules],
            "kin": [max(self.subjects.kin(one, place) for one in topics) for place in places],
            "near": [place in near for place in places],
            "same": [place == last for place in places],
            "guessed": [place == guessed for place in places],
            "subject": self._log_odds(with_subject, places),
            "guessed_subject": self._log_odds(with_subject if guessed is None else subjects[guessed], places),
            "joined": self._log_odds(joined, places),
            "latest": self._log_odds(latest, places),
            "alone": self._log_odds(alone, places),
            "datum": [self._asks_for(question, place) for place in places],
            "holds": self._holding(question, places),
            "similarity": similarity,
            "similarity_lead": lead,
            "unknown": [self.subjects.total(words - self._known[place]) / self.subjects.total(words) for place in places],
        }
        values = np.array([choice[name] for name in CHOICE], dtype=float).T
        return Around(tuple(rule.id for rule in rules), values, topic.unanswered)

    def _candidates(self, near: set[int], readings: Iterable[Mapping[str, float]], without: Iterable[str]) -> list[int]:
        """The rules ``near`` the topic and the likeliest ones of any reading, small talk excepted."""
        likely = {self._position[rule_id] for rated in readings for rule_id in [*rated][:_FIRST]}
        places = (near | likely) - {self._position[rule_id] for rule_id in without}
        return sorted(place for place in places if self._official[place])

    def _guessed(self, topic: Topic) -> int | None:
        """The rule that the last message most likely asked for, if nobody answered it."""
        if not topic.unanswered:
            return None
        rated = [*self._rate(topic.context).items(), *self._rate(topic.said[-1]).items()]
        likely = {(self._position[rule_id], confidence) for rule_id, confidence in rated if confidence >= _GUESSED}
        likely = {(place, confidence) for place, confidence in likely if self._official[place]}
        return max(likely, key=lambda one: (one[1], -one[0]))[0] if likely else None

    def _nearness(self, question: str, places: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Cosine of the question with the nearest variant of each rule of ``places``, and its lead over any other's."""
        extractor = self._matcher.extractor
        query = extractor.query(in_plain_words(question))
        cosines = query.cosines
        if cosines is None:
            dense = np.zeros(extractor.vectors.shape[1], dtype=np.float32)
            dense[query.ids] = query.weights
            cosines = extractor.vectors @ dense / 2
        nearest = np.where(self._official, np.maximum.reduceat(cosines, extractor.first_row[:-1]), 0.0)
        best = np.argsort(-nearest, kind="stable")[:2]
        others = [nearest[best[-1]] if len(best) > 1 and place == best[0] else nearest[best[0]] for place in places]
        return nearest[places], nearest[places] - np.array(others)

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

    def _log_odds(self, rated: Mapping[str, float], places: list[int]) -> list[float]:
        return [_log_odds(rated.get(self.book.rules[place].id, 0.0)) for place in places]


def _log_odds(confidence: float) -> float:
    least = math.exp(-_MOST_ODDS)
    return max(-_MOST_ODDS, min(_MOST_ODDS, math.log(max(confidence, least) / max(1 - confidence, least))))
