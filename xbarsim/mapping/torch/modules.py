"""Which layers and functions of PyTorch are read, and what reads them."""

from collections.abc import Mapping
from typing import Any

from xbarsim.mapping.torch import attention, weighted
from xbarsim.mapping.torch.draft import Call, Handler, Value
from xbarsim.mapping.torch.index import INDEX_FUNCTIONS
from xbarsim.mapping.torch.normalise import NORMALISE_FUNCTIONS, NORMALISE_MODULES
from xbarsim.mapping.torch.pointwise import POINTWISE_FUNCTIONS
from xbarsim.mapping.torch.pooling import POOLING_FUNCTIONS
from xbarsim.mapping.torch.shapes import SHAPE_FUNCTIONS
from xbarsim.mapping.torch.types import TYPE_FUNCTIONS


def _as(function: str, *attributes: str) -> Handler:
    """A module that is the function of that name, given the module's attributes."""

    def handler(call: Call, m: Any, input: Any) -> Any:
        return FUNCTIONS[function](call, input, **{name: getattr(m, name) for name in attributes})

    return handler


def _same(call: Call, m: Any, input: Any) -> Any:
    return call.value(input)


def _embedding(call: Call, input: Any, weight: Any, *args: Any, **kwargs: Any) -> Value:
    """`torch.nn.functional.embedding`; what concerns training only is of no matter."""
    call.only(max_norm=kwargs.get("max_norm") or (args[1] if len(args) > 1 else None))
    return call.add("embedding", input, arrays={"table": call.constant(weight, "table")})


def _embedding_module(call: Call, m: Any, input: Any) -> Value:
    return _embedding(call, input, m.weight, max_norm=m.max_norm)


def _hardtanh(call: Call, m: Any, input: Any) -> Any:
    return FUNCTIONS["hardtanh"](call, input, m.min_val, m.max_val)


def _upsample(call: Call, m: Any, input: Any) -> Any:
    return FUNCTIONS["interpolate"](call, input, m.size, m.scale_factor, m.mode)


def _constant_pad(call: Call, m: Any, input: Any) -> Any:
    return FUNCTIONS["pad"](call, input, m.padding, value=m.value)


def _unflatten(call: Call, m: Any, input: Any) -> Any:
    return FUNCTIONS["unflatten"](call, input, m.dim, m.unflattened_size)


_AXES = (1, 2, 3)
_MAX = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVG = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
_PLAIN = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Mish": "mish",
    "Hardswish": "hardswish",
    "Hardsigmoid": "hardsigmoid",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softsign": "softsign",
    "LogSigmoid": "logsigmoid",
}
_DROPOUT = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")

#: functions and methods, by name
FUNCTIONS: Mapping[str, Handler] = {
    **POINTWISE_FUNCTIONS,
    **NORMALISE_FUNCTIONS,
    **POOLING_FUNCTIONS,
    **SHAPE_FUNCTIONS,
    **INDEX_FUNCTIONS,
    **TYPE_FUNCTIONS,
    "linear": weighted.linear,
    **dict.fromkeys(("matmul", "bmm", "mm"), weighted.matmul),
    "addmm": weighted.addmm,
    **{f"conv{n}d": weighted.conv for n in _AXES},
    **{f"conv_transpose{n}d": weighted.conv_transpose for n in _AXES},
    "scaled_dot_product_attention": attention.scaled_dot_product_attention,
    "embedding": _embedding,
}

#: layers of `torch.nn`, by type
MODULES: Mapping[str, Handler] = {
    "Linear": weighted.linear_module,
    "NonDynamicallyQuantizableLinear": weighted.linear_module,
    **{f"Conv{n}d": weighted.conv_module for n in _AXES},
    **{f"ConvTranspose{n}d": weighted.conv_transpose_module for n in _AXES},
    **dict.fromkeys(("RNN", "LSTM", "GRU"), weighted.recurrent),
    "MultiheadAttention": attention.multihead_attention,
    "TransformerEncoderLayer": attention.encoder_layer,
    "TransformerEncoder": attention.encoder,
    **NORMALISE_MODULES,
    "GroupNorm": _as("group_norm", "num_groups", "weight", "bias", "eps"),
    "Embedding": _embedding_module,
    **{name: _as(function) for name, function in _PLAIN.items()},
    "LeakyReLU": _as("leaky_relu", "negative_slope"),
    "ELU": _as("elu", "alpha"),
    "CELU": _as("celu", "alpha"),
    "GELU": _as("gelu", "approximate"),
    "Hardtanh": _hardtanh,
    "Softplus": _as("softplus", "beta", "threshold"),
    "PReLU": _as("prelu", "weight"),
    "Softmax": _as("softmax", "dim"),
    "LogSoftmax": _as("log_softmax", "dim"),
    **{f"MaxPool{n}d": _as(f"max_pool{n}d", *_MAX) for n in _AXES},
    "AvgPool1d": _as("avg_pool1d", *_AVG),
    **{f"AvgPool{n}d": _as(f"avg_pool{n}d", *_AVG, "divisor_override") for n in (2, 3)},
    **{f"AdaptiveAvgPool{n}d": _as(f"adaptive_avg_pool{n}d", "output_size") for n in _AXES},
    **{f"AdaptiveMaxPool{n}d": _as(f"adaptive_max_pool{n}d", "output_size") for n in _AXES},
    "Flatten": _as("flatten", "start_dim", "end_dim"),
    "Unflatten": _unflatten,
    "Upsample": _upsample,
    "UpsamplingNearest2d": _upsample,
    **{f"ZeroPad{n}d": _constant_pad for n in _AXES},
    **{f"ConstantPad{n}d": _constant_pad for n in _AXES},
    **dict.fromkeys(("Identity", *_DROPOUT), _same),
}


def module_handler(call: Call, module: Any) -> Handler:
    """What reads `module`.

    Raises
    ------
    SpecError : nothing does, or hooks would change what it gives.
    """
    from torch.nn.utils import parametrize

    kind = type(module)
    if parametrize.is_parametrized(module):
        kind = kind.__bases__[0]
    hooks = {**module._forward_hooks, **module._forward_pre_hooks}
    if hooks:
        names = ", ".join(getattr(h, "__name__", type(h).__name__) for h in hooks.values())
        call.refuse(f"hooks ({names}) may change what it gives; remove them")
    if not kind.__module__.startswith("torch.nn.modules.") or kind.__name__ not in MODULES:
        call.refuse(f"such layers are not supported; supported: {', '.join(sorted(MODULES))}")
    return MODULES[kind.__name__]


def function_handler(call: Call, target: Any) -> Handler:
    """What reads the function, or the method of the name, `target`.

    Raises
    ------
    SpecError : nothing does.
    """
    home = "torch" if isinstance(target, str) else str(getattr(target, "__module__", None) or "")
    ours = home.split(".")[0] in ("torch", "_operator", "builtins", "math")
    name = call.kind.removesuffix("_") if ours else ""
    if name not in FUNCTIONS:
        call.refuse(f"such functions are not supported; supported: {', '.join(sorted(FUNCTIONS))}")
    return FUNCTIONS[name]
