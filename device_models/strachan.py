"""TaOx memristor of Strachan and others: a conducting area that heat helps to move."""

from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.device import check_parameters, interval, parameter

_LARGEST = 300.0  # exponent that still leaves room for products


@dataclass(frozen=True, kw_only=True, eq=False)
class Strachan:
    r"""A metallic and an insulating part side by side, moved by field and power.

    .. math::
        I &= V \bigl(G_m x + (1 - x)\,a\,e^{b \sqrt{|V|}}\bigr), \qquad P = I V \\
        \dot x &= A \sinh(V / \sigma_\mathrm{off})\,e^{-(x_\mathrm{off} / x)^2}\,
            e^{1 / (1 + \beta P)} \quad \text{below 0 V} \\
        \dot x &= B \sinh(V / \sigma_\mathrm{on})\,e^{-(x / x_\mathrm{on})^2}\,
            e^{P / \sigma_p} \quad \text{above}

    Parameters
    ----------
    g_metal : conductance at x = 1, S.
    g_leak : conductance of the rest without field, S.
    b : growth of that conductance, 1/V^(1/2).
    off, on : speed below and above 0 V, 1/s.
    v_off, v_on : voltage scales of the speed, V.
    x_off, x_on : state below which the first is slow, and above which the second is.
    beta : loss of speed with power below 0 V, 1/W.
    p_on : power that raises the speed above 0 V by e, W.
    x_start : state of a fresh cell.
    ambient : temperature for which this was published, K; nothing depends on it.

    References
    ----------
    [strachan2013]_
    """

    g_metal: float = parameter("siemens", low=0.0)
    g_leak: float = parameter("siemens", low=0.0)
    b: float = parameter("1/volt**0.5", low=0.0)
    off: float = parameter("1/second", low=0.0)
    on: float = parameter("1/second", low=0.0)
    v_off: float = parameter("volt", low=1e-3)
    v_on: float = parameter("volt", low=1e-3)
    x_off: float = parameter("dimensionless", low=0.0)
    x_on: float = parameter("dimensionless", low=1e-3)
    beta: float = parameter("1/watt", low=0.0)
    p_on: float = parameter("watt", low=1e-9)
    x_start: float = parameter("dimensionless", low=0.0, high=1.0)
    ambient: float = parameter("kelvin", low=1.0, default=300.0)

    states = ("x",)
    valid = (-1.0, 1.0)
    volatile = False
    breakpoints = (0.0,)

    def __post_init__(self) -> None:
        check_parameters(self)

    def initial_state(self) -> Array:
        """The state of a fresh cell."""
        return (self.x_start,)

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """0 and 1."""
        return interval(0.0, 1.0, v)

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Both parts in parallel, A."""
        xp = array_namespace(v, state)
        leak = self.g_leak * xp.exp(self.b * xp.sqrt(abs(v)))
        return v * (self.g_metal * state[0] + (1.0 - state[0]) * leak)

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Growth of the metallic part, 1/s."""
        xp = array_namespace(v, state)
        x = state[0]
        power = v * self.current(v, state, temperature)
        far = (self.x_off / xp.maximum(x, 1e-3)) ** 2
        shrink = self.off * xp.sinh(xp.minimum(v, 0.0) / self.v_off)
        shrink = shrink * xp.exp(1.0 / (1.0 + self.beta * power) - far)
        help_on = xp.minimum(power / self.p_on - (x / self.x_on) ** 2, _LARGEST)
        grow = self.on * xp.sinh(xp.maximum(v, 0.0) / self.v_on) * xp.exp(help_on)
        return (shrink + grow)[None]
