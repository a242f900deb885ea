"""Analogue-to-digital converters at the bit lines."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.periphery.calibration import check_converter


@dataclass(frozen=True, kw_only=True)
class Adc:
    """A uniform mid-tread converter of signed currents.

    Parameters
    ----------
    bits : resolution; 2^(bits-1) - 1 steps on either side of zero (with one bit: the sign).
    percentile : share of the calibration currents that full scale must hold, per cent.
    rate : conversions per second; energy depends on it, the signal does not.

    Raises
    ------
    SpecError : a setting is out of range.
    """

    bits: int = 8
    percentile: float = 99.9
    rate: float = 100e6

    def __post_init__(self) -> None:
        check_converter("adc", self.bits, self.percentile)
        if not self.rate > 0:
            raise SpecError(f"adc.rate is {self.rate:g} Hz; it must be above 0 Hz")

    @property
    def steps(self) -> int:
        """Steps from zero to full scale."""
        return max((1 << (self.bits - 1)) - 1, 1)

    def convert(self, i: Array) -> Array:
        """`i` over full scale, clipped and rounded to the converter's levels; same shape, 1."""
        xp = array_namespace(i)
        if self.bits == 1:
            return xp.where(i < 0, -1.0, 1.0)
        return xp.rint(xp.clip(i, -1.0, 1.0) * self.steps) / self.steps
