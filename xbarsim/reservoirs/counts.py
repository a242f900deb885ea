"""A readout that learns nothing but which class each feature answers most."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Array = npt.NDArray[Any]


class SpikeCounts(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classes by the mean count of the neurons that are assigned to them.

    A neuron is assigned to the class for which its mean count in training is the highest; neurons
    that never spike to none. A class without neurons scores 0.

    Attributes
    ----------
    classes_ : in the order of scores.
    assigned_ : index of each neuron's class, (features,); -1 for none.
    coef_, intercept_ : what scores are made with, (classes, features), (classes,).

    References
    ----------
    P. U. Diehl and M. Cook, Frontiers in Computational Neuroscience 9, 99 (2015), section 2.6.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "SpikeCounts":
        """Assign neurons from counts (n, features) and classes (n,)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, index = np.unique(y, return_inverse=True)
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        of_class = weights * (index == np.arange(len(self.classes_))[:, None])
        share = np.maximum(of_class.sum(axis=1, keepdims=True), 1e-300)
        mean = of_class @ X / share
        self.assigned_ = np.where(mean.max(axis=0) > 0, mean.argmax(axis=0), -1)
        chosen = self.assigned_ == np.arange(len(self.classes_))[:, None]
        self.coef_ = chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1)
        self.intercept_ = np.zeros(len(self.classes_))
        return self

    def decision_function(self, X: Any) -> Array:
        """Mean counts of each class's neurons, (n, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores: Array = X @ self.coef_.T
        return scores

    def predict(self, X: Any) -> Array:
        """Class of each input, (n,)."""
        best: Array = self.classes_[self.decision_function(X).argmax(axis=1)]
        return best
