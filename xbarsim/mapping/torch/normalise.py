"""Normalisation of PyTorch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from xbarsim.mapping.fold import batch_norm_arrays
from xbarsim.mapping.torch.draft import Call, Handler, Value


def _affine(call: Call, weight: Any, bias: Any) -> dict[str, Any]:
    named = {"scale": weight, "shift": bias}
    return {k: call.constant(v, k) for k, v in named.items() if v is not None}


def batch_norm(
    call: Call,
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> Value:
    """`torch.nn.functional.batch_norm` with fixed statistics."""
    if training or running_mean is None:
        call.refuse("it takes the statistics of each batch; expected running statistics")
    affine = _affine(call, weight, bias)
    mean, variance = (call.constant(v, "statistics") for v in (running_mean, running_var))
    arrays = batch_norm_arrays(affine.get("scale"), affine.get("shift"), mean, variance, eps)
    x = call.value(input)
    settings: dict[str, Any] = {} if x.shape is None else {"axes": len(x.shape)}
    return call.add("batch_norm", x, arrays=arrays, **settings)


def batch_norm_module(call: Call, m: Any, input: Any) -> Value:
    """`torch.nn.BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d`."""
    return batch_norm(call, input, m.running_mean, m.running_var, m.weight, m.bias, eps=m.eps)


def _layer_norm(
    call: Call,
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float | None = 1e-5,
    op: str = "layer_norm",
    part: str = "",
) -> Value:
    arrays, axes = _affine(call, weight, bias), len(tuple(normalized_shape))
    return call.add(op, input, part=part, arrays=arrays, axes=axes, epsilon=eps)


def layer_norm_module(call: Call, m: Any, input: Any, part: str = "") -> Value:
    """`torch.nn.LayerNorm`."""
    if type(m).__name__ != "LayerNorm":
        call.refuse(f"a {type(m).__name__} as its norm is not supported; expected LayerNorm")
    return _layer_norm(call, input, m.normalized_shape, m.weight, m.bias, m.eps, part=part)


def rms_norm_module(call: Call, m: Any, input: Any) -> Value:
    """`torch.nn.RMSNorm`; without epsilon it has that of its precision."""
    eps = m.eps
    if eps is None:
        if m.weight is None:
            call.refuse("give its eps")
        eps = float(np.finfo(call.constant(m.weight, "scale").dtype).eps)
    return _layer_norm(call, input, m.normalized_shape, m.weight, None, eps, "rms_norm")


def group_norm(
    call: Call, input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Value:
    """`torch.nn.functional.group_norm`."""
    arrays = _affine(call, weight, bias)
    return call.add("group_norm", input, arrays=arrays, groups=num_groups, epsilon=eps)


def instance_norm_module(call: Call, m: Any, input: Any) -> Value:
    """`torch.nn.InstanceNorm1d` to `InstanceNorm3d`."""
    if m.track_running_stats:
        return batch_norm_module(call, m, input)
    return group_norm(call, input, 0, m.weight, m.bias, m.eps)


NORMALISE_FUNCTIONS: Mapping[str, Handler] = {
    "batch_norm": batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": group_norm,
}

NORMALISE_MODULES: Mapping[str, Handler] = {
    **{f"BatchNorm{n}d": batch_norm_module for n in (1, 2, 3)},
    **{f"InstanceNorm{n}d": instance_norm_module for n in (1, 2, 3)},
    "LayerNorm": layer_norm_module,
    "RMSNorm": rms_norm_module,
}
