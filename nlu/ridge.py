"""A model over questions that knows what it would say had a variant not been written.

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

# Above this many variants the n × n kernel costs more than the features × features one.
DUAL_LIMIT = 16000
PRIMAL_FEATURES = 10000
KERNEL_PENALTY = 0.15
LINEAR_PENALTY = 1.0


class KernelRidge:
    """Ridge regression in the space of a kernel.

    Args:
        kernel: of every variant with every other, shape (n, n), 1 on its diagonal; overwritten.
        targets: rule index of each variant, ascending.
    """

    def __init__(self, kernel: np.ndarray, targets: np.ndarray, rules: int):
        self._labels = np.eye(rules, dtype=np.float32)[targets]
        kernel[np.diag_indices_from(kernel)] += KERNEL_PENALTY
        self._factor = scipy.linalg.cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        self.dual = np.ascontiguousarray(scipy.linalg.cho_solve(self._factor, self._labels, check_finite=False))
        self._inverse_factor: np.ndarray | None = None

    def held_out(self, block: np.ndarray) -> np.ndarray:
        """Outputs on the variants ``block`` (row indices) of the model that never saw them.

        Returns: shape (len(block), rules).
        """
        # I − H = penalty · (K + penalty·I)⁻¹, so only that inverse's block is needed.
        outputs: np.ndarray = self._labels[block] - np.linalg.solve(self._inverse(block), self.dual[block])
        return outputs

    def _inverse(self, block: np.ndarray) -> np.ndarray:
        """The block of (K + penalty·I)⁻¹ = L⁻ᵀ L⁻¹: products of columns of the inverted Cholesky factor L."""
        if self._inverse_factor is None:
            lower, _ = self._factor
            self._inverse_factor, info = scipy.linalg.lapack.strtri(lower, lower=1)
            if info != 0:
                raise np.linalg.LinAlgError("the kernel is singular")
        first, last = int(block.min()), int(block.max())
        columns = self._inverse_factor[first:, block]
        above = np.arange(first, last + 1)[:, None] < block
        columns[: last + 1 - first][above] = 0  # the other triangle holds anything
        product: np.ndarray = columns.T @ columns
        return product


class LinearRidge:
    """Ridge regression over the features themselves, for a book too large for a kernel.

    Args:
        vectors: one row a variant.
        targets: rule index of each variant, ascending.
    """

    def __init__(self, vectors: sp.csr_matrix, targets: np.ndarray, rules: int):
        self._labels = np.eye(rules, dtype=np.float32)[targets]
        self._vectors = vectors
        gram = (vectors.T @ vectors).toarray()
        gram[np.diag_indices_from(gram)] += LINEAR_PENALTY
        self._factor = scipy.linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        right = (vectors.T @ self._labels).astype(np.float32)
        self.weights = np.ascontiguousarray(scipy.linalg.cho_solve(self._factor, right, check_finite=False))

    def held_out(self, block: np.ndarray) -> np.ndarray:
        """Outputs on the variants ``block`` (row indices) of the model that never saw them.

        Returns: shape (len(block), rules).
        """
        rows = self._vectors[block]
        hat = rows @ scipy.linalg.cho_solve(self._factor, rows.T.toarray(), check_finite=False)
        fitted = rows @ self.weights
        return np.linalg.solve(np.eye(len(block), dtype=np.float32) - hat, fitted - hat @ self._labels[block])


class Restorable:
    """A matcher whose model was fitted here, and then knows held-out outputs, or was restored (None)."""

    model: KernelRidge | LinearRidge | None = None

    def held_out(self, block: np.ndarray) -> np.ndarray:
        """See :meth:`KernelRidge.held_out`.

        Raises:
            ValueError: the matcher was restored and keeps no training.
        """
        if self.model is None:
            raise ValueError("this matcher was restored: it has no held-out outputs")
        return self.model.held_out(block)

    def forget_training(self) -> None:
        """Free what only held-out outputs need; ranking stays."""
        self.model = None
