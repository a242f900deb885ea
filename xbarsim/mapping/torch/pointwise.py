"""Functions of PyTorch on each value by itself, or on values that meet in pairs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from xbarsim.layers.elementwise import settings_of_clip
from xbarsim.mapping.torch.draft import Call, Handler, Value


def _simple(op: str) -> Handler:
    def handler(call: Call, input: Any, inplace: bool = False) -> Value:
        return call.add(op, input)

    return handler


def _leaky_relu(
    call: Call, input: Any, negative_slope: float = 0.01, inplace: bool = False
) -> Value:
    return call.add("leaky_relu", input, slope=float(negative_slope))


def _elu(call: Call, input: Any, alpha: float = 1.0, inplace: bool = False) -> Value:
    return call.add("elu", input, alpha=float(alpha))


def _celu(call: Call, input: Any, alpha: float = 1.0, inplace: bool = False) -> Value:
    return call.add("celu", input, alpha=float(alpha))


def _gelu(call: Call, input: Any, approximate: str = "none") -> Value:
    return call.add("gelu", input, approximate=approximate)


def _hardtanh(
    call: Call, input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Value:
    return call.add("clip", input, **settings_of_clip(min_val, max_val))


def _relu6(call: Call, input: Any, inplace: bool = False) -> Value:
    return call.add("clip", input, low=0.0, high=6.0)


def _clamp(call: Call, input: Any, min: Any = None, max: Any = None) -> Value:
    if any(not isinstance(bound, int | float | None) for bound in (min, max)):
        call.refuse("its bounds must be numbers")
    return call.add("clip", input, **settings_of_clip(min, max))


def _softplus(call: Call, input: Any, beta: float = 1.0, threshold: float = 20.0) -> Value:
    return call.add("softplus", input, beta=float(beta), threshold=float(threshold))


def _log_sigmoid(call: Call, input: Any) -> Value:
    y = call.add("negative", input, part="negative")
    return call.add("negative", call.add("softplus", y, part="softplus"))


def _prelu(call: Call, input: Any, weight: Any) -> Value:
    return call.add("prelu", input, arrays={"slope": call.constant(weight, "slope")})


def _softmax(op: str) -> Handler:
    def handler(
        call: Call, input: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None
    ) -> Value:
        call.only(dtype=dtype)
        if dim is None:
            call.refuse("give its dim")
        call.not_batch(call.value(input), [dim])
        return call.add(op, input, axis=dim)

    return handler


def pair(call: Call, op: str, a: Any, b: Any) -> Value:
    """Two operands that meet value by value; one of them may be a constant."""
    x = [v for v in (a, b) if isinstance(v, Value)]
    constants = {k: v for k, v in (("a", a), ("b", b)) if not isinstance(v, Value)}
    arrays = {k: call.constant(v, "operand") for k, v in constants.items()}
    if op == "add" and any((array == -np.inf).any() for array in arrays.values()):
        return _masked(call, x[0], *arrays.values())
    return call.add(op, *x, arrays=arrays)


def _masked(call: Call, x: Value, mask: Any) -> Value:
    """`x` and a constant that hides values: it is -inf where it does."""
    hidden = mask == -np.inf
    y = call.add("add", x, part="bias", arrays={"b": np.where(hidden, 0.0, mask)})
    return call.add("fill", y, arrays={"mask": hidden}, value=-np.inf)


def _pair(op: str) -> Handler:
    def handler(call: Call, input: Any, other: Any, *, alpha: Any = 1) -> Value:
        if alpha != 1:
            call.refuse(f"alpha={alpha!r} is not supported")
        return pair(call, op, input, other)

    return handler


def _divide(call: Call, input: Any, other: Any, *, rounding_mode: Any = None) -> Value:
    call.only(rounding_mode=rounding_mode)
    return pair(call, "divide", input, other)


def _power(call: Call, input: Any, exponent: Any) -> Value:
    return pair(call, "power", input, exponent)


def _rsqrt(call: Call, input: Any) -> Value:
    return pair(call, "divide", 1.0, call.add("sqrt", input, part="sqrt"))


def _reciprocal(call: Call, input: Any) -> Value:
    return pair(call, "divide", 1.0, input)


def _square(call: Call, input: Any) -> Value:
    return pair(call, "multiply", input, input)


def masked_fill(call: Call, input: Any, mask: Any, value: Any) -> Value:
    """`torch.Tensor.masked_fill` with a constant mask."""
    mask = call.constant(mask, "mask").astype(bool)
    return call.add("fill", input, arrays={"mask": mask}, value=float(value))


def dropout(
    call: Call, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Value:
    """Nothing in evaluation; with ``training=True`` it would drop values then, too."""
    if training and p:
        call.refuse("it drops values also in evaluation; give it training=self.training")
    return call.value(input)


def activation(call: Call, given: Any, x: Value, part: str) -> Value:
    """The activation of a composite layer: a function or a module."""
    from xbarsim.mapping.torch.modules import module_handler

    inner = Call(draft=call.draft, name=f"{call.name}.{part}", kind=type(given).__name__)
    if hasattr(given, "forward"):
        return module_handler(inner, given)(inner, given, x)  # type: ignore[no-any-return]
    name = getattr(given, "__name__", "")
    if name not in ("relu", "gelu", "silu", "tanh", "sigmoid", "elu", "selu", "mish"):
        inner.refuse(f"activation {given!r} is not supported")
    return POINTWISE_FUNCTIONS[name](inner, x)  # type: ignore[no-any-return]


_SAME = ("relu", "selu", "silu", "mish", "hardswish", "hardsigmoid", "tanh", "softsign")
_PLAIN = ("exp", "log", "sqrt", "sin", "cos", "floor", "erf")

POINTWISE_FUNCTIONS: Mapping[str, Handler] = {
    **{name: _simple(name) for name in (*_SAME, *_PLAIN)},
    "sigmoid": _simple("logistic"),
    **dict.fromkeys(("abs", "absolute"), _simple("absolute")),
    **dict.fromkeys(("neg", "negative"), _simple("negative")),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "celu": _celu,
    "gelu": _gelu,
    "hardtanh": _hardtanh,
    "relu6": _relu6,
    **dict.fromkeys(("clamp", "clip"), _clamp),
    "softplus": _softplus,
    **dict.fromkeys(("logsigmoid", "log_sigmoid"), _log_sigmoid),
    "prelu": _prelu,
    "softmax": _softmax("softmax"),
    "log_softmax": _softmax("log_softmax"),
    **dict.fromkeys(("add", "iadd"), _pair("add")),
    **dict.fromkeys(("sub", "isub", "subtract"), _pair("subtract")),
    **dict.fromkeys(("mul", "imul", "multiply"), _pair("multiply")),
    **dict.fromkeys(("div", "divide", "truediv", "itruediv", "true_divide"), _divide),
    "pow": _power,
    "rsqrt": _rsqrt,
    "reciprocal": _reciprocal,
    "square": _square,
    "maximum": _pair("maximum"),
    "minimum": _pair("minimum"),
    "masked_fill": masked_fill,
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d"), dropout),
    **dict.fromkeys(("alpha_dropout", "feature_alpha_dropout"), dropout),
}
