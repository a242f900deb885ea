r"""Spiking neurons in discrete time.

With :math:`x` the weighted sum of the spikes that arrive in a step, every neuron does

.. math::

    i \leftarrow d_s\,i + x, \qquad v \leftarrow d\,v + g\,i + b, \qquad
    z = [v > \theta + \beta a \text{ and not refractory}], \qquad
    a \leftarrow \rho\,a + (1 - \rho)\,z

and where :math:`z = 1` then goes to its reset potential, or loses its threshold. `LIF` and
`DecayLIF` say what the coefficients are; a synapse without a time constant has :math:`d_s = 0`.

References
----------
Multiplicative form: N. Lin et al., arXiv 2307.00771, with :math:`v_t = d v_{t-1} (1 - s_{t-1}) +
x`, which is a reset to 0. Equation of the membrane and coefficients: those of NIR, see
`xbarsim.layers.neurons`. Adaptation: G. Bellec et al., "Long short-term memory and
learning-to-learn in networks of spiking neurons", NeurIPS 2018, section 2; their code takes the
threshold off in the step after a spike, here it is taken off at once. A refractory neuron that
still integrates: V. Ivanov and K. Michmizos, NeurIPS 2021.
"""

from dataclasses import dataclass
from math import exp, inf
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.checks import check_number
from xbarsim.errors import SpecError
from xbarsim.layers.neurons import INTEGRATORS, Integrator
from xbarsim.streams import Streams
from xbarsim.units import show

_MOST = 1_000_000_000  # steps that a counter holds

Refractory = Literal["held", "integrating"]


class Coefficients(NamedTuple):
    """What a step of `dt` does; all are plain numbers.

    Parameters
    ----------
    decay, gain, drift : d, g and b.
    threshold, reset : theta and where v goes; `subtract`: v loses its threshold instead.
    rest : v before the first step.
    synapse : d_s; 0 for none.
    refractory : steps after a spike without another; `held`: v stays at its reset meanwhile.
    fade : rho; 0 where no neuron adapts.
    """

    decay: float
    gain: float
    drift: float
    threshold: float
    reset: float
    subtract: bool
    rest: float
    synapse: float
    refractory: int
    held: bool
    fade: float


class NeuronState(NamedTuple):
    """Potential, synaptic current, adaptation, refractory steps left (int32), (n, neurons) each."""

    v: Array
    current: Array
    adapted: Array
    waits: Array


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    r"""A threshold that rises with the neuron's own rate, by :math:`\beta a`.

    Parameters
    ----------
    beta : what the threshold gains at a spike in every step, in units of v.
    tau : time constant of the rate, s: :math:`\rho = e^{-\Delta t / \tau}`.
    share : of neurons that adapt, drawn at random.
    """

    beta: float = 1.0
    tau: float = 0.2
    share: float = 1.0

    def __post_init__(self) -> None:
        check_number("neuron.adaptation.beta", self.beta, 0.0, inf)
        check_number("neuron.adaptation.tau", self.tau, 0.0, inf, "second", above=True)
        check_number("neuron.adaptation.share", self.share, 0.0, 1.0)

    def betas(self, neurons: int, streams: Streams) -> Array:
        """`beta` of each neuron, (neurons,): 0 for those that do not adapt."""
        chosen = (streams / "adapting").rng().permutation(neurons) < round(self.share * neurons)
        return self.beta * chosen


@dataclass(frozen=True, kw_only=True)
class Spiking:
    """What neurons have in common; `LIF` and `DecayLIF` add the membrane.

    Parameters
    ----------
    threshold : a spike needs a potential above it.
    reset : potential after a spike.
    subtract : whether a spike takes the threshold off instead.
    refractory : time after a spike without another, s; whole steps, rounded.
    while_refractory : ``held``: the potential stays at its reset; ``integrating``: it moves on.
    tau_synapse : time constant of the exponential synaptic current, s; 0 for spikes that act in
        one step alone.
    adaptation : of the threshold; None for none.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    threshold: float = 1.0
    reset: float = 0.0
    subtract: bool = False
    refractory: float = 0.0
    while_refractory: Refractory = "held"
    tau_synapse: float = 0.0
    adaptation: Adaptation | None = None

    def __post_init__(self) -> None:
        check_number("neuron.threshold", self.threshold)
        check_number("neuron.reset", self.reset)
        check_number("neuron.refractory", self.refractory, 0.0, inf, "second")
        check_number("neuron.tau_synapse", self.tau_synapse, 0.0, inf, "second")
        if self.reset >= self.threshold:
            raise SpecError(
                f"neuron.reset is {self.reset:g}; it must be below the threshold, "
                f"{self.threshold:g}"
            )
        if self.while_refractory not in get_args(Refractory):
            known = ", ".join(get_args(Refractory))
            raise SpecError(f"neuron.while_refractory is {self.while_refractory!r}; known: {known}")
        if not isinstance(self.adaptation, Adaptation | None):
            raise SpecError(
                f"neuron.adaptation is {self.adaptation!r}; expected Adaptation(...), or None"
            )
        if self.subtract and self.refractory and self.while_refractory == "held":
            raise SpecError(
                "neuron.while_refractory is 'held', but with neuron.subtract there is no reset at "
                "which to hold the potential; take 'integrating'"
            )

    def coefficients(self, dt: float) -> Coefficients:
        """What a step of `dt` (s) does.

        Raises
        ------
        SpecError : `dt` is not above 0, or too long for forward Euler.
        """
        check_number("dt", dt, 0.0, inf, "second", above=True)
        decay, gain, drift, rest = self._membrane(dt)
        steps = round(self.refractory / dt)
        if steps > _MOST:
            raise SpecError(
                f"neuron.refractory is {show(self.refractory, 'second')}, {steps:.3g} steps of "
                f"{show(dt, 'second')}; at most {_MOST} can be counted"
            )
        return Coefficients(
            decay=decay,
            gain=gain,
            drift=drift,
            threshold=float(self.threshold),
            reset=float(self.reset),
            subtract=bool(self.subtract),
            rest=rest,
            synapse=exp(-dt / self.tau_synapse) if self.tau_synapse else 0.0,
            refractory=steps,
            held=steps > 0 and self.while_refractory == "held",
            fade=exp(-dt / self.adaptation.tau) if self.adaptation else 0.0,
        )

    def _membrane(self, dt: float) -> tuple[float, float, float, float]:
        """d, g, b and the potential before the first step."""
        raise SpecError("neuron is a Spiking, which has no membrane; take LIF or DecayLIF")


@dataclass(frozen=True, kw_only=True)
class DecayLIF(Spiking):
    """A potential that keeps the share `decay` of itself in a step: d = decay, g = 1, b = 0.

    Parameters
    ----------
    decay : 0 to 1, of a step, whatever its length.
    """

    decay: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("neuron.decay", self.decay, 0.0, 1.0)

    def _membrane(self, dt: float) -> tuple[float, float, float, float]:
        return float(self.decay), 1.0, 0.0, 0.0


@dataclass(frozen=True, kw_only=True)
class LIF(Spiking):
    r"""A membrane: :math:`\tau \dot v = v_\mathrm{rest} - v + R\,i`.

    Parameters
    ----------
    tau : s.
    rest : potential without input, from which it starts.
    resistance : R, in units of v over those of the weights.
    integrator : ``exact`` for a current held over the step, or forward ``euler``.
    """

    tau: float = 20e-3
    rest: float = 0.0
    resistance: float = 1.0
    integrator: Integrator = "exact"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("neuron.tau", self.tau, 0.0, inf, "second", above=True)
        check_number("neuron.rest", self.rest)
        check_number("neuron.resistance", self.resistance)
        if self.integrator not in INTEGRATORS:
            raise SpecError(
                f"neuron.integrator is {self.integrator!r}; known: {', '.join(INTEGRATORS)}"
            )

    def _membrane(self, dt: float) -> tuple[float, float, float, float]:
        if self.integrator == "euler" and dt > self.tau:
            raise SpecError(
                f"dt is {show(dt, 'second')}; forward Euler needs it to be at most neuron.tau, "
                f"{show(self.tau, 'second')}"
            )
        decay = 1 - dt / self.tau if self.integrator == "euler" else exp(-dt / self.tau)
        return decay, (1 - decay) * self.resistance, (1 - decay) * self.rest, float(self.rest)


def begin(c: Coefficients, shape: tuple[int, int], dtype: Any) -> NeuronState:
    """The state of (n, neurons) before the first step."""
    zero = np.zeros(shape, dtype)
    return NeuronState(np.full(shape, c.rest, dtype), zero, zero.copy(), np.zeros(shape, np.int32))


def step(c: Coefficients, beta: Array, state: NeuronState, x: Array) -> tuple[NeuronState, Array]:
    """The next state, and which neurons spike, for weighted sums `x` (n, neurons).

    Parameters
    ----------
    beta : what each threshold gains from adaptation, (neurons,), of the type of `x`.
    """
    xp, of = array_namespace(x), x.dtype.type
    current = of(c.synapse) * state.current + x if c.synapse else x
    v = of(c.decay) * state.v + of(c.gain) * current + of(c.drift)
    ready = state.waits == 0
    if c.held:
        v = xp.where(ready, v, of(c.reset))
    threshold = of(c.threshold) + beta * state.adapted if c.fade else of(c.threshold)
    spikes = (v > threshold) & ready
    v = xp.where(spikes, v - threshold if c.subtract else of(c.reset), v)
    adapted = state.adapted
    if c.fade:
        adapted = of(c.fade) * adapted + of(1 - c.fade) * spikes.astype(x.dtype)
    waits = xp.where(spikes, np.int32(c.refractory), xp.maximum(state.waits - 1, 0))
    return NeuronState(v, current if c.synapse else state.current, adapted, waits), spikes
