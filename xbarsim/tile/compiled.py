"""Reads in single precision by the compiled kernels, where all that happens is what they know."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.periphery._fused import Converters, Drivers, fused_read
from xbarsim.periphery._products import packed
from xbarsim.tile.cells import Cells
from xbarsim.tile.inputs import Inputs
from xbarsim.tile.outputs import Outputs


class Parts(NamedTuple):
    """What reads in single precision are made of; see `xbarsim.periphery._fused.fused_read`.

    Parameters
    ----------
    edges : first input of each array, and the number of inputs, (down + 1,).
    mean, variance : of what signals are per volt on each input's word line, (inputs, outputs): S,
        and S^2; no variance where cells have no noise.
    key : of the noise; None where there is none.
    """

    edges: Array
    mean: Array
    variance: Array | None
    drivers: Drivers
    converters: Converters
    key: Array | None


Read = Callable[[Array, int], Array]  # outputs (n, outputs) of inputs (n, in) in a read's number
F = np.float32


def compiled_read(
    cells: Cells, inputs: Inputs, outputs: Outputs, factor: Array | float, scale: Array, bias: Array
) -> Read | None:
    """What reads the tile as it is now, or None where only the general way can.

    Parameters
    ----------
    factor : against drift, as `Outputs.convert` takes it.
    scale : what outputs in A are multiplied by, one number or (outputs,).
    bias : added to outputs, (outputs,).

    Notes
    -----
    The same as the general way, its noise included, to the rounding of single precision.
    """
    parts = compiled_parts(cells, inputs, outputs, factor, scale, bias)
    if parts is None:
        return None
    edges, drive, convert, key = parts.edges, parts.drivers, parts.converters, parts.key
    matrix = packed(_stacked(parts.mean, edges))
    variance = None if parts.variance is None else packed(_stacked(parts.variance, edges))

    def read(x: Array, number: int) -> Array:
        x = np.ascontiguousarray(x)
        return fused_read(x, edges, matrix, variance, drive, convert, key, number)

    return read


def compiled_parts(
    cells: Cells, inputs: Inputs, outputs: Outputs, factor: Array | float, scale: Array, bias: Array
) -> Parts | None:
    """What a compiled read does, or None where only the general way can; see `compiled_read`."""
    if not (_plain_cells(cells) and inputs.plain and _plain_outputs(outputs)):
        return None
    part, code = cells.partition, cells.partition.encoding
    edges = [int(piece.inputs[0]) for piece in part.pieces if piece.column == 0]
    places = np.array([*edges, part.inputs])
    squares = code.decode_variance(cells.sigma**2) if cells.noisy else None
    convert = _converters(cells, outputs, factor, scale, bias)
    return Parts(
        edges=places,
        mean=_by_inputs(_joined(cells, code.decode(cells.transfer)), places),
        variance=None if squares is None else _by_inputs(_joined(cells, squares), places),
        drivers=inputs.single(),
        converters=convert,
        key=cells.noise_key if cells.noisy or convert.noise.any() else None,
    )


def _by_inputs(arrays: Array, edges: Array) -> Array:
    """`arrays` (down, rows, outputs) as (inputs, outputs): inputs stand on the last rows."""
    sizes = np.diff(edges)
    return np.concatenate([array[len(array) - n :] for array, n in zip(arrays, sizes, strict=True)])


def _stacked(matrix: Array, edges: Array) -> Array:
    """The inverse of `_by_inputs`; rows where no input stands are 0."""
    rows = int(np.diff(edges).max())
    out = np.zeros((len(edges) - 1, rows, matrix.shape[1]), matrix.dtype)
    for array, a, b in zip(out, edges[:-1], edges[1:], strict=True):
        array[rows - (b - a) :] = matrix[a:b]
    return out


def _plain_cells(cells: Cells) -> bool:
    """Pairs of cells, the noise of which is their own and knows no wires."""
    effects, code = cells.effects.effects, cells.partition.encoding
    extra = effects.telegraph or effects.flicker or effects.johnson or effects.shot
    wired_noise = cells.noisy and not cells.wires.ideal
    alone = cells.partition.stack == 1 and code.paired and code.slices == 1
    return alone and not extra and not wired_noise


def _plain_outputs(outputs: Outputs) -> bool:
    """A converter for every output of every array that errs in gain, offset and noise at most."""
    hardware, adc = outputs.hardware, outputs.hardware.adc
    if hardware.integrator is not None or hardware.partial_sums == "analog":
        return False
    if adc is None:
        return True
    made = outputs.converters
    return adc.bits > 1 and adc.hold is None and made.errors is None and made.correction is None


def _joined(cells: Cells, arrays: Array) -> Array:
    """`arrays` (down, across, k, outputs of an array) side by side: (down, k, outputs)."""
    parts = [
        arrays[:, piece.column, :, : len(piece.outputs)]
        for piece in cells.partition.pieces
        if piece.row == 0
    ]
    return np.concatenate(parts, axis=-1)


def _converters(
    cells: Cells, outputs: Outputs, factor: Array | float, scale: Array, bias: Array
) -> Converters:
    adc, part = outputs.hardware.adc, cells.partition
    shape = (part.down, part.across, 1, part.signals)

    def each(value: Array | float) -> Array:
        return _joined(cells, np.broadcast_to(np.asarray(value, dtype=float), shape))[:, 0]

    times = each(factor) * scale
    if adc is None:
        one, none = np.ones_like(times), np.zeros_like(times)
        noise, per, offset, step, bias = _single(none, one, none, times, bias)
        return Converters(noise, per, offset, None, None, step, bias)
    made, full, top = outputs.converters, each(outputs.full_scale), adc.steps
    per = each(made.gain) * top / full
    given = (made.noise / per) ** 2, per, each(made.offset), full / top * times, bias
    noise, per, offset, step, bias = _single(*given)
    return Converters(noise, per, offset, F(-top), F(top), step, bias)


def _single(*arrays: Array) -> list[Array]:
    return [np.ascontiguousarray(array, dtype=F) for array in arrays]
