"""Signals of arrays to digital outputs."""

from typing import Any

from xbarsim.backend import Array, array_namespace
from xbarsim.hardware import Hardware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.periphery import Converters, converters, full_range
from xbarsim.streams import Streams

Signals = list[tuple[float, Array]]  # of each phase: how often it counts, (down, across, n, k) A


class Outputs:
    """Integrators and analogue-to-digital converters of a tile, and the sums behind them.

    Parameters
    ----------
    hardware : what they are.
    partition : which columns make which output.
    streams : of the tile.
    like : an array of the library that its arrays live in.

    Notes
    -----
    `full_scale` is that of the converters, A: one number, or (down, across, 1, signals).
    """

    def __init__(
        self, hardware: Hardware, partition: Partition, streams: Streams, like: Array
    ) -> None:
        self.like = like
        self.hardware = hardware
        self.partition = partition
        self.streams = streams
        self.full_scale: Array = 1.0

    def calibrate(self, phases: Signals) -> None:
        """Set the range on signals without noise, as they are before integrators.

        Without converters the full scale of integrators is the largest signal.
        """
        adc = self.hardware.adc
        given = [signal for _, signal in self._summed(phases)]
        xp = array_namespace(given[0])
        every = xp.concatenate(given, axis=2)
        there = xp.broadcast_to(self.there, (*every.shape[:2], 1, every.shape[3]))[:, :, 0]
        columns = xp.moveaxis(every, 2, 0)[:, there]
        if adc is None:
            self.full_scale = float(xp.max(xp.abs(columns))) or 1.0
            return
        full = full_range(columns, adc.ranging, adc.percentile, adc.bits, per=adc.range_per)
        if adc.range_per == "layer":
            self.full_scale = float(full)
        else:
            self.full_scale = xp.ones((*there.shape[:2], 1, there.shape[2]), dtype=full.dtype)
            self.full_scale[:, :, 0][there] = full

    @once
    def there(self) -> Array:
        """Which signals stand for an output, (down, across, 1, signals)."""
        part = self.partition
        found = part.column_outputs < part.outputs
        if self.hardware.partial_sums == "analog":
            found = found[:: part.down]
        return array_namespace(self.like).asarray(
            found.repeat(part.encoding.slices, axis=-1)[:, :, None]
        )

    def convert(self, phases: Signals, number: int, factor: Array | float = 1.0) -> Array:
        """Outputs (n, outputs) in A of a whole window, for signals of each phase.

        Parameters
        ----------
        number : of the read, from which noise follows.
        factor : what converted signals are multiplied by, against drift.
        """
        total: Any = 0.0
        for phase, (weight, signal) in enumerate(self._analog(phases, number)):
            part = self._converted(signal, number, phase)
            total = total + (part if weight == 1 else part * signal.dtype.type(weight))
        xp = array_namespace(total)
        if not isinstance(factor, float) or factor != 1.0:
            total = total * xp.asarray(factor, dtype=total.dtype)
        y = self.partition.encoding.combine(total)
        if self.hardware.partial_sums == "analog":
            return self.partition.join_sums(y, xp)
        return self.partition.join_outputs(y, xp)

    def clipping(self, phases: Signals) -> float:
        """Share of conversions that exceed the range; 0 without converters."""
        if self.hardware.adc is None:
            return 0.0
        there = self.there
        shares = [
            self.converters.clipped(there * (signal / self._full(signal)))
            for _, signal in self._analog(phases)
        ]
        return sum(shares) / len(shares) / float(there.mean())

    def conversions(self, phases: int) -> int:
        """Conversions of one input vector."""
        hardware, part = self.hardware, self.partition
        each = part.outputs * part.encoding.slices
        down = 1 if hardware.partial_sums == "analog" else part.down
        return each * down * (1 if hardware.phase_sums == "analog" else phases)

    @once
    def converters(self) -> Converters:
        """Converters of all arrays, (down, across, 1, signals)."""
        assert self.hardware.adc is not None
        part = self.partition
        down = part.stack if self.hardware.partial_sums == "analog" else part.shape[0]
        shape = down, part.across, 1, part.signals
        return converters(
            self.hardware.adc, shape, self.streams / "adc", array_namespace(self.like)
        )

    def age(self, t: float) -> None:
        """Let converters be `t` seconds old."""
        if self.hardware.adc is not None:
            self.converters = self.converters.at_age(t)

    def recalibrate(self, t: float, number: int) -> None:
        """Measure converters at the age `t` (s) and correct them from now on."""
        if self.hardware.adc is not None:
            rng = (self.streams / "recalibrated" / number).rng()
            self.converters = self.converters.recalibrate(t, rng)

    def _analog(self, phases: Signals, number: int | None = None) -> Signals:
        """What converters are given: sums that are analogue, integrated."""
        phases = self._summed(phases)
        if self.hardware.integrator is None:
            return phases
        return [(w, self._integrated(s, k, number)) for k, (w, s) in enumerate(phases)]

    def _summed(self, phases: Signals) -> Signals:
        """Sums that are analogue."""
        if self.hardware.phase_sums == "analog" and len(phases) > 1:
            phases = [(1.0, sum(signal * signal.dtype.type(w) for w, signal in phases))]
        if self.hardware.partial_sums == "analog":
            phases = [(w, self.partition.sums(s)) for w, s in phases]
        return phases

    def _integrated(self, signal: Array, phase: int, number: int | None) -> Array:
        integrator = self.hardware.integrator
        assert integrator is not None
        z = None
        if integrator.noise and number is not None:
            rng = (self.streams / "integrated" / number / phase).rng(array_namespace(signal))
            z = rng.standard_normal(signal.shape, dtype=signal.dtype)
        full = self._full(signal)
        return integrator.apply(signal / full, self.hardware.t_read, z) * full

    def _converted(self, signal: Array, number: int, phase: int) -> Array:
        adc = self.hardware.adc
        if adc is None:
            return signal
        xp, full = array_namespace(signal), self._full(signal)
        rng = None
        if self.converters.noise:
            rng = (self.streams / "converted" / number / phase).rng(xp)
        return self.converters.convert(signal / full, rng) * full

    def _full(self, signal: Array) -> Array:
        return array_namespace(signal).asarray(self.full_scale, dtype=signal.dtype)
