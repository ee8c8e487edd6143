"""Which of the likeliest rules a question asks for."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nlu.choice import CHOICE_FILE, WEIGHED, WEIGHED_BARE, Choice
from nlu.choice_fit import Candidates, fit_choice
from nlu.development import make_book
from nlu.encoder import load_encoder
from nlu.features import CANDIDATE_FEATURES, CHOICE_FEATURES
from nlu.matcher import Matcher
from nlu.semantic import SemanticMatcher

FEATURES = len(CANDIDATE_FEATURES)
# One desk, whose two rules are asked for in the same words; only the answers tell them apart.
ASKED = {
    "copia": [
        "¿Dónde veo lo de mi certificado?", "quiero lo del certificado", "informes de certificado", "certificado por favor",
    ],
    "entrega": [
        "¿En qué lugar veo lo de mi certificado?", "necesito lo del certificado", "información de certificado",
        "mi certificado",
    ],
}  # fmt: skip
TOLD = {
    "copia": "La reposición por extravío o robo se pide con el acta del ministerio público.",
    "entrega": "Se entrega en la ventanilla cuatro al terminar la carrera.",
}


def turns(seed: int, amount: int = 300) -> tuple[Candidates, np.ndarray]:
    """Turns with three candidates, of which the one with the highest ``echoed`` is right, whatever its score."""
    values = np.random.default_rng(seed).normal(size=(amount, 3, FEATURES))
    rules = np.tile(np.arange(3), (amount, 1))
    return Candidates(values, rules), values[:, :, CANDIDATE_FEATURES.index("echoed")].argmax(axis=1)


def found_by(choice: Choice, candidates: Candidates) -> np.ndarray:
    first = choice.arranged(candidates.values, candidates.present).places[:, 0]
    return np.take_along_axis(candidates.rules, first[:, None], axis=1)[:, 0]


def test_what_tells_the_right_rule_is_learnt_and_holds_for_other_turns() -> None:
    choice = fit_choice([turns(0), turns(1)], WEIGHED)
    candidates, right = turns(2)
    assert (found_by(choice, candidates) == right).mean() > 0.9


def test_only_what_is_weighed_counts() -> None:
    choice = fit_choice([turns(0)], WEIGHED_BARE)
    counting = {name for name, weight in zip(CANDIDATE_FEATURES, choice.weights, strict=True) if weight}
    assert counting <= set(WEIGHED_BARE)


def test_turns_that_no_candidate_answers_teach_nothing() -> None:
    candidates, right = turns(0)
    none = Candidates(np.full_like(candidates.values, 9.0), candidates.rules)
    both = Candidates(np.concatenate([candidates.values, none.values]), np.concatenate([candidates.rules, none.rules]))
    rules = np.concatenate([right, np.full(len(right), -1)])
    alone, mixed = fit_choice([(candidates, right)], WEIGHED), fit_choice([(both, rules)], WEIGHED)
    np.testing.assert_allclose(alone.weights, mixed.weights, atol=1e-6)


@given(arrays.arrays(np.float64, (4, 3, FEATURES), elements=st.floats(-5, 5)), st.integers(1, 3))
def test_the_shares_are_a_distribution_and_missing_candidates_come_last(values: np.ndarray, count: int) -> None:
    present = np.tile(np.arange(3) < count, (4, 1))
    arranged = Choice(np.ones(FEATURES)).arranged(values, present)
    shares, lead = arranged.features[:, :, 0], arranged.features[:, :, 1]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (np.diff(shares, axis=1) <= 1e-12).all() and np.isfinite(arranged.features).all()
    assert (arranged.places[:, count:] >= count).all()
    assert (lead[:, 0] >= 0).all() and (lead[:, 1:] <= 0).all()


def test_the_answer_decides_between_rules_that_are_asked_for_alike() -> None:
    encoder = load_encoder()
    assert encoder is not None
    matcher = SemanticMatcher(Matcher(make_book(ASKED, TOLD)), encoder)
    for question, rule in (("me robaron mi certificado", "copia"), ("en qué ventanilla me dan mi certificado", "entrega")):
        best = matcher.rank(question)[0]
        assert matcher.book.rules[best.rule].id == rule
        assert 0.5 < best.values[-len(CHOICE_FEATURES)] <= 1


def test_a_book_without_answers_keeps_the_order_of_the_ridge_model() -> None:
    encoder = load_encoder()
    assert encoder is not None
    matcher = SemanticMatcher(Matcher(make_book(ASKED)), encoder)
    assert not matcher.answered
    for question in ("me robaron mi certificado", "mi certificado de la carrera"):
        assert [found.rule for found in matcher.rank(question)] == [found.rule for found in matcher.candidates(question)]


def test_a_file_fitted_for_other_features_is_refused(tmp_path: Path) -> None:
    data = json.loads(CHOICE_FILE.read_text(encoding="utf-8"))
    path = tmp_path / "choice.json"
    path.write_text(json.dumps({**data, "features": data["features"][:-1]}), encoding="utf-8")
    with pytest.raises(ValueError, match="python -m nlu fit"):
        Choice.load(12, True, path)
