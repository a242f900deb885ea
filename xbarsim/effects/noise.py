"""Noise of a current through a conductance: thermal, shot and 1/f."""

from math import log, sqrt

from xbarsim.backend import Array, array_namespace
from xbarsim.constants import BOLTZMANN, CHARGE
from xbarsim.errors import SpecError


def thermal_shot_spread(g: Array, v: Array, bandwidth: float, temperature: float = 300.0) -> Array:
    r"""Standard deviation of the current by thermal and shot noise; shape of `g` and `v`, A.

    .. math:: \sigma_I^2 = 4 k T G B + 2 q |G v| B

    Parameters
    ----------
    g : S.
    v : V.
    bandwidth : B, Hz.
    temperature : K.

    References
    ----------
    Hennen et al., "Synaptogen: a cross-domain generative device model for large-scale neuromorphic
    circuit design", IEEE Trans. Electron Devices (2024), adds the two in this way.
    """
    xp = array_namespace(g, v)
    thermal = 4 * BOLTZMANN * temperature * g
    return xp.sqrt(bandwidth * (thermal + 2 * CHARGE * xp.abs(g * v)))


def flicker_spread(amplitude: float, f_low: float, f_high: float) -> float:
    r"""Standard deviation of a 1/f noise in a band, over the conductance: 1.

    .. math:: \sigma/G = \sqrt{A\ln(f_\mathrm{high}/f_\mathrm{low})}
        \quad\text{for}\quad S_G/G^2 = A/f

    Parameters
    ----------
    amplitude : A, 1.
    f_low, f_high : the reciprocal of the time since the cell was last set, and of that of a read,
        Hz.

    Raises
    ------
    SpecError : not 0 < `f_low` <= `f_high`.
    """
    if not 0 < f_low <= f_high:
        raise SpecError(f"the band is {f_low:g} Hz to {f_high:g} Hz; it must rise from above 0 Hz")
    return sqrt(amplitude * log(f_high / f_low))


def flicker(z: Array, dt: float, amplitude: float) -> Array:
    """A 1/f noise at times 0, dt, 2 dt, ...: relative change of the conductance, shape of `z`.

    The one-sided spectral density is `amplitude` / f from 1/(n dt) to 1/(2 dt), where n is the
    number of times, and the mean over the times is 0.

    Parameters
    ----------
    z : standard normal, (times, ...).
    dt : s.
    amplitude : 1.

    Raises
    ------
    SpecError : `dt` is not above 0.
    """
    if dt <= 0:
        raise SpecError(f"dt is {dt:g} s; it must be above 0 s")
    xp = array_namespace(z)
    n = len(z)
    f = xp.fft.rfftfreq(n, dt).reshape(-1, *[1] * (z.ndim - 1))
    gain = xp.where(f > 0, xp.sqrt(amplitude / (2 * dt * xp.where(f > 0, f, 1.0))), 0.0)
    return xp.fft.irfft(gain * xp.fft.rfft(z, axis=0), n, axis=0)
