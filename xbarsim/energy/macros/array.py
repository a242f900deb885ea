"""What an invocation of a memristive macro costs, from its description alone.

Nothing here is fitted to a macro. Half of the inputs are on and half of the cells are in the low
state; the cells draw their current for half of the cycle, the converters have the other half; a
fifth is added for clock, timing and decoders. These are assumed. Not in it: amplifiers that drive
or clamp lines by static currents, and shifting and adding behind the converters.
"""

import math
from collections.abc import Mapping

from xbarsim.constants import NORMAL_90
from xbarsim.energy.area import ROUTING
from xbarsim.energy.component import Component, Cost, Model, cost_of
from xbarsim.energy.macros.cells import gate_capacitance, mean_conductance, resistances
from xbarsim.energy.macros.description import Macro, Point
from xbarsim.energy.parts import gates
from xbarsim.energy.parts.adc_other import COUNTER, FLASH
from xbarsim.energy.parts.adc_survey import SURVEY
from xbarsim.energy.parts.drivers import CHAIN, GATE_PER_WIDTH
from xbarsim.errors import SpecError, suggestion
from xbarsim.technology import Node, node

INPUTS_ON, WEIGHTS_LOW, CYCLE_SHARE, CONTROL = 0.5, 0.5, 0.5, 0.2
#: standard deviation of ln energy between designs, part by part; assumed
SCATTER = {"word_lines": 0.5, "cells": 0.7, "registers": 0.7, "control": 0.7}
COMMON_SCATTER = 0.5  # of data and conditions of measurement, common to all parts; assumed
_SENSE_GATES = 2  # a latch that is set off once for each bit: assumed
_BIT_GATES = 6  # of a register's bit: assumed
_TOGGLES = 0.25  # a random bit changes every other time, and needs two changes for a full cycle


def sense(node: Node, bits: float) -> Cost:
    """One bit after the other by a latch-type sense amplifier, levels by mirrors."""
    return Cost(energy=bits * gates.switching(node, _SENSE_GATES))


SENSE = Model(
    name="sense", costs=sense, scatter=gates.SCATTER, valid={"bits": (1, 8)},
    source="two gates a bit, assumed; scatter assumed",
)  # fmt: skip
CONVERTERS: Mapping[str, Component] = {
    "sense": SENSE, "sar": SURVEY, "flash": FLASH, "counter": COUNTER,
}  # fmt: skip


def converter_of(macro: Macro) -> Component:
    """The model of the macro's converters.

    Raises
    ------
    SpecError : there is none of that name.
    """
    if macro.converter not in CONVERTERS:
        near = suggestion(macro.converter, list(CONVERTERS))
        raise SpecError(f"{macro.name}: converter is {macro.converter!r}{near}")
    return CONVERTERS[macro.converter]


def node_of(macro: Macro) -> Node:
    """The macro's node at its supply; beyond the range of logic, energies go with V^2."""
    return node(macro.technology_node).supplied(macro.v_dd, extrapolate=True)


def beyond(macro: Macro) -> list[str]:
    """That the macro's supply lies beyond what is known of logic, where this model takes it."""
    told: list[str] = []
    if macro.model == "memory":
        node(macro.technology_node).supplied(macro.v_dd, extrapolate=True, told=told)
    return [f"{macro.name}: {fault}" for fault in told]


def column_conductance(macro: Macro) -> float:
    """Of a column with half of its inputs on, S, as seen from the end of its lines.

    Cells all along a line of resistance R act as G tanh(x) / x with x = sqrt(G R), the solution of
    a uniform line that is open at its far end; R is that of the bit line and of the source line.
    """
    at = node_of(macro)
    cells = macro.rows_on * macro.rows_per_weight * INPUTS_ON
    ideal = cells * mean_conductance(resistances(macro), at, WEIGHTS_LOW)
    x = math.sqrt(ideal * 2 * macro.rows * at.r_segment[1])
    return ideal * math.tanh(x) / x


def invocation(macro: Macro, point: Point) -> dict[str, float]:
    """Energy of one invocation of one core by component, J.

    Parameters
    ----------
    point : its ``cycle_time`` must be given.
    """
    at, time = node_of(macro), point.cycle_time
    if time is None:
        raise SpecError(f"{macro.name}: points.cycle_time is missing")
    lines = macro.rows_on * macro.rows_per_weight
    bits = point.converter_bits or macro.converter_bits
    line = macro.cols * (gate_capacitance(at) + at.c_segment[0])
    current = column_conductance(macro) * macro.v_read
    columns = macro.converters * point.columns_per_conversion
    rate = 1 / (time * (1 - CYCLE_SHARE))
    conversion = cost_of("converter", converter_of(macro), at, bits=bits, rate=rate).energy
    register_bits = macro.converters * bits + lines
    found = {
        "word_lines": lines * INPUTS_ON * point.pulses * line * at.v_dd**2 * CHAIN,
        "cells": columns * current * at.v_dd * time * CYCLE_SHARE,
        "converters": macro.converters * conversion,
        "registers": gates.switching(at, register_bits * _BIT_GATES * _TOGGLES),
    }
    return found | {"control": CONTROL * sum(found.values())}


def products(macro: Macro, point: Point) -> float:
    """Whole products of one core in one invocation, the mean over those of an input."""
    return macro.rows_on * macro.converters / (point.conversions_per_weight * point.cycles)


def area(macro: Macro) -> float:
    """Of all cores, m^2: cells, word-line drivers, converters and registers in gates.

    A driver has a gate of a third of its line's load, 6 node lengths across; a converter 8 gates a
    bit. These are ours, and the other parts of a die are not in it.
    """
    at = node_of(macro)
    pitch = at.cell_pitch
    cells = macro.rows * macro.cols * pitch[0] * pitch[1]
    line = macro.cols * (gate_capacitance(at) + at.c_segment[0])
    drivers = macro.rows * line / 3 / GATE_PER_WIDTH * 6 * at.length
    periphery = macro.converters * macro.converter_bits * (8 + _BIT_GATES)
    return macro.cores * ROUTING * (cells + drivers + gates.area(at, periphery))


def memory(macro: Macro, point: Point, c: Mapping[str, float]) -> dict[str, float]:  # noqa: ARG001
    """TOPS, TOPS/W and TOPS/mm^2 of whole products, and what their parts take, J for a product."""
    parts = invocation(macro, point)
    count = products(macro, point)
    tops = 2e-12 * count * macro.cores / (point.cycle_time or math.inf)
    per_product = {f"joule_per_mac_{name}": energy / count for name, energy in parts.items()}
    return per_product | {
        "tops_per_watt": 2e-12 * count / sum(parts.values()),
        "tops": tops,
        "tops_per_mm2": tops / (area(macro) * 1e6),
    }


def spread(macro: Macro, point: Point) -> float:
    """Standard deviation of ln energy of the whole, from its parts' by their shares, and data."""
    parts = invocation(macro, point)
    total = sum(parts.values())
    scatter = SCATTER | {"converters": converter_of(macro).scatter}
    own = sum((scatter[name] * e / total) ** 2 for name, e in parts.items())
    return math.sqrt(own + COMMON_SCATTER**2)


def quantiles(value: float, deviation: float) -> tuple[float, float]:
    """10 % and 90 % quantile of a quantity that is log-normal about `value`."""
    factor = math.exp(NORMAL_90 * deviation)
    return value / factor, value * factor
