"""Cells that no longer switch: alone, along lines, or in clusters."""

from statistics import NormalDist

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError


def stuck_at(g: Array, z: Array, *, low: float, high: float, window: tuple[float, float]) -> Array:
    r"""Conductances of an array of which some cells are stuck at an end of the window.

    .. math::
        G_\min \text{ where } z < \Phi^{-1}(p_\mathrm{low}), \qquad
        G_\max \text{ where } z > \Phi^{-1}(1 - p_\mathrm{high})

    The shape of `z` says what fails together: that of `g` for independent cells, (rows, 1) for
    whole word lines, (1, cols) for whole bit lines, and a field of `clustered` for clusters.

    Parameters
    ----------
    g : (..., rows, cols) S.
    z : standard normal; broadcasts with `g`.
    low, high : fractions of cells stuck at the lowest and at the highest conductance.
    window : lowest and highest conductance, S. A cell in its low-resistance state has the highest.

    Returns
    -------
    Shape of `g`, S.

    Raises
    ------
    SpecError : a fraction is outside 0 to 1, or both together exceed 1.

    References
    ----------
    Independent cells: Chen et al., "RRAM defect modeling and failure analysis based on march test
    and a novel squeeze-search scheme", IEEE Transactions on Computers 64, 180 (2015). Which of the
    two is called SA0 differs between papers; here each is named by its conductance.
    """
    if not (0 <= low <= 1 and 0 <= high <= 1 and low + high <= 1):
        raise SpecError(
            f"stuck fractions are low {low:g} and high {high:g}; each must be 0 to 1, and their "
            "sum at most 1"
        )
    xp = array_namespace(g, z)
    g = xp.where(z < _quantile(low), window[0], g)
    return xp.where(z > -_quantile(high), window[1], g)


def clustered(z: Array, length: float) -> Array:
    r"""A standard-normal field whose neighbours resemble each other.

    White noise is smoothed with a Gaussian kernel on a torus, so that cells at the distance d
    correlate as :math:`e^{-d^2/2L^2}`, where the array is much larger than L.

    Parameters
    ----------
    z : standard normal and independent, (..., rows, cols).
    length : L, in cells; 0 returns `z`.

    Returns
    -------
    Shape of `z`; each cell is standard normal.

    Raises
    ------
    SpecError : `length` is negative.
    """
    if length < 0:
        raise SpecError(f"length is {length:g} cells; it must be at least 0")
    if length == 0:
        return z
    xp = array_namespace(z)
    rows, cols = z.shape[-2:]
    y, x = (xp.minimum(xp.arange(n), n - xp.arange(n)) for n in (rows, cols))
    kernel = xp.exp(-(y[:, None] ** 2 + x**2) / length**2)
    kernel = kernel / xp.sqrt((kernel**2).sum())
    return xp.fft.irfft2(xp.fft.rfft2(z) * xp.fft.rfft2(kernel), s=(rows, cols))


def _quantile(p: float) -> float:
    """The z below which the fraction `p` lies."""
    if p in (0, 1):
        return float("inf") if p else -float("inf")
    return NormalDist().inv_cdf(p)
