"""The linear model: what it would say had some variants not been written."""
from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from nlu.ngrams import NgramIndex
from nlu.ridge import RidgeModel
from nlu.text import tokens
from tests.nlu_books import VARIANTS

QUESTIONS = [tokens(question) for questions in VARIANTS.values() for question in questions]
TARGETS = np.repeat(np.arange(len(VARIANTS)), [len(questions) for questions in VARIANTS.values()])
RULES = len(VARIANTS)


@pytest.fixture(params=["dual", "primal"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to fit: by variants, and by features for big books."""
    if request.param == "primal":
        monkeypatch.setattr("nlu.ridge.DUAL_LIMIT", 0)
    return str(request.param)


def vectors() -> sp.csr_matrix:
    return NgramIndex(QUESTIONS).matrix(QUESTIONS)


def refitted_without(rows: sp.csr_matrix, block: np.ndarray, penalty: float) -> np.ndarray:
    kept = np.setdiff1d(np.arange(rows.shape[0]), block)
    outputs: np.ndarray = rows[block] @ RidgeModel(rows[kept], TARGETS[kept], RULES, penalty).weights
    return outputs


@pytest.mark.parametrize("penalty", [1.0, 5.0])
def test_held_out_outputs_are_those_of_a_refit(form: str, penalty: float) -> None:
    rows = vectors()
    model = RidgeModel(rows, TARGETS, RULES, penalty)
    blocks = [np.array([row]) for row in (0, 6, 19)]
    blocks += [np.flatnonzero(np.equal(TARGETS, rule)) for rule in range(RULES)] + [np.array([0, 7, 13])]
    for block in blocks:
        np.testing.assert_allclose(model.held_out(block), refitted_without(rows, block, penalty), atol=1e-4)


def test_both_forms_fit_the_same_model(monkeypatch: pytest.MonkeyPatch) -> None:
    dual = RidgeModel(vectors(), TARGETS, RULES)
    monkeypatch.setattr("nlu.ridge.DUAL_LIMIT", 0)
    np.testing.assert_allclose(RidgeModel(vectors(), TARGETS, RULES).weights, dual.weights, atol=1e-4)


def test_the_weights_solve_the_penalised_least_squares(form: str) -> None:
    rows, labels = vectors().toarray().astype(float), np.eye(RULES)[TARGETS]
    expected = np.linalg.solve(rows.T @ rows + np.eye(rows.shape[1]), rows.T @ labels)
    np.testing.assert_allclose(RidgeModel(vectors(), TARGETS, RULES).weights, expected, atol=1e-4)


def test_predictions_stay_when_training_is_forgotten(form: str) -> None:
    model = RidgeModel(vectors(), TARGETS, RULES)
    before = model.weights.copy()
    model.forget_training()
    np.testing.assert_array_equal(model.weights, before)
    np.testing.assert_array_equal(np.argmax(vectors() @ model.weights, axis=1), TARGETS)
