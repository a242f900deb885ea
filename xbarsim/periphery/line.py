"""The straight line of least squares."""

from xbarsim.backend import Array


def line(x: Array, y: Array) -> tuple[Array, Array]:
    """Offset and slope (...) of the line through points at `x` (points,), `y` (points, ...)."""
    x = x.reshape(-1, *(1,) * (y.ndim - 1))
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    slope = ((x - x_mean) * (y - y_mean)).sum(axis=0) / ((x - x_mean) ** 2).sum(axis=0)
    return y_mean - slope * x_mean, slope
