"""Macros with published curves: what they cost from a few constants of their own.

Each function takes a macro, a point and the constants' values, in the units of the file, and gives
the quantities of which points are published, by the same names.
"""

from collections.abc import Mapping
from math import ceil, floor

from xbarsim.energy.macros.description import Macro, Point
from xbarsim.errors import SpecError

_FIRST_PHASE = 3  # bits of magnitude that NeuRRAM takes in one phase
_LOW, _HIGH = 0.9, 2.2  # V, of its word lines while it integrates
_C_DRIVER, _C_CELL = 48e-15, 2.1e-15  # F, of its word lines, as reported
_THRESHOLD, _ALPHA = 0.3, 1.3  # V and 1 of the alpha-power law, assumed


def neurram(macro: Macro, point: Point, c: Mapping[str, float]) -> dict[str, float]:
    """Word lines from their capacitance; pulses, neurons and steps counted.

    A signed input of b bits has m = max(1, b - 1) bits of magnitude, taken in one phase or halved
    into two; a phase of p bits integrates 2^p - 1 times, and its outputs lack the bits of the
    phases before it (CiMLoop, ``wan_nature_2022/helper_functions.py``). Word lines: m C (2.2 V)
    (1.3 V), and C (0.9 V)^2 in each phase.
    """
    bits = max(1, round(point.at["input_bits"]) - 1)
    phases = [bits]
    if point.at["phases"] > 1 and bits > _FIRST_PHASE:
        phases = [ceil(bits / 2), floor(bits / 2)]
    integrations = sum(2**p - 1 for p in phases)
    out = point.at["output_bits"]
    decisions = sum(out - sum(phases[:index]) for index in range(len(phases)))
    capacitance = _C_DRIVER + macro.cols * _C_CELL
    charge = bits * _HIGH * (_HIGH - _LOW) + len(phases) * _LOW**2
    ops = 2 * macro.rows * macro.cols / 2
    per_op = 1e3 / ops  # from pJ to fJ per operation
    word = macro.cols * capacitance * charge * 1e12 * per_op
    neuron = c["e_bit"] * bits + c["e_integrate"] * integrations + c["e_decide"] * decisions
    neurons = macro.cols / 2 * neuron * per_op
    pulses = macro.rows * c["e_pulse"] * bits * per_op
    steps = integrations + decisions + len(phases)
    return {
        "fj_per_op_word_lines": word,
        "fj_per_op_neurons": neurons,
        "fj_per_op_pulses": pulses,
        "tops_per_watt": 1e3 / (word + neurons + pulses),
        "tops": macro.cores * ops / (steps * c["t_step"] * 1e-6) * 1e-12,
    }


def charge(macro: Macro, point: Point, c: Mapping[str, float]) -> dict[str, float]:
    """Charge domain: capacitances times the square of the supply, pJ for a column."""
    square = point.at["volt"] ** 2
    converter, array = c["c_converter"] * square, c["c_array"] * square
    ops = 2 * macro.rows_on
    found = {
        "pj_per_column_converter": converter,
        "pj_per_column_array": array,
        "pj_per_column_datapath": c["c_datapath"] * square,
        "tops_per_watt": ops / (converter + array),
    }
    return found | _throughput(point, ops * macro.converters)


def levels(macro: Macro, point: Point, c: Mapping[str, float]) -> dict[str, float]:
    """A fixed part, one for inputs that are not all zero, one for each level of output."""
    output = point.at["output"]
    at_nominal = c["e_fixed"] + c["e_level"] * output + (c["e_rows"] if output > 0 else 0.0)
    energy = at_nominal * (point.at["volt"] / macro.v_dd) ** 2
    ops = 2 * macro.rows_on * macro.converters
    found = {"pj_per_mvm": energy, "tops_per_watt": ops / energy}
    return found | _throughput(point, ops)


def ladder(macro: Macro, point: Point, c: Mapping[str, float]) -> dict[str, float]:
    """Charge domain with a limited swing; throughput after the alpha-power law.

    Throughput goes with (V - 0.3 V)^1.3 / V (Sakurai and Newton, IEEE JSSC 25, 584
    (1990), unverified).
    """
    v = point.at["volt"]
    if v <= _THRESHOLD:
        raise SpecError(f"{macro.name}: volt is {v:g} V; it must be above {_THRESHOLD:g} V")
    energy = c["c_mac"] * v * min(v, c["v_swing"])
    speed = (v - _THRESHOLD) ** _ALPHA / v
    return {"tops_per_watt": 1e3 / energy, "tops_per_mm2": c["k_rate"] * speed}


def _throughput(point: Point, ops: float) -> dict[str, float]:
    return {} if point.cycle_time is None else {"tops": ops / point.cycle_time * 1e-12}


CURVES = {"neurram": neurram, "charge": charge, "levels": levels, "ladder": ladder}
