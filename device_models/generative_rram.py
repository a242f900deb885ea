"""Filamentary RRAM as a generator that has learnt the statistics of measured cells."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from xbarsim.backend import Array, array_namespace
from xbarsim.device import Response, check_parameters, parameter
from xbarsim.errors import SpecError

#: what varies from cycle to cycle: resistance off, SET voltage, resistance on, RESET voltage
_OFF, _SET, _ON, _RESET = range(4)
_FEATURES = 4
_CELLS, _CYCLES = 500, 8  # of `responses`
_SMALLEST = 1e-6  # V, least distance of a RESET voltage from the highest one


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """What `GenerativeRRAM` remembers of its cells.

    Parameters
    ----------
    history : normal features of the last cycles, latest last, (order, 4, cells).
    mean, spread : of the features of each cell, (4, cells).
    mix : share of the curve of the highest resistance, (cells,).
    threshold : voltage beyond which a cell goes on to reset, (cells,) V.
    slope, end : of the current during RESET, (cells,) A/V^curvature and A.
    is_on, is_off : whether the cell is fully set and fully reset, (cells,).
    """

    history: Array
    mean: Array
    spread: Array
    mix: Array
    threshold: Array
    slope: Array
    end: Array
    is_on: Array
    is_off: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class GenerativeRRAM:
    r"""Cells whose resistances and switching voltages are drawn anew in each cycle.

    Four features of each cycle n, the resistance off (its decadic logarithm) and on and the
    voltages of SET and RESET, are made from a normal vector with memory,

    .. math:: x_n = B\,z_n + \sum_{k=1}^{p} A_k\,x_{n-k}, \qquad
        y_n = \mu + \sigma\,\Gamma(x_n),

    with a polynomial :math:`\Gamma` for each feature, and with :math:`\mu, \sigma` of each cell
    from a mixture of Gaussians. The current mixes two curves, and its state r moves by

    .. math:: i = (1 - r)\,I_\mathrm{low}(u) + r\,I_\mathrm{high}(u), \qquad
        I_\mathrm{reset} = a\,|U_\mathrm{max} - u|^\eta + c:

    at or below the SET voltage to the drawn resistance on; beyond the RESET voltage along the
    second current to the drawn resistance off, which it has reached at :math:`U_\mathrm{max}`.

    Parameters
    ----------
    u_read : voltage at which resistances are defined, V.
    u_high : U_max, V.
    curvature : eta, 1.
    curve_high, curve_low : currents of the states of highest and of lowest resistance, as
        polynomials of the voltage in V, constant first, A.
    warp : Gamma of each feature, constant first.
    weights : of the components of the mixture.
    means : of the mean and of the spread of the four features, in each component; ohm and V.
    factors : lower triangles of the Cholesky factor of their covariance, in each component.
    memory : for each feature the row of B and then of A_p, ..., A_1.

    Notes
    -----
    Pulses have no length. A fresh cell is off, with a history from the stationary distribution. Of
    a cell without a cycle nothing is known below its SET voltage but that it is off.

    References
    ----------
    [hennen2022]_, [hennen2024]_; parameters of [synaptogen]_; in ``device_models/references.bib``.
    """

    u_read: float = parameter("volt", low=1e-6)
    u_high: float = parameter("volt", low=1e-6)
    curvature: float = parameter("dimensionless", low=0.0)
    curve_high: tuple[float, ...] = parameter("dimensionless")
    curve_low: tuple[float, ...] = parameter("dimensionless")
    warp: tuple[tuple[float, ...], ...] = parameter("dimensionless")
    weights: tuple[float, ...] = parameter("dimensionless", low=0.0)
    means: tuple[tuple[float, ...], ...] = parameter("dimensionless")
    factors: tuple[tuple[tuple[float, ...], ...], ...] = parameter("dimensionless")
    memory: tuple[tuple[float, ...], ...] = parameter("dimensionless")

    def __post_init__(self) -> None:
        check_parameters(self)
        lengths = {len(row) for row in self.memory}
        if len(self.memory) != _FEATURES or len(lengths) != 1 or min(lengths) % _FEATURES:
            raise SpecError("memory must have 4 rows of one length that 4 divides")
        if not len(self.weights) == len(self.means) == len(self.factors):
            raise SpecError("weights, means and factors must have one entry for each component")
        if float(abs(np.linalg.eigvals(self._companion)).max()) >= 1:
            raise SpecError("memory grows from cycle to cycle; its companion matrix is not stable")

    @property
    def order(self) -> int:
        """Cycles that a cell remembers."""
        return len(self.memory[0]) // _FEATURES - 1

    def fresh(self, z_component: Array, z_cell: Array, z_history: Array) -> Cells:
        """Cells that are off.

        Parameters
        ----------
        z_component : standard normal, (cells,): which component of the mixture.
        z_cell : standard normal, (8, cells): mean and spread of the features.
        z_history : standard normal, (4 order, cells): the cycles before.
        """
        xp = array_namespace(z_cell)
        history = xp.asarray(self._stationary) @ z_history
        history = history.reshape(self.order, _FEATURES, -1)
        mean, spread = self._statistics(z_component, z_cell)
        features = self._features(history[-1], mean, spread)
        cells = z_cell.shape[1:]
        return Cells(
            history=history,
            mean=mean,
            spread=spread,
            mix=self._mix(features[_OFF]),
            threshold=features[_RESET],
            slope=xp.zeros(cells),
            end=xp.zeros(cells),
            is_on=xp.zeros(cells, dtype=bool),
            is_off=xp.ones(cells, dtype=bool),
        )

    def features(self, cells: Cells) -> Array:
        """Of the present cycle: ohm off, V of SET, ohm on, V of RESET; (4, cells)."""
        return self._features(cells.history[-1], cells.mean, cells.spread)

    def pulse(self, cells: Cells, u: Array, z: Array) -> Cells:
        """The cells after a pulse of `u` (V, one for each or for all).

        Parameters
        ----------
        z : standard normal, (4, cells); used where a cell begins a new cycle.
        """
        xp = array_namespace(cells.mix)
        u = xp.zeros_like(cells.mix) + u
        now = self.features(cells)
        sets = ~cells.is_on & (u <= now[_SET])
        resets = ~cells.is_off & (u > cells.threshold)
        begins = cells.is_on & resets
        history = xp.where(begins, self._next(cells.history, z), cells.history)
        drawn = self._features(history[-1], cells.mean, cells.spread)
        slope, end = self._transition(cells, self._mix(drawn[_OFF]))
        slope, end = xp.where(begins, slope, cells.slope), xp.where(begins, end, cells.end)
        mix = xp.where(sets, self._mix(now[_ON]), cells.mix)
        mix = xp.where(resets, self._reset_mix(u, slope, end), mix)
        full = resets & (u >= self.u_high)
        return replace(
            cells,
            history=history,
            slope=slope,
            end=end,
            mix=xp.where(full, self._mix(drawn[_OFF]), mix),
            threshold=xp.where(sets, now[_RESET], xp.where(resets, u, cells.threshold)),
            is_on=(cells.is_on | sets) & ~resets,
            is_off=(cells.is_off & ~sets) | full,
        )

    def current(self, cells: Cells, u: Array) -> Array:
        """Current at `u` (V, within the sweeps that were measured), without noise; (cells,) A."""
        return self._mixed(cells.mix, u)

    def conductance(self, cells: Cells) -> Array:
        """Current over voltage at `u_read`, (cells,) S."""
        return self.current(cells, self.u_read) / self.u_read

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Partial RESET by growing voltages, and cycles of full SET and RESET."""
        n = _FEATURES * self.order
        shapes = ((_CELLS,), (2 * _FEATURES, _CELLS), (n, _CELLS))
        cells = self.fresh(*(normals(shape) for shape in shapes))
        ends = (-self.u_high, self.u_high)
        cycled = []
        for k in range(2 * _CYCLES):
            cells = self.pulse(cells, ends[k % 2], normals((_FEATURES, _CELLS)))
            cycled.append(self.conductance(cells))
        cells = self.pulse(cells, ends[0], normals((_FEATURES, _CELLS)))
        voltages, partial = np.linspace(0.4, 1.0, 31) * self.u_high, []
        for u in voltages:
            cells = self.pulse(cells, u, normals((_FEATURES, _CELLS)))
            partial.append(self.conductance(cells))
        return (
            Response(
                title="RESET by growing pulses, after SET", x=voltages, x_name="voltage",
                x_unit="V", y=np.stack(partial), y_name="conductance", y_unit="S",
            ),
            Response(
                title="SET and RESET in turn", x=np.arange(1, 2 * _CYCLES + 1), x_name="pulse",
                x_unit="", y=np.stack(cycled), y_name="conductance", y_unit="S",
            ),
        )  # fmt: skip

    @cached_property
    def _companion(self) -> Array:
        """Matrix that takes one history to the next, noise aside; (4 order, 4 order)."""
        rows = np.asarray(self.memory)[:, _FEATURES:]
        n = rows.shape[1]
        return np.vstack([np.eye(n)[_FEATURES:], rows])

    @cached_property
    def _stationary(self) -> Array:
        """Cholesky factor of the covariance of a history, (4 order, 4 order)."""
        n = len(self._companion)
        noise = np.zeros((n, n))
        b = np.asarray(self.memory)[:, :_FEATURES]
        noise[-_FEATURES:, -_FEATURES:] = b @ b.T
        covariance = solve_discrete_lyapunov(self._companion, noise)
        return np.linalg.cholesky((covariance + covariance.T) / 2)

    def _statistics(self, z_component: Array, z_cell: Array) -> tuple[Array, Array]:
        """Mean and spread of the features of each cell, (4, cells) each."""
        from scipy.stats import norm

        xp = array_namespace(z_cell)
        share = np.cumsum(self.weights) / np.sum(self.weights)
        edges = [-inf, *norm.ppf(share[:-1]), inf]
        total = xp.zeros_like(z_cell)
        for k, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            triangle = np.zeros((len(mean), len(mean)))
            for i, row in enumerate(factor):
                triangle[i, : len(row)] = row
            drawn = xp.asarray(mean)[:, None] + xp.asarray(triangle) @ z_cell
            inside = (z_component > edges[k]) & (z_component <= edges[k + 1])
            total = xp.where(inside, drawn, total)
        return total[:_FEATURES], total[_FEATURES:]

    def _next(self, history: Array, z: Array) -> Array:
        """History with the next cycle, (order, 4, cells)."""
        xp = array_namespace(history)
        rows = xp.asarray(self.memory)
        past = history.reshape(-1, history.shape[-1])
        latest = rows[:, :_FEATURES] @ z + rows[:, _FEATURES:] @ past
        return xp.concatenate([history[1:], latest[None]])

    def _features(self, x: Array, mean: Array, spread: Array) -> Array:
        xp = array_namespace(x)
        warped = xp.stack([_polynomial(c, row) for c, row in zip(self.warp, x, strict=True)])
        y = mean + spread * warped
        return xp.concatenate([10 ** y[:1], y[1:]])

    def _mixed(self, mix: Array, u: Array) -> Array:
        return (1 - mix) * _polynomial(self.curve_low, u) + mix * _polynomial(self.curve_high, u)

    def _mix(self, r: Array) -> Array:
        """Share of the high curve that gives the resistance `r` (ohm) at `u_read`."""
        low, high = (
            _polynomial(curve, self.u_read) / self.u_read
            for curve in (self.curve_low, self.curve_high)
        )
        return (low - 1 / r) / (low - high)

    def _transition(self, cells: Cells, mix_off: Array) -> tuple[Array, Array]:
        """Coefficients a and c of the RESET current of a cycle that ends at the share `mix_off`."""
        xp = array_namespace(mix_off)
        end = self._mixed(mix_off, self.u_high)
        start = self._mixed(cells.mix, cells.threshold)
        way = xp.maximum(self.u_high - cells.threshold, _SMALLEST)
        return (start - end) / way**self.curvature, end

    def _reset_mix(self, u: Array, slope: Array, end: Array) -> Array:
        """Share of the high curve on which a cell carries the RESET current at `u`."""
        xp = array_namespace(u)
        current = slope * xp.maximum(self.u_high - u, 0.0) ** self.curvature + end
        low, high = _polynomial(self.curve_low, u), _polynomial(self.curve_high, u)
        apart = xp.where(high == low, 1.0, high - low)
        return (current - low) / apart


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """c0 + c1 x + ..., shape of `x`."""
    total = 0.0 * x
    for c in reversed(coefficients):
        total = total * x + c
    return total
