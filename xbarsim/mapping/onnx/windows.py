"""ONNX operators on images and series (n, channels, *spatial axes), convolutions aside."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.mapping.fold import batch_norm_arrays
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.value import Value, positive

Pairs = tuple[tuple[int, int], ...]


class Images:
    """The images that an operator is given, one after the other.

    Where a sample holds several on the axis of the batch, as of a video, they become
    samples of their own for the operator.

    Attributes
    ----------
    node : whose array is (images, channels, *spatial axes).
    lengths : of the spatial axes.

    Raises
    ------
    SpecError : the batch does not stand on the first axis.
    """

    def __init__(self, op: Operation) -> None:
        value = op.value()
        if value.batch != 0 or len(value.shape) < 2:
            raise SpecError(f"it takes the batch on axis 0, then channels; here: {value.shape}")
        self._op, self._value = op, value
        self.lengths = value.shape[2:]
        self.node = value.node
        if value.merged:
            shape = (-1, *value.shape[1:])
            self.node = op.tape.add("reshape", value.node, part="images", settings={"shape": shape})

    def back(self, node: str) -> Value:
        """What a node gives for the images, sample by sample."""
        v, shape = self._value, self._op.tape.shape(node)[1:]
        value = Value(node=node, shape=(v.shape[0], *shape), before=v.before)
        return self._op.tape.view(value, "samples") if v.merged else value


def paired(pads: Sequence[int]) -> Pairs:
    """Before and after each axis, of a list that holds all before, then all after."""
    half = len(pads) // 2
    return tuple(zip(pads[:half], pads[half:], strict=True))


def padding_of(
    op: Operation,
    lengths: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Pairs:
    """What is put before and after each axis, by attributes ``auto_pad`` and ``pads``.

    Raises
    ------
    SpecError : padding of another kind, or less than none.
    """
    auto = op.only("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    pads = tuple(op.attribute("pads", (0,) * 2 * len(kernel)))
    if auto == "VALID":
        return ((0, 0),) * len(kernel)
    if auto == "NOTSET":
        if min(pads) < 0 or len(pads) != 2 * len(kernel):
            raise SpecError(f"pads are {pads}; needed are 0 or more, two for each spatial axis")
        return paired(pads)
    found = []
    for n, k, s, d in zip(lengths, kernel, stride, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
        half = total // 2
        found.append((half, total - half) if auto == "SAME_UPPER" else (total - half, half))
    return tuple(found)


def _pool(name: str) -> Handler:
    def read(op: Operation) -> list[Tensor | None]:
        images = Images(op)
        kernel = tuple(op.attribute("kernel_shape"))
        ones = (1,) * len(kernel)
        stride, dilation = (tuple(op.attribute(a, ones)) for a in ("strides", "dilations"))
        settings: dict[str, Any] = {
            "kernel": kernel,
            "stride": stride,
            "padding": padding_of(op, images.lengths, kernel, stride, dilation),
            "dilation": dilation,
            "ceil": bool(op.attribute("ceil_mode", 0)),
        }
        op.attribute("storage_order")
        if name == "average_pool":
            settings["count_padding"] = bool(op.attribute("count_include_pad", 0))
        return [images.back(op.tape.add(name, images.node, settings=settings)), None]

    return read


def _global(name: str) -> Handler:
    def read(op: Operation) -> list[Tensor]:
        images = Images(op)
        axes = tuple(range(2, 2 + len(images.lengths)))
        node = op.tape.add(name, images.node, settings={"axes": axes, "keep": True})
        return [images.back(node)]

    return read


def _resize(op: Operation) -> list[Tensor]:
    """The nearest value: which one, axis by axis, is asked of the operator itself."""
    x, old = op.value(), op.opset < 11
    if op.attribute("mode", "nearest") != "nearest":
        raise SpecError("it interpolates; supported: mode 'nearest'")
    op.only("keep_aspect_ratio_policy", "stretch")
    places = ("asymmetric", "half_pixel") if old else ("half_pixel", "asymmetric")
    others = ("pytorch_half_pixel", "half_pixel_symmetric", "align_corners")
    way = {
        "coordinate_transformation_mode": op.only(
            "coordinate_transformation_mode", *places, *others
        ),
        "nearest_mode": op.attribute("nearest_mode", "floor" if old else "round_prefer_floor"),
    }
    for unused in ("antialias", "cubic_coeff_a", "exclude_outside", "extrapolation_value"):
        op.attribute(unused)
    given = op.attribute("axes")
    axes = [positive(a, len(x.shape)) for a in given or range(len(x.shape))]
    factors, sizes = op.array(1 if old else 2), None if old else op.known(3)
    for k, a in enumerate(axes):
        if factors is not None and factors.size:
            changed, target = factors[k] != 1, {"scales": factors[k : k + 1]}
        elif sizes is None:
            raise SpecError("neither scales nor sizes are given")
        elif a == x.batch:
            changed = any(s[k] != x.at(n)[a] for s, n in zip(sizes.arrays, op.tape.batches))  # noqa: B905
            target = {}
        else:
            size = sizes.each(lambda s, k=k: s[k : k + 1].astype(np.int64)).array()
            changed, target = size[0] != x.shape[a], {"sizes": size}
        if changed:
            at = x.axis(a, "it resizes")
            shown = _nearest(x.shape[a], target, way)
            if way["coordinate_transformation_mode"] != "asymmetric" and len(shown) % x.shape[a]:
                raise SpecError(
                    f"axis {a} of {x.shape[a]} becomes {len(shown)}, where runtimes round in ways "
                    "of their own; supported: whole multiples, or mode 'asymmetric'"
                )
            settings, arrays = {"axis": at}, {"indices": shown}
            node = op.tape.add("take", x.node, part=f"axis{a}", settings=settings, arrays=arrays)
            x = x.resized(node, {a: len(shown)})
    return [x]


def _nearest(size: int, target: Mapping[str, Any], way: Mapping[str, str]) -> Any:
    """Which of `size` values a resized axis shows at each place."""
    from onnx.helper import make_node
    from onnx.reference import ReferenceEvaluator

    (name,) = target
    inputs = ["x", "", *([""] if name == "sizes" else []), name]
    node = make_node("Resize", inputs, ["y"], mode="nearest", **way)
    places = np.arange(size, dtype=np.float32)
    (taken,) = ReferenceEvaluator(node).run(None, {"x": places, **target})
    return np.asarray(taken).astype(np.int64)


def _batch_norm(op: Operation) -> list[Tensor]:
    op.only("training_mode", 0)
    op.attribute("momentum")
    images = Images(op)
    gamma, beta, mean, variance = (op.needed(k) for k in range(1, 5))
    if (variance < 0).any():
        raise SpecError("a variance is less than 0")
    arrays = batch_norm_arrays(gamma, beta, mean, variance, op.attribute("epsilon", 1e-5))
    settings = {"axes": 2 + len(images.lengths)}
    return [images.back(op.tape.add("batch_norm", images.node, settings=settings, arrays=arrays))]


def _group_norm(op: Operation) -> list[Tensor]:
    """In groups of channels, or each channel by itself."""
    op.only("stash_type", 1)
    images = Images(op)
    groups = op.attribute("num_groups", 0)
    scale, shift = op.needed(1), op.needed(2)
    settings = {"groups": groups, "epsilon": op.attribute("epsilon", 1e-5)}
    arrays = {"scale": scale, "shift": shift}
    return [images.back(op.tape.add("group_norm", images.node, settings=settings, arrays=arrays))]


def _layer_norm(name: str) -> Handler:
    def read(op: Operation) -> list[Tensor | None]:
        op.only("stash_type", 1)
        x = op.value()
        rank = len(x.shape)
        axis = positive(op.attribute("axis", -1), rank)
        axes = [x.axis(a, "it normalises") for a in range(axis, rank)]
        if axis <= x.batch:
            raise SpecError("it normalises across the batch; not supported")
        arrays = {"scale": op.needed(1)}
        shift = op.array(2)
        if shift is not None:
            arrays["shift"] = shift
        settings = {"axes": len(axes), "epsilon": op.attribute("epsilon", 1e-5)}
        node = op.tape.add(name, x.node, settings=settings, arrays=arrays)
        return [x.resized(node, {}), None, None]

    return read


WINDOWS: Mapping[str, Handler] = {
    "MaxPool": _pool("max_pool"),
    "AveragePool": _pool("average_pool"),
    "GlobalMaxPool": _global("reduce_max"),
    "GlobalAveragePool": _global("reduce_mean"),
    "Resize": _resize,
    "Upsample": _resize,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _group_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm("layer_norm"),
    "RMSNormalization": _layer_norm("rms_norm"),
}
