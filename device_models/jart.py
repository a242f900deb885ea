"""Filamentary valence change cell with a Schottky barrier (JART VCM v1b)."""

from dataclasses import dataclass
from importlib import import_module
from math import pi
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import Spread, check_parameters, parameter, sampled, with_parameters
from xbarsim.errors import SpecError

_N = 1e26  # 1/m^3, the unit of concentrations inside
_REACH = 0.75  # of the barrier's bend, below which the physical solution at positive voltage lies
_END = 60.0  # |logit| within which the barrier's share of the voltage is sought
_EXACT = 1e-7  # last move of the logit; the error left is about its square
_ITERATIONS = 100
_MANY = 64  # cells from which the compiled functions are worth calling


class Constants(NamedTuple):
    """What the equations are made of, numbers or arrays; concentrations in 1e26 m^-3.

    The compiled functions of `_jart` read them by their place.
    """

    kelvin: Array  #: k/e, V/K
    richardson: Array  #: A/(m^2 K^2)
    tunnel: Array  #: W00 / sqrt(N), V
    lowering: Array  #: of the barrier by the image force, over N^(1/4), V^(3/4)
    barrier: Array  #: phi_Bn0, V
    bend: Array  #: phi_Bn0 - phi_n, V
    resistivity: Array  #: R_disc N r^2 / l, ohm m
    lead: Array  #: resistances in series at ambient temperature, ohm
    heated: Array  #: by how much they grow, over I^2, ohm/A^2
    heat: Array  #: thermal resistance times r^2, K m^2/W
    heat_reset: Array  #: factor of it at positive voltage
    tilt: Array  #: gamma over the field, m/V
    activation: Array  #: Delta W_A, V
    speed: Array  #: a nu_0, m/s
    n_plug: Array
    n_min: Array
    n_max: Array
    cell_length: Array  #: m
    radius: Array  #: m
    disc_length: Array  #: m
    radius_change: Array
    length_change: Array
    n_from: Array
    n_to: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class JartVcm:
    r"""Oxygen vacancies move between a disc at the electrode and the plug of a filament.

    The state is :math:`\ln N`, N the concentration in the disc over 1e26 m\ :sup:`-3`. SET at
    negative voltage. Barrier, disc, plug and leads are in series:

    .. math::
        V = V_s + I\,(R_\mathrm{disc} + R_\mathrm{plug} + R_s), \quad
        R_\mathrm{disc} = \frac{l}{z e N \mu_n A}, \quad
        R_\mathrm{plug} = \frac{l_\mathrm{cell} - l}{z e N_\mathrm{plug} \mu_n A}

    .. math::
        R_s = R_\mathrm{TiOx} + R_0 (1 + R_0 \alpha R_\mathrm{th,line} I^2), \quad
        T = T_0 + |I| (|V| - |I| R_s)\, R_\mathrm{th0} (r_0 / r)^2 \; [\times 0.27, V > 0]

    The barrier :math:`\varphi = \varphi_{Bn0} - [e^3 z N (\varphi_{Bn0} - \varphi_n - V_s) /
    (8 \pi^2 (\varepsilon_\varphi \varepsilon_0)^3)]^{1/4}`, not below 0, is passed by

    .. math::
        I = A A^* T^2 e^{-e\varphi/kT} (e^{eV_s/kT} - 1), \quad V > 0

    .. math::
        I = -\frac{A A^* T}{k} \sqrt{\pi W_{00} e (|V_s| + \varphi / \cosh^2 u)}\;
        e^{-e \varphi / W_0} (e^{e |V_s| / \varepsilon'} - 1), \quad V < 0

    with :math:`W_{00} = \frac{e h}{4\pi} \sqrt{z N / (m \varepsilon \varepsilon_0)}`,
    :math:`u = W_{00}/kT`, :math:`W_0 = W_{00} \coth u` and
    :math:`\varepsilon' = W_{00} / (u - \tanh u)`. Ions hop over a barrier that the field E tilts:
    :math:`E = I R_\mathrm{disc} / l` at V < 0, :math:`(V - I R_s) / l_\mathrm{cell}` at V > 0,

    .. math::
        \frac{dN}{dt} = \mp \frac{N_\mathrm{plug} + N}{2} \frac{a \nu_0}{l}
        \left(e^{-\Delta W_\mathrm{min}/kT} - e^{-\Delta W_\mathrm{max}/kT}\right) F, \quad
        \Delta W = \Delta W_A \left(\sqrt{1 - \gamma^2} \mp \frac{\gamma\pi}{2}
        + \gamma \arcsin \gamma\right)

    with :math:`\gamma = z e a E / (\pi \Delta W_A)`, not above 1, and
    :math:`F = 1 - (N/N_\mathrm{max})^{10}` at V < 0, :math:`1 - (N_\mathrm{min}/N)^{10}` at V > 0.
    Without voltage nothing moves: there is no loss of retention.

    At V > 0 the equation for the current may have three solutions, since the barrier has a vertical
    slope at :math:`V_s = \varphi_{Bn0} - \varphi_n`. The one that goes on from V = 0, with the
    largest current, is taken.

    Parameters
    ----------
    n_min, n_max, n_plug : concentration of vacancies in the disc at least and at most, and in the
        plug, 1/m^3.
    disc_length, cell_length : l and l_cell, m.
    radius, radius_nominal : of the filament, r, and r_0, for which the thermal resistance holds, m.
    barrier, fermi : phi_Bn0 and phi_n, V.
    permittivity, permittivity_barrier : epsilon and epsilon_phi, relative.
    mobility : of the electrons, m^2/(V s).
    mass : of the electrons, kg.
    richardson : A/(m^2 K^2).
    charge_number : z of a vacancy.
    hop, attempt, activation : a, m; nu_0, Hz; Delta W_A, eV.
    r_oxide, r_line : R_TiOx and R_0, ohm.
    line_heating, line_coefficient : R_th,line, K/W, and alpha, 1/K.
    thermal_resistance, reset_heating : R_th0, K/W, and its factor at V > 0.
    r_series : a resistor outside of the cell that the voltage falls across as well, ohm.
    n_start : where a fresh cell begins, 1/m^3.
    ambient : temperature of the surroundings, K.
    charge, boltzmann, planck, vacuum : constants of nature; codes of this law round them.
    n_min_sigma, n_max_sigma, radius_sigma, disc_length_sigma : standard deviations between cells.
    n_min_limits, n_max_limits, radius_limits, disc_length_limits : where these are cut off.
    n_min_step, n_max_step, radius_step, disc_length_step : largest relative changes by a cycle.
    radius_change, length_change, n_from, n_to : relative distance of r and l at the concentration
        `n_from` from those at `n_to`; between them they follow N linearly. Set by `cycle`.

    References
    ----------
    [cuppers2019]_, [bengel2020]_, [jartvar2025]_
    """

    n_min: float = parameter("1/meter**3", low=1e20)
    n_max: float = parameter("1/meter**3", low=1e20)
    n_plug: float = parameter("1/meter**3", low=1e20)
    disc_length: float = parameter("meter", low=1e-11)
    cell_length: float = parameter("meter", low=1e-11)
    radius: float = parameter("meter", low=1e-10)
    radius_nominal: float = parameter("meter", low=1e-10)
    barrier: float = parameter("volt", low=0.01, high=2.0)
    fermi: float = parameter("volt", low=0.0)
    permittivity: float = parameter("dimensionless", low=1.0)
    permittivity_barrier: float = parameter("dimensionless", low=1.0)
    mobility: float = parameter("meter**2/volt/second", low=1e-9)
    mass: float = parameter("kilogram", low=1e-33)
    richardson: float = parameter("ampere/meter**2/kelvin**2", low=1.0)
    charge_number: float = parameter("dimensionless", low=1.0)
    hop: float = parameter("meter", low=1e-12)
    attempt: float = parameter("hertz", low=0.0)
    activation: float = parameter("electron_volt", low=0.01)
    r_oxide: float = parameter("ohm", low=0.0)
    r_line: float = parameter("ohm", low=1e-3)
    line_heating: float = parameter("kelvin/watt", low=1e-3)
    line_coefficient: float = parameter("1/kelvin", low=1e-9)
    thermal_resistance: float = parameter("kelvin/watt", low=0.0)
    reset_heating: float = parameter("dimensionless", low=0.0)
    n_start: float = parameter("1/meter**3", low=1e20)
    r_series: float = parameter("ohm", low=0.0, default=0.0)
    ambient: float = parameter("kelvin", low=100.0, default=293.0)
    charge: float = parameter("coulomb", low=1e-19, default=1.602176634e-19)
    boltzmann: float = parameter("joule/kelvin", low=1e-23, default=1.380649e-23)
    planck: float = parameter("joule*second", low=1e-34, default=6.62607015e-34)
    vacuum: float = parameter("farad/meter", low=1e-12, default=8.8541878128e-12)
    n_min_sigma: float = parameter("1/meter**3", low=0.0, default=0.0)
    n_max_sigma: float = parameter("1/meter**3", low=0.0, default=0.0)
    radius_sigma: float = parameter("meter", low=0.0, default=0.0)
    disc_length_sigma: float = parameter("meter", low=0.0, default=0.0)
    n_min_limits: tuple[float, float] = parameter("1/meter**3", low=1e20, default=(1e20, 1e30))
    n_max_limits: tuple[float, float] = parameter("1/meter**3", low=1e20, default=(1e20, 1e30))
    radius_limits: tuple[float, float] = parameter("meter", low=1e-10, default=(1e-10, 1.0))
    disc_length_limits: tuple[float, float] = parameter("meter", low=1e-11, default=(1e-11, 1.0))
    n_min_step: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    n_max_step: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    radius_step: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    disc_length_step: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    radius_change: float = parameter("dimensionless", low=-1.0, default=0.0)
    length_change: float = parameter("dimensionless", low=-1.0, default=0.0)
    n_from: float = parameter("1/meter**3", low=0.0, default=0.0)
    n_to: float = parameter("1/meter**3", low=0.0, default=1e26)

    states = ("ln_n: natural logarithm of the concentration over 1e26 m^-3",)
    valid = (-2.0, 2.0)
    breakpoints = (0.0,)
    volatile = False

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.n_min, self.n_max))):
            raise SpecError(
                f"n_min ({self.n_min} m^-3) must be below n_max ({self.n_max} m^-3)",
            )
        if not bool(np.all(np.less(self.fermi, self.barrier))):
            raise SpecError(f"fermi ({self.fermi} V) must be below barrier ({self.barrier} V)")
        if not bool(np.all(np.less(self.disc_length, self.cell_length))):
            raise SpecError(
                f"disc_length ({self.disc_length} m) must be below cell_length "
                f"({self.cell_length} m)"
            )

    def initial_state(self) -> Array:
        """The concentration of a fresh cell, which stands within its own limits."""
        xp = array_namespace(self.n_start, self.n_min, self.n_max)
        return xp.log(xp.clip(xp.asarray(self.n_start), self.n_min, self.n_max) / _N)[None]

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Those of the concentration, whatever the voltage."""
        xp = array_namespace(v, self.n_min, self.n_max)
        low, high = xp.asarray(self.n_min), xp.asarray(self.n_max)
        return xp.log(xp.atleast_1d(low) / _N)[None], xp.log(xp.atleast_1d(high) / _N)[None]

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Solution of the series connection, A."""
        return self._solved(v, state, temperature)[0]

    def temperature(self, v: Array, state: Array, temperature: Array) -> Array:
        """Of the filament, shaped like `v`, K; `temperature` is that of the surroundings."""
        return self._solved(v, state, temperature)[1]

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Hopping of vacancies into the disc or out of it, 1/s."""
        return self._solved(v, state, temperature)[2][None]

    def compiled_rate(self) -> tuple[Any, Array]:
        """Compiled ``f(v, ln_n, temperature, p, memory) -> (rate, current)`` and p of the cells."""
        from device_models import _jart

        return _jart.rate_and_current, _rows(self.constants())

    @property
    def spreads(self) -> dict[str, Spread]:
        """How devices differ, where they do. Those of a thinner and shorter disc switch sooner."""
        return {name: spread for name, spread in self._all_spreads().items() if spread.absolute}

    def _all_spreads(self) -> dict[str, Spread]:
        fast = {"n_min": 0, "n_max": 0, "radius": -1, "disc_length": -1}
        return {
            name: Spread(
                absolute=getattr(self, f"{name}_sigma"),
                low=getattr(self, f"{name}_limits")[0],
                high=getattr(self, f"{name}_limits")[1],
                fast=side,
            )
            for name, side in fast.items()
        }

    def spread(self, z: Array) -> "JartVcm":
        """The law of many cells, which differ as `spreads` says.

        Parameters
        ----------
        z : standard normals (4, ...) for n_min, n_max, radius and disc_length, whose normal
            distributions are cut off at their limits.
        """
        return sampled(self, self._all_spreads(), z)

    def cycle(self, z: Array, v: Array, state: Array) -> "JartVcm":
        """The law after the voltage has changed its direction.

        The limits of N change at once; radius and length move from where they are to new values
        while N moves to its limit, so that the current goes on without a jump. Changes are uniform
        within the largest; values stay within their limits, those of N about where the state is.

        Parameters
        ----------
        z : standard normals (4, ...) for n_min, n_max, radius and disc_length.
        v : voltage that follows, its sign matters, (...) V.
        state : at the change, (1, ...).
        """
        xp = array_namespace(z, state)
        now = xp.exp(state[0])
        c = self.constants()
        new = {}
        for name, old, zn in zip(
            ("n_min", "n_max", "radius", "disc_length"),
            (self.n_min, self.n_max, *_geometry(c, now, xp)),
            z,
            strict=True,
        ):
            moved = old * (1.0 + getattr(self, f"{name}_step") * (2.0 * _normal(zn) - 1.0))
            new[name] = xp.clip(moved, *getattr(self, f"{name}_limits"))
        radius, length = _geometry(c, now, xp)
        new["n_min"] = xp.minimum(new["n_min"], now * _N)
        new["n_max"] = xp.maximum(new["n_max"], now * _N)
        new["radius_change"] = radius / new["radius"] - 1.0
        new["length_change"] = length / new["disc_length"] - 1.0
        new["n_from"] = now * _N
        new["n_to"] = xp.where(xp.asarray(v) < 0, new["n_max"], new["n_min"])
        return with_parameters(self, new)

    def constants(self) -> Constants:
        """What the equations are made of."""
        e, eps = self.charge, self.vacuum
        z, m = self.charge_number, self.mass
        image = e**3 * z * _N / (8 * pi**2 * (self.permittivity_barrier * eps) ** 3)
        return Constants(
            kelvin=self.boltzmann / e,
            richardson=self.richardson,
            tunnel=self.planck / (4 * pi) * (z * _N / (m * self.permittivity * eps)) ** 0.5,
            lowering=image**0.25,
            barrier=self.barrier,
            bend=self.barrier - self.fermi,
            resistivity=1.0 / (z * e * _N * self.mobility * pi),
            lead=self.r_oxide + self.r_line + self.r_series,
            heated=self.r_line**2 * self.line_coefficient * self.line_heating,
            heat=self.thermal_resistance * self.radius_nominal**2,
            heat_reset=self.reset_heating,
            tilt=z * self.hop / (pi * self.activation),
            activation=self.activation,
            speed=self.hop * self.attempt,
            n_plug=self.n_plug / _N,
            n_min=self.n_min / _N,
            n_max=self.n_max / _N,
            cell_length=self.cell_length,
            radius=self.radius,
            disc_length=self.disc_length,
            radius_change=self.radius_change,
            length_change=self.length_change,
            n_from=self.n_from / _N,
            n_to=self.n_to / _N,
        )

    def _solved(self, v: Array, state: Array, temperature: Array) -> tuple[Array, Array, Array]:
        """Current, temperature of the filament and rate, each shaped like `v`."""
        xp = array_namespace(v, state, temperature, self.n_min, self.radius)
        c = self.constants()
        v, x, surroundings = xp.broadcast_arrays(
            *(xp.asarray(a) for a in (v, state[0], temperature))
        )
        shape = v.shape
        if xp is np and v.size >= _MANY:
            return _compiled(c, v, x, surroundings)
        flat = [xp.broadcast_to(a, shape).reshape(-1) for a in (v, x, surroundings)]
        each = Constants(*(xp.broadcast_to(xp.asarray(a), shape).reshape(-1) for a in c))
        found = xp.zeros((3, flat[0].size))
        found[1] = flat[2]
        for sign in (-1.0, 1.0):
            cells = xp.nonzero(sign * flat[0] > 0)[0]
            if len(cells):
                part = Constants(*(a[cells] for a in each))
                volts, x_part, ambient = (a[cells] for a in flat)
                found[:, cells] = _solve(part, volts, x_part, ambient, sign, xp)
        return tuple(found.reshape(3, *shape))


def _normal(z: Array) -> Array:
    return _special(z).ndtr(z)


def _special(x: Array) -> Any:
    if array_namespace(x) is np:
        import scipy.special

        return scipy.special
    return import_module("cupyx.scipy.special")


def _compiled(c: Constants, v: Array, x: Array, surroundings: Array) -> tuple[Array, Array, Array]:
    from device_models import _jart

    volts, states, ambient = (np.array(a, float, order="C").ravel() for a in (v, x, surroundings))
    found = np.empty((3, v.size))
    _jart.solve_cells(volts, states, ambient, _rows(c, v.shape), found)
    return tuple(found.reshape(3, *v.shape))


def _rows(c: Constants, shape: tuple[int, ...] | None = None) -> Array:
    """Constants of each cell, or of all, (cells or 1, constants)."""
    together = np.broadcast_shapes(*(np.shape(a) for a in c))
    if together and shape is not None:
        together = shape
    p = np.stack([np.broadcast_to(a, together) for a in c], axis=-1)
    return np.array(p.reshape(-1, len(c)), dtype=float)


def _geometry(c: Constants, n: Array, xp: ModuleType) -> tuple[Array, Array]:
    """Radius and length of the disc at the concentration `n`, m."""
    way = xp.asarray(c.n_to - c.n_from)
    left = 1.0 - xp.clip((n - c.n_from) / xp.where(way == 0, xp.inf, way), 0.0, 1.0)
    return c.radius * (1.0 + c.radius_change * left), c.disc_length * (1.0 + c.length_change * left)


def _solve(
    c: Constants, v: Array, x: Array, surroundings: Array, sign: float, xp: ModuleType
) -> Array:
    """Current, temperature and rate of cells whose voltages have one sign, (3, cells).

    Newton's method for the logit of the barrier's share of the voltage, between bounds. What shall
    vanish is the logarithm of the current over the barrier over that through the resistances; it is
    nearly straight in the logit.
    """
    a, n = abs(v), xp.exp(x)
    radius, length = _geometry(c, n, xp)
    disc = c.resistivity * length / (n * radius**2)
    total = disc + c.resistivity * (c.cell_length - length) / (c.n_plug * radius**2) + c.lead
    heat = c.heat / radius**2 * (c.heat_reset if sign > 0 else 1.0)
    cell = _Cell(c, a, n, radius, total, heat, surroundings)
    side = _forward if sign > 0 else _reverse
    reach = xp.full_like(a, _END)
    if sign > 0:
        most = _REACH * c.bend
        reach = xp.where(most < 0.99 * a, -xp.log(xp.maximum(a / most - 1.0, 1e-3)), _END)
    y = _root(cell, side, xp.full_like(a, -_END), reach, xp)
    beyond = y > reach - 1e-6
    if sign > 0 and bool(beyond.any()):
        rest = _root(cell, side, xp.where(beyond, reach, y), xp.where(beyond, _END, y), xp)
        y = xp.where(beyond, rest, y)
    s, u = _shares(a, y, xp)
    i, _, t, _ = _through(cell, u, xp)
    drop = a - i * (c.lead + c.heated * i * i)
    if sign > 0:
        field, window = drop / c.cell_length, 1.0 - (c.n_min / n) ** 10
    else:
        field, window = i * disc / length, 1.0 - (n / c.n_max) ** 10
    gamma = xp.minimum(c.tilt * field, 1.0)
    barrier = c.activation / (c.kelvin * t)
    hops = 2.0 * xp.exp(-barrier * (xp.sqrt(1.0 - gamma**2) + gamma * xp.arcsin(gamma)))
    hops = hops * xp.sinh(barrier * gamma * (pi / 2))
    rate = 0.5 * (c.n_plug + n) / n * c.speed / length * hops * xp.maximum(window, 0.0)
    return xp.stack([sign * i, t, -sign * rate])


class _Cell(NamedTuple):
    """Cells of one sign of voltage: what does not change as their current is sought."""

    c: Constants
    a: Array  #: |v|
    n: Array
    radius: Array
    total: Array  #: resistance in series with the barrier, cold leads
    heat: Array  #: thermal resistance
    surroundings: Array


def _shares(a: Array, y: Array, xp: ModuleType) -> tuple[Array, Array]:
    """Voltages over the barrier and over the resistances, both to full precision."""
    small = xp.exp(-abs(y))
    large = a / (1.0 + small)
    return xp.where(y < 0, large * small, large), xp.where(y < 0, large, large * small)


def _root(cell: _Cell, side: Any, low: Array, high: Array, xp: ModuleType) -> Array:
    y = xp.minimum(xp.maximum(-xp.log(xp.maximum(cell.a / 0.01 - 1.0, 1.0)), low), high)
    y = xp.where((y > low) & (y < high), y, 0.5 * (xp.maximum(low, -10.0) + high))
    moving = high > low
    for _ in range(_ITERATIONS):
        s, u = _shares(cell.a, y, xp)
        i, di, t, dt = _through(cell, u, xp)
        over, slope = side(cell, s, t, dt, xp)
        g = over + xp.log(cell.radius**2 * pi / i)
        slope = (slope + di / i) * s * u / cell.a
        low, high = xp.where(g < 0, y, low), xp.where(g < 0, high, y)
        step = g / xp.where(slope > 0, slope, 1e-300)
        near = abs(step) <= _EXACT
        new = xp.where((y - step > low) & (y - step < high) | near, y - step, 0.5 * (low + high))
        y = xp.where(moving, new, y)
        moving = moving & ~near & (high > low)
        if not bool(moving.any()):
            break
    return y


def _through(cell: _Cell, u: Array, xp: ModuleType) -> tuple[Array, Array, Array, Array]:
    """Current for `u` V over the resistances, dI/du; temperature, dT/d(barrier's voltage).

    The current solves ``heated I^3 + total I = u``.
    """
    c = cell.c
    scale = 2.0 * xp.sqrt(cell.total / (3.0 * c.heated))
    i = scale * xp.sinh(xp.arcsinh(3.0 * u / (cell.total * scale)) / 3.0)
    di = 1.0 / (cell.total + 3.0 * c.heated * i * i)
    t = cell.surroundings + cell.heat * i * (cell.a - i * (c.lead + c.heated * i * i))
    dt = -cell.heat * (cell.a - 2.0 * c.lead * i - 4.0 * c.heated * i**3) * di
    return i, di, t, dt


def _forward(cell: _Cell, s: Array, t: Array, dt: Array, xp: ModuleType) -> tuple[Array, Array]:
    """Logarithm of the thermionic current density over the barrier and its slope."""
    c = cell.c
    theta, rise = c.kelvin * t, dt / t
    phi, fall = _height(c, cell.n, c.bend - s, xp)
    part = -xp.expm1(-s / theta)
    found = xp.log(c.richardson * t * t * part) + (s - phi) / theta
    return found, 2.0 * rise + (phi * rise - fall + (1.0 - s * rise) / part) / theta


def _reverse(cell: _Cell, s: Array, t: Array, dt: Array, xp: ModuleType) -> tuple[Array, Array]:
    """Logarithm of the current density that tunnels with thermal help and its slope."""
    c = cell.c
    theta, rise = c.kelvin * t, dt / t
    phi, fall = _height(c, cell.n, c.bend + s, xp)
    w = c.tunnel * xp.sqrt(cell.n)
    u = w / theta
    tanh = xp.tanh(u)
    sech2 = 1.0 / xp.cosh(u) ** 2
    less = _less_tanh(u, tanh, xp)
    height = s + phi * sech2
    power = s * less / w
    part = -xp.expm1(-power)
    found = xp.log(c.richardson * t * t / theta * xp.sqrt(pi * w * height) * part)
    du = -u * rise
    dheight = 1.0 - fall * sech2 - 2.0 * phi * sech2 * tanh * du
    dpower = (less + s * tanh**2 * du) / w
    slope = rise + 0.5 * dheight / height + fall * tanh / w - phi * sech2 * du / w
    return found - phi * tanh / w + power, slope + dpower / part


def _height(c: Constants, n: Array, psi: Array, xp: ModuleType) -> tuple[Array, Array]:
    """The barrier (V) and by how much it falls with `psi`."""
    psi = xp.maximum(psi, 0.0)
    lowering = c.lowering * (n * psi) ** 0.25
    held = (lowering >= c.barrier) | (psi == 0.0)
    fall = 0.25 * lowering / xp.where(psi > 0, psi, 1.0)
    return xp.maximum(c.barrier - lowering, 0.0), xp.where(held, 0.0, fall)


def _less_tanh(u: Array, tanh: Array, xp: ModuleType) -> Array:
    """``u - tanh u`` without cancellation."""
    q = xp.minimum(u, 0.1) ** 2
    series = 1 / 3 - q * (2 / 15 - q * (17 / 315 - q * (62 / 2835 - q * (1382 / 155925))))
    return xp.where(u < 0.1, u * q * series, u - tanh)
