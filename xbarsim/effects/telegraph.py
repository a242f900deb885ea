"""Random telegraph noise: a trap that captures and emits, and sums of traps that make 1/f noise."""

from math import pi

from xbarsim.backend import Array, array_namespace
from xbarsim.effects.normal import normal_cdf
from xbarsim.errors import SpecError


def occupancy(tau_capture: Array, tau_emission: Array) -> Array:
    """Fraction of time that a trap is occupied, 1.

    Parameters
    ----------
    tau_capture : mean time that an empty trap waits, s.
    tau_emission : mean time that an occupied trap waits, s.
    """
    return tau_emission / (tau_capture + tau_emission)


def next_state(
    occupied: Array, dt: float, tau_capture: Array, tau_emission: Array, z: Array
) -> Array:
    r"""Whether traps are occupied `dt` seconds later, exactly for any `dt`.

    .. math:: P = p + (s - p)\,e^{-\Delta t(1/\tau_c + 1/\tau_e)}

    Parameters
    ----------
    occupied : now; shape of `z`.
    dt : s.
    tau_capture, tau_emission : as in `occupancy`; broadcast with `z`.
    z : standard normal.

    Raises
    ------
    SpecError : `dt` is negative.
    """
    if dt < 0:
        raise SpecError(f"dt is {dt:g} s; it must be at least 0 s")
    xp = array_namespace(z)
    p = occupancy(tau_capture, tau_emission)
    left = xp.exp(xp.asarray(-dt * (1 / tau_capture + 1 / tau_emission)))
    return normal_cdf(z) < p + (occupied - p) * left


def telegraph(z: Array, dt: float, tau_capture: Array, tau_emission: Array) -> Array:
    """Whether traps are occupied at times 0, dt, 2 dt, ..., from equilibrium; shape of `z`.

    Parameters
    ----------
    z : standard normal, (times, ...).
    dt : s.
    tau_capture, tau_emission : as in `occupancy`; broadcast with one time of `z`.
    """
    xp = array_namespace(z)
    states = xp.empty(z.shape, dtype=bool)
    states[0] = normal_cdf(z[0]) < occupancy(tau_capture, tau_emission)
    states[1:] = following(states[0], z[1:], dt, tau_capture, tau_emission)
    return states


def following(
    occupied: Array, z: Array, dt: float, tau_capture: Array, tau_emission: Array
) -> Array:
    """Whether traps are occupied dt, 2 dt, ... after they were `occupied`; shape of `z`.

    Parameters
    ----------
    occupied : now; shape of one time of `z`.
    z, dt, tau_capture, tau_emission : as in `telegraph`.
    """
    states = array_namespace(z).empty(z.shape, dtype=bool)
    for k in range(len(z)):
        occupied = next_state(occupied, dt, tau_capture, tau_emission, z[k])
        states[k] = occupied
    return states


def telegraph_density(f: Array, amplitude: Array, tau_capture: Array, tau_emission: Array) -> Array:
    r"""One-sided spectral density of one trap at the frequency `f` (Hz), S^2/Hz.

    .. math:: S = \frac{4\,\Delta G^2}{(\tau_c + \tau_e)\,
        [(1/\tau_c + 1/\tau_e)^2 + (2\pi f)^2]}

    Parameters
    ----------
    amplitude : change of the conductance when the trap is occupied, S.

    References
    ----------
    Machlup, "Noise in semiconductors: spectrum of a two-parameter random signal", J. Appl. Phys.
    25, 341 (1954).
    """
    rate = 1 / tau_capture + 1 / tau_emission
    return 4 * amplitude**2 / ((tau_capture + tau_emission) * (rate**2 + (2 * pi * f) ** 2))


def spread_times(z: Array, low: float, high: float) -> Array:
    """Time constants that are uniform in their logarithm, shape of `z`, s.

    Many traps with such times, each with `tau_capture` = `tau_emission`, make 1/f noise between
    the frequencies 1/(pi `high`) and 1/(pi `low`).

    Parameters
    ----------
    z : standard normal.
    low, high : s.

    Raises
    ------
    SpecError : not 0 < `low` <= `high`.
    """
    if not 0 < low <= high:
        raise SpecError(f"times run from {low:g} s to {high:g} s; they must rise from above 0 s")
    return low * (high / low) ** normal_cdf(z)


def lognormal_amplitude(g: Array, z: Array, relative: float, spread: float) -> Array:
    """Change of the conductances `g` (S) by a trap: lognormal about `relative` of them, S.

    Parameters
    ----------
    relative : median of the change over the conductance, 1; held at 1, where nothing is left.
    spread : standard deviation of its logarithm, 1.
    """
    xp = array_namespace(g)
    return g * xp.minimum(relative * xp.exp(spread * z), 1.0)


def relative_amplitude(r: Array, reference: float, relative: float) -> Array:
    """Median change over the conductance for cells of the resistance `r` (ohm), shape of `r`.

    It grows with the resistance, `relative` at `reference` ohm, and saturates at 1 in the
    high-resistance state.

    References
    ----------
    The shape, recalled: Ambrogio et al., "Statistical fluctuations in HfOx resistive-switching
    memory: part II, random telegraph noise", IEEE Trans. Electron Devices 61, 2920 (2014).
    """
    xp = array_namespace(r)
    return xp.minimum(relative * r / reference, 1.0)
