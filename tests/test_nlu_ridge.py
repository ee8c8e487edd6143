"""The ridge models: what they would say had some variants not been written."""
from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from nlu import kernels
from nlu.ngrams import NgramIndex
from nlu.ridge import KERNEL_PENALTY, LINEAR_PENALTY, KernelRidge, LinearRidge
from nlu.text import tokens
from tests.nlu_books import VARIANTS

QUESTIONS = [tokens(question) for questions in VARIANTS.values() for question in questions]
TARGETS = np.repeat(np.arange(len(VARIANTS)), [len(questions) for questions in VARIANTS.values()])
RULES = len(VARIANTS)
BLOCKS = [np.array([row]) for row in (0, 6, 19)]
BLOCKS += [np.flatnonzero(np.equal(TARGETS, rule)) for rule in range(RULES)] + [np.array([0, 7, 13])]


def vectors() -> sp.csr_matrix:
    return NgramIndex(QUESTIONS).matrix(QUESTIONS)


def kernel() -> np.ndarray:
    return kernels.lexical((vectors() @ vectors().T).toarray() / np.float32(2))


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_held_out_outputs_of_the_kernel_model_are_those_of_a_refit(block: np.ndarray) -> None:
    kept = np.setdiff1d(np.arange(len(TARGETS)), block)
    refitted = KernelRidge(kernel()[np.ix_(kept, kept)], TARGETS[kept], RULES)
    expected = kernel()[np.ix_(block, kept)] @ refitted.dual
    np.testing.assert_allclose(KernelRidge(kernel(), TARGETS, RULES).held_out(block), expected, atol=1e-4)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_held_out_outputs_of_the_linear_model_are_those_of_a_refit(block: np.ndarray) -> None:
    kept = np.setdiff1d(np.arange(len(TARGETS)), block)
    expected = vectors()[block] @ LinearRidge(vectors()[kept], TARGETS[kept], RULES).weights
    np.testing.assert_allclose(LinearRidge(vectors(), TARGETS, RULES).held_out(block), expected, atol=1e-4)


def test_the_coefficients_solve_the_penalised_least_squares() -> None:
    rows, labels = vectors().toarray().astype(float), np.eye(RULES)[TARGETS]
    linear = np.linalg.solve(rows.T @ rows + LINEAR_PENALTY * np.eye(rows.shape[1]), rows.T @ labels)
    np.testing.assert_allclose(LinearRidge(vectors(), TARGETS, RULES).weights, linear, atol=1e-4)
    dual = np.linalg.solve(kernel() + KERNEL_PENALTY * np.eye(len(TARGETS)), labels)
    np.testing.assert_allclose(KernelRidge(kernel(), TARGETS, RULES).dual, dual, atol=1e-4)


def test_a_kernel_is_one_for_the_same_and_grows_with_likeness() -> None:
    cosine = np.linspace(0, 1, 11, dtype=np.float32)
    assert kernels.lexical(cosine)[-1] == pytest.approx(1) and kernels.semantic(cosine, cosine)[-1] == pytest.approx(1)
    assert (np.diff(kernels.lexical(cosine)) > 0).all()
    # Opposed meanings are as far apart as unrelated ones.
    assert kernels.semantic(cosine[:1], np.float32([-0.5])) == kernels.semantic(cosine[:1], np.float32([0.0]))
