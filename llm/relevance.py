"""How likely a passage is to answer a question, from what the search and the rules' matcher tell of both.

A logistic model, fitted by ``python -m llm relevance`` on the questions that were written for training
and kept in ``relevance.json``. No test question is read. A model's own opinion was tried and dropped:
see ``llm/NOTES.md``.
"""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llm.passages import Passage
from llm.retrieval import Hit, Index, stem
from llm.support import content_words
from nlu.asked import asked, held

RELEVANCE_FILE = Path(__file__).with_name("relevance.json")
# From here on a passage is answered from: the lowest of the table of ``python -m llm calibrate`` at which 95 % of what
# nobody can answer is declined, where two close misses, everyday and hard ones alike, come to a foreign message, before
# some of these became ``no_es``.
THRESHOLD = 0.68
MAX_CANDIDATES = 3
# The matcher's confidence (0–1) in each of the likeliest rules, best first, and how many these are.
Opinion = Mapping[str, float]
OPINIONS = 5
_NO_OPINION = -9.0  # log odds of a rule that is not among them
_ARRAYS = ("low", "high", "mean", "scale", "weights")
_LARGEST = 50.0  # log odds; beyond, the exponential overflows and nothing changes
FEATURES = (
    "score",  # of the search, in 0-1; 1 is best by both rankings
    "rank",  # place among the candidates, from 0
    "stem_score",  # BM25 over stems
    "gram_score",  # BM25 over character n-grams
    "lead",  # in score over the best candidate on other facts (negative: it lies behind)
    "covered",  # idf-weighted share of the words searched for that the passage is indexed under
    "own_covered",  # the same of the question's own words, without those of the turn before
    "rarest_uncovered",  # idf of the rarest word that it isn't
    "information",  # idf of all words searched for
    "words",  # how many they are
    "lacking",  # kinds of datum asked for that the text doesn't hold
    "nobody_knows",  # 1 when a rule that says that nobody knows was found before it
    "questions",  # log(1 + wordings under which the passage is indexed)
    "matched",  # log odds that the matcher gives to the passage's rule, or the likeliest one on its facts
    "matched_lead",  # those over the likeliest rule on other facts
    "unknown",  # log odds of the likeliest rule that says that nobody knows
    "unknown_lead",  # "matched" over those
    "matched_first",  # 1 when no rule is likelier than that of "matched"
)


@dataclass(frozen=True)
class Relevance:
    """Log odds as a weighted sum of standardised features and of their products two by two: a word that
    isn't covered matters more in a short question. A feature counts no further than the fit has seen it (``low`` to
    ``high``): beyond, its products would decide alone, and a recipe of 150 letters was surely answered."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercept: float

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, path: Path = RELEVANCE_FILE) -> Relevance:
        """What ``python -m llm relevance`` kept.

        Raises:
            OSError, ValueError: the file is missing or was fitted for other features.
        """
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if tuple(data["features"]) != FEATURES:
            raise ValueError(f"{path}: se ajustó con otros rasgos. Corre: python -m llm relevance")
        low, high, mean, scale, weights = (np.array(data[name]) for name in _ARRAYS)
        return cls(low, high, mean, scale, weights, data["intercept"])

    def to_json(self) -> str:
        """As :meth:`load` reads it."""
        arrays = {name: getattr(self, name).round(5).tolist() for name in _ARRAYS}
        return json.dumps({"features": FEATURES, **arrays, "intercept": round(self.intercept, 5)}, indent=1) + "\n"

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """That each candidate answers (0-1), shape (n,), from its features, shape (n, len(FEATURES))."""
        bounded = np.clip(rows, self.low, self.high)
        odds = with_products((bounded - self.mean) / self.scale) @ self.weights + self.intercept
        shares: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(odds, -_LARGEST, _LARGEST)))
        return shares


def with_products(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """``rows``, shape (n, k), with all products of two columns: shape (n, k + k (k + 1) / 2)."""
    first, second = np.triu_indices(rows.shape[1])
    return np.hstack([rows, rows[:, first] * rows[:, second]])


@dataclass(frozen=True)
class Relevant:
    """The passage that most likely answers, the probability (0-1) that it does, and that from which it
    may be answered from."""

    passage: Passage
    probability: float
    threshold: float = THRESHOLD

    @property
    def enough(self) -> bool:
        """Whether it may be answered from."""
        return self.probability >= self.threshold


def rated(
    index: Index, question: str, search: str, hits: Sequence[Hit], opinion: Opinion, official: Opinion | None = None
) -> tuple[Relevant, ...]:
    """The best of ``hits``, found for ``search`` as ``opinion`` is, likeliest first; empty when none states anything.

    Where the matcher would answer with a passage's own rule (``official``), its confidence counts if it is higher:
    small books look unlike those that the model was fitted on. What leans on the turn before and names something that the
    passage lacks altogether («¿y el clima?») isn't answered from it.
    """
    candidates = candidates_of(hits)
    if not candidates or not any(map(str.isalpha, content_words(search))):  # «1» asks nothing
        return ()
    found = Relevance.load().probabilities(features(index, question, search, hits, candidates, opinion))
    for at, passage in enumerate(candidates):
        found[at] = max(found[at], (official or {}).get(passage.id, 0.0))
        if search != question and _is_foreign(index, question, passage):
            found[at] = 0.0
    order = np.argsort(-found, kind="stable")
    return tuple(Relevant(candidates[at], float(found[at])) for at in order)


def _is_foreign(index: Index, question: str, passage: Passage) -> bool:
    """Whether ``question`` asks for no datum by name and all that it names is foreign to ``passage``."""
    named = {stem(word) for word in content_words(question)}
    return bool(named) and not asked(question) and named.isdisjoint(index.stems_of(passage))


def candidates_of(hits: Sequence[Hit]) -> list[Passage]:
    """The best passages, one for the same facts; none that says that nobody knows."""
    chosen: list[Passage] = []
    shown: set[str] = set()
    for hit in hits:
        facts = hit.passage.facts
        if len(chosen) < MAX_CANDIDATES and not hit.passage.nobody_knows and not (facts and facts <= shown):
            shown |= facts
            chosen.append(hit.passage)
    return chosen


def features(
    index: Index, question: str, search: str, hits: Sequence[Hit], candidates: Sequence[Passage], opinion: Opinion
) -> NDArray[np.float64]:
    """One row of ``FEATURES`` for each of ``candidates``, which are among ``hits`` in that order."""
    place = {hit.passage.id: at for at, hit in enumerate(hits)}
    unknown = next((at for at, hit in enumerate(hits) if hit.passage.nobody_knows), len(hits))
    weights, own = _weights(index, search), _weights(index, question)
    wanted = asked(search)
    rows = []
    for rank, passage in enumerate(candidates):
        hit = hits[place[passage.id]]
        others = [hits[place[other.id]].score for other in candidates if other is not passage]
        missing = _missing(index, weights, passage)
        rows.append((
            hit.score, rank, hit.stem_score, hit.gram_score, hit.score - max(others, default=0.0),
            _covered(weights, missing), _covered(own, _missing(index, own, passage)), max(missing, default=0.0),
            sum(weights.values()), len(weights), len(wanted - held(passage.text)),
            float(unknown < place[passage.id]), math.log1p(len(passage.questions)),
            *_matched(index, passage, opinion),
        ))  # fmt: skip
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def _matched(index: Index, passage: Passage, opinion: Opinion) -> tuple[float, ...]:
    """The features from ``matched`` on."""
    about, other, unknown = [_NO_OPINION], [_NO_OPINION], [_NO_OPINION]
    for rule, confidence in opinion.items():
        found = index.passage(rule)  # None: small talk
        if found is not None and found.nobody_knows:
            unknown.append(_log_odds(confidence))
        elif found is not None and (found is passage or found.akin(passage)):
            about.append(_log_odds(confidence))
        else:
            other.append(_log_odds(confidence))
    best = max(about)
    first = len(about) > 1 and best >= max(*other, *unknown)
    return best, best - max(other), max(unknown), best - max(unknown), float(first)


def _log_odds(confidence: float) -> float:
    return max(_NO_OPINION, math.log(max(confidence, 1e-9) / max(1 - confidence, 1e-4)))


def _weights(index: Index, text: str) -> dict[str, float]:
    return {word: index.stems.weight(stem(word)) for word in content_words(text)}


def _missing(index: Index, weights: dict[str, float], passage: Passage) -> list[float]:
    return [weight for word, weight in weights.items() if stem(word) not in index.stems_of(passage)]


def _covered(weights: dict[str, float], missing: Sequence[float]) -> float:
    total = sum(weights.values())
    return 1 - sum(missing) / total if total else 0.0
