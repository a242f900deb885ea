"""Reads in single precision by the compiled kernels, where all that happens is what they know."""

from collections.abc import Callable

import numpy as np

from xbarsim.backend import Array
from xbarsim.periphery._fused import Converters, fused_read
from xbarsim.periphery._products import packed
from xbarsim.tile.cells import Cells
from xbarsim.tile.inputs import Inputs
from xbarsim.tile.outputs import Outputs

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
    if not (_plain_cells(cells) and inputs.plain and _plain_outputs(outputs)):
        return None
    part, code = cells.partition, cells.partition.encoding
    mean = _joined(cells, code.decode(cells.transfer))
    squares = code.decode_variance(cells.sigma**2) if cells.noisy else None
    variance = None if squares is None else packed(_joined(cells, squares))
    edges = [int(piece.inputs[0]) for piece in part.pieces if piece.column == 0]
    places = np.array([*edges, part.inputs])
    drive, convert = inputs.single(), _converters(cells, outputs, factor, scale, bias)
    noisy = cells.noisy or convert.noise.any()
    matrix, key = packed(mean), cells.noise_key if noisy else None

    def read(x: Array, number: int) -> Array:
        x = np.ascontiguousarray(x)
        return fused_read(x, places, matrix, variance, drive, convert, key, number)

    return read


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
