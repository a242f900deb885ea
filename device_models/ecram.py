"""Electrochemical memory: its answer to pulses, and the ions behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import Response, check_parameters, interval, parameter, with_parameters
from xbarsim.errors import SpecError

_CELLS, _POINTS, _LONGEST = 100, 40, 8000  # of `LinearStep.responses`


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearStep:
    r"""A weight whose step under one pulse falls linearly towards the end of the range.

    .. math::
        \Delta w_\uparrow = d_\uparrow\,(1 - \gamma_\uparrow w/w_\max)\,(1 + \sigma z), \qquad
        \Delta w_\downarrow = -d_\downarrow\,(1 - \gamma_\downarrow w/w_\min)\,(1 + \sigma z)

    held between :math:`w_\min < 0` and :math:`w_\max > 0`; :math:`d_\uparrow = d\,(1 + a)`,
    :math:`d_\downarrow = d\,(1 - a)`. The weight is without unit; `conductance` gives it a window.
    A pulse counts, whatever its voltage: this is neither a `SwitchingLaw` nor a
    `StatisticalDevice`, and has `pulse` instead of ``rate`` or ``program``.

    Parameters
    ----------
    dw_min : d, the step at w = 0.
    asymmetry : a, of up against down.
    gamma_up, gamma_down : fraction by which the step has fallen at the end of the range.
    w_max, w_min : range.
    sigma_step : standard deviation of one step over the step.
    dw_min_spread, asymmetry_spread, gamma_spread, w_spread : standard deviation from cell to cell,
        those of asymmetry and gamma absolute, the others relative.

    References
    ----------
    [aihwkit_presets]_, LinearStepDevice with multiplicative noise.
    """

    dw_min: float = parameter("dimensionless", low=0.0)
    asymmetry: float = parameter("dimensionless", low=-1.0, high=1.0, default=0.0)
    gamma_up: float = parameter("dimensionless", low=0.0, high=1.0)
    gamma_down: float = parameter("dimensionless", low=0.0, high=1.0)
    w_max: float = parameter("dimensionless", low=1e-9)
    w_min: float = parameter("dimensionless", high=-1e-9)
    sigma_step: float = parameter("dimensionless", low=0.0, default=0.0)
    dw_min_spread: float = parameter("dimensionless", low=0.0, default=0.0)
    asymmetry_spread: float = parameter("dimensionless", low=0.0, default=0.0)
    gamma_spread: float = parameter("dimensionless", low=0.0, default=0.0)
    w_spread: float = parameter("dimensionless", low=0.0, default=0.0)

    def __post_init__(self) -> None:
        check_parameters(self)

    normals = 6  # that `drawn` takes for each cell

    def step(self, w: Array, up: Array | bool) -> Array:
        """Change of the weight under one pulse without noise, as if it did not end anywhere."""
        up_step = self.dw_min * (1.0 + self.asymmetry) * (1.0 - self.gamma_up * w / self.w_max)
        down_step = self.dw_min * (1.0 - self.asymmetry) * (1.0 - self.gamma_down * w / self.w_min)
        return array_namespace(w).where(up, up_step, -down_step)

    def pulse(self, w: Array, up: Array, z: Array) -> Array:
        """The weight after one pulse.

        Parameters
        ----------
        w : (...).
        up : whether the pulse raises it, (...).
        z : standard normal, (...).
        """
        step = self.step(w, up) * (1.0 + self.sigma_step * z)
        return array_namespace(w).clip(w + step, self.w_min, self.w_max)

    def after(self, w: Array, n: Array) -> Array:
        """The weight after `n` pulses without noise, up for positive n and down for negative."""
        xp = array_namespace(w, n)
        n = xp.asarray(n)
        up = n > 0
        gamma = xp.where(up, self.gamma_up, self.gamma_down)
        end = xp.where(up, self.w_max, self.w_min)
        step = self.dw_min * (1.0 + xp.where(up, self.asymmetry, -self.asymmetry))
        # w goes geometrically to end/gamma, which at gamma 0 is a straight line
        share = gamma * step / abs(end)
        safe = xp.where(share > 0, share, 1.0)
        moved = xp.where(
            share > 0, -xp.expm1(abs(n) * xp.log1p(-safe * (share > 0))) / safe, abs(n)
        )
        return xp.clip(w + xp.sign(end) * step * (1 - gamma * w / end) * moved,
                       self.w_min, self.w_max)  # fmt: skip

    def drawn(self, z: Array) -> "LinearStep":
        """The law of cells that differ, from standard normal `z` (6, ...).

        The slopes of the steps do not follow the ends drawn (aihwkit's ``mean_bound_reference``):
        a cell whose range ends early stops there at larger steps.
        """
        xp = array_namespace(z)

        def scaled(name: str, spread: float, number: Array) -> Array:
            return getattr(self, name) * xp.maximum(1.0 + spread * number, 1e-3)

        w_max, w_min = scaled("w_max", self.w_spread, z[2]), scaled("w_min", self.w_spread, z[3])
        gamma_up = abs(self.gamma_up + self.gamma_spread * z[4]) * (w_max / self.w_max)
        gamma_down = abs(self.gamma_down + self.gamma_spread * z[5]) * (w_min / self.w_min)
        return with_parameters(self, {
            "dw_min": scaled("dw_min", self.dw_min_spread, z[0]),
            "asymmetry": self.asymmetry + self.asymmetry_spread * z[1],
            "w_max": w_max,
            "w_min": w_min,
            "gamma_up": xp.minimum(gamma_up, 1.0),
            "gamma_down": xp.minimum(gamma_down, 1.0),
        })  # fmt: skip

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """From the lowest weight up by as many pulses as the steps at 0 need, and down again."""
        steps = int(np.ceil((self.w_max - self.w_min) / self.dw_min)) if self.dw_min > 0 else 1
        each = max(1, steps // _POINTS)
        count = min(each * _POINTS, _LONGEST)
        kept = [np.full(_CELLS, self.w_min)]
        w = kept[0]
        for up in (True, False):
            for k in range(1, count + 1):
                w = self.pulse(w, np.full(_CELLS, up), normals((_CELLS,)))
                if k % max(1, count // _POINTS) == 0:
                    kept.append(w)
        pulses = np.arange(len(kept)) * max(1, count // _POINTS)
        return (
            Response(
                title="Pulses up, then down", x=pulses, x_name="pulse", x_unit="", y=np.stack(kept),
                y_name="weight", y_unit="",
            ),
        )  # fmt: skip

    def conductance(self, w: Array, g_min: float, g_max: float) -> Array:
        """Conductance in a window of it, S."""
        return g_min + (g_max - g_min) * (w - self.w_min) / (self.w_max - self.w_min)


@dataclass(frozen=True, kw_only=True, eq=False)
class IonicGate:
    r"""Ions that a gate drives into a channel, whose conductance they raise.

    .. math::
        I = I_0 \sinh(V/V_0), \qquad \dot q = I/Q - q/\tau, \qquad
        G = G_\min + (G_\max - G_\min)\,q

    Voltage and current are those of the gate; `channel` gives the conductance between the two other
    terminals, which is what an array reads.

    Parameters
    ----------
    i_0, v_0 : scale of the ion current, A, and of its voltage, V.
    charge : Q, that takes the channel through its range, C.
    g_min, g_max : range of the channel, S.
    tau : time in which ions leave again, s; infinite where they stay.
    q_start : where a fresh cell begins.
    ambient : temperature of the surroundings, K; nothing depends on it.

    References
    ----------
    [porzani2024]_ for the form.
    """

    i_0: float = parameter("ampere", low=1e-30)
    v_0: float = parameter("volt", low=1e-4)
    charge: float = parameter("coulomb", low=1e-24)
    g_min: float = parameter("siemens", low=0.0)
    g_max: float = parameter("siemens", low=0.0)
    tau: float = parameter("second", low=1e-12, default=inf)
    q_start: float = parameter("dimensionless", low=0.0, high=1.0, default=0.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("q",)
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not bool(np.all(np.less(self.g_min, self.g_max))):
            raise SpecError(f"g_min ({self.g_min} S) must be below g_max ({self.g_max} S)")

    @property
    def volatile(self) -> bool:
        """Whether ions leave again."""
        return bool(np.any(np.isfinite(self.tau)))

    @property
    def valid(self) -> tuple[float, float]:
        """Voltages that keep the current finite, V."""
        v = 100.0 * float(np.min(self.v_0))
        return -v, v

    def initial_state(self) -> Array:
        """Where a fresh cell begins."""
        return (self.q_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def channel(self, state: Array) -> Array:
        """Conductance of the channel, S."""
        return self.g_min + (self.g_max - self.g_min) * state[0]

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Current of the gate, A."""
        return self.i_0 * array_namespace(v).sinh(v / self.v_0) + 0.0 * state[0]

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Ions that come less those that leave, 1/s."""
        return (self.current(v, state, temperature) / self.charge - state[0] / self.tau)[None]

    def flow(self, v: Array, dt: Array, state: Array, temperature: Array) -> Array:
        """The state after `dt` seconds at the constant voltage `v`; exact."""
        xp = array_namespace(v)
        drive = self.current(v, state, temperature) / self.charge
        faded = dt / self.tau
        held = xp.where(faded > 0, -xp.expm1(-faded) / xp.where(faded > 0, faded, 1.0), 1.0)
        return xp.clip(state * xp.exp(-faded) + drive * dt * held, 0.0, 1.0)
