"""ONNX operators whose matrices stand on tiles: dense layers and convolutions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.value import Known, Value
from xbarsim.mapping.onnx.windows import Images, padding_of, paired


def _dense(op: Operation, x: Value, axis: int, matrix: Known, arrays: Mapping[str, Any]) -> Value:
    """`x` with the vectors along `axis` multiplied by ``arrays["weights"]`` (out, in)."""
    out, width = arrays["weights"].shape
    x.axis(axis, "it multiplies")
    if x.shape[axis] != width:
        raise SpecError(
            f"weights take {width} inputs; axis {axis} of the input has {x.shape[axis]}"
        )
    moved, back = op.tape.to_last(x, axis)
    node = op.tape.weighted("linear", moved.node, matrix, arrays=arrays)
    y = moved.resized(node, {len(x.shape) - 1: out})
    return op.tape.transpose(y, back, "back")


def _gemm(op: Operation) -> list[Tensor]:
    alpha, beta = op.attribute("alpha", 1.0), op.attribute("beta", 1.0)
    turned = [bool(op.attribute(name, 0)) for name in ("transA", "transB")]
    a, b, c = op.tensor(0), op.tensor(1), op.given(2)
    if isinstance(a, Value) and isinstance(b, Known):
        x, axis, w = a, 0 if turned[0] else 1, b.array() if turned[1] else b.array().T
    elif isinstance(a, Known) and isinstance(b, Value):
        x, axis, w = b, 1 if turned[1] else 0, a.array().T if turned[0] else a.array()
    else:
        raise SpecError("it multiplies two values of the network; supported: one of them constant")
    matrix = a if isinstance(a, Known) else b
    assert isinstance(matrix, Known)
    if len(x.shape) != 2:
        raise SpecError(f"it is given a tensor of {len(x.shape)} axes; it takes 2")
    arrays = {"weights": _scaled(w, alpha)}
    bias = c.array() if isinstance(c, Known) and c.fixed else None
    vector = bias is not None and x is a and not turned[0] and _is_vector(bias, len(w))
    made_of = f"{matrix.name} {alpha} {x is a} {turned}"
    if vector and bias is not None and isinstance(c, Known):
        arrays["bias"] = np.broadcast_to(_scaled(bias.reshape(-1), beta), (len(w),)).copy()
        made_of += f" {c.name} {beta}"
    matrix = Known(name=made_of, arrays=matrix.arrays)
    y = _dense(op, x, axis, matrix, arrays)
    if turned[0] if x is a else turned[1]:
        y = op.tape.transpose(y, (1, 0), "transpose")
    if c is None or vector:
        return [y]
    return [op.tape.pair("add", y, _times(op, c, beta), "add")]


def _scaled(array: npt.NDArray[Any], factor: float) -> npt.NDArray[Any]:
    return np.ascontiguousarray(array if factor == 1 else array * array.dtype.type(factor))


def _times(op: Operation, tensor: Tensor, factor: float) -> Tensor:
    if factor == 1:
        return tensor
    dtype = op.tape.dtype(tensor.node) if isinstance(tensor, Value) else tensor.array().dtype
    known = op.tape.known("beta", np.asarray(factor, dtype))
    if isinstance(tensor, Value):
        return op.tape.pair("multiply", tensor, known, "beta")
    return op.tape.known(tensor.name, tensor.array() * known.array())


def _is_vector(array: npt.NDArray[Any], size: int) -> bool:
    """Whether an array adds the same to every row of a matrix with `size` columns."""
    return array.size == 1 or (array.shape[-1] == array.size == size)


def _matmul(op: Operation) -> list[Tensor]:
    a, b = op.tensor(0), op.tensor(1)
    if isinstance(a, Value) and isinstance(b, Known):
        w, vector = _matrix(b)
        rank = len(a.shape)
        y = _dense(op, a, rank - 1, b, {"weights": np.ascontiguousarray(w.T)})
        return [op.tape.view(y.without(y.node, [rank - 1]), "drop") if vector else y]
    if isinstance(a, Known) and isinstance(b, Value):
        w, vector = _matrix(a)
        w = w.T if vector else w
        axis = max(len(b.shape) - 2, 0)
        turned = Known(name=f"{a.name} from the left", arrays=a.arrays)
        y = _dense(op, b, axis, turned, {"weights": np.ascontiguousarray(w)})
        return [op.tape.view(y.without(y.node, [axis]), "drop") if vector else y]
    assert isinstance(a, Value) and isinstance(b, Value)
    return [_product(op, a, b)]


def _matrix(known: Known) -> tuple[npt.NDArray[Any], bool]:
    """A constant factor as a matrix, and whether it is a vector, of one column then."""
    w = known.array()
    if w.ndim > 2 and w.size == w.shape[-1] * w.shape[-2]:
        w = w.reshape(w.shape[-2:])
    if w.ndim not in (1, 2):
        raise SpecError(f"{known.name!r} is a stack {w.shape} of matrices; supported: one matrix")
    return (w, False) if w.ndim == 2 else (w[:, None], True)


def _product(op: Operation, a: Value, b: Value) -> Value:
    """Matrices of two values multiplied, which stays digital."""
    rank = max(len(a.shape), len(b.shape))
    a, b = op.tape.lifted(a, rank), op.tape.lifted(b, rank)
    if a.batch >= rank - 2 or (a.batch, a.before, a.after) != (b.batch, b.before, b.after):
        raise SpecError("it multiplies across the batch, samples would mix; not supported")
    if a.shape[-1] != b.shape[-2]:
        raise SpecError(f"shapes {a.shape} and {b.shape} do not fit")
    node = op.tape.add("matmul", a.node, b.node)
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    shape = (*lead, a.shape[-2], b.shape[-1])
    return Value(node=node, shape=shape, batch=a.batch, before=a.before)


def _windows(op: Operation, w: npt.NDArray[Any]) -> tuple[tuple[int, ...], ...]:
    """Kernel, strides and dilations of a convolution."""
    kernel = w.shape[2:]
    declared = tuple(op.attribute("kernel_shape", kernel))
    if declared != kernel:
        raise SpecError(f"kernel_shape is {declared}, but weights have shape {w.shape}")
    ones = (1,) * len(kernel)
    return kernel, tuple(op.attribute("strides", ones)), tuple(op.attribute("dilations", ones))


def _conv(op: Operation) -> list[Tensor]:
    images, w, bias = Images(op), op.needed(1), op.array(2)
    kernel, stride, dilation = _windows(op, w)
    settings = {
        "stride": stride,
        "padding": padding_of(op, images.lengths, kernel, stride, dilation),
        "dilation": dilation,
        "groups": op.attribute("group", 1),
    }
    return [images.back(_placed(op, images, settings, w, bias))]


def _placed(op: Operation, images: Images, settings: Mapping[str, Any], w: Any, bias: Any) -> str:
    arrays = {"weights": w} if bias is None else {"weights": w, "bias": bias}
    return op.tape.weighted(
        "conv", images.node, op.known(1), op.known(2), settings=settings, arrays=arrays
    )


def _conv_transpose(op: Operation) -> list[Tensor]:
    images, w, bias = Images(op), op.needed(1), op.array(2)
    kernel, stride, dilation = _windows(op, w)
    outer = tuple(op.attribute("output_padding", (0,) * len(kernel)))
    sizes = zip(images.lengths, kernel, stride, dilation, outer, strict=True)
    full = [s * (n - 1) + o + (k - 1) * d + 1 for n, k, s, d, o in sizes]
    settings = {
        "stride": stride,
        "padding": _cropped(op, images.lengths, stride, full),
        "dilation": dilation,
        "groups": op.attribute("group", 1),
        "transposed": True,
        "output_padding": outer,
    }
    return [images.back(_placed(op, images, settings, w, bias))]


def _cropped(
    op: Operation, lengths: Sequence[int], stride: Sequence[int], full: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """What a transposed convolution leaves out before and after each axis."""
    auto, shape = op.attribute("auto_pad", "NOTSET"), op.attribute("output_shape")
    pads = op.attribute("pads", (0,) * 2 * len(full))
    if shape is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        shape = [n * s for n, s in zip(lengths, stride, strict=True)]
    if shape is None:
        return paired(pads if auto == "NOTSET" else (0,) * 2 * len(full))
    total = [f - n for f, n in zip(full, shape[-len(full) :], strict=True)]
    if min(total) < 0:
        raise SpecError(
            f"an output_shape of {tuple(shape)} is more than the {tuple(full)} there is"
        )
    halves = [(t // 2, t - t // 2) for t in total]
    return tuple(h if auto == "SAME_UPPER" else h[::-1] for h in halves)


WEIGHTS: Mapping[str, Handler] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
}
