"""What a book's rules are about, by the words of their variants: subjects, kinship, neighbours."""
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from nlu.datum import kinds_asked
from nlu.followup import FUNCTION_WORDS, WISHING
from nlu.matcher import Matcher
from nlu.text import INTERROGATIVES, normalize, tokens, words
from rules.book import SMALL_TALK, RuleBook

_LEAST_IDF = 0.01  # of a word that every variant has: what is said with it alone must not weigh nothing
# A subject is a rare word that a good share of a rule's variants, or of its topic's, have.
_SUBJECT_IDF = 0.35  # of the highest idf
_SUBJECT_OF_RULE = 0.5
_SUBJECT_OF_TOPIC = 0.08
# Words of a message that says only what it is about, and the share of some rule's variants that have them.
_MOST_NAMED = 2
_NAMED_OF_RULE = 0.2
_REGARDING = frozenset({"sobre", "acerca", "respecto", "relacionado", "tema", "asunto"})
# Words of whoever asks or tells something, of verbs mostly: «pero a mí sí me dejan».
_ASKING = INTERROGATIVES | {"si", "no", "o", "me", "se", "te", "nos", "puedo", "puede", "debo", "hay"}
# The words that name a rule's subject: at most so many, none with less than this share of the first one's weight.
_MOST_SUBJECTS = 3
_LEAST_OF_FIRST = 0.5
_SHORTEST_SUBJECT = 3
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


class Subjects:
    """What the rules of a book are asked in; ``matcher`` holds its variants."""

    def __init__(self, matcher: Matcher):
        self._book = matcher.book
        self._position = {rule.id: i for i, rule in enumerate(self._book.rules)}
        self._around = _neighbourhoods(self._book)
        rows = [matcher.extractor.rows(i) for i in range(len(self._book.rules))]
        self.told = [[meaning(matcher.variants[row]) for row in of_rule] for of_rule in rows]
        """For each rule the meaning of each variant."""
        self._spoken = [[frozenset(matcher.variants[row]) for row in of_rule] for of_rule in rows]
        counts = Counter(word for variants in self.told for variant in variants for word in variant)
        total = sum(map(len, self.told))
        self._idf = {word: max(math.log((total + 1) / (count + 1)), _LEAST_IDF) for word, count in counts.items()}
        self._rarest = math.log(total + 1)
        self._profiles = [self._profile(variants) for variants in self.told]
        self._of_topic: dict[str, list[frozenset[str]]] = {}
        for rule, variants in zip(self._book.rules, self.told, strict=True):
            self._of_topic.setdefault(rule.topic, []).extend(variants)

    def weight(self, word: str) -> float:
        """How much a word tells (idf over the variants)."""
        return self._idf.get(word, self._rarest)

    def total(self, said: Iterable[str]) -> float:
        """The weight of all words together."""
        return sum(map(self.weight, said))

    def around(self, rule_id: str) -> list[int]:
        """The rules of its topic, those that it names, those that these name and those that name it: indices."""
        return self._around.get(rule_id, [])

    def is_near(self, rule_id: str, topic_rule: str) -> bool:
        """Whether ``rule_id`` lies around ``topic_rule``, or is it."""
        return rule_id == topic_rule or self._position[rule_id] in self.around(topic_rule)

    def kin(self, rule: int, other: int) -> float:
        """How alike the variants of two rules are, word for word (cosine, 0–1)."""
        ours, theirs = self._profiles[rule], self._profiles[other]
        return sum(weight * theirs.get(word, 0.0) for word, weight in ours.items())

    def subject(self, rule: int) -> str:
        """The words that name what the rule at that index is about, the most telling first."""
        variants = self._spoken[rule]
        counts = Counter(word for variant in variants for word in variant if _may_name(word))
        telling = {word: count / len(variants) * self.weight(_stem(word)) for word, count in counts.items()}
        best = sorted(telling, key=lambda word: (-telling[word], word))[:_MOST_SUBJECTS]
        return " ".join(word for word in best if telling[word] >= _LEAST_OF_FIRST * telling[best[0]])

    def belongs(self, question: str, topic_rule: str) -> bool:
        """Whether rules around ``topic_rule`` are asked in all the words with which ``question`` names something."""
        named = meaning(part for part in tokens(question) if part not in FUNCTION_WORDS)
        around = (self._position[topic_rule], *self.around(topic_rule))
        return all(any(word in variant for rule in around for variant in self.told[rule]) for word in named)

    def names_subject(self, question: str, rule_id: str) -> bool:
        """Whether ``question`` holds a word that is the subject of the rule, or of its whole topic."""
        parts = [part for part in tokens(question) if part not in FUNCTION_WORDS and not kinds_asked(part)]
        subjects = [word for word in meaning(parts) if self.weight(word) >= _SUBJECT_IDF * self._rarest]
        rule = self._position[rule_id]
        topic = self._of_topic[self._book.rules[rule].topic]
        return any(
            _share(word, self.told[rule]) >= _SUBJECT_OF_RULE or _share(word, topic) >= _SUBJECT_OF_TOPIC
            for word in subjects
        )

    def named(self, question: str) -> dict[str, float]:
        """The rules that are asked in all that ``question`` says, where that is only what it is about («mi credencial»,
        «horarios»), each with the share of its variants that say so, greatest first; none where it asks something."""
        parts = [part for part in tokens(question) if part not in FUNCTION_WORDS | WISHING | _REGARDING]
        data = [part for part in parts if kinds_asked(part)]
        said = meaning(parts)
        if (data and data != parts) or not _ASKING.isdisjoint(tokens(question)) or not 1 <= len(said) <= _MOST_NAMED:
            return {}
        shares = {
            rule.id: min(_share(word, variants) for word in said)
            for rule, variants in zip(self._book.rules, self.told, strict=True)
            if rule.type != SMALL_TALK
        }
        if max(shares.values(), default=0.0) < _NAMED_OF_RULE:
            return {}
        return {rule_id: shares[rule_id] for rule_id in sorted(shares, key=lambda one: -shares[one]) if shares[rule_id] > 0}

    def _profile(self, variants: Sequence[frozenset[str]]) -> dict[str, float]:
        counts = Counter(word for variant in variants for word in variant)
        weights = {word: count / len(variants) * self.weight(word) for word, count in counts.items()}
        norm = float(np.linalg.norm(list(weights.values()))) or 1.0
        return {word: weight / norm for word, weight in weights.items()}


def asks_only_a_datum(question: str) -> bool:
    """Whether ``question`` asks for a datum and names nothing of which: «costo», «¿y en qué horario?»."""
    parts = tokens(question)
    return bool(kinds_asked(normalize(question))) and all(part in FUNCTION_WORDS or kinds_asked(part) for part in parts)


def meaning(parts: Iterable[str]) -> frozenset[str]:
    """The stems of the words that say something, those for the same datum made one."""
    return frozenset(_stem(part) for part in _plain(parts) if part not in _EMPTY)


def in_plain_words(question: str) -> str:
    """``question`` with one word for each datum: «¿qué precio tiene?» asks what it costs. As it is where it has such
    words already."""
    parts = tokens(question)
    plain = _plain(parts)
    return question if plain == parts else " ".join(plain)


def _plain(parts: Iterable[str]) -> list[str]:
    listed = list(parts)
    if "cuanto" in listed:  # «¿cuánto me sale?»
        listed = ["cuesta" if part in _COSTS else part for part in listed]
    return [_SAME.get(part, part) for part in listed]


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    if len(word) > 4:
        word = re.sub(r"[nr]$", "", re.sub(r"e?s$", "", word))
    return re.sub(r"[aeiou]+$", "", word) if len(word) > 3 else word


def _may_name(word: str) -> bool:
    return len(word) >= _SHORTEST_SUBJECT and word not in FUNCTION_WORDS and not kinds_asked(word)


def _share(word: str, variants: Sequence[frozenset[str]]) -> float:
    return sum(word in variant for variant in variants) / len(variants)


def _neighbourhoods(book: RuleBook) -> dict[str, list[int]]:
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
