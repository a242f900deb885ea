"""Heat that cells give to their neighbours."""

from math import expm1

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError

ROOM = 298.15  #: taken for the temperature of a publication that gives none (assumed), K


def crosstalk_kernel(r_thermal: float, coupling: float, reach: int) -> Array:
    r"""Thermal resistance between a cell and those about it, (2 reach + 1, 2 reach + 1) K/W.

    .. math:: R_{ij} = \alpha^{d_{ij}}\,R_\mathrm{th}

    with the distance d in cells, so that :math:`\alpha` couples the next neighbours. A kernel from
    a finite-element solution takes its place where there is one.

    Parameters
    ----------
    r_thermal : of a cell to its surroundings, K/W.
    coupling : alpha, 0 to below 1.
    reach : cells beyond which no heat arrives.

    Raises
    ------
    SpecError : a parameter is out of range.

    References
    ----------
    The matrix form: Staudigl et al., "NeuroHammer: inducing bit-flips in memristive crossbar
    memories", DATE (2022). The power of the distance is ours.
    """
    if r_thermal < 0 or not 0 <= coupling < 1 or reach < 0:
        raise SpecError(
            f"r_thermal is {r_thermal:g} K/W, coupling {coupling:g} and reach {reach}; they must "
            "be at least 0, and coupling below 1"
        )
    at = np.arange(-reach, reach + 1)
    return r_thermal * coupling ** np.hypot(at[:, None], at)


def temperature_rise(power: Array, kernel: Array) -> Array:
    r"""Rise of the temperature in every cell, shape of `power`, K.

    .. math:: \Delta T_i = \sum_j R_{ij} P_j

    Parameters
    ----------
    power : in the cells, (..., rows, cols) W.
    kernel : thermal resistance by the distance between two cells, its own cell in the middle, of
        odd sides; K/W. Beyond it and beyond the array nothing is heated.

    Raises
    ------
    SpecError : the kernel has no middle.
    """
    if kernel.ndim != 2 or not all(n % 2 for n in kernel.shape):
        raise SpecError(f"the kernel is {kernel.shape}; it must have two odd sides")
    xp = array_namespace(power)
    rows, cols = power.shape[-2:]
    rise = xp.zeros_like(power)
    down, right = (n // 2 for n in kernel.shape)
    for a in range(-min(down, rows - 1), min(down, rows - 1) + 1):
        for b in range(-min(right, cols - 1), min(right, cols - 1) + 1):
            weight = float(kernel[down + a, right + b])
            if weight:
                to, source = _shifted(a, rows), _shifted(-a, rows)
                across, origin = _shifted(b, cols), _shifted(-b, cols)
                rise[..., to, across] += weight * power[..., source, origin]
    return rise


def warmed(rise: Array, steady: Array, dt: float, tau: float) -> Array:
    r"""Rise of the temperature `dt` seconds later under constant power; shape of `rise`, K.

    .. math:: \Delta T(t + \Delta t) = \Delta T_\infty + (\Delta T - \Delta T_\infty)\,
        e^{-\Delta t/\tau}

    Parameters
    ----------
    rise : now, K.
    steady : where it settles, from `temperature_rise`, K.
    dt, tau : the step and the thermal time constant, s.

    Raises
    ------
    SpecError : `dt` is negative or `tau` is not above 0.
    """
    if dt < 0 or tau <= 0:
        raise SpecError(f"dt is {dt:g} s and tau {tau:g} s; dt must be at least 0, tau above 0")
    return rise - (steady - rise) * expm1(-dt / tau)


def _shifted(offset: int, n: int) -> slice:
    """The part of `n` places that is left when all are moved by `offset`."""
    return slice(max(offset, 0), n + min(offset, 0))
