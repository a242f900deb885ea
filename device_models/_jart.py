"""`jart` for one cell, compiled; the same equations, p being its `Constants` in their order."""

from math import asin, asinh, exp, expm1, inf, log, pi, sinh, sqrt

from numba import njit
from numpy import zeros

_REACH = 0.75  # as in `jart`
_END = 60.0
_EXACT = 1e-7
_ITERATIONS = 100
_CELL = "float64, float64, float64, float64[::1], float64[::1]"


@njit("UniTuple(float64, 2)(float64, float64)", nogil=True, cache=True, error_model="numpy")
def _shares(a, y):  # type: ignore[no-untyped-def]
    """Voltages over the barrier and over the resistances for the logit y, V."""
    small = exp(-abs(y))
    large = a / (1 + small)
    if y < 0:
        return large * small, large
    return large, large * small


@njit("UniTuple(float64, 2)(float64, float64, float64, float64)",
      nogil=True, cache=True, error_model="numpy")  # fmt: skip
def _height(barrier, lowering, n, psi):  # type: ignore[no-untyped-def]
    """The barrier (V) and by how much it falls with `psi`."""
    if psi <= 0:
        return barrier, 0.0
    lowered = lowering * sqrt(sqrt(n * psi))
    if lowered >= barrier:
        return 0.0, 0.0
    return barrier - lowered, 0.25 * lowered / psi


@njit("float64(float64, float64)", nogil=True, cache=True, error_model="numpy")
def _less_tanh(u, tanh_u):  # type: ignore[no-untyped-def]
    """``u - tanh u`` without cancellation."""
    if u >= 0.1:
        return u - tanh_u
    q = u * u
    series = 1 / 3 - q * (2 / 15 - q * (17 / 315 - q * (62 / 2835 - q * (1382 / 155925))))
    return u * q * series


@njit("UniTuple(float64, 3)(float64, float64, float64, float64, float64[::1])",
      nogil=True, cache=True, error_model="numpy")  # fmt: skip
def _forward(n, s, t, dt, p):  # type: ignore[no-untyped-def]
    """Thermionic current density over the barrier as x e^y and the slope of its logarithm."""
    theta, rise = p[0] * t, dt / t
    phi, fall = _height(p[4], p[3], n, p[5] - s)
    part = -expm1(-s / theta)
    return (
        p[1] * t * t * part,
        (s - phi) / theta,
        2 * rise + (phi * rise - fall + (1 - s * rise) / part) / theta,
    )


@njit("UniTuple(float64, 3)(float64, float64, float64, float64, float64[::1])",
      nogil=True, cache=True, error_model="numpy")  # fmt: skip
def _reverse(n, s, t, dt, p):  # type: ignore[no-untyped-def]
    """Current density that tunnels with thermal help as x e^y and the slope of its logarithm."""
    theta, rise = p[0] * t, dt / t
    phi, fall = _height(p[4], p[3], n, p[5] + s)
    w = p[2] * sqrt(n)
    u = w / theta
    q = expm1(-2 * u)
    th, sech2 = -q / (2 + q), 4 * (1 + q) / (2 + q) ** 2
    less = _less_tanh(u, th)
    height = s + phi * sech2
    power = s * less / w
    part = -expm1(-power)
    found = p[1] * t * t / theta * sqrt(pi * w * height) * part
    du = -u * rise
    dheight = 1 - fall * sech2 - 2 * phi * sech2 * th * du
    dpower = (less + s * th * th * du) / w
    slope = rise + 0.5 * dheight / height + fall * th / w - phi * sech2 * du / w
    return found, power - phi * th / w, slope + dpower / part


@njit(f"UniTuple(float64, 3)({_CELL})", nogil=True, cache=True, error_model="numpy")
def solve(v, ln_n, surroundings, p, memory):  # type: ignore[no-untyped-def]
    """Current (A), temperature of the filament (K) and rate (1/s).

    `memory`, (1,), keeps the logit from which the next solution is sought; zero before the first.
    """
    if v == 0:
        return 0.0, surroundings, 0.0
    a, n = abs(v), exp(ln_n)
    left = 0.0
    if p[23] != p[22]:
        left = 1 - min(max((n - p[22]) / (p[23] - p[22]), 0.0), 1.0)
    radius, length = p[18] * (1 + p[20] * left), p[19] * (1 + p[21] * left)
    disc = p[6] * length / (n * radius**2)
    lead, heated = p[7], p[8]
    total = disc + p[6] * (p[17] - length) / (p[14] * radius**2) + lead
    heat = p[9] / radius**2
    if v > 0:
        heat *= p[10]
    area = pi * radius**2
    scale = 2 * sqrt(total / (3 * heated))
    per = 3 / (total * scale)
    low, high = -_END, _END
    most = _REACH * p[5]
    if v > 0 and most < 0.99 * a:
        high = -log(a / most - 1)
    first = high
    y = memory[0] if memory[0] != 0 else -log(max(a / 0.01 - 1, 1.0))
    i, t = 0.0, surroundings
    if y >= high:
        y = 0.5 * (high - 10)
    for _ in range(_ITERATIONS):
        s, u = _shares(a, y)
        i = scale * sinh(asinh(per * u) / 3)
        di = 1 / (total + 3 * heated * i * i)
        t = surroundings + heat * i * (a - i * (lead + heated * i * i))
        dt = -heat * (a - 2 * lead * i - 4 * heated * i**3) * di
        if v > 0:
            x, power, slope = _forward(n, s, t, dt, p)
        else:
            x, power, slope = _reverse(n, s, t, dt, p)
        g = power + log(area * x / i)
        slope = (slope + di / i) * s * u / a
        if g < 0:
            low = y
        else:
            high = y
        step = g / slope if slope > 0 else inf
        new = y - step
        if abs(step) <= _EXACT:
            y = new
            break
        if not low < new < high:
            if g < 0 and new >= high and first < _END and first - y < 1e-6:
                low, high, first = first, _END, _END
            new = 0.5 * (low + high)
        y = new
    memory[0] = y
    s, u = _shares(a, y)
    i = scale * sinh(asinh(per * u) / 3)
    drop = a - i * (lead + heated * i * i)
    t = surroundings + heat * i * drop
    if v > 0:
        field, window = drop / p[17], 1 - (p[15] / n) ** 10
    else:
        field, window = i * disc / length, 1 - (n / p[16]) ** 10
    if window <= 0:
        return (i if v > 0 else -i), t, 0.0
    gamma = min(p[11] * field, 1.0)
    barrier = p[12] / (p[0] * t)
    hops = 2 * exp(-barrier * (sqrt(1 - gamma * gamma) + gamma * asin(gamma)))
    rate = 0.5 * (p[14] + n) / n * p[13] / length * hops * sinh(barrier * gamma * (pi / 2)) * window
    return (i, t, -rate) if v > 0 else (-i, t, rate)


@njit(f"UniTuple(float64, 2)({_CELL})", nogil=True, cache=True, error_model="numpy")
def rate_and_current(v, ln_n, surroundings, p, memory):  # type: ignore[no-untyped-def]
    """Change of the state within a second and current (A)."""
    i, _, rate = solve(v, ln_n, surroundings, p, memory)
    return rate, i


@njit("void(float64[::1], float64[::1], float64[::1], float64[:, ::1], float64[:, ::1])",
      nogil=True, cache=True, error_model="numpy")  # fmt: skip
def solve_cells(v, ln_n, surroundings, p, found):  # type: ignore[no-untyped-def]
    """Current, temperature and rate of many cells into `found`, (3, cells)."""
    alike, memory = len(p) == 1, zeros(1)
    for k in range(len(v)):
        memory[0] = 0
        i, t, rate = solve(v[k], ln_n[k], surroundings[k], p[0 if alike else k], memory)
        found[0, k], found[1, k], found[2, k] = i, t, rate
