"""Digital operations on each value by itself, or on values that meet in pairs.

A function takes the array library, an array and the node's settings. Of the two operands ``a`` and
``b`` of a pair, one may be a constant: an array of that name in the node; else they are its inputs.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.layers.node import Node

DigitalOp: TypeAlias = Callable[[Node, list[Array]], Array]

# Klambauer et al., Self-normalizing neural networks (NeurIPS 2017), section 2
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def unary(f: Callable[..., Array]) -> DigitalOp:
    """The operation of one input that `f` is: a function of (library, array, settings)."""

    def run(node: Node, x: list[Array]) -> Array:
        return f(array_namespace(x[0]), x[0], **node.settings)

    return run


def constant(array: Array, like: Array) -> Array:
    """A constant of a node, in the library of `like` and its precision if that is floating."""
    xp = array_namespace(like)
    floating = like.dtype.kind == "f" and array.dtype.kind != "b"
    return xp.asarray(array, dtype=like.dtype if floating else None)


def operands(node: Node, x: list[Array]) -> list[Array]:
    """The two operands ``a`` and ``b`` of a pair."""
    given = iter(x)
    return [
        constant(node.arrays[name], x[0]) if name in node.arrays else next(given)
        for name in ("a", "b")
    ]


def _pair(name: str) -> DigitalOp:
    def run(node: Node, x: list[Array]) -> Array:
        return getattr(array_namespace(*x), name)(*operands(node, x))

    return run


def _relu(xp: ModuleType, x: Array) -> Array:
    return xp.maximum(x, 0)


def _leaky_relu(xp: ModuleType, x: Array, *, slope: float = 0.01) -> Array:
    return xp.where(x > 0, x, slope * x)


def _prelu(node: Node, x: list[Array]) -> Array:
    """Array ``slope``: one, or one each channel (axis 1)."""
    slope = constant(node.arrays["slope"], x[0])
    if slope.size > 1:
        slope = slope.reshape(-1, *[1] * (x[0].ndim - 2))
    return array_namespace(x[0]).where(x[0] > 0, x[0], slope * x[0])


def _elu(xp: ModuleType, x: Array, *, alpha: float = 1.0) -> Array:
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


def _selu(xp: ModuleType, x: Array) -> Array:
    return _SELU_SCALE * _elu(xp, x, alpha=_SELU_ALPHA)


def _celu(xp: ModuleType, x: Array, *, alpha: float = 1.0) -> Array:
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0) / alpha))


def _logistic(xp: ModuleType, x: Array) -> Array:
    return 0.5 * (1 + xp.tanh(0.5 * x))


def _erf(xp: ModuleType, x: Array) -> Array:
    if xp is np:
        from scipy.special import erf
    else:
        from cupyx.scipy.special import erf
    return erf(x)


def _gelu(xp: ModuleType, x: Array, *, approximate: str = "none") -> Array:
    """Exact with ``none``, of the hyperbolic tangent with ``tanh``."""
    if approximate == "tanh":
        return 0.5 * x * (1 + xp.tanh(float(np.sqrt(2 / np.pi)) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + _erf(xp, x * 0.5**0.5))


def _silu(xp: ModuleType, x: Array) -> Array:
    return x * _logistic(xp, x)


def _hardsigmoid(xp: ModuleType, x: Array, *, slope: float = 1 / 6, offset: float = 0.5) -> Array:
    return xp.clip(slope * x + offset, 0, 1)


def _hardswish(xp: ModuleType, x: Array) -> Array:
    return x * _hardsigmoid(xp, x)


def _clip(
    xp: ModuleType, x: Array, *, low: float | None = None, high: float | None = None
) -> Array:
    if low is None and high is None:
        return x
    return xp.clip(x, low, high)


def _softplus(xp: ModuleType, x: Array, *, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """``log(1 + exp(beta x)) / beta``; x itself where ``beta x`` is above `threshold`."""
    scaled = beta * x
    return xp.where(scaled > threshold, x, xp.logaddexp(scaled, xp.zeros_like(scaled)) / beta)


def _softsign(xp: ModuleType, x: Array) -> Array:
    return x / (1 + xp.abs(x))


def _mish(xp: ModuleType, x: Array) -> Array:
    return x * xp.tanh(_softplus(xp, x))


def _cast(xp: ModuleType, x: Array, *, dtype: str) -> Array:
    return x.astype(dtype)


def _fill(node: Node, x: list[Array]) -> Array:
    """Setting ``value`` where the boolean array ``mask`` is true."""
    xp = array_namespace(x[0])
    value = xp.asarray(node.settings["value"], dtype=x[0].dtype)
    return xp.where(xp.asarray(node.arrays["mask"]), value, x[0])


def _plain(name: str) -> DigitalOp:
    return unary(lambda xp, x: getattr(xp, name)(x))


ELEMENTWISE: Mapping[str, DigitalOp] = {
    "relu": unary(_relu),
    "leaky_relu": unary(_leaky_relu),
    "prelu": _prelu,
    "elu": unary(_elu),
    "selu": unary(_selu),
    "celu": unary(_celu),
    "gelu": unary(_gelu),
    "silu": unary(_silu),
    "mish": unary(_mish),
    "logistic": unary(_logistic),
    "hardsigmoid": unary(_hardsigmoid),
    "hardswish": unary(_hardswish),
    "softplus": unary(_softplus),
    "softsign": unary(_softsign),
    "clip": unary(_clip),
    "erf": unary(_erf),
    "cast": unary(_cast),
    "fill": _fill,
    **{
        name: _plain(name)
        for name in ("tanh", "exp", "log", "sqrt", "negative", "absolute", "sin", "cos", "floor")
    },
    **{
        name: _pair(name)
        for name in ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum")
    },
}


def settings_of_clip(low: Any, high: Any) -> dict[str, Any]:
    """Settings of ``clip`` for bounds of which either may be None."""
    bounds = {"low": low, "high": high}
    return {name: float(value) for name, value in bounds.items() if value is not None}
