"""Functions of PyTorch on windows of images and series."""

from collections.abc import Mapping
from typing import Any

from xbarsim.mapping.torch.draft import Call, Handler, Value
from xbarsim.mapping.torch.weighted import tuples


def _pairs(padding: Any, axes: int) -> tuple[tuple[int, int], ...]:
    return tuple((p, p) for p in tuples(padding, axes))


def max_pool(axes: int) -> Handler:
    """`torch.nn.functional.max_pool1d` to `max_pool3d`."""

    def handler(
        call: Call,
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Value:
        call.only(return_indices=return_indices)
        return call.add(
            "max_pool",
            input,
            kernel=tuples(kernel_size, axes),
            stride=tuples(stride or kernel_size, axes),
            padding=_pairs(padding, axes),
            dilation=tuples(dilation, axes),
            ceil=bool(ceil_mode),
        )

    return handler


def average_pool(axes: int) -> Handler:
    """`torch.nn.functional.avg_pool1d` to `avg_pool3d`."""

    def handler(
        call: Call,
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Value:
        return call.add(
            "average_pool",
            input,
            kernel=tuples(kernel_size, axes),
            stride=tuples(stride or kernel_size, axes),
            padding=_pairs(padding, axes),
            ceil=bool(ceil_mode),
            count_padding=bool(count_include_pad),
            divisor=divisor_override,
        )

    return handler


def adaptive_pool(op: str, axes: int) -> Handler:
    """`torch.nn.functional.adaptive_avg_pool1d` and its kin."""

    def handler(call: Call, input: Any, output_size: Any, return_indices: bool = False) -> Value:
        call.only(return_indices=return_indices)
        single = output_size is None or isinstance(output_size, int)
        size = (output_size,) * axes if single else tuple(output_size)
        return call.add(op, input, size=size if len(size) == axes else size * axes)

    return handler


def interpolate(
    call: Call,
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: Any = None,
    recompute_scale_factor: Any = None,
    antialias: bool = False,
) -> Value:
    """`torch.nn.functional.interpolate` to the nearest value."""
    call.only(antialias=antialias, recompute_scale_factor=recompute_scale_factor)
    if mode != "nearest":
        call.refuse(f"mode is {mode!r}; supported: 'nearest'")
    given = size if scale_factor is None else scale_factor
    given = tuple(given) if isinstance(given, tuple | list) else given
    if scale_factor is None:
        return call.add("upsample", input, size=given)
    return call.add("upsample", input, factors=given)


_AXES = (1, 2, 3)

POOLING_FUNCTIONS: Mapping[str, Handler] = {
    **{f"max_pool{n}d": max_pool(n) for n in _AXES},
    **{f"avg_pool{n}d": average_pool(n) for n in _AXES},
    **{f"adaptive_avg_pool{n}d": adaptive_pool("adaptive_average_pool", n) for n in _AXES},
    **{f"adaptive_max_pool{n}d": adaptive_pool("adaptive_max_pool", n) for n in _AXES},
    "interpolate": interpolate,
}
