"""Multilayer perceptrons: of scikit-learn, or written down as dense layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph

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


def from_sklearn(model: Any) -> Graph:
    """A fitted MLPClassifier or MLPRegressor, up to its last dense layer.

    Raises
    ------
    SpecError : the model is not fitted.
    """
    if not hasattr(model, "coefs_"):
        raise SpecError("the scikit-learn model is not fitted; call fit first")
    last = len(model.coefs_) - 1
    return from_dense(
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
