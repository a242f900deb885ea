"""Reads in single precision by the compiled kernels, where all that happens is what they know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from xbarsim.backend import Array, read_only
from xbarsim.periphery._fused import Converters, Drivers, fused_read
from xbarsim.periphery._products import packed
from xbarsim.tile.cells import Cells
from xbarsim.tile.inputs import Inputs
from xbarsim.tile.outputs import Outputs

Read = Callable[[Array, int], Array]  # outputs (n, outputs) of inputs (n, in) in a read's number
F = np.float32


@dataclass(frozen=True, kw_only=True, eq=False)
class Stages:
    """All that a read of a tile is, where kernels know all of it.

    Parameters
    ----------
    edges : first input of each array, and the number of inputs, (down + 1,).
    mean : conductances whose currents outputs are, (down, rows, outputs) S; inputs stand on the
        last rows of their array.
    variance : the same of their variances in a read, S^2; None where cells have no noise.
    drivers, converters : inputs to voltages, currents to outputs; see `in_type`.
    key : four words that name the stream of the noise, (4,); None where there is none.
    """

    edges: Array
    mean: Array
    variance: Array | None
    drivers: Drivers
    converters: Converters
    key: Array | None


def stages_of(
    cells: Cells,
    inputs: Inputs,
    outputs: Outputs,
    factor: Array | float,
    scale: Array,
    bias: Array,
    wired: Callable[[], Array] | None = None,
) -> Stages | None:
    """What a read of the tile is as it is now, or None where kernels do not know all of it.

    Parameters
    ----------
    factor : against drift, as `Outputs.convert` takes it.
    scale : what outputs in A are multiplied by, one number or (outputs,).
    bias : added to outputs, (outputs,).
    wired : gives the variance of each signal for the square of each voltage where noise goes
        through wires, (down, across, rows, signals) S^2; None where that is not known.
    """
    through = cells.noisy and not cells.wires.ideal
    if through and (wired is None or cells.hardware.noise == "exact"):
        return None
    if not (_plain_cells(cells) and inputs.plain and _plain_outputs(outputs)):
        return None
    part, code = cells.partition, cells.partition.encoding
    power = None
    if cells.noisy:
        power = wired() if through and wired else code.decode_variance(cells.sigma**2)
    edges = [int(piece.inputs[0]) for piece in part.pieces if piece.column == 0]
    convert = _converters(cells, outputs, factor, scale, bias)
    noisy = cells.noisy or convert.noise.any()
    return Stages(
        edges=np.array([*edges, part.inputs]),
        mean=joined(cells, code.decode(cells.transfer)),
        variance=None if power is None else joined(cells, power),
        drivers=inputs.numbers(np.float64),
        converters=convert,
        key=cells.noise_key if noisy else None,
    )


def compiled_read(stages: Stages) -> Read:
    """Reads in single precision; the same as the general way, noise included, to rounding."""
    matrix = packed(stages.mean)
    variance = None if stages.variance is None else packed(stages.variance)
    drive, convert = in_type(stages, F)
    edges, key = stages.edges, stages.key

    def read(x: Array, number: int) -> Array:
        x = np.ascontiguousarray(x)
        return fused_read(x, edges, matrix, variance, drive, convert, key, number)

    return read


def _plain_cells(cells: Cells) -> bool:
    """Pairs of cells, the noise of which is their own."""
    effects, code = cells.effects.effects, cells.partition.encoding
    extra = effects.telegraph or effects.flicker or effects.johnson or effects.shot
    alone = cells.partition.stack == 1 and code.paired and code.slices == 1
    return alone and not extra


def _plain_outputs(outputs: Outputs) -> bool:
    """A converter for every output of every array that errs in gain, offset and noise at most."""
    hardware, adc = outputs.hardware, outputs.hardware.adc
    if hardware.integrator is not None or hardware.partial_sums == "analog":
        return False
    if adc is None:
        return True
    made = outputs.converters
    return adc.bits > 1 and adc.hold is None and made.errors is None and made.correction is None


def joined(cells: Cells, arrays: Array) -> Array:
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
        return joined(cells, np.broadcast_to(np.asarray(value, dtype=float), shape))[:, 0]

    times = each(factor) * scale
    if adc is None:
        one, none = np.ones_like(times), np.zeros_like(times)
        return Converters(none, one, none, F(-np.inf), F(np.inf), times, bias)
    made, full, top = outputs.converters, each(outputs.full_scale), adc.steps
    per = each(made.gain) * top / full
    noise, offset = (made.noise / per) ** 2, each(made.offset)
    return Converters(noise, per, offset, F(-top), F(top), full / top * times, bias)


def in_type(stages: Stages, dtype: Any) -> tuple[Drivers, Converters]:
    """Drivers and converters with numbers of a type, as kernels want them."""

    def typed(part: Any) -> Any:
        if isinstance(part, np.ndarray):
            return read_only(part.astype(dtype, copy=False))
        return dtype(part)

    drivers, converters = (map(typed, each) for each in (stages.drivers, stages.converters))
    return Drivers(*drivers), Converters(*converters)
