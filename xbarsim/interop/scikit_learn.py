"""Estimators of scikit-learn whose matrices stand on crossbars.

Each wraps an estimator: `fit` trains it in software, places it on arrays, programs fresh devices
and sets converter ranges on the training inputs; from then on it is the tiles that answer.

Parameters
----------
estimator : what is trained, unfitted or a ``FrozenEstimator``; a copy of it is.
hardware : what the arrays are built from; None is arrays of ideal cells, wires and converters,
    exact to rounding.
age : how old the devices are when they are read, s, or text such as ``"1 day"``; None reads them
    as programmed. May be set after fitting: the same chip then ages, or is young again.
repeats : how often inputs are read; outputs are the mean, with less noise at more energy.
random_state : from which the chip and all its noise follow, and what is random in training: it
    seeds each ``random_state`` of `estimator` that is None.

Attributes
----------
estimator_ : the trained software.
network_ : the chip, an `xbarsim.Network`: its ``placement``, ``ledger`` and ``tiles``.
n_features_in_, feature_names_in_ : of the training inputs.

Raises
------
SpecError : in `fit`: hardware or an estimator of another kind, one that has no crossbar form, an
    age that the device does not know. scikit-learn's own errors for data of another kind.

Notes
-----
Every call reads the tiles once more, with fresh noise: two calls differ, and a program that makes
the same calls again gets the same numbers for the same `random_state`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
    is_classifier,
    is_regressor,
)
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from xbarsim.errors import SpecError
from xbarsim.interop._boundaries import decides, highest, moderate, near_boundaries
from xbarsim.interop._links import link_of
from xbarsim.interop._on_crossbars import FLOATS, OnCrossbars
from xbarsim.mapping.graph import Graph

Array = npt.NDArray[Any]


class CrossbarClassifier(ClassifierMixin, OnCrossbars):  # type: ignore[misc]
    """A classifier on crossbars; parameters and attributes as above.

    Parameters
    ----------
    estimator : MLPClassifier, or a classifier whose scores are affine in the inputs
        (LogisticRegression, LinearSVC, RidgeClassifier, LinearDiscriminantAnalysis, ...). By
        default an MLPClassifier of 64 hidden units. One whose class is not that of the highest
        score at inputs near boundaries is refused; one whose probabilities follow from scores in
        no known way, or in one that cannot be told from others, has none here.

    Attributes
    ----------
    classes_ : in the order of scores and probabilities.
    """

    _method = ""  # of a perceptron it is all but the last activation

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "CrossbarClassifier":
        """Train on inputs (n, features) and classes (n,), then program a chip."""
        X, y = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(y)
        self._train(X, y, sample_weight)
        return self

    def decision_function(self, X: Any) -> Array:
        """Scores (n, classes), or (n,) of the second of two classes."""
        scores = self._read(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> Array:
        """Class of each input, (n,)."""
        scores = self._read(X)
        index = np.minimum(highest(scores), len(self.classes_) - 1)  # one class has a score too
        found: Array = self.classes_[index]
        return found

    def _has_probabilities(self) -> bool:
        if hasattr(self, "_link"):
            return self._link is not None
        return hasattr(self._wrapped(), "predict_proba")

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """Probabilities (n, classes), from scores as the software makes them from its own."""
        found: Array = np.exp(self.predict_log_proba(X))
        return found

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Array:
        """Logarithms of the probabilities, (n, classes)."""
        scores = self._read(X)
        found: Array = self._link(scores)
        return found

    def __sklearn_tags__(self) -> Any:
        tags, wrapped = super().__sklearn_tags__(), self._wrapped()
        if isinstance(wrapped, BaseEstimator) and (inner := get_tags(wrapped).classifier_tags):
            tags.classifier_tags.multi_class = inner.multi_class
            tags.classifier_tags.poor_score = inner.poor_score
        return tags

    def _default(self) -> BaseEstimator:
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier((64,), learning_rate_init=0.01, max_iter=500)

    def _refused(self, wrapped: BaseEstimator) -> str:
        return "" if is_classifier(wrapped) else "a classifier"

    def _learned(self, software: Any, X: Array, graph: Graph) -> dict[str, Any]:
        classes, name, link = software.classes_, type(software).__name__, None
        X = self._tried(X, graph)
        scores = np.asarray(graph.run(X))
        if hasattr(software, "predict_proba"):
            known = getattr(getattr(software, "best_estimator_", software), "out_activation_", "")
            link = link_of(scores, lambda some: software.predict_proba(X[some]), known)
        if len(classes) > 1:
            if not decides(scores, np.searchsorted(classes, software.predict(X))):
                raise SpecError(f"{name} does not predict the class of its highest score")
            if link is None and not hasattr(software, "decision_function"):
                raise SpecError(f"{name} makes probabilities of its scores in an unknown way")
        return {"classes_": classes, "_link": link}

    @staticmethod
    def _tried(X: Array, graph: Graph) -> Array:
        """Inputs on which software and scores are compared: some of training, and others."""
        if len(graph.nodes) == 1:
            arrays = graph.nodes[0].arrays
            X = np.concatenate([X, moderate(arrays["weights"], arrays["bias"], X)])
        return np.concatenate([X, near_boundaries(lambda x: np.asarray(graph.run(x)), X)])


class CrossbarRegressor(RegressorMixin, OnCrossbars):  # type: ignore[misc]
    """A regressor on crossbars; parameters and attributes as above.

    Parameters
    ----------
    estimator : MLPRegressor, or a regressor whose predictions are affine in the inputs (Ridge,
        Lasso, LinearSVR, PLSRegression, ...). By default an MLPRegressor of 64 hidden units.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "CrossbarRegressor":
        """Train on inputs (n, features) and targets (n,) or (n, targets), then program a chip."""
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True)
        self._train(X, y, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """Predictions, (n,) or (n, targets) as the software gives them."""
        y = self._read(X)
        return y[:, 0] if self._flat else y

    def __sklearn_tags__(self) -> Any:
        tags, wrapped = super().__sklearn_tags__(), self._wrapped()
        if isinstance(wrapped, BaseEstimator) and (inner := get_tags(wrapped)).regressor_tags:
            tags.target_tags.multi_output = inner.target_tags.multi_output
            tags.target_tags.single_output = inner.target_tags.single_output
            tags.regressor_tags.poor_score = inner.regressor_tags.poor_score
        return tags

    def _default(self) -> BaseEstimator:
        from sklearn.neural_network import MLPRegressor

        return MLPRegressor(hidden_layer_sizes=(64,), learning_rate_init=0.01, max_iter=500)

    def _refused(self, wrapped: BaseEstimator) -> str:
        return "" if is_regressor(wrapped) else "a regressor"

    def _learned(self, software: Any, X: Array, graph: Graph) -> dict[str, Any]:
        return {"_flat": np.ndim(software.predict(X[:1])) == 1}


class CrossbarTransformer(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    OnCrossbars,
):
    """A linear transform on crossbars; parameters and attributes as above.

    Parameters
    ----------
    estimator : a transformer whose outputs are affine in the inputs (PCA, TruncatedSVD, FastICA,
        random projections, LinearDiscriminantAnalysis, ...). By default PCA.
    """

    _method = "transform"

    def fit(self, X: Any, y: Any = None) -> "CrossbarTransformer":
        """Train on inputs (n, features), and classes (n,) where the transform asks for them."""
        X = validate_data(self, X, dtype=FLOATS)
        self._train(X, y)
        return self

    def transform(self, X: Any) -> Array:
        """Transformed inputs, (n, outputs)."""
        return self._read(X)

    def _default(self) -> BaseEstimator:
        from sklearn.decomposition import PCA

        return PCA()

    def _refused(self, wrapped: BaseEstimator) -> str:
        return "" if hasattr(wrapped, "transform") else "a transformer"

    def _learned(self, software: Any, X: Array, graph: Graph) -> dict[str, Any]:
        return {"_n_features_out": len(graph.run(X[:1])[0])}
