"""Inputs to voltages on word lines."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xbarsim.backend import Array, array_namespace, read_only
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.parallel import once, pieces, spread
from xbarsim.partition import Partition
from xbarsim.periphery import Drivers, Phase, drivers, full_range
from xbarsim.periphery import _fused as fused
from xbarsim.streams import Streams

_F = np.float32
_LEAST = 1e-30  # range of inputs; smaller ones leave single precision
_AT_ONCE = 512  # inputs for which another thread is worth waking


@dataclass(frozen=True, kw_only=True, eq=False)
class Drive:
    """What stands on the word lines in one phase of a read.

    Parameters
    ----------
    v : (down, n, rows) V; pulses of the read voltage as what they are on the average of a read.
    weight : how often what the columns answer is taken.
    """

    v: Array
    weight: float


class Inputs:
    """Digital-to-analogue converters and drivers of a tile.

    Parameters
    ----------
    hardware : what they are.
    partition : which input stands on which word line.
    streams : of the tile.
    like : an array of the library that the tile's arrays live in.
    polarity : sign of each input's word line, (inputs,); None where all are driven alike.
    rows : the row of the partition that each row of an array holds, (down, rows); None for its own.
    bias_rows : how many of the last inputs are 1.
    """

    def __init__(
        self,
        hardware: Hardware,
        partition: Partition,
        streams: Streams,
        *,
        like: Array,
        polarity: Array | None,
        rows: Array | None,
        bias_rows: int,
    ) -> None:
        self.hardware = hardware
        self.partition = partition
        self.streams = streams
        self.like = like
        self.polarity = polarity
        self.rows = rows
        self.bias_rows = bias_rows
        self.full_scale: float | None = None
        self.signed = False

    def calibrate(self, x: Array, silent: bool = False) -> None:
        """Set the range on inputs (n, in); `silent`: they may be all zero.

        Raises
        ------
        SpecError : inputs that are all zero, where there are converters.
        """
        xp, dac = array_namespace(x), self.hardware.dac
        nothing = not bool(x.any())
        if nothing and not silent and (dac or self.hardware.adc):
            raise SpecError(
                "converter ranges cannot be set on inputs that are all zero, or on none; call "
                "calibrate with typical inputs first"
            )
        self.signed = bool(xp.min(x) < 0) if len(x) else False
        if nothing:
            full = 1.0
        elif dac is None:
            full = float(xp.max(xp.abs(x)))
        else:
            how = dac.ranging, dac.percentile, dac.bits
            full = float(full_range(x, *how, signed=self.signed))
        self._check_range(full)
        self.full_scale = max(full, 1.0) if self.bias_rows else full

    def _check_range(self, full: float) -> None:
        if full < _LEAST:
            raise SpecError(f"inputs reach {full:g} only; ranges begin at {_LEAST:g}")
        if self.bias_rows and full < 0.5:
            raise SpecError(
                f"array.bias_rows: inputs reach {full:g} only, so that a line which stands for 1 "
                f"would be driven with {self.hardware.v_read / full:.3g} V; scale the inputs, or "
                "add biases digitally (bias_rows: 0)"
            )

    def clipping(self, x: Array) -> float:
        """Share of inputs (n, in) beyond the range by more than rounding; 0 without converters."""
        dac, full = self.hardware.dac, self.full_scale or 1.0
        if dac is None:
            return 0.0
        xp, half = array_namespace(x), 0.5 / dac.steps(self.signed)
        size = xp.abs(x) if self.signed else xp.where(x < 0, 2 * full, x)
        beyond = (size > full * (1 + half)) & (xp.abs(x) > full * half)
        return float(xp.mean(beyond))

    def drives(self, x: Array, number: int | None = None) -> list[Drive]:
        """The phases of a read of inputs (n, in); with noise where its `number` is given.

        Lines of biases stand at what 1 is in every phase, not rounded to a level.
        """
        if self.plain and x.dtype == "float32" and array_namespace(x) is np:
            v = self._compiled(x)
            return [Drive(v=v, weight=1.0)]
        xp, dac = array_namespace(x), self.hardware.dac
        relative = x / x.dtype.type(self.full_scale)
        if dac is None:
            return [self._drive(Phase(levels=relative, weight=1.0, steps=1))]
        rng = None
        if dac.noise and number is not None:
            rng = (self.streams / "driven" / number).rng(xp)
        return [self._drive(phase, rng) for phase in dac.phases(relative, self.signed)]

    def _drive(self, phase: Phase, rng: Any = None) -> Drive:
        levels, v_read = phase.levels, self.hardware.v_read
        xp = array_namespace(levels)
        if self.bias_rows:
            ones = xp.full(
                (len(levels), self.bias_rows), 1 / (self.full_scale or 1.0), dtype=levels.dtype
            )
            levels = xp.concatenate([levels, ones], axis=1)
        if self.polarity is not None:
            levels = levels * self.polarity.astype(levels.dtype)
        levels = self.partition.split_inputs(levels, xp)
        if self.rows is not None:
            levels = xp.take_along_axis(levels, self.rows[:, None], axis=2)
        if self._drivers is not None:
            z = None if rng is None else rng.standard_normal(levels.shape, dtype=levels.dtype)
            levels = self._drivers.drive(replace(phase, levels=levels), z)
        return Drive(v=levels * v_read, weight=phase.weight)

    @property
    def plain(self) -> bool:
        """Whether inputs are amplitudes without errors, as the compiled kernels know them."""
        dac = self.hardware.dac
        exact = dac is None or (dac.coding == "amplitude" and dac.exact and dac.bits > 1)
        return exact and not self.bias_rows and self.polarity is None and self.rows is None

    def numbers(self, dtype: Any = _F) -> fused.Drivers:
        """Inputs to voltages, for the compiled kernels, in numbers of a type."""
        dac, v_read, full = self.hardware.dac, self.hardware.v_read, self.full_scale or 1.0
        if dac is None:
            return fused.Drivers(dtype(1 / full), dtype(-np.inf), dtype(np.inf), dtype(v_read))
        top = dac.steps(self.signed)
        low = -top if self.signed else 0
        return fused.Drivers(dtype(top / full), dtype(low), dtype(top), dtype(v_read / top))

    def _compiled(self, x: Array) -> Array:
        """Voltages (down, n, rows) for inputs (n, in) in single precision."""
        x, single, part = read_only(x), self.numbers(), self.partition
        v = np.empty((part.shape[0], len(x), part.shape[2]), _F)

        def some(chosen: slice) -> None:
            for piece in part.pieces:
                if piece.column == 0:
                    first, last = int(piece.inputs[0]), int(piece.inputs[-1]) + 1
                    fused.drive(x[chosen], first, last, single, v[piece.row, chosen], None)

        spread(some, pieces(len(x), _AT_ONCE))
        return v

    @once
    def _drivers(self) -> Drivers | None:
        dac = self.hardware.dac
        if dac is None or dac.exact:
            return None
        down, _, rows, _ = self.partition.shape
        return drivers(dac, (down, 1, rows), self.streams / "dac", array_namespace(self.like))
