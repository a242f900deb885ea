"""A sampled signal waits for its conversion."""

from dataclasses import dataclass
from math import sqrt

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_above_zero, check_within
from xbarsim.constants import BOLTZMANN


@dataclass(frozen=True, kw_only=True)
class SampleHold:
    r"""A capacitor that is charged to the signal and then disconnected.

    .. math:: V(t) = (V + \mathrm{pedestal})\, e^{-\mathrm{droop}\, t} + \sigma z, \quad
        \sigma = \sqrt{kT/C} / V_\mathrm{fs}

    Thermal noise is taken as large after the wait as it was when it was sampled. `Converters` draw
    it together with their own.

    Parameters
    ----------
    droop : share of what is held that is lost per second, 1/s: leakage through a resistance. A
        constant leakage current is taken to cancel between the two sides of a differential hold.
    pedestal : charge that the opening switch leaves, over full scale, 1.
    capacitance : F; None for no thermal noise.
    v_full_scale : full scale at the capacitor, V.
    temperature : K.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    Droop and pedestal: Kester, The Data Conversion Handbook, 2005, chapter 7. Thermal noise:
    Razavi, Principles of Data Conversion System Design, 1995, chapter 2. Sizes are the user's.
    """

    droop: float = 0.0
    pedestal: float = 0.0
    capacitance: float | None = None
    v_full_scale: float = 1.0
    temperature: float = 300.0

    def __post_init__(self) -> None:
        check_within("hold.droop", self.droop, 0.0, 1e12, "1/s")
        check_within("hold.pedestal", self.pedestal, -1.0, 1.0)
        check_above_zero("hold.v_full_scale", self.v_full_scale, "V")
        check_above_zero("hold.temperature", self.temperature, "K")
        if self.capacitance is not None:
            check_above_zero("hold.capacitance", self.capacitance, "F")

    @property
    def noise(self) -> float:
        """Standard deviation of what is sampled, over full scale, 1."""
        if self.capacitance is None:
            return 0.0
        return sqrt(BOLTZMANN * self.temperature / self.capacitance) / self.v_full_scale

    def apply(self, signal: Array, t: float | Array) -> Array:
        """What is left of `signal` (..., n) over full scale after `t` seconds, a number or (n,).

        Without thermal noise, see `noise`.
        """
        xp = array_namespace(signal)
        left = xp.exp(-self.droop * xp.asarray(t, dtype=signal.dtype))
        return (signal + self.pedestal) * left
