"""ONNX operators on each value by itself, and arithmetic."""

from collections.abc import Mapping, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.value import Known, Value, positive

# defaults of Selu in ONNX
_SELU_ALPHA = 1.67326319217681884765625
_SELU_GAMMA = 1.05070102214813232421875


def same(op: Operation, name: str, x: Value, settings: Mapping[str, Any], part: str = "") -> Value:
    """The value of a node that keeps shape and place."""
    return x.resized(op.tape.add(name, x.node, part=part, settings=settings), {})


def unary(name: str, settings: Mapping[str, Any] | None = None, **attributes: Any) -> Handler:
    """An operator of one input: `attributes` says setting and default for each attribute."""

    def read(op: Operation) -> list[Tensor]:
        found = {setting: op.attribute(a, d) for a, (setting, d) in attributes.items()}
        return [same(op, name, op.value(), {**found, **(settings or {})})]

    return read


def pair(name: str) -> Handler:
    """An operator of two inputs that broadcast."""

    def read(op: Operation) -> list[Tensor]:
        a, b = op.tensor(0), op.tensor(1)
        if any(isinstance(t, Value) and op.tape.dtype(t.node).kind != "f" for t in (a, b)):
            raise SpecError("it works on whole numbers; supported: floating-point numbers")
        return [op.tape.pair(name, a, b)]

    return read


def _add(op: Operation) -> Sequence[Tensor | None]:
    """A mask that adds -inf fills with it instead."""
    for a, b in ((0, 1), (1, 0)):
        x, mask = op.tensor(a), op.tensor(b)
        if isinstance(x, Value) and isinstance(mask, Known):
            hidden = mask.each(np.isneginf)
            if hidden.arrays[0].any():
                rest = mask.each(lambda m: np.where(np.isneginf(m), np.zeros((), m.dtype), m))
                shown = op.tape.pair("add", x, rest, "add") if rest.arrays[0].any() else x
                return [_filled(op, shown, hidden, -float("inf"))]
    return pair("add")(op)


def _many(name: str) -> Handler:
    """An operator of any number of inputs that broadcast."""

    def read(op: Operation) -> list[Tensor]:
        operands = [op.tensor(k) for k in range(len(op.inputs))]
        operands.sort(key=lambda o: isinstance(o, Known))
        parts = ["part"] * (len(operands) - 2) + [""]
        return [
            reduce(
                lambda a, b: op.tape.pair(name, a, b[0], b[1]),
                zip(operands[1:], parts, strict=False),
                operands[0],
            )
        ]

    return read


def _reciprocal(op: Operation) -> list[Tensor]:
    x = op.value()
    one = op.tape.known("1", np.ones((), op.tape.dtype(x.node)))
    return [op.tape.pair("divide", one, x)]


def _clip(op: Operation) -> list[Tensor]:
    bounds = {"low": op.number(1, "min"), "high": op.number(2, "max")}
    settings = {k: b for k, b in bounds.items() if b is not None}
    return [same(op, "clip", op.value(), settings)]


def _selu(op: Operation) -> list[Tensor]:
    alpha, gamma = op.attribute("alpha", _SELU_ALPHA), op.attribute("gamma", _SELU_GAMMA)
    x = op.value()
    if np.allclose((alpha, gamma), (_SELU_ALPHA, _SELU_GAMMA), rtol=1e-6, atol=0):
        return [same(op, "selu", x, {})]
    scale = op.tape.known("gamma", np.asarray(gamma, op.tape.dtype(x.node)))
    return [op.tape.pair("multiply", same(op, "elu", x, {"alpha": alpha}, "elu"), scale)]


def _prelu(op: Operation) -> list[Tensor]:
    x, slope = op.value(), op.known(1)
    assert slope is not None
    array = op.tape.beside(slope, x)
    if array.size > 1 and (x.batch != 0 or array.shape[1] != array.size):
        raise SpecError(f"slopes of shape {slope.array().shape}; supported: one, or one a channel")
    node = op.tape.add("prelu", x.node, arrays={"slope": array.reshape(-1)})
    return [x.resized(node, {})]


def _swish(op: Operation) -> list[Tensor]:
    op.only("alpha", 1.0)
    return [same(op, "silu", op.value(), {})]


def _cast(op: Operation) -> list[Tensor]:
    from onnx.helper import tensor_dtype_to_np_dtype

    op.attribute("saturate")
    op.attribute("round_mode")
    x = op.value()
    dtype = np.dtype(tensor_dtype_to_np_dtype(op.attribute("to")))
    dtype = np.dtype(np.float32) if dtype.name in ("float16", "bfloat16") else dtype
    if dtype.kind not in "fiu":
        raise SpecError(f"a cast to {dtype.name}; supported: real numbers")
    if dtype == op.tape.dtype(x.node):
        return [x]
    return [same(op, "cast", x, {"dtype": dtype.name})]


def _softmax(name: str) -> Handler:
    def read(op: Operation) -> list[Tensor]:
        """Before opset 13, along all axes from `axis` on at once."""
        x = op.value()
        rank = len(x.shape)
        axis = positive(op.attribute("axis", -1 if op.opset >= 13 else 1), rank)
        if op.opset >= 13 or axis == rank - 1:
            return [same(op, name, x, {"axis": x.axis(axis)})]
        [x.axis(a) for a in range(axis, rank)]
        shapes = [x.at(n) for n in op.tape.batches]
        rows = op.tape.reshape(x, [(*s[:axis], prod(s[axis:])) for s in shapes], "rows")
        return [op.tape.reshape(same(op, name, rows, {"axis": rows.axis(-1)}), shapes, "shape")]

    return read


def _filled(op: Operation, x: Value, mask: Known, value: float, part: str = "") -> Value:
    """`x` with `value` where `mask` is true."""
    (lifted, _), like = op.tape.level([x, mask])
    assert isinstance(lifted, Value)
    arrays = {"mask": op.tape.beside(mask, like)}
    node = op.tape.add("fill", lifted.node, part=part, settings={"value": value}, arrays=arrays)
    return like.resized(node, {})


def _where(op: Operation) -> list[Tensor]:
    mask = op.known(0)
    assert mask is not None
    shown, hidden = mask.each(lambda m: m.astype(bool)), mask.each(lambda m: ~m.astype(bool))
    where, otherwise = op.tensor(1), op.tensor(2)
    for x, c, filled in ((otherwise, where, shown), (where, otherwise, hidden)):
        if isinstance(x, Value) and isinstance(c, Known) and _uniform(c.arrays[0]):
            return [_filled(op, x, filled, float(c.arrays[0].reshape(-1)[0]))]
    halves: list[Tensor] = []
    for t, gone, part in ((where, hidden, "where"), (otherwise, shown, "otherwise")):
        if isinstance(t, Value):
            halves.append(_filled(op, t, gone, 0.0, part))
        else:
            halves.append(t.each(lambda c, g: np.where(g, np.zeros((), c.dtype), c), gone))
    return [op.tape.pair("add", halves[0], halves[1])]


def _uniform(array: npt.NDArray[Any]) -> bool:
    return bool(array.size and (array == array.reshape(-1)[0]).all())


POINTWISE: Mapping[str, Handler] = {
    "Relu": unary("relu"),
    "LeakyRelu": unary("leaky_relu", alpha=("slope", 0.01)),
    "Elu": unary("elu", alpha=("alpha", 1.0)),
    "Celu": unary("celu", alpha=("alpha", 1.0)),
    "Gelu": unary("gelu", approximate=("approximate", "none")),
    "HardSigmoid": unary("hardsigmoid", alpha=("slope", 0.2), beta=("offset", 0.5)),
    "HardSwish": unary("hardswish"),
    "Softplus": unary("softplus", {"threshold": float("inf")}),
    "Softsign": unary("softsign"),
    "Mish": unary("mish"),
    "Sigmoid": unary("logistic"),
    "Tanh": unary("tanh"),
    "Erf": unary("erf"),
    "Exp": unary("exp"),
    "Log": unary("log"),
    "Sqrt": unary("sqrt"),
    "Neg": unary("negative"),
    "Abs": unary("absolute"),
    "Sin": unary("sin"),
    "Cos": unary("cos"),
    "Floor": unary("floor"),
    "Add": _add,
    "Sub": pair("subtract"),
    "Mul": pair("multiply"),
    "Div": pair("divide"),
    "Pow": pair("power"),
    "Sum": _many("add"),
    "Max": _many("maximum"),
    "Min": _many("minimum"),
    "Clip": _clip,
    "Selu": _selu,
    "PRelu": _prelu,
    "Swish": _swish,
    "Cast": _cast,
    "Reciprocal": _reciprocal,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "Where": _where,
}
