"""Converters as they were made: what each does to a signal, at an age."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log10
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_age, check_count
from xbarsim.errors import SpecError
from xbarsim.periphery import flash, ramp, sar, uniform
from xbarsim.periphery.adc import Adc
from xbarsim.periphery.draws import Draw, shared_draws
from xbarsim.periphery.line import line
from xbarsim.streams import Streams

_SPAN = 0.8  # of full scale: where references lie when gain and offset are measured; ours
_GOLDEN = (5**0.5 - 1) / 2


class KindOf(NamedTuple):
    """What a kind of converter is: its own errors, and codes from signals with them."""

    sample: Callable[[Adc, Draw], Array]
    codes: Callable[[Adc, Array, Array], Array]


KINDS = {
    "uniform": KindOf(uniform.sample, uniform.codes),
    "sar": KindOf(sar.sample, sar.codes),
    "ramp": KindOf(ramp.sample, ramp.codes),
    "flash": KindOf(flash.sample, flash.codes),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Converters:
    """Converters that `converters` sampled; shapes (..., n) broadcast with signals.

    Parameters
    ----------
    adc : what they are.
    offset0, gain0 : before any drift, steps and 1.
    offset_slope, gain_slope : what these move in a decade of time, steps and 1.
    errors : of the kind, see its module; None where its steps are even.
    t : age, s.
    correction : measured offset (steps) and gain that are taken out of the codes; None for none.
    """

    adc: Adc
    offset0: Array
    gain0: Array
    offset_slope: Array
    gain_slope: Array
    errors: Array | None
    t: float = 0.0
    correction: tuple[Array, Array] | None = None

    @property
    def offset(self) -> Array:
        """What is added to the signal before conversion at this age, (..., n) steps."""
        return self.offset0 + self.offset_slope * self._decades

    @property
    def gain(self) -> Array:
        """What the signal is multiplied by before, (..., n) 1."""
        return self.gain0 + self.gain_slope * self._decades

    @property
    def _decades(self) -> float:
        return log10(self.t) if self.t > 1.0 else 0.0

    @property
    def waits(self) -> Array:
        """How long each column's signal is held before its conversion begins, (n,) s."""
        xp = array_namespace(self.offset0)
        turn = xp.arange(self.offset0.shape[-1]) % self.adc.columns_per_adc
        return turn / self.adc.rate

    @property
    def noise(self) -> float:
        """Standard deviation of a conversion with the hold's thermal noise, at its input, steps."""
        held = self.adc.hold.noise * self.adc.steps if self.adc.hold else 0.0
        return float(np.hypot(self.adc.noise, held))

    def codes(self, signal: Array, z: Any = None) -> Array:
        """Whole steps of full scale that the converters give, before any correction.

        See `convert`.
        """
        adc, dtype = self.adc, signal.dtype
        if adc.hold is not None:
            signal = adc.hold.apply(signal, self.waits)
        steps = self._in_steps(signal)
        if z is not None and self.noise:
            steps = steps + self.noise * _normals(z, steps)
        if self.errors is None:
            return uniform.rounded(adc, steps)
        return KINDS[adc.kind].codes(adc, steps, self.errors.astype(dtype, copy=False))

    def convert(self, signal: Array, z: Any = None) -> Array:
        """`signal` (..., n) over full scale as the converters give it; same shape, 1.

        Parameters
        ----------
        signal : over full scale, 1; its last axis the columns.
        z : for noise: standard normals of the signal's shape, or a generator of them. None for no
            noise.

        Notes
        -----
        In order: the hold's pedestal and droop, gain and offset, noise (with it the hold's, as
        large as it was sampled), the kind's own errors, rounding and clipping, and the digital
        correction, which does no rounding.
        """
        codes = self.codes(signal, z)
        if self.correction is not None:
            offset, gain = (part.astype(signal.dtype, copy=False) for part in self.correction)
            codes = (codes - offset) / gain
        return codes / self.adc.steps

    def clipped(self, signal: Array) -> float:
        """Share of `signal` (..., n) that errs by more than rounding, as it exceeds the range."""
        xp = array_namespace(signal)
        if self.adc.hold is not None:
            signal = self.adc.hold.apply(signal, self.waits)
        return float(xp.mean(xp.abs(self._in_steps(signal)) > self.adc.steps + 0.5))

    def at_age(self, t: float) -> "Converters":
        """The same converters, `t` seconds old; a correction stays as it was.

        Raises
        ------
        SpecError : an age below 0 s or not finite.
        """
        check_age(t)
        return replace(self, t=t)

    def recalibrate(self, t: float, z: Any = None, reads: int = 64) -> "Converters":
        """The same at age `t`, with gain and offset measured then and taken out from then on.

        Each column converts `reads` exact references within 0.8 of full scale; the line of least
        squares through the codes is its gain and offset. The references follow the golden ratio,
        so that they meet the steps at all places and rounding averages out. It and noise leave
        about ``sqrt(1 / 12 + noise^2) / sqrt(reads)`` steps of offset. Where references lie is
        ours.

        Parameters
        ----------
        t : s.
        z : for noise: standard normals (reads, ..., n), or a generator. None for no noise.
        reads : from 2; many more than that for a good line.

        Raises
        ------
        SpecError : an age below 0 s, too few reads, a converter of one bit or one that is stuck.
        """
        check_count("reads", reads, 2, 1_000_000)
        if self.adc.bits == 1:
            raise SpecError("adc.bits is 1; a converter of signs has no gain to measure")
        aged = self.at_age(t)
        xp = array_namespace(self.offset0)
        given = _SPAN * (2 * (xp.arange(1, reads + 1) * _GOLDEN % 1.0) - 1)
        signal = given.reshape(-1, *(1,) * self.offset0.ndim) * xp.ones_like(self.offset0)
        codes = aged.codes(signal, z)
        offset, gain = line(given * self.adc.steps, codes)
        if not bool((gain > 0).all()):
            raise SpecError(
                f"{int((gain <= 0).sum())} converters give one code over their whole range at "
                f"{t:g} s; there is no line to correct"
            )
        return replace(aged, correction=(offset, gain))

    def _in_steps(self, signal: Array) -> Array:
        dtype = signal.dtype
        gain = self.gain.astype(dtype, copy=False) * self.adc.steps
        return signal * gain + self.offset.astype(dtype, copy=False)


def converters(
    adc: Adc, count: int | tuple[int, ...], streams: Streams, xp: ModuleType = np
) -> Converters:
    """Sample converters, float64, in library `xp`; age 0 s.

    Parameters
    ----------
    adc : what they are.
    count : how many columns; with axes before them for stacked arrays, to broadcast with signals.
    streams : ``offset``, ``gain``, ``offset_drift``, ``gain_drift`` and, by kind, ``inl``,
        ``capacitors``, ``comparator`` and ``ramp``, or ``comparators`` below it are used.
    """
    shape = (count,) if isinstance(count, int) else count
    draw = shared_draws(streams, shape, adc.columns_per_adc, xp)

    def spread(sigma: float, name: str) -> Array:
        return sigma * draw(name) if sigma else xp.zeros(shape)

    return Converters(
        adc=adc,
        offset0=spread(adc.offset_spread, "offset"),
        gain0=1 + spread(adc.gain_spread, "gain"),
        offset_slope=spread(adc.offset_drift, "offset_drift"),
        gain_slope=spread(adc.gain_drift, "gain_drift"),
        errors=KINDS[adc.kind].sample(adc, draw) if adc.uneven else None,
    )


def _normals(z: Any, like: Array) -> Array:
    """Standard normals as wide as `like`, from a generator or as they are given."""
    if hasattr(z, "standard_normal"):
        return z.standard_normal(like.shape, dtype=like.dtype)
    return z.astype(like.dtype, copy=False)
