r"""How long lines take to rise and outputs to settle, in closed form.

A driver of resistance R that charges an open line of N cells through its wires has half its step at
the far end after

.. math:: t = \ln 2\, R\, C + 0.38\, N r\, N c, \quad C = C_\text{driver} + N c

(Sakurai, IEEE J. Solid-State Circuits 18, 418 (1983), from memory, unverified; the two factors are
those of one pole and of an open uniform line). The output of an array comes through a word line and
a bit line. Cells taken to draw nothing, the mean arrival of the slowest cell's current, the Elmore
delay (J. Appl. Phys. 19, 55 (1948)), is the sum of both,

.. math:: \tau = N c_w \left(R_\text{source} + \frac{N - 1}{2} r_w\right)
    + M c_b \left(R_\text{sense} + \frac{M - 1}{2} r_b\right)

for M rows and N columns: a resistance times a capacitance of each line. Outputs are taken to settle
with one pole of that time constant, to half a step of a converter of b bits in

.. math:: t = \ln(2^{b + 1})\, \tau

`xbarsim.crossbar.settling` has both exact for given cells. Against it, for arrays of 16 and 64
lines with a node's own wires (130, 22 and 7 nm), terminals of 0 and 1 kiloohm, cells of up to 1 nS
to 100 uS and lines driven and sensed at one end or both, tau is 0.91 to 1.38 times the largest of
the array, and 1 to within rounding where cells draw next to nothing; the time to 8 bits is 1.3 to
2.2 times that of the slowest output with a second moment of its own.
"""

from math import log

import numpy as np

from xbarsim.checks import check_count, check_number
from xbarsim.crossbar import Wires
from xbarsim.energy.parts.drivers import word_line_capacitance
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.technology import Node

_INF = float("inf")


def word_line_delay(node: Node, cols: int, r_driver: float, r_word: float | None = None) -> float:
    """Rise to half of a line of `cols` cells that nothing drains, such as one of gates, s.

    Parameters
    ----------
    r_driver : on-resistance of the driver, ohm.
    r_word : one segment of the line, ohm; None takes the node's metal 1.

    Raises
    ------
    SpecError : a resistance that is negative or no number, or no cells.
    """
    r_word = node.r_segment[0] if r_word is None else r_word
    check_count("cols", cols, 1)
    check_number("r_driver", r_driver, 0.0, _INF, "ohm")
    check_number("r_word", r_word, 0.0, _INF, "ohm")
    driver = log(2) * r_driver * word_line_capacitance(node, cols)
    return driver + 0.38 * cols * r_word * cols * node.c_word


def time_constant(hardware: Hardware) -> float:
    """Time constant of the array's slowest output, s.

    Wires are the hardware's; without any, the node's metal 1 with ideal drivers and sense
    amplifiers. A line driven or sensed at both ends is one of half the length. Of wires that differ
    from line to line the slowest line counts.

    Raises
    ------
    SpecError : a broken line.
    """
    node = hardware.node
    wires = hardware.wires or Wires(r_word=node.r_segment[0], r_bit=node.r_segment[1])
    word = _line(wires.r_source, wires.r_word, hardware.cols, node.c_word, wires.sides, 1)
    return word + _line(wires.r_sense, wires.r_bit, hardware.rows, node.c_bit, wires.sense_sides, 0)


def settle_time(hardware: Hardware, bits: int | None = None) -> float:
    """What outputs need to settle to half a step of a converter of `bits` bits, s.

    Parameters
    ----------
    bits : None takes the hardware's converter.

    Raises
    ------
    SpecError : a broken line; no `bits` and no converter.
    """
    if bits is None:
        if hardware.adc is None:
            raise SpecError("bits is None and the hardware has no adc; give the bits to settle to")
        bits = hardware.adc.bits
    check_count("bits", bits, 1, 64)
    return (bits + 1) * log(2) * time_constant(hardware)


def unsettled(hardware: Hardware, bits: int | None = None) -> bool:
    """Whether `Hardware.t_read` is shorter than `settle_time`.

    Raises
    ------
    SpecError : as `settle_time`.
    """
    return hardware.t_read < settle_time(hardware, bits)


def _line(end: object, segments: object, cells: int, farad: float, sides: int, axis: int) -> float:
    """Elmore delay from the driven end to the far cell, or from there to the sensed end, s.

    Parameters
    ----------
    end, segments : resistances as in `Wires`.
    axis : along the line, of an array of segments.
    """
    ends, inner = np.asarray(end, dtype=float), np.asarray(segments, dtype=float)
    if not (np.isfinite(ends).all() and np.isfinite(inner).all()):
        raise SpecError("wires hold a broken segment (inf ohm); how it settles is not known")
    # the charge of cell k, counted from the driven end, comes through the segments before it
    far = cells - 1
    if inner.ndim:
        order = inner if axis == 1 else inner[::-1].T
        through = (order * np.arange(far, 0, -1)).sum(axis=1)
        if sides == 2:
            through = through / 4
    else:
        through = inner * (far * cells / 2 if sides == 1 else far**2 // 4 / 2)
    return float(np.max(farad * (cells * ends / sides + through)))
