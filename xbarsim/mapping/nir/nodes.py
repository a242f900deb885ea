"""NIR's node types: the shape that each gives, and the operation that each becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.layers.neurons import Integrator, integrating, leaky, synaptic
from xbarsim.mapping.nir.tree import Part
from xbarsim.mapping.nir.values import (
    Misfit,
    Shape,
    Values,
    array,
    positive,
    spread,
    weights,
    whole,
)
from xbarsim.mapping.nir.windows import conv, conv_shape, pool, pool_shape

_ROUNDING = 1e-6  # relative: float32 time constants that should be a whole number of steps
_LONGEST = 1_000_000  # steps of a delay: each keeps an array


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How time is cut into steps.

    Parameters
    ----------
    dt : a step, s.
    integrator : what solves the neurons' equations.
    charge : what an input of 1 brings to an integrator, I or IF, in a step: 1, or dt.
    """

    dt: float
    integrator: Integrator
    charge: float


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of node.

    Parameters
    ----------
    shape : of its output, from the node and the shape of its input. A `Misfit` says what
        the node wants instead; the caller says what it gets, and from where.
    node : its operation, from the node, the names and the shape of its inputs, and the clock.
    """

    shape: Callable[[Part, Shape], Shape]
    node: Callable[[Part, tuple[str, ...], Shape, Clock], Node]


def _timeless(node: Callable[[Part, tuple[str, ...], Shape], Node]) -> Callable[..., Node]:
    """A node that does not look at the clock."""
    return lambda part, inputs, given, clock: node(part, inputs, given)


def _like(*keys: str, **defaults: float) -> Callable[[Part, Shape], Shape]:
    """The shape of its input, over which parameters `keys`, and those with `defaults`, spread."""

    def shape(part: Part, given: Shape) -> Shape:
        for key in (*keys, *defaults):
            spread(key, array(part, key, defaults.get(key)), given)
        return given

    return shape


def _neuron(op: str, *keys: str) -> Kind:
    """A neuron with parameters `keys`, which fires if it has a threshold among them."""

    def value(part: Part, key: str, given: Shape) -> Values:
        return spread(key, (positive if key.startswith("tau") else array)(part, key), given)

    def node(part: Part, inputs: tuple[str, ...], given: Shape, clock: Clock) -> Node:
        p = {key: value(part, key, given) for key in keys}
        threshold = p.pop("v_threshold", None)
        _check_step(part, p, clock)
        if "tau" in p:
            arrays = leaky(**p, dt=clock.dt, integrator=clock.integrator)
        elif "tau_syn" in p:
            w_in = spread("w_in", array(part, "w_in", 1.0), given)
            arrays = synaptic(**p, w_in=w_in, dt=clock.dt, integrator=clock.integrator)
        else:
            arrays = integrating(p["r"] * clock.charge)
        if threshold is not None:
            reset = spread("v_reset", array(part, "v_reset", 0.0), given)
            arrays |= {"threshold": threshold, "reset": reset}
        return Node(name=part.name, op=op, inputs=inputs, settings={"shape": given}, arrays=arrays)

    return Kind(shape=_like(*keys, v_reset=0.0, w_in=1.0), node=node)


def _check_step(part: Part, p: Mapping[str, Values], clock: Clock) -> None:
    for key in (key for key in p if key.startswith("tau") and clock.integrator == "euler"):
        shortest = p[key].min(initial=np.inf)
        if clock.dt > shortest * (1 + _ROUNDING):
            raise SpecError(
                f"{part}: {key} is {shortest:g} s, shorter than the step dt of {clock.dt:g} s, so "
                "that Euler overshoots; expected a shorter dt, or the integrator 'exact'"
            )


def _threshold(part: Part, inputs: tuple[str, ...], given: Shape) -> Node:
    """A neuron that forgets all within a step: d = 0, g = 1."""
    zero = np.zeros(given)
    arrays = {
        "decay": zero,
        "gain": zero + 1,
        "drift": zero,
        "reset": zero,
        "threshold": spread("threshold", array(part, "threshold"), given),
    }
    return Node(
        name=part.name, op="threshold", inputs=inputs, settings={"shape": given}, arrays=arrays
    )


def _delay(part: Part, inputs: tuple[str, ...], given: Shape, clock: Clock) -> Node:
    steps = spread("delay", array(part, "delay"), given) / clock.dt
    off = np.abs(steps - np.rint(steps)) > _ROUNDING * np.maximum(1, np.abs(steps))
    wrong = off | (np.rint(steps) < 0) | (steps > _LONGEST)
    if wrong.any():
        raise SpecError(
            f"{part}: delay is {steps[wrong][0] * clock.dt:g} s; expected a whole number of "
            f"steps dt of {clock.dt:g} s, from 0 to {_LONGEST}"
        )
    delay = np.rint(steps).astype(np.int64)
    settings = {"shape": given, "steps": tuple(int(s) for s in np.unique(delay))}
    return Node(
        name=part.name, op="delay", inputs=inputs, settings=settings, arrays={"delay": delay}
    )


def _dense_shape(part: Part, given: Shape) -> Shape:
    w = weights(part, 2)["weights"]
    if given != w.shape[1:]:
        raise Misfit(f"it takes {w.shape[1:]}")
    return w.shape[:1]


def _dense(part: Part, inputs: tuple[str, ...], given: Shape) -> Node:
    return Node(name=part.name, op="linear", inputs=inputs, arrays=weights(part, 2))


def _scale(part: Part, inputs: tuple[str, ...], given: Shape) -> Node:
    arrays = {"b": spread("scale", array(part, "scale"), given)}
    return Node(name=part.name, op="multiply", inputs=inputs, arrays=arrays)


def _axes(part: Part, given: Shape) -> tuple[int, int]:
    """First and last axis, of a sample, that are flattened."""
    n = len(given)
    (first,) = whole(part, "start_dim", 1, -n)
    (last,) = whole(part, "end_dim", 1, -n)
    if max(first, last) >= n or first % n > last % n:
        raise Misfit(f"it flattens axes {first} to {last} of a sample")
    return first % n, last % n


def _flat_shape(part: Part, given: Shape) -> Shape:
    first, last = _axes(part, given)
    return (*given[:first], int(np.prod(given[first : last + 1])), *given[last + 1 :])


def _flatten(part: Part, inputs: tuple[str, ...], given: Shape) -> Node:
    first, last = _axes(part, given)
    settings = {"start": first + 1, "end": last + 1}
    return Node(name=part.name, op="flatten", inputs=inputs, settings=settings)


_DENSE = Kind(shape=_dense_shape, node=_timeless(_dense))
_CONV = Kind(shape=conv_shape, node=_timeless(conv))
_POOL = Kind(shape=pool_shape, node=_timeless(pool))
_MEMBRANE = ("r", "v_leak")

#: by NIR's name of the type
KINDS: Mapping[str, Kind] = {
    "Affine": _DENSE,
    "Linear": _DENSE,
    "Scale": Kind(shape=_like("scale"), node=_timeless(_scale)),
    "Conv1d": _CONV,
    "Conv2d": _CONV,
    "AvgPool2d": _POOL,
    "SumPool2d": _POOL,
    "Flatten": Kind(shape=_flat_shape, node=_timeless(_flatten)),
    "Delay": Kind(shape=_like("delay"), node=_delay),
    "Threshold": Kind(shape=_like("threshold"), node=_timeless(_threshold)),
    "I": _neuron("i", "r"),
    "IF": _neuron("if", "r", "v_threshold"),
    "LI": _neuron("li", "tau", *_MEMBRANE),
    "LIF": _neuron("lif", "tau", *_MEMBRANE, "v_threshold"),
    "CubaLI": _neuron("cuba_li", "tau_syn", "tau_mem", *_MEMBRANE),
    "CubaLIF": _neuron("cuba_lif", "tau_syn", "tau_mem", *_MEMBRANE, "v_threshold"),
}
