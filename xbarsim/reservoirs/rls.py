r"""Recursive least squares: a linear readout that learns from every sample as it comes.

.. math:: k = \frac{s\,P r}{\lambda + s\,r^T P r}, \qquad w \leftarrow w + k\,(y - w^T r), \qquad
          P \leftarrow \frac{P - k\,r^T P}{\lambda}

with s the weight of the sample, 1 by default, and :math:`P = I / \alpha` before the first. Without
forgetting (:math:`\lambda = 1`) the weights are, after every sample, those of ridge regression with
the penalty :math:`\alpha` on weights and intercept alike.

References
----------
S. Haykin, "Adaptive Filter Theory", Prentice Hall, 2002, table 9.1; as the learning rule of FORCE,
D. Sussillo and L. F. Abbott, Neuron 63, 544 (2009), equations 4 and 5.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from xbarsim.errors import ConvergenceError, SpecError

Array = npt.NDArray[Any]


class RecursiveLeastSquares(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Linear regression, sample by sample.

    Parameters
    ----------
    penalty : on squared weights before the first sample.
    forgetting : weight of a sample over that of the next, above 0, at most 1.

    Attributes
    ----------
    coef_, intercept_ : (outputs, features), (outputs,).

    Raises
    ------
    SpecError : in fitting, a parameter out of range.
    ConvergenceError : the inverse correlation is no longer finite and positive.
    """

    def __init__(self, penalty: float = 1.0, forgetting: float = 1.0) -> None:
        self.penalty = penalty
        self.forgetting = forgetting

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "RecursiveLeastSquares":
        """Forget everything, then learn from features (n, features) and targets (n, outputs)."""
        self.__dict__.pop("coef_", None)
        return self.partial_fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "RecursiveLeastSquares":
        """Learn from features (n, features) and targets (n,) or (n, outputs), in their order.

        `sample_weight` is (n,), of numbers from 0; None for 1 each.
        """
        new = "coef_" not in self.__dict__
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, reset=new)
        targets = y.reshape(len(y), -1).astype(float)
        if new:
            self._begin(X.shape[1], targets.shape[1])
            self._flat = y.ndim == 1
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        for r, target, weight in zip(X, targets, weights, strict=True):
            self.learn(r, target, weight)
        return self

    def learn(self, r: Array, target: Array, weight: float = 1.0) -> None:
        """Learn from one sample: features (features,), targets (outputs,)."""
        r = np.append(r, 1.0)
        seen = self._p @ r
        gain = weight * seen / (self.forgetting + weight * (r @ seen))
        if not (np.isfinite(gain).all() and r @ seen >= 0):
            raise ConvergenceError(
                f"recursive least squares diverged after {self.samples_} samples (forgetting "
                f"{self.forgetting:g}); use more penalty or less forgetting"
            )
        self._w += np.outer(target - self._w @ r, gain)
        self._p -= np.outer(gain, seen)
        if self.forgetting != 1.0:
            self._p /= self.forgetting
        self.samples_ += 1

    def predict(self, X: Any) -> Array:
        """Predictions, (n,) or (n, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        y: Array = X @ self.coef_.T + self.intercept_
        return y[:, 0] if self._flat else y

    def _begin(self, features: int, outputs: int) -> None:
        if not self.penalty > 0:
            raise SpecError(f"penalty is {self.penalty!r}; it must be above 0")
        if not 0 < self.forgetting <= 1:
            raise SpecError(f"forgetting is {self.forgetting!r}; it must be above 0, at most 1")
        self._w = np.zeros((outputs, features + 1))
        self._p = np.eye(features + 1) / self.penalty
        self.samples_ = 0
        self.coef_, self.intercept_ = self._w[:, :-1], self._w[:, -1]  # views: they follow

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_w" in self.__dict__:  # copies are no views
            self.coef_, self.intercept_ = self._w[:, :-1], self._w[:, -1]
