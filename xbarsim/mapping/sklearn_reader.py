"""Estimators of scikit-learn, and perceptrons that are written down as dense layers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.affine import affine, agrees
from xbarsim.mapping.graph import Graph

Array = npt.NDArray[Any]

ACTIVATIONS = ("identity", "relu", "tanh", "logistic")


@dataclass(frozen=True, kw_only=True)
class Dense:
    """A dense layer of a trained network.

    Parameters
    ----------
    name : what tables call it.
    weights : (out, in).
    bias : (out,).
    activation : one of `ACTIVATIONS`.

    Raises
    ------
    SpecError : shapes that disagree, values that are not finite, an unknown activation.
    """

    name: str
    weights: npt.NDArray[Any]
    bias: npt.NDArray[Any]
    activation: str = "identity"

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or self.bias.shape != self.weights.shape[:1]:
            raise SpecError(
                f"layer {self.name}: weights have shape {self.weights.shape} and bias "
                f"{self.bias.shape}; expected (out, in) and (out,)"
            )
        for part in ("weights", "bias"):
            bad = int((~np.isfinite(getattr(self, part))).sum())
            if bad:
                raise SpecError(f"layer {self.name}: {part} hold {bad} values that are not finite")
        if self.activation not in ACTIVATIONS:
            raise SpecError(
                f"layer {self.name}: activation is {self.activation!r}; "
                f"known: {', '.join(ACTIVATIONS)}"
            )


def from_dense(layers: Sequence[Dense]) -> Graph:
    """Dense layers one after the other.

    Raises
    ------
    SpecError : layers that do not fit together, or share a name.
    """
    for before, after in pairwise(layers):
        if after.weights.shape[1] != before.weights.shape[0]:
            raise SpecError(
                f"layer {after.name} takes {after.weights.shape[1]} inputs but {before.name} gives "
                f"{before.weights.shape[0]}"
            )
    nodes, last = [], "x"
    for layer in layers:
        arrays = {"weights": layer.weights, "bias": layer.bias}
        nodes.append(Node(name=layer.name, op="linear", inputs=(last,), arrays=arrays))
        last = layer.name
        if layer.activation != "identity":
            name = f"{layer.name}.{layer.activation}"
            nodes.append(Node(name=name, op=layer.activation, inputs=(last,)))
            last = name
    return Graph(nodes=tuple(nodes))


def from_sklearn(model: Any, method: str = "", example: Any = None) -> Graph:
    """A fitted estimator that is a perceptron, or whose outputs are affine in its inputs.

    Parameters
    ----------
    model : MLPRegressor, MLPClassifier up to its last dense layer, or any other, a pipeline of
        several too, whose method is a matrix and a bias: linear models, linear support vectors,
        discriminants, principal components, projections, scalers. A search is its best estimator.
    method : of the latter, which one is read: by default ``decision_function``, of a regressor
        ``predict``, of a transformer ``transform``.
    example : inputs (n, in) on which the latter is also held against its matrix.

    Raises
    ------
    SpecError : the model is not fitted, has no such method, or its outputs are not affine.

    Notes
    -----
    Estimators that hold coefficients (or consist of such) are tried, see
    `xbarsim.mapping.affine.affine`, so that whatever one does is in the matrix, or refused.
    """
    model = getattr(model, "best_estimator_", model)
    if not _fitted(model):
        raise SpecError("the scikit-learn model is not fitted; call fit first")
    if hasattr(model, "coefs_"):
        return _perceptron(model)
    name, method = type(model).__name__, method or _method(model)
    if not hasattr(model, method) or not _has_coefficients(model):
        raise SpecError(f"{name} has no crossbar form; {_READ}")
    try:
        found = affine(outputs_of(model, method), int(model.n_features_in_))
    except (ValueError, TypeError) as error:
        raise SpecError(f"{name}.{method} cannot be tried: {error}; {_READ}") from error
    if found is None or not _holds(model, method, *found, example):
        raise SpecError(f"{name}.{method} is not affine in the inputs; {_READ}")
    return from_dense([Dense(name="dense0", weights=found[0], bias=found[1])])


_INNER = ("regressor_", "final_estimator_")  # beside those that `steps` and `estimators_` name
_COEFFICIENTS = ("coef_", "components_", "scalings_", "scale_")
_READ = (
    "what is read of scikit-learn: MLPClassifier, MLPRegressor, and estimators whose outputs are a "
    "matrix and a bias (linear models, LinearSVC, LinearDiscriminantAnalysis, PCA, TruncatedSVD, "
    "random projections)"
)


def _fitted(model: Any) -> bool:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        return False
    return hasattr(model, "n_features_in_")


def _has_coefficients(model: Any) -> bool:
    """Whether an estimator, or each that it consists of, holds what a matrix is made of.

    One that does not (of kernels, trees, neighbours) may look affine wherever it is tried.
    """
    parts = [step for _, step in getattr(model, "steps", ()) if step not in (None, "passthrough")]
    parts += list(np.ravel(getattr(model, "estimators_", [])))
    parts += [getattr(model, name) for name in _INNER if hasattr(model, name)]
    if parts:
        return all(_has_coefficients(part) for part in parts)
    return any(hasattr(model, name) for name in _COEFFICIENTS)


def _holds(model: Any, method: str, weights: Array, bias: Array, example: Any) -> bool:
    """Whether weights that were found are those of the model, as far as can be told."""
    if not weights.any() and np.any(getattr(model, "coef_", 1)):
        return False
    if example is None:
        return True
    x = np.asarray(example, dtype=float)
    return agrees(x @ weights.T + bias, outputs_of(model, method)(x), x, weights, bias)


def _method(model: Any) -> str:
    """What the network of an estimator gives."""
    from sklearn.base import is_classifier, is_regressor

    if is_regressor(model):
        return "predict"
    transforms = not is_classifier(model) and hasattr(model, "transform")
    return "transform" if transforms else "decision_function"


def outputs_of(model: Any, method: str) -> Callable[[Array], Array]:
    """A method of a fitted estimator as a function from (n, in) to (n, out)."""

    def run(x: Any) -> Array:
        names = getattr(model, "feature_names_in_", None)
        if names is not None:
            from pandas import DataFrame

            x = DataFrame(x, columns=names)
        y = getattr(model, method)(x)
        y = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
        found: Array = y.reshape(len(x), -1).astype(float)
        return found

    return run


def _perceptron(model: Any) -> Graph:
    """Up to the last dense layer of a classifier, and all that a regressor predicts."""
    last = len(model.coefs_) - 1
    graph = from_dense(
        [
            Dense(
                name=f"dense{k}",
                weights=np.ascontiguousarray(w.T),
                bias=np.asarray(b),
                activation="identity" if k == last else str(model.activation),
            )
            for k, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True))
        ]
    )
    if model.out_activation_ != "exp":  # of a Poisson loss
        return graph
    rate = Node(name=f"{graph.output}.exp", op="exp", inputs=(graph.output,))
    return Graph(nodes=(*graph.nodes, rate))
