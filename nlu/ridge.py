"""A linear model over n-grams that knows what it would say had a variant not been written.

Regularised least squares, one output a rule, targets 1 and 0. Its leave-one-out outputs have a
closed form, and so have those with a whole block left out, so a book is cross-validated exactly
at the price of one fit (Rifkin & Lippert, "Notes on Regularized Least Squares", MIT 2007, §3–4):
with H the hat matrix and F = H·Y the fitted outputs, the outputs on block B of a model that never
saw B are (I − H_BB)⁻¹ (F_B − H_BB·Y_B).
"""
from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.sparse as sp

PENALTY = 1.0
# Above this many variants the n × n kernel costs more than the features × features one.
DUAL_LIMIT = 16000
PRIMAL_FEATURES = 10000


class RidgeModel:
    """Fitted weights, shape (features, rules), and the hat matrix for held-out outputs.

    Args:
        vectors: one row a variant.
        targets: rule index of each variant, ascending.
    """

    def __init__(self, vectors: sp.csr_matrix, targets: np.ndarray, rules: int, penalty: float = PENALTY):
        self._labels = np.eye(rules, dtype=np.float32)[targets]
        self._vectors = vectors
        self._inverse_kernel: np.ndarray | None = None
        if vectors.shape[0] <= DUAL_LIMIT:
            self._fit_dual(penalty)
        else:
            self._fit_primal(penalty)

    def _fit_dual(self, penalty: float) -> None:
        kernel = (self._vectors @ self._vectors.T).toarray()
        kernel[np.diag_indices_from(kernel)] += penalty
        self._factor = scipy.linalg.cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        dual = scipy.linalg.cho_solve(self._factor, self._labels, check_finite=False)
        self.weights = np.ascontiguousarray(self._vectors.T @ dual, dtype=np.float32)
        self._dual: np.ndarray | None = dual

    def _fit_primal(self, penalty: float) -> None:
        gram = (self._vectors.T @ self._vectors).toarray()
        gram[np.diag_indices_from(gram)] += penalty
        self._factor = scipy.linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        right = (self._vectors.T @ self._labels).astype(np.float32)
        self.weights = np.ascontiguousarray(scipy.linalg.cho_solve(self._factor, right, check_finite=False))
        self._dual = None

    def held_out(self, block: np.ndarray) -> np.ndarray:
        """Outputs on the variants ``block`` (row indices) of the model that never saw them.

        Returns: shape (len(block), rules).
        """
        labels = self._labels[block]
        rows = self._vectors[block]
        if self._dual is not None:
            # I − H = penalty · (K + penalty·I)⁻¹, so only that inverse's block is needed.
            inverse = self._inverse()[np.ix_(block, block)]
            outputs: np.ndarray = labels - np.linalg.solve(inverse, self._dual[block])
            return outputs
        hat = rows @ scipy.linalg.cho_solve(self._factor, rows.T.toarray(), check_finite=False)
        fitted = rows @ self.weights
        return np.linalg.solve(np.eye(len(block), dtype=np.float32) - hat, fitted - hat @ labels)

    def _inverse(self) -> np.ndarray:
        if self._inverse_kernel is None:
            lower, _ = self._factor
            inverse, info = scipy.linalg.lapack.spotri(lower, lower=1)
            if info != 0:
                raise np.linalg.LinAlgError("the kernel is singular")
            self._inverse_kernel = np.tril(inverse) + np.tril(inverse, -1).T
        return self._inverse_kernel

    def forget_training(self) -> None:
        """Free what only held-out outputs need; predictions stay."""
        self._factor = self._inverse_kernel = self._dual = None
