"""Any trained network to a `Graph`."""

import sys
from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

from xbarsim.errors import SpecError
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.nir import from_nir
from xbarsim.mapping.onnx import from_onnx
from xbarsim.mapping.sklearn_reader import Dense, from_dense, from_sklearn
from xbarsim.mapping.torch import from_torch


def read_model(model: Any) -> Graph:
    """The network that `model` is.

    Parameters
    ----------
    model : a `Graph`, a sequence of `Dense`, a fitted scikit-learn estimator (see `from_sklearn`),
        a `torch.nn.Module` (see `from_torch`), a ``nir.NIRGraph``, an `onnx.ModelProto` (see
        `from_onnx`), or the path of a file that ends in ``.nir`` or ``.onnx``.

    Raises
    ------
    SpecError : a model of another kind, an untrained one, or layers that do not fit together.
    """
    if isinstance(model, Graph):
        return model
    if _is_nir(model):
        return from_nir(model)
    if _is_onnx(model):
        return from_onnx(model)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return from_torch(model)
    base = sys.modules.get("sklearn.base")
    if base is not None and isinstance(model, base.BaseEstimator):
        return from_sklearn(model)
    if isinstance(model, Sequence) and model and all(isinstance(d, Dense) for d in model):
        return from_dense(model)
    which = f" ({fspath(model)!r})" if isinstance(model, str | PathLike) else ""
    raise SpecError(
        f"cannot map a {type(model).__name__}{which}; expected a torch.nn.Module, an ONNX model or "
        "its .onnx file, a NIR graph or its .nir file, a fitted scikit-learn perceptron or linear "
        "estimator, a sequence of Dense layers, or a Graph"
    )


def _is_nir(model: Any) -> bool:
    if isinstance(model, str | PathLike):
        return fspath(model).endswith(".nir")
    nir = sys.modules.get("nir")
    return nir is not None and isinstance(model, nir.NIRGraph)


def _is_onnx(model: Any) -> bool:
    if isinstance(model, str | PathLike):
        return fspath(model).endswith(".onnx")
    onnx = sys.modules.get("onnx")
    return onnx is not None and isinstance(model, onnx.ModelProto)
