"""Inputs to voltages on word lines."""

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.periphery import Drivers, Phase, drivers, full_range
from xbarsim.streams import Streams


@dataclass(frozen=True, kw_only=True, eq=False)
class Drive:
    """What stands on the word lines in one phase of a read.

    Parameters
    ----------
    v : (down, n, rows) V.
    loud : what the noise of a read sees in place of `v`, of the same shape, V. Noise that is white
        within a read goes as the root of the time for which a pulse is on. (Of two pulses at once
        the wires then see the root of both times; that they see the shorter time is left out.)
    weight : how often what the columns answer is taken.
    """

    v: Array
    loud: Array
    weight: float


class Inputs:
    """Digital-to-analogue converters and drivers of a tile.

    Parameters
    ----------
    hardware : what they are.
    partition : which input stands on which word line.
    streams : of the tile.
    xp : library that the tile's arrays live in.
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
        xp: ModuleType,
        polarity: Array | None,
        rows: Array | None,
        bias_rows: int,
    ) -> None:
        self.hardware = hardware
        self.partition = partition
        self.streams = streams
        self.xp = xp
        self.polarity = polarity
        self.rows = rows
        self.bias_rows = bias_rows
        self.full_scale: float | None = None
        self.signed = False

    def calibrate(self, x: Array) -> None:
        """Set the range on inputs (n, in).

        Raises
        ------
        SpecError : inputs that are all zero, where there are converters.
        """
        xp, dac = array_namespace(x), self.hardware.dac
        silent = not bool(x.any())
        if silent and (dac or self.hardware.adc):
            raise SpecError(
                "converter ranges cannot be set on inputs that are all zero, or on none; call "
                "calibrate with typical inputs first"
            )
        self.signed = bool(xp.min(x) < 0) if len(x) else False
        if silent:
            full = 1.0
        elif dac is None:
            full = float(xp.max(xp.abs(x)))
        else:
            how = dac.ranging, dac.percentile, dac.bits
            full = float(full_range(x, *how, signed=self.signed))
        self.full_scale = max(full, 1.0) if self.bias_rows else full

    def drives(self, x: Array, number: int | None = None) -> list[Drive]:
        """The phases of a read of inputs (n, in); with noise where its `number` is given."""
        xp, dac = array_namespace(x), self.hardware.dac
        if self.bias_rows:
            x = xp.concatenate([x, xp.ones((len(x), self.bias_rows), dtype=x.dtype)], axis=1)
        relative = x / x.dtype.type(self.full_scale)
        if dac is None:
            return [self._drive(Phase(levels=relative, weight=1.0, steps=1))]
        rng = None
        if dac.noise and number is not None:
            rng = (self.streams / "driven" / number).rng(xp)
        return [self._drive(phase, rng) for phase in dac.phases(relative, self.signed)]

    def _drive(self, phase: Phase, rng: Any = None) -> Drive:
        levels, dac, v_read = phase.levels, self.hardware.dac, self.hardware.v_read
        xp = array_namespace(levels)
        if self.polarity is not None:
            levels = levels * self.polarity.astype(levels.dtype)
        levels = self.partition.split_inputs(levels, xp)
        if self.rows is not None:
            levels = xp.take_along_axis(levels, self.rows[:, None], axis=2)
        if self._drivers is not None:
            z = None if rng is None else rng.standard_normal(levels.shape, dtype=levels.dtype)
            levels = self._drivers.drive(replace(phase, levels=levels), z)
        v = levels * v_read
        if dac is None or dac.coding != "pulse_width":
            return Drive(v=v, loud=v, weight=phase.weight)
        loud = xp.sign(levels) * xp.sqrt(dac.variance_weight(levels)) * v_read
        return Drive(v=v, loud=loud, weight=phase.weight)

    @once
    def _drivers(self) -> Drivers | None:
        dac = self.hardware.dac
        if dac is None or dac.exact:
            return None
        down, _, rows, _ = self.partition.shape
        return drivers(dac, (down, 1, rows), self.streams / "dac", self.xp)
