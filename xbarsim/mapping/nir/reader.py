"""Spiking networks in the Neuromorphic Intermediate Representation, NIR."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Literal, get_args

import numpy as np

from xbarsim.errors import SpecError, suggestion
from xbarsim.layers import Node
from xbarsim.layers.neurons import INTEGRATORS, Integrator
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.nir.nodes import KINDS, Clock, Kind
from xbarsim.mapping.nir.tree import Part, Wiring, read_tree
from xbarsim.mapping.nir.values import Misfit, Shape, array
from xbarsim.mapping.steps import running_order

Charge = Literal["pulse", "current"]

#: nodes whose value of the step before may stand for them, so that a loop can close
_NEURONS = {"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold"}
_PORTS = {"Input", "Output"}
_SUM_KIND = "sum of edges"
_SUM = Kind(
    shape=lambda part, given: given,
    node=lambda part, inputs, given, clock: Node(name=part.name, op="add", inputs=inputs),
)


def from_nir(
    model: Any,
    *,
    dt: float = 1e-4,
    integrator: Integrator = "euler",
    charge: Charge = "pulse",
) -> Graph:
    r"""A NIR graph, in steps of time.

    The graph takes x (n, time, ...) and gives (n, time, ...). NIR describes continuous time, and
    leaves to each platform how it is cut into steps; `xbarsim.layers.neurons` has the update rules.
    Several edges into a node add up. A loop closes with one step of delay at the output of a
    neuron, but for a loop with a delay node, which has that delay alone. Parameters of one value,
    or with axes of size 1, are spread over the node's shape.

    Parameters
    ----------
    model : a ``nir.NIRGraph``, or the path of a NIR file. Subgraphs, of one input and one output,
        are dissolved: node ``b`` in graph ``a`` becomes ``a.b``.
    dt : length of a step, s; 1e-4 s in the networks published with NIR and in snnTorch.
    integrator : ``euler``, as in snnTorch and Norse, or ``exact`` for an input held over a step.
    charge : what an input of 1 means to I and IF. A ``pulse`` adds R to v, as in snnTorch, Norse
        and Sinabs, and in the convolutional network published with NIR. A ``current`` over the step
        adds R dt, as NIR's equation reads. Other neurons take every input as a current.

    Raises
    ------
    SpecError : a file that is no NIR file or truncated; unknown node types; shapes that do not fit;
        parameters that are not finite, time constants of 0 or less, or with Euler less than `dt`;
        delays that are no whole number of steps; loops without a neuron or a delay; other than one
        output.
    """
    clock = _clock(dt, integrator, charge)
    wiring = read_tree(model)
    parts, sources = _without_ports(wiring)
    output = next(name for name, part in parts.items() if part.kind == "Output")
    shapes = _shapes(parts, sources)
    inputs = [name for name, part in parts.items() if part.kind == "Input"]
    parts = {name: part for name, part in parts.items() if part.kind not in _PORTS}
    nodes = {
        name: _kind(part).node(part, tuple(sources[name]), shapes[sources[name][0]], clock)
        for name, part in parts.items()
    }
    order = running_order(
        {name: sources[name] for name in parts},
        delayed={name for name, part in parts.items() if part.kind in _NEURONS},
        early={
            n for n, node in nodes.items() if node.op == "delay" and min(node.settings["steps"])
        },
    )
    return Graph(
        nodes=tuple(nodes[name] for name in order),
        inputs=tuple(inputs),
        output=sources[output][0],
        dt=clock.dt,
    )


def _clock(dt: float, integrator: Integrator, charge: Charge) -> Clock:
    if not (isfinite(dt) and dt > 0):
        raise SpecError(f"dt is {dt!r} s; expected a time step of more than 0")
    known = {"integrator": INTEGRATORS, "charge": get_args(Charge)}
    for name, value in {"integrator": integrator, "charge": charge}.items():
        if value not in known[name]:
            raise SpecError(f"{name} is {value!r}; known: {', '.join(known[name])}")
    return Clock(
        dt=float(dt), integrator=integrator, charge=1.0 if charge == "pulse" else float(dt)
    )


def _kind(part: Part) -> Kind:
    return _SUM if part.kind == _SUM_KIND else KINDS[part.kind]


def _without_ports(wiring: Wiring) -> tuple[dict[str, Part], dict[str, list[str]]]:
    """Parts of one source, sums of two, and of the ports only the graph's own."""
    parts: dict[str, Part] = {}
    sources: dict[str, list[str]] = {}
    for name, part in wiring.parts.items():
        if part.kind not in (*KINDS, *_PORTS):
            hint = suggestion(part.kind, [*KINDS, *sorted(_PORTS)])
            raise SpecError(f"{part}: NIR type {part.kind!r} is not supported{hint}")
        if part.inner and part.kind in _PORTS:
            continue
        parts[name], sources[name] = part, _through(wiring, name, ())
        if bool(sources[name]) == (part.kind == "Input"):
            fault = "is fed by " + sources[name][0] if sources[name] else "is given nothing"
            raise SpecError(f"{part} {fault}; expected an edge into each node but the inputs")
    outputs = [name for name, part in parts.items() if part.kind == "Output"]
    if len(outputs) != 1:
        raise SpecError(f"the graph has {len(outputs)} nodes of type Output; expected one")
    for name in [name for name, given in sources.items() if len(given) > 1]:
        first, *others = sources[name]
        for k, other in enumerate(others, start=1):
            total = f"{name}.sum{k if len(others) > 1 else ''}"
            if total in parts:
                raise SpecError(f"{parts[total]} has the name of the sum that enters {name}")
            parts[total] = Part(name=total, kind=_SUM_KIND, values={})
            sources[total] = [first, other]
            first = total
        sources[name] = [first]
    return parts, sources


def _through(wiring: Wiring, name: str, path: tuple[str, ...]) -> list[str]:
    """What a node is given, seen through the ports of subgraphs and of the graph."""
    if name in path:
        raise SpecError(f"{', '.join(sorted(path))}: inputs and outputs that feed each other")
    found: list[str] = []
    for source in wiring.sources[name]:
        part = wiring.parts[source]
        passes = part.kind == "Output" or (part.inner and part.kind == "Input")
        found += _through(wiring, source, (*path, name)) if passes else [source]
    return found


def _shapes(parts: Mapping[str, Part], sources: Mapping[str, Sequence[str]]) -> dict[str, Shape]:
    """The shape of a sample of each part's value.

    Raises
    ------
    SpecError : shapes that do not fit, with both nodes' names; an input without a shape.
    """
    shapes = {name: _declared(part) for name, part in parts.items() if part.kind == "Input"}
    waiting = [name for name in parts if name not in shapes]
    while waiting:
        ready = [name for name in waiting if any(s in shapes for s in sources[name])]
        if not ready:
            raise SpecError(f"{parts[waiting[0]]} is not reached from an input")
        for name in ready:
            source = next(s for s in sources[name] if s in shapes)
            shapes[name] = _shape(parts[name], shapes[source], parts[source])
        waiting = [name for name in waiting if name not in shapes]
    for name, part in parts.items():
        for source in sources[name]:
            if _shape(part, shapes[source], parts[source]) != shapes[name]:
                raise SpecError(
                    f"{part} is given shape {shapes[source]} by {parts[source]}, but "
                    f"{shapes[name]} by {', '.join(s for s in sources[name] if s != source)}"
                )
    return shapes


def _shape(part: Part, given: Shape, source: Part) -> Shape:
    try:
        if part.kind != "Output":
            return _kind(part).shape(part, given)
        declared = _declared(part)  # some exporters leave axes of size 1 in
        if [n for n in declared if n != 1] != [n for n in given if n != 1]:
            raise Misfit(f"its shape is {declared}")
    except Misfit as misfit:
        raise SpecError(f"{part} is given shape {given} by {source}, but {misfit}") from None
    return given


def _declared(part: Part) -> Shape:
    shape = np.ravel(array(part, "shape"))
    if (shape != np.rint(shape)).any() or (shape < 1).any():
        raise SpecError(f"{part}: shape is {shape.tolist()}; expected whole numbers of at least 1")
    return tuple(int(n) for n in shape)
