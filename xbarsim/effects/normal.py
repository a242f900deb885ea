"""Uniform numbers from standard-normal ones."""

from xbarsim.backend import Array, array_namespace


def normal_cdf(z: Array) -> Array:
    """Probability of a standard-normal number below `z`; shape of `z`. Uniform if `z` is normal."""
    if array_namespace(z).__name__ == "cupy":
        from cupyx.scipy.special import ndtr
    else:
        from scipy.special import ndtr
    return ndtr(z)


def log_normal_sf(z: Array) -> Array:
    """Logarithm of the probability of a standard-normal number above `z`; shape of `z`."""
    if array_namespace(z).__name__ == "cupy":
        from cupyx.scipy.special import log_ndtr
    else:
        from scipy.special import log_ndtr
    return log_ndtr(-z)
