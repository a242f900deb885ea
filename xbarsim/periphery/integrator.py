"""Charge of a column, collected for the time of a read."""

from dataclasses import dataclass
from math import expm1, inf

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_within
from xbarsim.errors import SpecError


@dataclass(frozen=True, kw_only=True)
class Integrator:
    r"""A leaky integrator; full scale is the charge of a full-scale current without leak.

    .. math:: Q = (1 + \epsilon)\, I \tau (1 - e^{-t/\tau}) / t + \sigma z

    clipped at the output's swing. It is empty when a read begins.

    Parameters
    ----------
    leak : time constant tau, s; infinite for none.
    saturation : the largest output, over full scale; infinite for none.
    gain_error : relative, the same for all columns, 1.
    noise : standard deviation of each integration, over full scale, 1.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    The response of dQ/dt = I - Q/tau. Gain error and leak as those of a switched-capacitor
    integrator: Razavi, Principles of Data Conversion System Design, 1995, chapter 3. Sizes are the
    user's.
    """

    leak: float = inf
    saturation: float = inf
    gain_error: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        for name, unit in (("leak", " s"), ("saturation", "")):
            value = getattr(self, name)
            if not value > 0:
                raise SpecError(f"integrator.{name} is {value:g}{unit}; it must be above 0{unit}")
        check_within("integrator.gain_error", self.gain_error, -1.0, 1.0)
        check_within("integrator.noise", self.noise, 0.0, 1.0)

    def apply(self, signal: Array, t: float, z: Array | None = None) -> Array:
        """Charge over full scale after a constant `signal` (..., n) for `t` seconds; same shape.

        Parameters
        ----------
        signal : current over full scale, 1.
        t : s, above 0.
        z : standard normals of the signal's shape; None for no noise.
        """
        shrunk = t / self.leak
        share = -expm1(-shrunk) / shrunk if shrunk else 1.0
        charge = signal * (share * (1 + self.gain_error))
        if z is not None and self.noise:
            charge = charge + z.astype(signal.dtype, copy=False) * self.noise
        if self.saturation == inf:
            return charge
        return array_namespace(charge).clip(charge, -self.saturation, self.saturation)
