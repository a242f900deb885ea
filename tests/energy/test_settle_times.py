from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import eigh_tridiagonal
from timed_networks import hardware

from xbarsim import Adc, SpecError
from xbarsim.crossbar import Wires
from xbarsim.crossbar.settling import elmore, settled, settling
from xbarsim.energy.parts.drivers import word_line_capacitance
from xbarsim.energy.settling import settle_time, time_constant, unsettled, word_line_delay
from xbarsim.technology import NODES


def half_rise(r_driver, r, c, c_first, cells):
    """When the far end of a ladder reaches half of its step: exact, from its eigenvalues.

    The driver's capacitance stands with the first cell's.
    """
    g = np.full(cells, 1 / r)
    g[0] = 1 / r_driver
    diagonal = g + np.append(g[1:], 0.0)
    scale = 1 / np.sqrt(np.r_[c + c_first, np.full(cells - 1, c)])
    rates, vectors = eigh_tridiagonal(diagonal * scale**2, -g[1:] * scale[1:] * scale[:-1])
    weights = vectors[-1] * (vectors[0] * scale[0] * g[0]) / rates * scale[-1]

    def missing(t):
        return float(weights @ np.exp(-rates * t))

    low, high = 0.0, 60 / rates[0]
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if missing(middle) > 0.5 else (low, middle)
    return low


@pytest.mark.parametrize("nm", [130, 22, 7])
@pytest.mark.parametrize("r_driver", [1.0, 300.0, 1e4])
def test_a_word_lines_rise_is_within_six_per_cent_of_the_ladders(nm, r_driver):
    node, cells = NODES[nm], 400
    c_driver = word_line_capacitance(node, 0)
    exact = half_rise(r_driver, node.r_segment[0], node.c_word, c_driver, cells)
    assert word_line_delay(node, cells, r_driver) == pytest.approx(exact, rel=0.06, abs=0)


def array(cells, nm=22, terminal=0.0, sides=1, **settings):
    node = NODES[nm]
    wires = Wires(r_word=node.r_segment[0], r_bit=node.r_segment[1], r_source=terminal,
                  r_sense=terminal, sides=sides, sense_sides=sides)  # fmt: skip
    return hardware(rows=cells, cols=cells, node=node, wires=wires, **settings)


def exact(g, placed):
    return settling(g, placed.wires, placed.node.c_word, placed.node.c_bit)


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("cells", [2, 3, 16, 17])
@pytest.mark.parametrize("terminal", [0.0, 1e3])
def test_where_cells_draw_next_to_nothing_the_time_constant_is_the_exact_one(
    cells, sides, terminal
):
    placed = array(cells, terminal=terminal, sides=sides)
    g = np.full((cells, cells), 1e-12)
    tau = elmore(g, placed.wires, placed.node.c_word, placed.node.c_bit).max()
    assert time_constant(placed) == pytest.approx(tau, rel=1e-6, abs=0)


def test_the_slowest_of_lines_that_differ_counts():
    rng = np.random.default_rng(0)
    node, g = NODES[22], np.full((7, 5), 1e-12)
    wires = Wires(r_word=rng.uniform(1, 9, (7, 4)), r_bit=rng.uniform(1, 9, (6, 5)),
                  r_source=rng.uniform(1, 9, 7), r_sense=rng.uniform(1, 9, 5))  # fmt: skip
    placed = hardware(rows=7, cols=5, wires=wires, node=node)
    tau = elmore(g, wires, node.c_word, node.c_bit)
    # the exact one is of one word line and one bit line: the slowest of both meet at most
    assert tau.max() <= time_constant(placed) * (1 + 1e-9)
    alone = replace(placed, wires=replace(wires, r_bit=0.0, r_sense=0.0))
    words = elmore(g, alone.wires, node.c_word, node.c_bit)
    assert time_constant(alone) == pytest.approx(words.max(), rel=1e-6, abs=0)


@pytest.mark.parametrize("nm", [130, 7])
@pytest.mark.parametrize("siemens", [1e-6, 1e-5, 1e-4])
@pytest.mark.parametrize("terminal", [0.0, 1e3])
@pytest.mark.parametrize("sides", [1, 2])
def test_cells_change_the_time_constant_by_little_and_settling_is_safe_within_twice(
    nm, siemens, terminal, sides
):
    placed = array(32, nm, terminal, sides, adc=Adc(bits=8))
    g = siemens * np.random.default_rng(1).uniform(0.05, 1.0, (32, 32))
    arrives = exact(g, placed)
    assert 0.9 < time_constant(placed) / arrives.tau.max() < 1.4
    ours = settle_time(placed)
    least = settled(ours, arrives.tau, arrives.variance).min()
    half = settled(ours / 2.2, arrives.tau, arrives.variance).min()
    assert least > 1 - 2.0**-9 > half


def test_a_bit_more_takes_ln_2_longer():
    placed = array(16)
    step = settle_time(placed, 9) - settle_time(placed, 8)
    assert step == pytest.approx(np.log(2) * time_constant(placed), rel=1e-9, abs=0)


def test_without_wires_the_nodes_own_count():
    placed = array(16, nm=7)
    assert time_constant(replace(placed, wires=None)) == time_constant(placed)


def test_a_read_is_unsettled_where_it_is_shorter():
    placed = array(64, adc=Adc(bits=6))
    t = settle_time(placed)
    assert unsettled(replace(placed, t_read=0.99 * t))
    assert not unsettled(replace(placed, t_read=1.01 * t))


def test_what_cannot_be_worked_out_is_refused():
    with pytest.raises(SpecError, match="bits is None and the hardware has no adc"):
        settle_time(array(4))
    with pytest.raises(SpecError, match="bits is 0; it must be a whole number from 1 to 64"):
        unsettled(array(4), 0)
    broken = Wires(r_word=np.array([[1.0, np.inf], [1.0, 1.0]]))
    with pytest.raises(SpecError, match="broken segment"):
        time_constant(hardware(rows=2, cols=3, wires=broken))
    with pytest.raises(SpecError, match="r_driver is -1 ohm; it must be at least 0 ohm"):
        word_line_delay(NODES[22], 128, -1.0)
    with pytest.raises(SpecError, match="cols is 0"):
        word_line_delay(NODES[22], 0, 1.0)
