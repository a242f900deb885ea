"""A network as mapping sees it, and readers that make one of a trained model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.layers import ACTIVATIONS


@dataclass(frozen=True, kw_only=True)
class Dense:
    """A dense layer of a trained network.

    Parameters
    ----------
    name : what tables call it.
    weights : (out, in).
    bias : (out,).
    activation : one of `xbarsim.layers.ACTIVATIONS`.

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


def read_model(model: Any) -> list[Dense]:
    """The layers of `model`: a sequence of `Dense`, or a fitted scikit-learn multilayer perceptron.

    Raises
    ------
    SpecError : a model of another kind, an untrained one, or layers that do not fit together.
    """
    layers = _from_sklearn(model) if hasattr(model, "hidden_layer_sizes") else model
    if not (isinstance(layers, Sequence) and layers and all(isinstance(d, Dense) for d in layers)):
        raise SpecError(
            f"cannot map a {type(model).__name__}; expected a sequence of Dense layers or a fitted "
            "scikit-learn MLPClassifier or MLPRegressor"
        )
    for before, after in zip(layers[:-1], layers[1:], strict=True):
        if after.weights.shape[1] != before.weights.shape[0]:
            raise SpecError(
                f"layer {after.name} takes {after.weights.shape[1]} inputs but {before.name} gives "
                f"{before.weights.shape[0]}"
            )
    return list(layers)


def _from_sklearn(model: Any) -> list[Dense]:
    if not hasattr(model, "coefs_"):
        raise SpecError("the scikit-learn model is not fitted; call fit first")
    last = len(model.coefs_) - 1
    return [
        Dense(
            name=f"dense{k}",
            weights=np.ascontiguousarray(w.T, dtype=float),
            bias=np.asarray(b, dtype=float),
            activation="identity" if k == last else str(model.activation),
        )
        for k, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True))
    ]
