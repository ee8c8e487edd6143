"""Logistic regression, the one way in which evidence becomes a probability here."""
from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def fit_logistic(
    inputs: np.ndarray, right: np.ndarray, weight: np.ndarray, penalty: np.ndarray
) -> tuple[np.ndarray, float]:
    """Weights and intercept that minimise the weighted logistic loss and an L2 penalty, by L-BFGS.

    Args:
        inputs: standardised, shape (n, features).
        right: the outcomes, shape (n,).
        weight: how much each row counts, shape (n,).
        penalty: of each feature, shape (features,).
    """
    sign = np.where(right, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (inputs @ parameters[:-1] + parameters[-1])
        slope = -sign * weight / (1 + np.exp(margin))
        value = (weight * np.logaddexp(0, -margin)).sum() + (penalty * parameters[:-1] ** 2).sum() / 2
        return value, np.append(slope @ inputs + penalty * parameters[:-1], slope.sum())

    result = minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return result.x[:-1], float(result.x[-1])
