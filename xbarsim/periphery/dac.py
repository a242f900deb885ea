"""Digital-to-analogue converters at the word lines."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.periphery.calibration import check_converter


@dataclass(frozen=True, kw_only=True)
class Dac:
    """A uniform converter that sets word-line amplitudes.

    Parameters
    ----------
    bits : resolution. Inputs that are never negative use 2^bits - 1 steps from zero to full scale;
        signed inputs 2^(bits-1) - 1 steps on either side (with one bit: the sign).
    percentile : share of the calibration inputs that full scale must hold, per cent.

    Raises
    ------
    SpecError : a setting is out of range.
    """

    bits: int = 8
    percentile: float = 100.0

    def __post_init__(self) -> None:
        check_converter("dac", self.bits, self.percentile)

    def steps(self, signed: bool) -> int:
        """Steps from zero to full scale."""
        return max((1 << (self.bits - 1)) - 1, 1) if signed else (1 << self.bits) - 1

    def convert(self, x: Array, signed: bool) -> Array:
        """`x` over full scale, clipped and rounded to the converter's levels; same shape, 1."""
        xp = array_namespace(x)
        steps = self.steps(signed)
        return xp.rint(xp.clip(x, -1.0 if signed else 0.0, 1.0) * steps) / steps
