"""Energy of peripheral components, one function each, J for one action.

Where sources disagree or a figure is uncertain the docstring says so.
"""

import math

from xbarsim.constants import BOLTZMANN
from xbarsim.technology import NODES, Node

#: fan-out-of-four driver chain: 1 + 1/(f - 1)
DRIVER_CHAIN = 4 / 3
_SURVEY_LOW = (-5.586, 0.187, 0.618, 0.652)
_SURVEY_MIDDLE = (-0.656, 0.646, 0.293, 0.105)
_SURVEY_SCATTER = 1.42  # nats, standard deviation about the middle
_NORMAL_90 = 1.2815515655446004  # 90 % quantile of the standard normal


def word_line_capacitance(node: Node, cols: int) -> float:
    """C_driver + cols C_word, F; the driver's 48 fF at 130 nm are as `Node.c_word`, and scaled."""
    return 48e-15 * node.length / 130e-9 + cols * node.c_word


def word_line(node: Node, cols: int, swing: float) -> float:
    """One full charge of a word line across `cols` cells by `swing` volts from the supply, J.

    C V_supply swing, times 4/3 for a driver chain with a fan-out of four.
    """
    return word_line_capacitance(node, cols) * node.v_dd * swing * DRIVER_CHAIN


def dac(node: Node, bits: int) -> float:
    """One conversion of a capacitive DAC: 50 fF a bit at the supply, J.

    ZigZag-IMC, k0 = 50 fF fitted at 28 nm. Capacitors are set by matching, so the node enters by
    its supply only; that is ours. So is that every coding of inputs is charged for it, once for an
    input of all its bits: a counter that times pulses, or single bits that are read one after the
    other, need no such capacitors and cost less.
    """
    return 50e-15 * bits * node.v_dd**2


def adc(node: Node, bits: int, rate: float) -> float:
    """One conversion, from the regression of accelergy-adc on the Murmann survey, J.

    Below 4 bits the energy of 4 bits is held, as the survey has no such converters.
    """
    b, nm = max(bits, 4), node.length * 1e9
    merit = min(213.7806687 - 2.87190304 * math.log(rate), 128.3068287 + 3.22051161 * b)
    sndr = 20 * math.log10(2) * b + 10 * math.log10(1.5)
    correction = 26.04962157 + 1.88003692 * math.log(nm) - 2.82912561 * math.log(b) - 1.47020221
    return 0.5e-12 * math.exp(correction + math.log(10) * (sndr - merit) / 10)


def adc_band(node: Node, bits: int, rate: float) -> tuple[float, float]:
    """The 10 % and 90 % quantile of published SAR converters, J for one conversion.

    Quantile regression on the 2025 Murmann survey (SAR and hybrids, 137 converters, up to 180 nm):
    ln E[pJ] = c0 + c1 ln(n/28) + c2 ENOB + c3 max(0, ln(f/1e8)), with ENOB taken as `bits` (at
    least 4). The upper end is the median's fit plus 1.28 times its scatter of 1.42 nats. `adc` may
    lie below or above the band: it describes designs, not quantiles.
    """

    def fitted(c: tuple[float, ...]) -> float:
        nodes, speed = math.log(node.length / 28e-9), max(0.0, math.log(rate / 1e8))
        return c[0] + c[1] * nodes + c[2] * max(bits, 4) + c[3] * speed

    high = fitted(_SURVEY_MIDDLE) + _NORMAL_90 * _SURVEY_SCATTER
    return 1e-12 * math.exp(fitted(_SURVEY_LOW)), 1e-12 * math.exp(high)


def sample_and_hold(node: Node, bits: int, temperature: float = 300.0) -> float:
    """One sample on a capacitor that holds thermal noise below a level, at least 10 fF, J.

    Thermal noise k T / C equals the quantisation noise V^2 / (12 4^b) of a full scale V, the
    supply. The floor of 10 fF, the upper end of the usual 5 to 10 fF, is ours.
    """
    levels = float(1 << bits)
    thermal = 12 * BOLTZMANN * temperature * (levels / node.v_dd) ** 2
    return max(thermal, 10e-15) * node.v_dd**2


def shift_and_add(node: Node) -> float:
    """One 16-bit accumulation: 21 fJ at 32 nm (ISAAC, Shafiee et al. 2016), scaled digitally, J."""
    return 21e-15 * _digital(node, 32)


def comparator(node: Node) -> float:
    """One 32-bit comparison, for ReLU: 29.5 fJ at 40 nm (Aladdin), taken as 45 nm, scaled, J."""
    return 29.5e-15 * _digital(node, 45)


def digital_mac(node: Node) -> float:
    """One 8-bit multiply and 32-bit add: 0.3 pJ at 45 nm (Horowitz 2014), scaled, J.

    Arithmetic only; no operand traffic.
    """
    return 0.3e-12 * _digital(node, 45)


def _digital(node: Node, reference: int) -> float:
    """Energy ratio to the reference node, Stillmaker and Baas 2017."""
    return node.switching_factor / NODES[reference].switching_factor
