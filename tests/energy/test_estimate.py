import numpy as np
import pandas as pd
import pytest

from xbarsim import (
    Adc,
    Dac,
    Hardware,
    Network,
    SpecError,
    Strategy,
    load_device,
    map_network,
)
from xbarsim.crossbar import Wires
from xbarsim.encode import Encoding
from xbarsim.energy import estimate
from xbarsim.energy.parts import component
from xbarsim.energy.report import COMPONENTS
from xbarsim.mapping import Dense
from xbarsim.technology import NODES


def close(joules, rel=1e-6):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(joules, rel=rel, abs=0)


def joules(kind, node, **sizes):
    return component(kind).cost(node, **sizes).energy


def network(**settings):
    rng = np.random.default_rng(0)
    layers = [
        Dense(name="a", weights=rng.standard_normal((12, 20)), bias=np.zeros(12),
              activation="relu"),
        Dense(name="b", weights=rng.standard_normal((5, 12)), bias=np.zeros(5)),
    ]  # fmt: skip
    hardware = Hardware(device=load_device("wan_2022"), rows=8, cols=8, **settings)
    built = Network(map_network(layers, hardware))
    built.program()
    return built


@pytest.fixture
def x():
    return np.random.default_rng(1).uniform(0, 1, (6, 20))


CONVERTERS = {"dac": Dac(), "adc": Adc()}
FULL = {"wires": Wires(r_word=5.0, r_bit=4.0, r_source=30.0), "dac": Dac(), "adc": Adc()}


def test_components_sum_to_the_total_and_the_arrays_balance(x):
    table = estimate(network(**FULL), x).table
    np.testing.assert_allclose(table[list(COMPONENTS)].sum(axis=1), table["total"], rtol=1e-12)
    parts = table["cells"] + table["wires"] + table["terminations"]
    np.testing.assert_allclose(parts, table["source"], rtol=1e-9)
    assert (table["imbalance"] < 1e-9).all()


def test_totals_are_sums_over_layers(x):
    report = estimate(network(**FULL), x)
    totals = report.totals()
    for name in (*COMPONENTS, "total"):
        assert totals[name] == close(report.table[name].sum())
    assert totals["total_low"] < totals["total"] < totals["total_high"]


def test_array_energy_is_the_power_of_the_cells_times_the_read_time(x):
    built = network()
    (tile,) = built.tiles["a", ""]
    tile.calibrate(x)
    row = estimate(built, x).table.loc["a"]
    v = tile.voltages(x)
    power = sum((v[r] ** 2 @ tile.g[r, c].sum(axis=1)).mean()
                for r in range(3) for c in range(3))  # fmt: skip
    assert row["cells"] == close(power * 100e-9)
    assert row["wires"] == row["terminations"] == 0.0


def test_converters_are_charged_for_every_conversion(x):
    built = network(**FULL)
    table = estimate(built, x).table
    n = NODES[130]
    assert table.loc["a", "dac"] == close(20 * 3 * joules("dac", n, bits=8))
    assert table.loc["a", "adc"] == close(3 * 12 * joules("adc", n, bits=8, rate=100e6))
    assert table.loc["a", "shift_add"] == close(3 * 12 * joules("shift_add", n, bits=16))
    assert table.loc["a", "activation"] == close(12 * joules("comparator", n, bits=32))
    assert table.loc["b", "activation"] == 0.0


def test_ideal_converters_cost_nothing(x):
    totals = estimate(network(), x).totals()
    assert totals["adc"] == totals["dac"] == totals["sample_hold"] == totals["adc_high"] == 0.0


def test_array_energy_grows_with_the_square_of_the_read_voltage_and_with_time(x):
    base = estimate(network(), x).totals()["cells"]
    assert estimate(network(v_read=0.4), x).totals()["cells"] == close(4 * base)
    assert estimate(network(t_read=300e-9), x).totals()["cells"] == close(3 * base)


def test_zero_input_costs_no_array_energy(x):
    built = network(**FULL)
    built.calibrate(x)
    row = estimate(built, 0 * x).table.loc["a"]
    assert row["source"] == row["cells"] == row["driver"] == 0.0


def test_digital_baseline_is_the_macs_of_the_network(x):
    totals = estimate(network(), x).totals()
    macs = 12 * 20 + 5 * 12
    assert totals["digital_baseline"] == close(macs * joules("mac", NODES[130], bits=8))


def test_offset_encoding_needs_half_the_columns_for_as_many_conversions(x):
    """Pairs are subtracted before conversion; a reference column joins those of each array.

    8 columns hold 4 pairs or 7 single columns: 12 outputs on 3 or 2 arrays, 5 on 2 or 1.
    """
    found, counts = {}, {}
    for kind in ("differential", "offset"):
        built = network(encoding=kind, **FULL)
        programmed = built.ledger["cells_programmed"]
        found[kind] = estimate(built, x).table
        counts[kind] = {name: built.ledger[name] / len(x) for name in built.ledger} | {
            "cells_programmed": programmed
        }
    pairs, offset = counts["differential"], counts["offset"]
    assert pairs["cells_programmed"] == 2 * (12 * 20 + 5 * 12)
    assert offset["cells_programmed"] == (12 + 2) * 20 + (5 + 1) * 12
    assert pairs["adc_conversions"] == offset["adc_conversions"] == 12 * 3 + 5 * 2
    assert (pairs["dac_conversions"], offset["dac_conversions"]) == (20 * 3 + 12 * 2, 20 * 2 + 12)
    assert (pairs["array_reads"], offset["array_reads"]) == (3 * 3 + 2 * 2, 3 * 2 + 2 * 1)
    np.testing.assert_allclose(found["offset"]["adc"], found["differential"]["adc"])
    np.testing.assert_allclose(
        found["offset"]["dac"], found["differential"]["dac"] * [2 / 3, 1 / 2]
    )


def levels(x):
    """Whole steps of inputs that are never negative, of 8 bits."""
    return np.rint(x / x.max() * 255).astype(int)


def row_power(built, squares):
    """Mean power (W) in the cells of layer a for squares of voltages (n, 20), V^2."""
    (tile,) = built.tiles["a", ""]
    rows = np.concatenate([tile.g[r, :, -n:].sum(axis=(0, 2)) for r, n in enumerate((7, 7, 6))])
    assert [len(p.inputs) for p in tile.partition.pieces if p.column == 0] == [7, 7, 6]
    return (squares @ rows).mean()


def test_pulses_cost_the_time_they_are_on_and_a_full_swing_each(x):
    x[:, 3] = 0.0
    built = network(dac=Dac(bits=8, coding="pulse_width"), adc=Adc())
    row, n = estimate(built, x).table.loc["a"], NODES[130]
    assert row["cells"] == close(row_power(built, 0.2**2 * levels(x) / 255) * 100e-9)
    driven = (levels(x) > 0).sum(axis=1).mean() * 3  # on three arrays side by side
    assert row["driver"] == close(driven * joules("word_line", n, cells=8, swing=0.2))
    timer = component("dac", "pulse_width").cost(n, bits=8).energy
    assert row["dac"] == close(20 * 3 * timer)
    assert row["adc"] == close(12 * 3 * joules("adc", n, bits=8, rate=100e6))


@pytest.mark.parametrize(("sums", "conversions"), [("digital", 8 * 12 * 3), ("analog", 12 * 3)])
def test_each_bit_is_a_read_of_its_own(sums, conversions, x):
    dac = Dac(bits=8, coding="bit_serial")
    built = network(dac=dac, adc=Adc(), phase_sums=sums)
    row, n = estimate(built, x).table.loc["a"], NODES[130]
    ones = sum((levels(x) >> k) & 1 for k in range(8))
    assert row["cells"] == close(row_power(built, 0.2**2 * ones) * 100e-9)
    swings = ones.sum(axis=1).mean() * 3
    assert row["driver"] == close(swings * joules("word_line", n, cells=8, swing=0.2))
    assert row["dac"] == 0.0  # single bits need no more than the drivers
    assert row["adc"] == close(conversions * joules("adc", n, bits=8, rate=100e6))
    assert row["shift_add"] == close(conversions * joules("shift_add", n, bits=16))


@pytest.mark.parametrize(
    ("code", "converted"),
    [(Encoding(slices=2, cell_bits=2), 2 * 12 * 3), (Encoding(copies=2), 12 * 3)],
    ids=["slices", "copies"],
)
def test_slices_are_converted_one_by_one_and_copies_together(code, converted, x):
    """Either takes four columns for an output: 12 outputs on six arrays side by side."""
    built = network(encoding=code, **CONVERTERS)
    row, n = estimate(built, x).table.loc["a"], NODES[130]
    assert built.ledger["cells_programmed"] == 4 * (12 * 20 + 5 * 12)
    volts = 0.2 * levels(x) / 255
    assert row["cells"] == close(row_power(built, volts**2) * 100e-9)
    assert row["driver"] == close(
        volts.sum(axis=1).mean() * 6 * joules("word_line", n, cells=8, swing=1.0)
    )
    assert row["dac"] == close(20 * 6 * joules("dac", n, bits=8))
    assert row["adc"] == close(converted * joules("adc", n, bits=8, rate=100e6))
    assert row["shift_add"] == close(converted * joules("shift_add", n, bits=16))


def test_copies_of_a_matrix_share_its_reads_and_their_energy(x):
    one = network(**CONVERTERS)
    placed = map_network(one.graph, one.placement.hardware, strategy=Strategy(copies={"a": 2}))
    two = Network(placed)
    two.program()
    for built in (one, two):
        built.calibrate(x)
    tables = [estimate(built, x).table for built in (one, two)]
    pd.testing.assert_frame_equal(tables[0].loc[["a"]], tables[1].loc[["a"]])
    assert [tile.ledger["vectors"] for tile in two.tiles["a", ""]] == [3, 3]


def test_placement_is_programmed_for_the_estimate(x):
    built = network(**FULL)
    direct = estimate(built.placement, x).totals()
    assert direct["total"] == close(estimate(network(**FULL), x).totals()["total"])


def test_estimate_of_nothing_is_refused(x):
    with pytest.raises(SpecError, match="at least one input"):
        estimate(network(), x[:0])


@pytest.mark.parametrize(
    "dac",
    [Dac(), Dac(bits=4, coding="pulse_width"), Dac(bits=4, coding="bit_serial")],
    ids=["amplitude", "pulse_width", "bit_serial"],
)
def test_fast_modes_find_the_energy_of_the_solved_arrays(dac, x):
    built = network(**FULL | {"dac": dac})
    exact = estimate(built, x)
    assert exact.mode == "exact"
    for mode, rel in (("ideal", 1e-9), ("stat", 0.02)):
        fast = estimate(built, x, mode=mode)
        assert fast.mode == mode
        np.testing.assert_allclose(fast.table["source"], exact.table["source"], rtol=rel)
        parts = fast.table["cells"] + fast.table["wires"] + fast.table["terminations"]
        np.testing.assert_allclose(parts, fast.table["source"], rtol=1e-9)
        rest = [name for name in COMPONENTS if name not in ("cells", "wires", "terminations")]
        pd.testing.assert_frame_equal(fast.table[rest], exact.table[rest])


def test_a_fast_mode_sees_that_cells_have_drifted(x):
    built = network(**FULL)
    before = estimate(built, x, mode="ideal").totals()["cells"]
    built.age(3e7)
    after = estimate(built, x, mode="ideal").totals()["cells"]
    assert after == close(estimate(built, x).totals()["cells"], 0.05)
    assert after != before


def test_an_unknown_mode_is_refused(x):
    with pytest.raises(SpecError, match="mode is 'fast'"):
        estimate(network(), x, mode="fast")
