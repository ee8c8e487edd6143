"""Which rule a leaning turn asks for, among those around the rule that answered last.

“¿Y cuánto cuesta?” after the credential is the rule one of whose variants the two turns say together:
every word of the question in it, and all its other words in what was said before.
"""
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nlu.datum import kinds_asked
from nlu.followup import FUNCTION_WORDS, Topic
from nlu.matcher import Matcher
from nlu.text import normalize, tokens, words
from rules.book import SMALL_TALK, RuleBook

FEATURES = (
    "told",  # the question's words in the best variant × that variant's words in both turns (0–1)
    "similarity",  # cosine of the question alone with the rule's nearest variant (0–1)
    "margin",  # lead over the runner-up around the topic
    "outside",  # lead of the best rule elsewhere over this one, in similarity
    "datum",  # share of the rule's variants that ask for the datum asked for
    "related",  # 1 when the last rule names it in relacionadas
    "unknown",  # idf-weighted share of the question's words that no variant of the rule has
    "length",  # log(1 + words that say something)
    "alone",  # log odds that the question by itself asks for the rule
)
# Fitted on data/calibration/dialogos.jsonl and what is made from it; `python -m nlu dialogues` prints them.
WEIGHTS = (6.247, 2.264, 1.259, -2.485, 0.601, 2.670, -3.628, 0.547, 0.631)
INTERCEPT = -4.901
THRESHOLD = 0.90
_MOST_ODDS = 4.0  # beyond, log odds of the question by itself tell no more
_RELATED_BONUS = 0.1
_LEAST_IDF = 0.01  # of a word that every variant has: what is said with it alone must not weigh nothing
# A subject is a rare word that a good share of a rule's variants, or of its topic's, have.
_SUBJECT_IDF = 0.35  # of the highest idf
_SUBJECT_OF_RULE = 0.5
_SUBJECT_OF_TOPIC = 0.08
# Say nothing about the subject nor the datum.
_EMPTY = frozenset(words(
    """y e o pero entonces ok ah bueno pues va sale oye eso ese esa esto este esta lo la los las le les se me te
    ahi el un una gracias"""
))  # fmt: skip
# After «cuánto» they ask for a price.
_COSTS = frozenset({"sale", "salen", "saldria"})
# Different words that ask for the same datum.
_SAME = {
    "costo": "cuesta", "costos": "cuesta", "precio": "cuesta", "precios": "cuesta", "vale": "cuesta", "valen": "cuesta",
    "cobran": "cuesta", "cobra": "cuesta", "cuestan": "cuesta", "tardan": "tarda", "demora": "tarda",
    "demoran": "tarda", "tardarse": "tarda", "papeles": "documentos", "empieza": "inicia", "acaba": "termina",
    "adonde": "donde",
}  # fmt: skip


@dataclass(frozen=True)
class Sequel:
    """The rule that a leaning turn probably asks for; ``confidence`` in 0–1, ``values`` as ``FEATURES``."""

    rule_id: str
    confidence: float
    values: np.ndarray

    @property
    def sure(self) -> bool:
        """Whether its answer may be given."""
        return self.confidence >= THRESHOLD


class SequelReader:
    """Reads leaning turns with a book; ``matcher`` holds its variants."""

    def __init__(self, matcher: Matcher):
        self._book, self._matcher = matcher.book, matcher
        self._position = {rule.id: i for i, rule in enumerate(self._book.rules)}
        self._around = _neighbourhoods(self._book)
        self._told = [
            [_meaning(matcher.variants[row]) for row in matcher.extractor.rows(i)] for i in range(len(self._book.rules))
        ]
        counts = Counter(word for variants in self._told for variant in variants for word in variant)
        total = sum(map(len, self._told))
        self._idf = {word: max(math.log((total + 1) / (count + 1)), _LEAST_IDF) for word, count in counts.items()}
        self._rarest = math.log(total + 1)
        self._whole = [[self._sum(told) for told in variants] for variants in self._told]
        self._of_topic: dict[str, list[frozenset[str]]] = {}
        for rule, variants in zip(self._book.rules, self._told, strict=True):
            self._of_topic.setdefault(rule.topic, []).extend(variants)
        self._official = np.array([rule.type != SMALL_TALK for rule in self._book.rules])

    def read(
        self, question: str, topic: Topic, alone: Mapping[str, float], without: Iterable[str] = ()
    ) -> Sequel | None:
        """The likeliest rule around the topic other than the last, or None when there is none.

        Args:
            alone: confidence (0–1) that the question by itself asks for each of the likeliest rules.
            without: rule ids treated as never written (calibration).
        """
        excluded = {topic.rule_id, *without}
        around = [i for i in self._around.get(topic.rule_id, ()) if self._book.rules[i].id not in excluded]
        asked = _meaning(self._matcher.tokens(question))
        if not around or not asked:
            return None
        near = self._nearness(question)
        said = asked | _meaning(tokens(topic.context))
        told = np.array([self._said_together(asked, said, rule) for rule in around])
        related = np.array([self._book.rules[i].id in self._book.by_id[topic.rule_id].related for i in around])
        total = told + near[around] + _RELATED_BONUS * related
        order = np.argsort(-total, kind="stable")
        best = int(order[0])
        rule = around[best]
        elsewhere = self._official.copy()
        elsewhere[[*around, *(self._position[i] for i in excluded)]] = False
        values = np.array([
            told[best],
            near[rule],
            total[best] - (total[order[1]] if len(order) > 1 else 0.0),
            near[elsewhere].max(initial=0.0) - near[rule],
            self._asks_for(question, rule),
            float(related[best]),
            self._unknown(asked, rule),
            math.log1p(len(asked)),
            _log_odds(alone.get(self._book.rules[rule].id, 0.0)),
        ])  # fmt: skip
        return Sequel(self._book.rules[rule].id, _probability(values), values)

    def is_near(self, rule_id: str, topic_rule: str) -> bool:
        """Whether ``rule_id`` lies around ``topic_rule``, or is it."""
        return rule_id == topic_rule or self._position[rule_id] in self._around.get(topic_rule, ())

    def belongs(self, question: str, topic_rule: str) -> bool:
        """Whether rules around ``topic_rule`` are asked in all the words with which ``question`` names something."""
        named = _meaning(part for part in tokens(question) if part not in FUNCTION_WORDS)
        around = (self._position[topic_rule], *self._around[topic_rule])
        return all(any(word in variant for rule in around for variant in self._told[rule]) for word in named)

    def names_subject(self, question: str, rule_id: str) -> bool:
        """Whether ``question`` holds a word that is the subject of the rule, or of its whole topic."""
        parts = [part for part in tokens(question) if part not in FUNCTION_WORDS and not kinds_asked(part)]
        subjects = [word for word in _meaning(parts) if self._weight(word) >= _SUBJECT_IDF * self._rarest]
        rule = self._position[rule_id]
        topic = self._of_topic[self._book.rules[rule].topic]
        return any(
            _share(word, self._told[rule]) >= _SUBJECT_OF_RULE or _share(word, topic) >= _SUBJECT_OF_TOPIC
            for word in subjects
        )

    def _nearness(self, question: str) -> np.ndarray:
        """Cosine of the question with the nearest variant of each rule, shape (rules,)."""
        extractor = self._matcher.extractor
        query = extractor.query(" ".join(_SAME.get(word, word) for word in tokens(question)))
        cosines = query.cosines
        if cosines is None:
            dense = np.zeros(extractor.vectors.shape[1], dtype=np.float32)
            dense[query.ids] = query.weights
            cosines = extractor.vectors @ dense / 2
        nearest: np.ndarray = np.maximum.reduceat(cosines, extractor.first_row[:-1])
        return nearest

    def _said_together(self, asked: frozenset[str], said: frozenset[str], rule: int) -> float:
        """Over the rule's variants, the most of: question's share in the variant × variant's share in the talk."""
        best = 0.0
        for told, whole in zip(self._told[rule], self._whole[rule], strict=True):
            common = asked & told
            if common:
                best = max(best, self._sum(common) * self._sum(told & said) / whole)
        return best / self._sum(asked)

    def _asks_for(self, question: str, rule: int) -> float:
        wanted = kinds_asked(normalize(question))
        if not wanted:
            return 1.0
        rows = self._matcher.extractor.rows(rule)
        return sum(bool(wanted & kinds_asked(" ".join(self._matcher.variants[row]))) for row in rows) / len(rows)

    def _unknown(self, asked: frozenset[str], rule: int) -> float:
        known = frozenset().union(*self._told[rule])
        return self._sum(asked - known) / self._sum(asked)

    def _weight(self, word: str) -> float:
        return self._idf.get(word, self._rarest)

    def _sum(self, meaning: frozenset[str]) -> float:
        return sum(map(self._weight, meaning))



def _share(word: str, variants: Sequence[frozenset[str]]) -> float:
    return sum(word in variant for variant in variants) / len(variants)


def _neighbourhoods(book: RuleBook) -> dict[str, list[int]]:
    """Rule id → rules of its topic, those that it names, those that these name and those that name it."""
    naming: dict[str, set[str]] = {}
    for rule in book.rules:
        for other in rule.related:
            naming.setdefault(other, set()).add(rule.id)
    around = {}
    for rule in book.rules:
        near = {*rule.related, *naming.get(rule.id, ()), *(r.id for r in book.rules if r.topic == rule.topic)}
        near.update(further for other in rule.related if other in book.by_id for further in book.by_id[other].related)
        around[rule.id] = [i for i, r in enumerate(book.rules) if r.id in near and r.type != SMALL_TALK]
    return around


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    word = _SAME.get(word, word)
    if len(word) > 4:
        word = re.sub(r"[nr]$", "", re.sub(r"e?s$", "", word))
    return re.sub(r"[aeiou]+$", "", word) if len(word) > 3 else word


def _meaning(parts: Iterable[str]) -> frozenset[str]:
    listed = list(parts)
    if "cuanto" in listed:  # «¿cuánto me sale?»
        listed = ["cuesta" if part in _COSTS else part for part in listed]
    return frozenset(_stem(part) for part in listed if part not in _EMPTY)


def _log_odds(confidence: float) -> float:
    least = math.exp(-_MOST_ODDS)
    return max(-_MOST_ODDS, min(_MOST_ODDS, math.log(max(confidence, least) / max(1 - confidence, least))))


def _probability(values: np.ndarray) -> float:
    return float(1 / (1 + math.exp(-(values @ np.array(WEIGHTS) + INTERCEPT))))
