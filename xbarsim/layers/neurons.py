r"""Neurons, integrators and delays: operations that keep a state from one time step to the next.

The equations are those of the Neuromorphic Intermediate Representation, NIR, with the input
current :math:`I` held over a step of :math:`\Delta t`. A neuron then obeys

.. math:: v \leftarrow d\,v + g\,I + b, \qquad z = [v > v_\mathrm{threshold}], \qquad
          v \leftarrow v_\mathrm{reset} \text{ where } z = 1

and gives its spikes :math:`z`; without a threshold it gives :math:`v`. With a synapse
(CubaLI, CubaLIF) the current decays too:

.. math:: v \leftarrow d\,v + s\,i + g\,I + b, \qquad i \leftarrow d_s\,i + g_s\,I.

`leaky`, `integrating` and `synaptic` say what the coefficients are. Forward Euler and the exact
solution differ in nothing else, so that one step serves both. A neuron with a threshold starts from
:math:`v_\mathrm{reset}`, one without from :math:`v_\mathrm{leak}` (0 for an integrator), and every
synapse from 0: NIR leaves that open.

References
----------
J. E. Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for
interoperable brain-inspired computing", Nature Communications 15, 8122 (2024),
doi:10.1038/s41467-024-52259-9; docstrings of ``nir.ir.neuron``, nir 1.0.8.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from xbarsim.backend import Array, array_namespace
from xbarsim.layers.node import Node

Integrator = Literal["euler", "exact"]
INTEGRATORS: tuple[str, ...] = get_args(Integrator)

State: TypeAlias = tuple[Array, ...]
Values: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class StatefulOp:
    """An operation that remembers.

    Parameters
    ----------
    init : the state before the first step, of a node with ``settings["shape"]``, its shape without
        the batch; for n samples, in arrays of a library and a type.
    step : the next state and the output (n, ...) from a node, its state and its inputs (n, ...).
    early : the output known from the state alone, before the inputs of the step are.
    """

    init: Callable[[Node, int, ModuleType, Any], State]
    step: Callable[[Node, State, list[Array]], tuple[State, Array]]
    early: Callable[[Node, State], Array] | None = None


def leaky(
    tau: Values, r: Values, v_leak: Values, *, dt: float, integrator: Integrator
) -> dict[str, Values]:
    r"""Coefficients of :math:`\tau \dot v = v_\mathrm{leak} - v + R I`, NIR's LI and LIF.

    With :math:`a = \Delta t / \tau` (euler) or :math:`1 - e^{-\Delta t / \tau}` (exact):
    :math:`d = 1 - a`, :math:`g = a R`, :math:`b = a v_\mathrm{leak}`.
    """
    a = _approach(tau, dt, integrator)
    return {"decay": 1 - a, "gain": a * r, "drift": a * v_leak, "start": v_leak}


def integrating(r: Values) -> dict[str, Values]:
    r"""Coefficients of :math:`\dot v = R I`, NIR's I and IF: :math:`d = 1, g = R, b = 0`.

    Parameters
    ----------
    r : what an input of 1 adds in a step; R dt for a current.
    """
    zero = np.zeros_like(r)
    return {"decay": zero + 1, "gain": r, "drift": zero, "start": zero}


def synaptic(
    tau_syn: Values,
    tau_mem: Values,
    r: Values,
    v_leak: Values,
    w_in: Values,
    *,
    dt: float,
    integrator: Integrator,
) -> dict[str, Values]:
    r"""Coefficients of NIR's CubaLI and CubaLIF.

    .. math:: \tau_s \dot i = w I - i, \qquad \tau_m \dot v = v_\mathrm{leak} - v + R i

    With :math:`a_s, a_m` as in `leaky`: :math:`d_s = 1 - a_s`, :math:`g_s = a_s w`,
    :math:`d = 1 - a_m`, :math:`b = a_m v_\mathrm{leak}`. Euler updates the current first, as
    snnTorch and Norse do: :math:`s = a_m (1 - a_s) R`, :math:`g = a_m a_s w R`. Exact is
    :math:`s = k R`, :math:`g = (a_m - k) w R`, where

    .. math:: k = \frac{\tau_s}{\tau_s - \tau_m} (e^{-\Delta t / \tau_s} - e^{-\Delta t / \tau_m}).
    """
    a_s, a_m = _approach(tau_syn, dt, integrator), _approach(tau_mem, dt, integrator)
    if integrator == "euler":
        k = a_m * (1 - a_s)
    else:  # written for tau_syn = tau_mem too, where k = dt / tau exp(-dt / tau)
        y = np.abs(dt / tau_mem - dt / tau_syn)
        slower = np.exp(-dt / np.maximum(tau_mem, tau_syn))
        k = dt / tau_mem * slower * np.divide(-np.expm1(-y), y, out=np.ones_like(y), where=y > 0)
    return {
        "decay": 1 - a_m,
        "from_synapse": k * r,
        "gain": (a_m - k) * w_in * r,
        "drift": a_m * v_leak,
        "start": v_leak,
        "synapse_decay": 1 - a_s,
        "synapse_gain": a_s * w_in,
    }


def _approach(tau: Values, dt: float, integrator: Integrator) -> Values:
    """The share of the way to equilibrium that a step goes."""
    return dt / tau if integrator == "euler" else -np.expm1(-dt / tau)


def _neuron_init(node: Node, n: int, xp: ModuleType, dtype: Any) -> State:
    start = node.arrays["reset" if "reset" in node.arrays else "start"]
    shape = (n, *node.settings["shape"])
    zero = xp.zeros(shape, dtype=dtype)
    v = zero + xp.asarray(start, dtype=dtype)
    state: State = (v, zero) if "synapse_decay" in node.arrays else (v,)
    return state


def _neuron_step(node: Node, state: State, x: list[Array]) -> tuple[State, Array]:
    c, v = node.arrays, state[0]
    current = x[0].astype(v.dtype, copy=False)
    rest: State = ()
    v = c["decay"] * v + c["gain"] * current + c["drift"]
    if "synapse_decay" in c:
        v += c["from_synapse"] * state[1]
        rest = (c["synapse_decay"] * state[1] + c["synapse_gain"] * current,)
    if "threshold" not in c:
        return (v, *rest), v
    spikes = v > c["threshold"]
    v = array_namespace(v).where(spikes, c["reset"], v)
    return (v, *rest), spikes.astype(v.dtype)


def _delay_init(node: Node, n: int, xp: ModuleType, dtype: Any) -> State:
    zero = xp.zeros((n, *node.settings["shape"]), dtype=dtype)
    past: State = (zero,) * max(1, *node.settings["steps"])  # the latest input first
    return past


def _delay_step(node: Node, state: State, x: list[Array]) -> tuple[State, Array]:
    past = (x[0], *state)
    return past[:-1], _delayed(node, past)


def _delay_early(node: Node, state: State) -> Array:
    return _delayed(node, (state[0] * 0, *state))


def _delayed(node: Node, past: State) -> Array:
    first, *others = node.settings["steps"]
    out = past[first]
    for d in others:
        out = array_namespace(out).where(node.arrays["delay"] == d, past[d], out)
    return out


_NEURON = StatefulOp(init=_neuron_init, step=_neuron_step)
_DELAY = StatefulOp(init=_delay_init, step=_delay_step, early=_delay_early)

#: a neuron's arrays are coefficients of the shape of one sample; a delay has `steps` in its
#: settings, the whole numbers of steps that occur, and `delay`, which of them holds where
STATEFUL: Mapping[str, StatefulOp] = {
    **dict.fromkeys(("i", "if", "li", "lif", "cuba_li", "cuba_lif", "threshold"), _NEURON),
    "delay": _DELAY,
}
