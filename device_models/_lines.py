"""Means over a straight line of voltage, for laws that have an exact flow along one."""

from importlib import import_module
from types import ModuleType

import numpy as np

from xbarsim.backend import Array, array_namespace

_WHOLE = 1.0 - 2.0**-53  # of a line, so that its logarithm stays finite
_TINY = 1e-200
_STEPS = (2, 8)  # of the series for larger changes
_NEAR = 0.12  # change for which the series holds to 4e-9
_LEAST = 1e-300  # a distance whose logarithm is finite


def mean_power(a: Array, b: Array, power: Array, xp: ModuleType) -> Array:
    r"""Mean of :math:`\max(u, 0)^p` while u goes from `a` to `b`; p at least 0."""
    top, span = xp.maximum(xp.maximum(a, b), 0.0), abs(b - a)
    bottom = xp.maximum(xp.minimum(a, b), 0.0)
    some = xp.where(top > 0, top, 1.0)
    part = xp.where(top > 0, xp.minimum((top - bottom) / some, _WHOLE), 0.0)
    level = xp.where(part > 0, part, 1.0)
    shape = -xp.expm1((power + 1.0) * xp.log1p(-part)) / ((power + 1.0) * level)
    mean = some**power * xp.where(part > 0, shape, 1.0)
    share = xp.where(span > 0, (top - bottom) / xp.where(span > 0, span, 1.0), 1.0)
    return xp.where(top > 0, mean * share, 0.0)


def means_both_ways(a: Array, b: Array, power: Array, xp: ModuleType) -> tuple[Array, Array]:
    r"""Means of :math:`\mathrm{sgn}(u)|u|^p` from `a` to `b`: until u changes its sign, and after.

    The second is zero where u keeps its sign.
    """
    up, down = mean_power(a, b, power, xp), -mean_power(-a, -b, power, xp)
    first = xp.where(a > 0, up, down)
    first = xp.where((a == 0) & (b > 0), up, first)
    return first, up + down - first


def mean_exponential_excess(a: Array, b: Array, threshold: Array, xp: ModuleType) -> Array:
    r"""Mean of :math:`e^{\max(u, c)} - e^c` while u goes from `a` to `b`, c the threshold."""
    low, high = xp.minimum(a, b), xp.maximum(a, b)
    bottom, top = xp.maximum(low, threshold), xp.maximum(high, threshold)
    span, half = high - low, 0.5 * (top - bottom)
    share = xp.where(span > 0, (top - bottom) / xp.where(span > 0, span, 1.0), 1.0)
    bulge = xp.where(half > 0, xp.sinh(half) / xp.where(half > 0, half, 1.0), 1.0)
    return share * (xp.exp(0.5 * (bottom + top)) * bulge - xp.exp(1.0 * threshold))


def mean_growth(z: Array, xp: ModuleType) -> Array:
    r""":math:`(e^z - 1)/z`, the mean of an exponential."""
    return xp.where(z != 0, xp.expm1(z) / xp.where(z != 0, z, 1.0), 1.0)


def moved_within(state: Array, drive: tuple[Array, ...]) -> Array:
    """A state between 0 and 1 that drives move in turn, and that stops at the ends."""
    xp = array_namespace(state)
    for way in drive:
        if bool(way.any()):
            state = xp.clip(state + way, 0.0, 1.0)
    return state


def approached(u: Array, drive: Array, knee: Array, steep: Array) -> Array:
    r"""Distance `u` to a soft end after a `drive` towards it: it falls by f times the drive.

    Above the knee f is 1. Below it :math:`f = (u/u_k)\,e^{\kappa(u - u_k)}`, so that the
    exponential integral :math:`E_1(y)`, :math:`y = \kappa u`, grows by
    :math:`e^{-\kappa u_k}/u_k` times the drive. A small change is taken as a power series, any
    other by the integral's inverse.
    """
    xp = array_namespace(u, drive)
    over = u - knee
    if bool((over > 0).any()):
        before = xp.minimum(xp.maximum(over, 0.0), drive)
        u, drive = u - before, drive - before
        over = xp.minimum(u - knee, 0.0)
    y = steep * u
    p = drive / knee * xp.exp(steep * over)
    change = p * (1.0 + y)
    if float(change.max()) <= _NEAR:
        return u * _series(p, y, xp)
    left = _series(xp.where(change <= _NEAR, p, 0.0), y, xp)
    least = _NEAR
    for steps in (*_STEPS, 0):
        most = steps * _NEAR if steps else xp.inf
        far = xp.flatnonzero((change > least) & (change <= most))
        least = most
        if len(far):
            some, start = (xp.broadcast_to(a, left.shape).reshape(-1)[far] for a in (p, y))
            way = _in_steps(some, start, steps, xp) if steps else _by_the_integral(some, start, xp)
            left.reshape(-1)[far] = way
    return u * left


def _series(p: Array, y: Array, xp: ModuleType) -> Array:
    r"""The part of y that is left after a small change `p`.

    Its logarithm is :math:`-\ln(1 + p y)/y` and a series in p, here to the sixth power.
    """
    z = p * y + _TINY
    slow = xp.log1p(z) / z
    fifth = 0.05 + y * (0.9 + 2.3 * y)
    sixth = 1 / 120 + y * (41 / 120 + y * (1.9 + 326 / 120 * y))
    rest = 1.0 - p * (0.25 + 1.75 * y - p * (fifth - p * sixth))
    return xp.exp(-p * (slow + (p * z) * (rest * (1 / 6))))


def _in_steps(p: Array, y: Array, steps: int, xp: ModuleType) -> Array:
    """The same for a change of several times that, in equal parts of the drive."""
    left, now = 1.0, y
    for _ in range(steps):
        part = _series(p * (1.0 / steps) * xp.exp(now - y), now, xp)
        left, now = left * part, now * part
    return left


def _by_the_integral(p: Array, y: Array, xp: ModuleType) -> Array:
    r"""The same for any change: Newton's method for :math:`\ln E_1`, which is convex and falls.

    It begins below the root, where it converges whatever `p`: :math:`E_1` is convex in the
    logarithm of y, and above both :math:`-\gamma - \ln y` and :math:`e^{-y}/(1 + y)`. Four steps
    leave 5e-15 of y.
    """
    some = xp.maximum(y, _LEAST)
    goal = xp.log(_scaled(some, xp) + p) - some
    far = xp.maximum(-goal, 0.0)
    now = xp.maximum(some * xp.exp(-p), xp.exp(-np.euler_gamma - xp.exp(goal)))
    now = xp.maximum(xp.maximum(now, far - xp.log1p(far)), _LEAST)
    for _ in range(4):
        e1 = _scaled(now, xp)
        now = xp.maximum(now * (1.0 + e1 * (xp.log(e1) - now - goal)), _LEAST)
    return xp.where(y > 1e-12, now / some, xp.exp(-p))


def _scaled(y: Array, xp: ModuleType) -> Array:
    """Exponential integral :math:`e^y E_1(y)`; above 300 by its asymptotic series."""
    e1 = import_module(f"{'scipy' if xp is np else 'cupyx.scipy'}.special").exp1
    near, u = xp.minimum(y, 300.0), 1.0 / xp.maximum(y, 300.0)
    far = u * (1.0 - u * (1.0 - 2.0 * u * (1.0 - 3.0 * u * (1.0 - 4.0 * u))))
    return xp.where(y < 300.0, xp.exp(near) * e1(near), far)
