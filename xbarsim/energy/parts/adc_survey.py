"""Converters from surveys of published ones.

Leakage is 0 in both: surveys give the power of a converter that runs, leakage within it.
"""

import math

from xbarsim.constants import NORMAL_90
from xbarsim.energy.component import Cost, Model
from xbarsim.technology import Node

_LOW = (-5.586, 0.187, 0.618, 0.652)
_MIDDLE = (-0.656, 0.646, 0.293, 0.105)
_AREA = (9.195, 1.146, 0.10, 0.125)
_SCATTER = 1.42  # nats, standard deviation about the middle
_LEAST = 4  # bits


def plugin(node: Node, bits: float, rate: float) -> Cost:
    """The regression of accelergy-adc on the Murmann survey, a design near the better quarter.

    Figure of merit of Schreier from the rate and at most one for each resolution, energy corrected
    for node and resolution; area of the bottom decile. Below 4 bits the energy of 4 bits is held,
    as the survey has no such converters. Low and high are the survey's (`survey`): the energy may
    lie below or above them.
    """
    b, nm = max(bits, _LEAST), node.length * 1e9
    merit = min(213.7806687 - 2.87190304 * math.log(rate), 128.3068287 + 3.22051161 * math.ceil(b))
    sndr = 20 * math.log10(2) * b + 10 * math.log10(1.5)
    correction = 26.04962157 + 1.88003692 * math.log(nm) - 2.82912561 * math.log(b) - 1.47020221
    energy = 0.5e-12 * math.exp(correction + math.log(10) * (sndr - merit) / 10)
    area = 1e-12 * math.exp(
        1.34619164
        + 0.99327947 * math.log(nm)
        + 0.18071538 * math.log(rate)
        + 0.29912426 * math.log(energy * 1e12)
    )
    low, high = band(node, bits, rate)
    return Cost(energy=energy, time=1 / rate, area=area, low=low, high=high)


def survey(node: Node, bits: float, rate: float) -> Cost:
    """The median of SAR converters, and their 10 % and 90 % quantile.

    Quantile regression on the 2025 Murmann survey (SAR and hybrids, 137 converters, up to 180 nm):
    ln E[pJ] = c0 + c1 ln(n/28) + c2 ENOB + c3 max(0, ln(f/1e8)), with ENOB taken as `bits` (at
    least 4). Area likewise, with c3 ln(f/1e8).
    """
    low, high = band(node, bits, rate)
    nodes, speed = math.log(node.length / 28e-9), math.log(rate / 1e8)
    c0, c1, c2, c3 = _AREA
    area = 1e-12 * math.exp(c0 + c1 * nodes + c2 * max(bits, _LEAST) + c3 * speed)
    energy = _fitted(_MIDDLE, node, bits, rate)
    return Cost(energy=energy, time=1 / rate, area=area, low=low, high=high)


def band(node: Node, bits: float, rate: float) -> tuple[float, float]:
    """The 10 % and 90 % quantile of published SAR converters, J for one conversion.

    The upper end is the median's fit plus 1.28 times its scatter of 1.42 nats.
    """
    high = _fitted(_MIDDLE, node, bits, rate) * math.exp(NORMAL_90 * _SCATTER)
    return _fitted(_LOW, node, bits, rate), high


def _fitted(c: tuple[float, ...], node: Node, bits: float, rate: float) -> float:
    nodes, speed = math.log(node.length / 28e-9), max(0.0, math.log(rate / 1e8))
    return 1e-12 * math.exp(c[0] + c[1] * nodes + c[2] * max(bits, _LEAST) + c[3] * speed)


PLUGIN = Model(
    name="plugin",
    source="accelergy-adc / hwcomponents-adc, regression on the Murmann ADC survey; its scatter is "
    "that of SAR converters up to 45 nm about it, whose median is 2.7 times as high",
    costs=plugin,
    scatter=1.34,
    valid={"bits": (1, 16), "rate": (1e5, 5e9), "node": (7e-9, 180e-9)},
)
SURVEY = Model(
    name="survey",
    source="quantile regression on the 2025 Murmann ADC survey, 137 SAR and hybrid converters",
    costs=survey,
    scatter=_SCATTER,
    valid={"bits": (1, 12), "rate": (1e5, 5e9), "node": (7e-9, 180e-9)},
)
