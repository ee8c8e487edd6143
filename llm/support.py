"""How surely the first passage found is about the question: a probability, and a plain test of its
words. It decides whether a rule that says that nobody knows is the answer; what a passage states
is answered from by ``llm.relevance``.

``WEIGHTS`` come from ``python -m llm calibrate``, which fits them on the rule book (each question
asked with its own wording, then its whole rule, left out).
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from llm.passages import Passage
from llm.retrieval import Hit, Index, grams, stem, stems, word_grams
from nlu.text import tokens

# To say that nobody knows states nothing that could be wrong.
UNKNOWN_THRESHOLD = 0.6
MIN_SHARE = 0.5
_TYPO_SHARE = 0.5  # of a word's n-grams that a passage must hold for the word to be a typo of its own

# Words that name no subject.
_FUNCTION_WORDS = """
    a al ante con contra cual cuales cuando cuanta cuantas cuanto cuantos de del desde donde e el ella ellos en
    entre era es esa esas ese eso esos esta estan estar estas este esto estos estoy fue ha hace hacer hago han hasta
    hay he la las le les lo los mas me mi mis muy ni no nos o para pero por porque puede puedo pues que quien
    quienes quiero se ser si sin sobre son soy su sus tambien te tengo tiene tu tus u un una unas uno unos va van
    voy y ya yo
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True)
class Features:
    """What the probability is made of (all >= 0).

    margin: distance in score from the next passage that rests on other facts (0–1);
    strength: BM25 over n-grams for each unit of the question's weight;
    information: log of the weight of the question's words.
    """

    margin: float
    strength: float
    information: float


@dataclass(frozen=True)
class Weights:
    """A logistic model over :class:`Features`."""

    bias: float
    margin: float
    strength: float
    information: float

    def probability(self, features: Features) -> float:
        """The probability (0–1) that the best passage is the right one."""
        bias, *weights = astuple(self)
        total = bias + sum(w * x for w, x in zip(weights, astuple(features), strict=True))
        return 1 / (1 + math.exp(-total))


WEIGHTS = Weights(bias=-10.657, margin=7.822, strength=8.331, information=1.961)


@dataclass(frozen=True)
class Support:
    """The probability (0–1), and whether the passage holds enough of the question's own words."""

    probability: float
    on_topic: bool

    @property
    def enough_for_unknown(self) -> bool:
        """Whether a passage that says that nobody knows may be given."""
        return self.on_topic and self.probability >= UNKNOWN_THRESHOLD


NO_SUPPORT = Support(0.0, False)


def features(index: Index, question: str, hits: Sequence[Hit]) -> Features:
    """The features of the best of ``hits`` (at least one)."""
    best = hits[0]
    other = next((hit for hit in hits[1:] if not hit.passage.akin(best.passage)), None)
    weight = sum(index.grams.weight(gram) for gram in grams(question))
    return Features(
        margin=best.score - (other.score if other else 0.0),
        strength=best.gram_score / weight if weight else 0.0,
        information=math.log1p(sum(index.stems.weight(term) for term in stems(question))),
    )


def support(index: Index, question: str, hits: Sequence[Hit], weights: Weights = WEIGHTS) -> Support:
    """How well the best of ``hits`` supports an answer to ``question``."""
    if not hits:
        return NO_SUPPORT
    probability = weights.probability(features(index, question, hits))
    return Support(probability, on_topic(index, question, hits[0].passage))


def content_words(question: str) -> list[str]:
    """The distinct words of ``question`` that may name its subject, in order."""
    return [word for word in dict.fromkeys(tokens(question)) if word not in FUNCTION_WORDS]


def on_topic(index: Index, question: str, passage: Passage) -> bool:
    """Whether ``passage`` holds at least half of the content words, and two of them if there are two.

    One shared word is how «sushi a domicilio» finds the office's address.
    """
    words = content_words(question)
    found = sum(_holds(index, passage, word) for word in words)
    return found >= min(2, len(words)) and found >= MIN_SHARE * len(words) and found > 0


def holds_all(index: Index, question: str, passage: Passage) -> bool:
    """Whether ``passage`` holds every content word of ``question`` (true when it has none)."""
    return all(_holds(index, passage, word) for word in content_words(question))


def _holds(index: Index, passage: Passage, word: str) -> bool:
    if stem(word) in index.stems_of(passage):
        return True
    if index.stems.knows(stem(word)):
        return False
    pieces = word_grams(word)
    return sum(piece in index.grams_of(passage) for piece in pieces) >= _TYPO_SHARE * len(pieces)
