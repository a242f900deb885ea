"""Layers of PyTorch whose matrices go on tiles."""

from typing import Any

from xbarsim.mapping.torch.draft import Call, Missing, Stacked, Value


def tuples(x: Any, axes: int) -> tuple[int, ...]:
    """A number for each axis, from one or from several."""
    if isinstance(x, int):
        return (x,) * axes
    return tuple(int(k) for k in x) * (axes if len(x) == 1 else 1)


def linear(call: Call, input: Any, weight: Any, bias: Any = None) -> Value:
    """`torch.nn.functional.linear`."""
    if weight.ndim != 2:
        call.refuse(f"its weights have shape {tuple(weight.shape)}; expected (out, in)")
    return call.weighted("linear", input, {"weights": weight, "bias": bias})


def linear_module(call: Call, m: Any, input: Any) -> Value:
    """`torch.nn.Linear`."""
    return linear(call, input, m.weight, m.bias)


def matmul(call: Call, input: Any, other: Any, *, out: Any = None) -> Value:
    """A product of values stays digital; with a constant matrix it is a linear layer."""
    call.only(out=out)
    if isinstance(input, Value) and isinstance(other, Value):
        return call.add("matmul", input, other)
    if isinstance(input, Value) and other.ndim == 2:
        return call.weighted("linear", input, {"weights": other.mT})
    if isinstance(other, Value) and input.ndim == 2:
        swapped = call.add("swap_axes", other, part="columns", axes=(-1, -2))
        y = call.weighted("linear", swapped, {"weights": input})
        return call.add("swap_axes", y, part="rows", axes=(-1, -2))
    if isinstance(input, Value):
        return call.add("matmul", input, arrays={"b": call.constant(other, "second operand")})
    return call.add("matmul", other, arrays={"a": call.constant(input, "first operand")})


def addmm(call: Call, input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Value:
    """`torch.addmm`, of a constant matrix and a bias."""
    if isinstance(mat2, Value) or isinstance(input, Value) or (beta, alpha) != (1, 1):
        call.refuse("expected a constant bias and matrix, with beta and alpha 1")
    return call.weighted("linear", mat1, {"weights": mat2.mT, "bias": input})


def _padding(call: Call, padding: Any, kernel: Any, stride: Any, dilation: Any) -> Any:
    if padding == "valid":
        padding = 0
    if padding == "same":
        if any(s != 1 for s in stride):
            call.refuse("padding 'same' takes a stride of 1")
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple((t // 2, t - t // 2) for t in total)
    return tuple((p, p) for p in tuples(padding, len(kernel)))


def conv(
    call: Call,
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    """`torch.nn.functional.conv1d`, `conv2d` and `conv3d`."""
    kernel = tuple(weight.shape[2:])
    stride, dilation = tuples(stride, len(kernel)), tuples(dilation, len(kernel))
    return call.weighted(
        "conv",
        input,
        {"weights": weight, "bias": bias},
        stride=stride,
        padding=_padding(call, padding, kernel, stride, dilation),
        dilation=dilation,
        groups=groups,
    )


def conv_module(call: Call, m: Any, input: Any) -> Value:
    """`torch.nn.Conv1d`, `Conv2d` and `Conv3d`."""
    if m.padding_mode != "zeros":
        call.refuse(f"padding_mode is {m.padding_mode!r}; supported: 'zeros'")
    return conv(call, input, m.weight, m.bias, m.stride, m.padding, m.dilation, m.groups)


def conv_transpose(
    call: Call,
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Value:
    """`torch.nn.functional.conv_transpose1d`, `conv_transpose2d` and `conv_transpose3d`."""
    axes = weight.ndim - 2
    return call.weighted(
        "conv",
        input,
        {"weights": weight, "bias": bias},
        stride=tuples(stride, axes),
        padding=tuple((p, p) for p in tuples(padding, axes)),
        dilation=tuples(dilation, axes),
        groups=groups,
        transposed=True,
        output_padding=tuples(output_padding, axes),
    )


def conv_transpose_module(call: Call, m: Any, input: Any, output_size: Any = None) -> Value:
    """`torch.nn.ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`."""
    call.only(output_size=output_size)
    sizes = (m.stride, m.padding, m.output_padding, m.groups, m.dilation)
    return conv_transpose(call, input, m.weight, m.bias, *sizes)


def batch_first(call: Call, x: Value, first: bool, part: str) -> Value:
    """`x` (n, time, features), from (time, n, features) if the layer has not the batch first."""
    axis = 0 if first else 1
    if x.shape is None and not first:
        call.need_example("with batch_first=False the batch cannot be told from the series")
    if x.shape is not None and (x.batch_axis != axis or len(x.shape) != 3):
        call.refuse(
            f"batch_first={first} takes three axes with the batch on axis {axis}, but this value "
            f"has {len(x.shape)} axes with it on axis {x.batch_axis}; see batch_axis of from_torch"
        )
    return x if first else call.add("swap_axes", x, part=part, axes=(0, 1))


def recurrent(call: Call, m: Any, input: Any, hx: Any = None) -> tuple[Any, Any]:
    """`torch.nn.RNN`, `LSTM` and `GRU`."""
    _zero_states(call, hx)
    if getattr(m, "proj_size", 0):
        call.refuse(f"proj_size={m.proj_size} is not supported; expected 0")
    y, last = batch_first(call, call.value(input), m.batch_first, "batch_first"), []
    settings = {"nonlinearity": m.nonlinearity} if m.mode.startswith("RNN") else {}
    for layer in range(m.num_layers):
        ways = []
        for suffix in ("", "_reverse")[: 1 + m.bidirectional]:
            names = {f"{k}_{g}": f"{t}_{g}_l{layer}{suffix}" for k, t in _TENSORS for g in _GATES}
            part = f"{layer}{suffix.replace('_', '.')}"
            tensors = {k: getattr(m, name, None) for k, name in names.items()}
            way = call.weighted(
                m.mode.split("_")[0].lower(), y, tensors, part, reverse=bool(suffix), **settings
            )
            ways.append(way)
            index = ((None, None, None), 0 if suffix else -1)
            last.append(call.add("slice", way, part=f"{part}.last", index=index))
        y = (
            ways[0]
            if len(ways) == 1
            else call.add("concatenate", *ways, part=f"{layer}.both", axis=-1)
        )
    if not m.batch_first:
        y = call.add("swap_axes", y, part="time_first", axes=(0, 1))
    hidden = Stacked(tuple(last))
    if m.mode != "LSTM":
        return y, hidden
    return y, (hidden, Missing(f"the cell state of {call.name}"))


_TENSORS = (("w", "weight"), ("b", "bias"))
_GATES = ("ih", "hh")


def _zero_states(call: Call, hx: Any) -> None:
    for state in hx if isinstance(hx, tuple | list) else (hx,):
        if state is not None and (isinstance(state, Value) or bool(state.any())):
            call.refuse("its initial state must be absent or zero")
