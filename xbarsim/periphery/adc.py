"""Analogue-to-digital converters at the bit lines."""

from dataclasses import dataclass
from typing import Literal, get_args

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_above_zero, check_count, check_one_of, check_within
from xbarsim.errors import SpecError
from xbarsim.periphery.calibration import Per, Ranging
from xbarsim.periphery.checks import check_converter
from xbarsim.periphery.sample_hold import SampleHold

Kind = Literal["uniform", "sar", "ramp", "flash"]

_ONLY = {
    "inl": ("uniform",),
    "capacitor_spread": ("sar",),
    "ramp_curvature": ("ramp",),
    "ramp_spread": ("ramp",),
    "comparator_offset": ("ramp", "flash"),
}
_BITS = {"uniform": (1, 16), "sar": (2, 16), "ramp": (2, 16), "flash": (2, 10)}


@dataclass(frozen=True, kw_only=True)
class Adc:
    """A mid-tread converter of signed currents.

    Parameters
    ----------
    bits : resolution; 2^(bits-1) - 1 steps on either side of zero (with one bit: the sign).
        `flash` takes 2 to 10 bits, `sar` and `ramp` from 2.
    percentile : share of the calibration currents that full scale must hold, per cent.
    rate : conversions per second.
    kind : how it converts, and so how it errs: ``uniform``, ``sar``, ``ramp``, ``flash``; see the
        modules of these names. Without errors all give the same.
    ranging, range_per : how full scale is found, and of what; see `xbarsim.periphery.full_range`.
        ``learned`` is what `xbarsim.Network.calibrate` finds: the ranges of ``mse``, those of each
        matrix times a common factor with which the network's outputs differ least from software's.
        A tile alone has those of ``mse``.
    offset_spread, gain_spread : standard deviation over converters, in steps and 1.
    noise : standard deviation of each conversion, referred to the input, in steps.
    inl : `uniform`: peak deviation of each converter from the line through its ends, in steps.
    capacitor_spread : `sar`: relative standard deviation of the unit capacitor.
    ramp_curvature : `ramp`: how far its middle lies from the straight line, over full scale.
    ramp_spread : `ramp`: relative standard deviation of the slope from array to array.
    comparator_offset : `ramp`, `flash`: standard deviation over comparators, in steps.
    offset_drift, gain_drift : standard deviation over converters of what offset (steps) and gain
        (1) move in each decade of time after 1 s. The logarithm is ours.
    columns_per_adc : neighbouring columns that share a converter, which converts them one after
        the other; see `hold`.
    hold : what holds a column's signal until its turn; None holds it exactly.

    Raises
    ------
    SpecError : a setting is out of range, or says nothing of this kind of converter.

    Notes
    -----
    Sizes of errors are the user's to give; all are 0 unless given. Independent normal errors of
    nominally equal circuits: Pelgrom et al., IEEE J. Solid-State Circuits 24, 1433 (1989).
    Ideal quantisation, resolution against rate: Walden, IEEE J. Sel. Areas Commun. 17, 539 (1999).
    """

    bits: int = 8
    percentile: float = 99.9
    rate: float = 100e6
    kind: Kind = "uniform"
    ranging: Ranging = "percentile"
    range_per: Per = "layer"
    offset_spread: float = 0.0
    gain_spread: float = 0.0
    noise: float = 0.0
    inl: float = 0.0
    capacitor_spread: float = 0.0
    ramp_curvature: float = 0.0
    ramp_spread: float = 0.0
    comparator_offset: float = 0.0
    offset_drift: float = 0.0
    gain_drift: float = 0.0
    columns_per_adc: int = 1
    hold: SampleHold | None = None

    def __post_init__(self) -> None:
        check_converter("adc", self.bits, self.percentile)
        check_above_zero("adc.rate", self.rate, "Hz")
        check_one_of("adc.kind", self.kind, get_args(Kind))
        check_one_of("adc.ranging", self.ranging, get_args(Ranging))
        check_one_of("adc.range_per", self.range_per, get_args(Per))
        check_count("adc.columns_per_adc", self.columns_per_adc, 1, 1_000_000)
        self._check_errors()

    def _check_errors(self) -> None:
        low, high = _BITS[self.kind]
        if not low <= self.bits <= high:
            raise SpecError(
                f"adc.bits is {self.bits}; with adc.kind {self.kind!r} it must lie from {low} to "
                f"{high}"
            )
        for name in ("offset_spread", "noise", "inl", "comparator_offset", "offset_drift"):
            check_within(f"adc.{name}", getattr(self, name), 0.0, float(1 << self.bits), "steps")
        for name in ("gain_spread", "capacitor_spread", "ramp_spread", "gain_drift"):
            check_within(f"adc.{name}", getattr(self, name), 0.0, 0.5)
        check_within("adc.ramp_curvature", self.ramp_curvature, -0.25, 0.25)
        for name, kinds in _ONLY.items():
            if getattr(self, name) and self.kind not in kinds:
                raise SpecError(
                    f"adc.{name} says nothing with adc.kind {self.kind!r}, only with "
                    f"{' and '.join(kinds)}"
                )

    @property
    def uneven(self) -> bool:
        """Whether its kind's own errors make the steps uneven."""
        return any(getattr(self, name) for name in _ONLY)

    @property
    def steps(self) -> int:
        """Steps from zero to full scale."""
        return max((1 << (self.bits - 1)) - 1, 1)

    def convert(self, i: Array) -> Array:
        """`i` over full scale, clipped and rounded to the converter's levels; same shape, 1.

        That is what each kind of converter does without errors; `Converters` have them.
        """
        xp = array_namespace(i)
        if self.bits == 1:
            return xp.where(i < 0, -1.0, 1.0).astype(i.dtype)
        return xp.rint(xp.clip(i, -1.0, 1.0) * self.steps) / self.steps
