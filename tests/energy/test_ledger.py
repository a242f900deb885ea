"""The whole chip: its books balance, and each figure follows from them."""

import json

import numpy as np
import pandas as pd
import pytest

from xbarsim import Adc, Dac, Hardware, Network, SpecError, Strategy, load_device, map_network
from xbarsim.crossbar import Wires
from xbarsim.energy import Machine, estimate, figures_of_merit, of_tiles
from xbarsim.energy.component import Cost, Fixed
from xbarsim.energy.macros import nearest
from xbarsim.mapping import Dense
from xbarsim.technology import node

WIRES = Wires(r_word=5.0, r_bit=4.0, r_source=30.0)


def close(value, rel=1e-9):
    """`pytest.approx` takes a picojoule for nothing."""
    return pytest.approx(value, rel=rel, abs=0)


def network(strategy=None, **settings):
    rng = np.random.default_rng(0)
    layers = [
        Dense(name="a", weights=rng.standard_normal((12, 20)), bias=np.zeros(12),
              activation="relu"),
        Dense(name="b", weights=rng.standard_normal((5, 12)), bias=np.zeros(5)),
    ]  # fmt: skip
    given = {"rows": 8, "cols": 8, "dac": Dac(), "adc": Adc(), "node": node(65e-9)} | settings
    hardware = Hardware(device=load_device("wan_2022"), **given)
    built = Network(map_network(layers, hardware, strategy=strategy or Strategy()))
    built.program()
    return built


@pytest.fixture
def x():
    return np.random.default_rng(1).uniform(0, 1, (6, 20))


@pytest.fixture
def chip(x):
    return estimate(network(wires=WIRES), x).chip()


def test_nearest_macros_are_those_of_its_node_and_bits(chip):
    found = chip.nearest(2)
    bits = figures_of_merit.input_bits(chip), figures_of_merit.weight_bits(chip)
    pd.testing.assert_frame_equal(found, nearest(65e-9, *bits, 2))
    assert len(found) == 2


def test_breakdowns_sum_to_the_totals(chip):
    for column in ("energy", "area", "leakage"):
        whole = close(chip.ledger[column].sum())
        for names in (("layer",), ("component",), ("layer", "component")):
            assert chip.by(*names)[column].sum() == whole
    s = chip.summary
    assert s["energy_dynamic"] == close(chip.ledger["energy"].sum())
    assert s["energy"] == close(s["energy_dynamic"] + s["energy_leakage"])
    assert s["area"] == close(1.15 * chip.ledger["area"].sum())


@pytest.mark.parametrize("coding", ["amplitude", "pulse_width", "bit_serial"])
def test_every_coding_of_inputs_has_an_uncertainty(coding, x):
    built = network(dac=Dac(bits=4, coding=coding))
    built.calibrate(x)
    found = estimate(built, x).chip().uncertainty(samples=200)
    assert 0 < found.quantiles["P10"] < found.quantiles["P90"]


def test_parts_that_reads_have_too_are_as_large(chip):
    totals, parts = chip.reads.totals(), chip.by("component")["energy"]
    for name in ("cells", "wires", "terminations", "driver", "adc", "sample_hold", "shift_add"):
        assert parts[name] == close(totals[name])


def test_actions_are_counted_as_the_network_makes_them(chip):
    """20 inputs on 3 x 3 arrays, then 12 on 2 x 2; 12 and 5 outputs, 4 signals an array."""
    count = chip.ledger.set_index(["layer", "component"])["count"]
    assert count["a", "dac"] == 20 * 3
    assert count["b", "dac"] == 12 * 2
    assert count["a", "adc"] == 12 * 3
    assert count["b", "adc"] == 5 * 2
    assert count["a", "activation"] == 12
    instances = chip.ledger.set_index(["layer", "component"])["instances"]
    assert instances["a", "adc"] == 9 * 4
    assert instances["a", "dac"] == 9 * 8


def test_efficiency_follows_from_energy_and_products(chip):
    s, macs = chip.summary, 12 * 20 + 5 * 12
    assert s["macs"] == macs
    assert s["joule_per_mac"] == close(s["energy"] / macs)
    assert s["tops_per_watt"] == close(2e-12 * macs / s["energy"])
    assert s["tops_per_watt_1b"] == close(64 * s["tops_per_watt"])
    assert s["tops"] == close(s["tops_per_watt"] * s["power"])
    assert s["tops_per_mm2"] == close(s["tops"] / (1e6 * s["area"]))
    assert s["energy_delay"] == close(s["energy"] * s["latency"])
    assert s["throughput"] == close(1 / s["interval"])


def test_leakage_counts_for_the_time_that_there_is(x):
    reads = estimate(network(), x)
    piped, alone = (reads.chip(Machine(pipelined=p)).summary for p in (True, False))
    leakage = reads.chip().ledger["leakage"].sum()
    assert piped["energy_leakage"] == close(leakage * piped["interval"])
    assert alone["energy_leakage"] == close(leakage * alone["latency"])
    assert piped["latency"] > piped["interval"]


def test_more_inputs_leave_the_mean_as_it_is(x):
    built = network()
    built.calibrate(x)
    one, two = (estimate(built, y).chip().ledger for y in (x, np.concatenate([x, x])))
    fixed = one["component"].isin(["dac", "adc", "buffer", "router", "link", "off_chip"])
    pd.testing.assert_frame_equal(one[fixed], two[fixed])


def test_copies_cost_area_and_save_time_but_no_array_energy(x):
    one, two = (estimate(network(Strategy(copies={"a": n})), x).chip() for n in (1, 2))
    for name in ("cells", "adc", "dac"):
        energies = [chip.by("component")["energy"][name] for chip in (one, two)]
        assert energies[1] == close(energies[0], rel=0.05)  # ranges differ by a step
    assert two.summary["area"] > one.summary["area"]


def test_a_component_of_ones_own_replaces_the_usual(x):
    reads = estimate(network(), x)
    usual = reads.chip()
    mine = reads.chip(Machine(components={"adc": Fixed(energy=1e-12, area=1e-9, leakage=1e-6)}))
    adc = mine.ledger[mine.ledger["component"] == "adc"]
    assert adc["energy"].sum() == close(1e-12 * adc["count"].sum())
    assert adc["area"].sum() == close(1e-9 * adc["instances"].sum())
    assert (adc["model"] == "fixed").all()
    others = [c.ledger[c.ledger["component"].isin(["dac", "buffer"])] for c in (usual, mine)]
    pd.testing.assert_frame_equal(*others)


class Dear:
    """A plug-in as a user writes it."""

    name, source, scatter, valid = "dear", "assumed", 0.3, {"bits": (6, 10)}

    def cost(self, node, *, bits, **sizes):
        return Cost(energy=1e-12 * bits, area=1e-9)


def test_a_plug_in_is_asked_and_held_to_its_range(x):
    chip = estimate(network(), x).chip(Machine(components={"adc": Dear()}))
    rows = chip.ledger[chip.ledger["component"] == "adc"]
    np.testing.assert_allclose(rows["energy"], 8e-12 * rows["count"])
    reads = estimate(network(adc=Adc(bits=12)), x)
    with pytest.raises(SpecError, match=r"adc \(dear\): bits is 12; .* 6 to 10. Set extrapolate"):
        reads.chip(Machine(components={"adc": Dear()}))
    beyond = reads.chip(Machine(components={"adc": Dear()}, extrapolate=True))
    assert any("bits is 12" in warning for warning in beyond.warnings)


def test_links_need_a_placement(x):
    built = network()
    built.calibrate(x)
    tiles = {"a": built.tiles["a", ""][0]}
    reads = of_tiles(tiles, {"a": x}, len(x))
    with pytest.raises(SpecError, match="machine.links is 'mesh', which needs a placement"):
        reads.chip()
    alone = reads.chip(Machine(links="none"))
    assert alone.stages is None
    assert "latency" not in alone.summary
    assert alone.summary["macs"] == 12 * 20


def test_distance_costs(x):
    reads = estimate(network(), x)
    with_links, without = reads.chip(), reads.chip(Machine(links="none"))
    parts = with_links.by("component")["energy"]
    assert parts["router"] > 0
    assert parts["link"] > 0
    assert not {"router", "link"} & set(without.by("component").index)
    double = reads.chip(Machine(word=16)).by("component")["energy"]
    assert double["router"] == close(2 * parts["router"])


def test_uncertainty_is_seeded_and_holds_the_energy_of_actions(chip):
    found, again, other = chip.uncertainty(), chip.uncertainty(), chip.uncertainty(seed=1)
    assert found.quantiles["P10"] < found.quantiles["P50"] < found.quantiles["P90"]
    assert again.quantiles["P50"] == found.quantiles["P50"] != other.quantiles["P50"]
    assert found.stated == close(chip.summary["energy_dynamic"])


def test_files_hold_what_the_report_does(chip, tmp_path):
    chip.save(tmp_path)
    again = pd.read_csv(tmp_path / "ledger.csv")
    np.testing.assert_allclose(again["energy"].sum(), chip.summary["energy_dynamic"], rtol=1e-12)
    told = json.loads((tmp_path / "summary.json").read_text())
    assert told["summary"] == chip.summary
    assert (tmp_path / "stages.csv").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"word": 0}, "machine.word is 0; it must be a whole number from 1 to 64"),
        ({"links": "bus"}, "machine.links is 'bus'"),
        ({"clock": 0.0}, "machine.clock is 0 Hz; it must be at least 1 kHz"),
        ({"routing": 0.5}, "machine.routing is 0.5; it must be at least 1"),
        ({"components": {"adcc": "survey"}}, "machine.components.*adcc.*did you mean 'adc'"),
        ({"components": {"adc": "surveys"}}, "machine.components.*surveys.*did you mean 'survey'"),
        ({"components": {"adc": {"energy": -1e-12}}}, "machine.components.*energy is -1 pJ"),
    ],
)
def test_machines_that_cannot_be_are_refused_by_name(given, words):
    with pytest.raises(SpecError, match=words):
        Machine(**given)


def test_accumulators_are_clocked_while_values_are_converted(chip):
    """16 bits behind each of 4 signals of an array; one conversion of 10 ns each."""
    rows = chip.ledger[chip.ledger["component"] == "clock"].set_index("layer")
    for layer, arrays in (("a", 9), ("b", 4)):
        cost = chip.machine.component("clock").cost(node(65e-9), registers=16.0 * 4 * arrays)
        assert rows.loc[layer, "energy"] == close(10 * cost.energy)


def test_converters_that_saturate_are_named(x):
    built = network()
    built.calibrate(x)
    quiet = estimate(built, 0.9 * x).chip().warnings
    assert not any(w.startswith("converters of a saturate") for w in quiet)
    loud = estimate(built, 3 * x).chip().warnings
    assert any(w.startswith("converters of a saturate: ") for w in loud)
