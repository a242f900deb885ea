import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, Network, SpecError, load_device, map_network
from xbarsim.crossbar import Wires
from xbarsim.energy import components, estimate
from xbarsim.energy.estimate import COMPONENTS
from xbarsim.mapping import Dense
from xbarsim.technology import NODES


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
        assert totals[name] == pytest.approx(report.table[name].sum())
    assert totals["total_low"] < totals["total"] < totals["total_high"]


def test_array_energy_is_the_power_of_the_cells_times_the_read_time(x):
    built = network()
    (tile,) = built.tiles["a", ""]
    tile.calibrate(x)
    row = estimate(built, x).table.loc["a"]
    v = tile.voltages(x)
    power = sum((v[r] ** 2 @ tile.g[r, c].sum(axis=1)).mean()
                for r in range(3) for c in range(3))  # fmt: skip
    assert row["cells"] == pytest.approx(power * 100e-9)
    assert row["wires"] == row["terminations"] == 0.0


def test_converters_are_charged_for_every_conversion(x):
    built = network(**FULL)
    table = estimate(built, x).table
    n = NODES[130]
    assert table.loc["a", "dac"] == pytest.approx(20 * 3 * components.dac(n, 8))
    assert table.loc["a", "adc"] == pytest.approx(3 * 12 * components.adc(n, 8, 100e6))
    assert table.loc["a", "shift_add"] == pytest.approx(3 * 12 * components.shift_and_add(n))
    assert table.loc["a", "activation"] == pytest.approx(12 * components.comparator(n))
    assert table.loc["b", "activation"] == 0.0


def test_ideal_converters_cost_nothing(x):
    totals = estimate(network(), x).totals()
    assert totals["adc"] == totals["dac"] == totals["sample_hold"] == totals["adc_high"] == 0.0


def test_array_energy_grows_with_the_square_of_the_read_voltage_and_with_time(x):
    base = estimate(network(), x).totals()["cells"]
    assert estimate(network(v_read=0.4), x).totals()["cells"] == pytest.approx(4 * base)
    assert estimate(network(t_read=300e-9), x).totals()["cells"] == pytest.approx(3 * base)


def test_zero_input_costs_no_array_energy(x):
    built = network(**FULL)
    built.calibrate(x)
    row = estimate(built, 0 * x).table.loc["a"]
    assert row["source"] == row["cells"] == row["driver"] == 0.0


def test_digital_baseline_is_the_macs_of_the_network(x):
    totals = estimate(network(), x).totals()
    macs = 12 * 20 + 5 * 12
    assert totals["digital_baseline"] == pytest.approx(macs * components.digital_mac(NODES[130]))


def test_offset_encoding_needs_half_the_converted_columns_and_fewer_cells(x):
    pairs, offset = network(), network(encoding="offset")
    assert offset.ledger["cells_programmed"] < pairs.ledger["cells_programmed"]


def test_placement_is_programmed_for_the_estimate(x):
    built = network(**FULL)
    direct = estimate(built.placement, x).totals()
    assert direct["total"] == pytest.approx(estimate(network(**FULL), x).totals()["total"])


def test_estimate_of_nothing_is_refused(x):
    with pytest.raises(SpecError, match="at least one input"):
        estimate(network(), x[:0])
