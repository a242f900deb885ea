"""Digital-to-analogue converters at the word lines."""

from dataclasses import dataclass
from typing import Literal, get_args

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_count, check_one_of, check_within
from xbarsim.errors import SpecError
from xbarsim.periphery.checks import check_converter

Coding = Literal["amplitude", "pulse_width", "bit_serial"]
Ranging = Literal["percentile", "mse"]  # what an input loses alone says; nothing is learned


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One drive of the word lines; what the columns answer is taken `weight` times and summed.

    ``digital`` sums convert the answer to each phase and add up codes, each with rounding and noise
    of its own; ``analog`` ones add the answers, weighted and without loss, and the sum is
    integrated for the time of one read and converted once (`xbarsim.Hardware.phase_sums`).

    Parameters
    ----------
    levels : (..., rows) over the full-scale read, 1.
    weight : 1.
    steps : from zero to full scale of the levels.
    """

    levels: Array
    weight: float
    steps: int


@dataclass(frozen=True, kw_only=True)
class Dac:
    """A uniform converter of inputs into word-line drive.

    Parameters
    ----------
    bits : resolution. Inputs that are never negative use 2^bits - 1 steps from zero to full scale;
        signed inputs 2^(bits-1) - 1 steps on either side (with one bit: one, as with two).
    percentile : share of the calibration inputs that full scale must hold, per cent.
    coding : what carries the value. ``amplitude``: the voltage. ``pulse_width``: the time for
        which the full read voltage, with the input's sign, stays on within a read.
        ``bit_serial``: slices of the digits, one read after the other, least significant first.
    slice_bits : digits in a slice of ``bit_serial``. Sign and magnitude: each slice carries the
        input's sign, so that single bits drive -1, 0 or 1.
    ranging : how full scale is found, ``percentile`` or ``mse``; see
        `xbarsim.periphery.full_range`.
    offset_spread, gain_spread : standard deviation over rows of the level at zero, over full
        scale, and of the slope, 1. With ``pulse_width`` the offset is of the on-time, and a row
        that is not driven has none.
    inl : peak deviation from the straight line in each row, in steps of the level (with
        ``bit_serial``: of a slice's), odd in the level; its shape is `xbarsim.periphery.bow`'s.
    noise : standard deviation of each level in each read, over full scale; with ``pulse_width``
        jitter of the on-time of rows that are driven.

    Raises
    ------
    SpecError : a setting is out of range, or says nothing in this coding.

    Notes
    -----
    Sizes of errors are the user's to give; all are 0 unless given. Independent normal errors of
    nominally equal circuits: Pelgrom et al., IEEE J. Solid-State Circuits 24, 1433 (1989).
    """

    bits: int = 8
    percentile: float = 100.0
    coding: Coding = "amplitude"
    slice_bits: int = 1
    ranging: Ranging = "percentile"
    offset_spread: float = 0.0
    gain_spread: float = 0.0
    inl: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        check_converter("dac", self.bits, self.percentile)
        check_one_of("dac.coding", self.coding, get_args(Coding))
        check_one_of("dac.ranging", self.ranging, get_args(Ranging))
        check_count("dac.slice_bits", self.slice_bits, 1, self.bits)
        if self.slice_bits != 1 and self.coding != "bit_serial":
            raise SpecError(f"dac.slice_bits says nothing with dac.coding {self.coding!r}")
        for name in ("offset_spread", "gain_spread", "noise"):
            check_within(f"dac.{name}", getattr(self, name), 0.0, 1.0)
        check_within("dac.inl", self.inl, 0.0, float(2**self.bits), "steps")

    @property
    def exact(self) -> bool:
        """Whether levels are driven without any error."""
        return not (self.offset_spread or self.gain_spread or self.inl or self.noise)

    def steps(self, signed: bool) -> int:
        """Steps from zero to full scale."""
        return max((1 << (self.bits - 1)) - 1, 1) if signed else (1 << self.bits) - 1

    def convert(self, x: Array, signed: bool) -> Array:
        """`x` over full scale, clipped and rounded to the converter's levels; same shape, 1."""
        xp = array_namespace(x)
        steps = self.steps(signed)
        return xp.rint(xp.clip(x, -1.0 if signed else 0.0, 1.0) * steps) / steps

    def phases(self, x: Array, signed: bool) -> tuple[Phase, ...]:
        """The drives that carry `x` over full scale (..., rows).

        ``sum(p.weight * p.levels for p in phases)`` is `convert`'s result, to rounding.
        """
        if self.coding != "bit_serial":
            levels = self.convert(x, signed)
            return (Phase(levels=levels, weight=1.0, steps=self.steps(signed)),)
        return self._slices(x, signed)

    def _slices(self, x: Array, signed: bool) -> tuple[Phase, ...]:
        xp = array_namespace(x)
        steps = self.steps(signed)
        code = xp.rint(xp.clip(x, -1.0 if signed else 0.0, 1.0) * steps)
        sign, rest, phases = xp.sign(code), xp.abs(code), []
        digits = steps.bit_length()
        for place in range(0, digits, self.slice_bits):
            base = 1 << min(self.slice_bits, digits - place)
            digit = rest % base
            rest = (rest - digit) / base
            weight = ((base - 1) << place) / steps
            phases.append(Phase(levels=sign * digit / (base - 1), weight=weight, steps=base - 1))
        return tuple(phases)
