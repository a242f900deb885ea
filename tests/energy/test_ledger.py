"""The whole chip: its books balance, and each figure follows from them."""

import json

import numpy as np
import pandas as pd
import pytest
from small_chips import close, network
from timed_networks import hardware, linear

from xbarsim import Adc, Dac, Network, SpecError, Strategy, load_device, map_network
from xbarsim.crossbar import Wires
from xbarsim.energy import Machine, estimate, figures_of_merit, of_tiles
from xbarsim.energy.component import Cost, Fixed
from xbarsim.energy.macros import nearest
from xbarsim.layers import Node
from xbarsim.mapping import Graph
from xbarsim.technology import node

WIRES = Wires(r_word=5.0, r_bit=4.0, r_source=30.0)


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


def test_drivers_of_ones_own_replace_the_usual(x):
    reads = estimate(network(), x)
    usual = reads.chip().by("component").loc["driver"]
    dear = Machine(components={"word_line": {"model": "cv2", "energy_factor": 10}})
    assert reads.chip(dear).by("component")["energy"]["driver"] == close(10 * usual["energy"])
    given = reads.chip(Machine(components={"word_line": Fixed(energy=1e-12, area=1e-9)})).ledger
    rows = given[given["component"] == "driver"]
    np.testing.assert_allclose(rows["energy"], 1e-12 * rows["count"])
    np.testing.assert_allclose(rows["area"], 1e-9 * rows["instances"])


@pytest.mark.parametrize("coding", [{"slice_bits": 1}, {"slice_bits": 2}])
def test_inputs_in_slices_have_encoders_of_a_slice_in_each_phase(x, coding):
    reads = estimate(network(dac=Dac(bits=4, coding="bit_serial", **coding)), x)
    chip, phases = reads.chip(), 4 // coding["slice_bits"]
    rows = chip.ledger.set_index(["layer", "component"])
    assert rows["count"]["a", "dac"] == 20 * 3 * phases
    assert rows["count"]["a", "adc"] == 12 * 3 * phases
    assert rows["model"]["a", "dac"] == ("single_bit" if phases == 4 else "capacitive")
    one = Machine().cost("dac", node(65e-9), [], rows["model"]["a", "dac"],
                         bits=float(coding["slice_bits"]))  # fmt: skip
    assert rows["energy"]["a", "dac"] == close(20 * 3 * phases * one.energy)
    assert chip.uncertainty().stated == close(chip.summary["energy_dynamic"])


def test_level_shifters_switch_in_each_phase(x):
    dac = Dac(bits=4, coding="bit_serial")
    one, four = (estimate(network(v_read=1.5, dac=d), x).chip().ledger for d in (Dac(), dac))
    counts = [c[c["component"] == "level_shifter"]["count"].sum() for c in (one, four)]
    assert counts == [20 * 3 + 12 * 2, 4 * (20 * 3 + 12 * 2)]


def test_arrays_that_matrices_share_are_counted_once(x):
    """20 x 12 and 12 x 5 weights, in pairs of columns, stand in one array of 64 x 64."""
    big = {"rows": 64, "cols": 64}
    one = estimate(network(Strategy(packing="diagonal"), **big), x).chip()
    two = estimate(network(**big), x).chip()
    assert (one.reads.placement.arrays, two.reads.placement.arrays) == (1, 2)
    for name, each in (("cells", 64 * 64), ("driver", 64), ("dac", 64), ("adc", 32), ("buffer", 1)):
        counts = [c.ledger[c.ledger["component"] == name]["instances"].sum() for c in (one, two)]
        assert counts == [each, 2 * each]
    fixed = ["router", "link", "off_chip"]
    areas = [c.ledger[~c.ledger["component"].isin(fixed)]["area"].sum() for c in (one, two)]
    counts = [c.ledger.set_index("component")["count"]["adc"].sum() for c in (one, two)]
    assert counts[0] == counts[1]
    assert areas[1] == close(2 * areas[0], rel=0.02)  # but for activations


def test_arrays_whose_currents_are_added_up_share_converters(x):
    """3 x 3 and 2 x 2 arrays: three and two columns of arrays have converters."""
    chip = estimate(network(partial_sums="analog"), x).chip()
    instances = chip.ledger.set_index(["layer", "component"])["instances"]
    for name in ("adc", "sample_hold", "shift_add"):
        assert instances["a", name] == close(3 * 4)
        assert instances["b", name] == close(2 * 4)
    assert instances["a", "dac"] == 9 * 8


def test_an_activation_stands_behind_each_converter_that_gives_outputs(x):
    shared = network(adc=Adc(columns_per_adc=2))
    for built, each in ((network(), 4), (shared, 2)):
        rows = estimate(built, x).chip().ledger.set_index(["layer", "component"])
        assert rows["instances"]["a", "activation"] == close(each * 3)  # 3 x 3 arrays
        assert rows["count"]["a", "activation"] == 12


@pytest.mark.parametrize("op", ["relu", "gelu", "hardswish", "clip"])
def test_what_takes_time_as_an_activation_takes_energy_too(op):
    settings = {"low": 0.0, "high": 1.0} if op == "clip" else {}
    nodes = (linear("a", "x", 6, 5), Node(name="f", op=op, inputs=("a",), settings=settings))
    built = Network(map_network(Graph(nodes=nodes), hardware(node=node(65e-9))))
    built.program()
    chip = estimate(built, np.ones((2, 5))).chip()
    assert chip.stages["activation"][0] > 0
    assert chip.ledger.set_index("component")["count"]["activation"] == 6


@pytest.mark.parametrize(("op", "gates", "each"), [("lstm", 4, 5), ("gru", 3, 3), ("rnn", 1, 1)])
def test_gates_of_recurrent_layers_are_activations(op, gates, each):
    """4 hidden values over 7 steps."""
    rng, names = np.random.default_rng(0), (("w_ih", 3), ("w_hh", 4))
    arrays = {name: rng.standard_normal((4 * gates, n)) for name, n in names}
    layer = Node(name="r", op=op, inputs=("x",), arrays=arrays)
    built = Network(map_network(Graph(nodes=(layer,)), hardware(node=node(65e-9))))
    built.program()
    chip = estimate(built, rng.uniform(size=(2, 7, 3))).chip()
    assert chip.ledger.set_index("component")["count"]["activation"] == 4 * 7 * each


def test_values_wider_than_an_access_take_several_of_them(x):
    reads = estimate(network(), x)
    narrow, wide = (reads.chip(Machine(word=64, access=a)).stages for a in (32, 64))
    np.testing.assert_allclose(narrow["buffer"], 2 * wide["buffer"])


def test_models_of_what_the_chip_has_not_are_told(x):
    reads = estimate(network(), x)
    chip = reads.chip(Machine(components={"decoder": Fixed(), "adc": Fixed()}))
    told = "machine.components.decoder changes nothing: no decoder is counted on this chip"
    assert told in chip.warnings
    assert not any("components.adc" in warning for warning in chip.warnings)


def test_converters_that_saturate_are_told(x):
    built = network()
    built.calibrate(x)
    assert not any("saturate" in warning for warning in estimate(built, x).chip().warnings)
    built.calibrate(0.2 * x)
    for tile in built.tiles["a", ""]:
        tile.full_scale = tile.full_scale / 4
    told = estimate(built, 0.2 * x).chip().warnings
    assert any("converters saturate" in warning and " in a" in warning for warning in told)


def test_converters_slower_than_their_rate_are_told(x):
    reads = estimate(network(adc=Adc(rate=1e9)), x)
    slow = Fixed(energy=1e-12, time=5e-9)
    told = reads.chip(Machine(components={"adc": slow})).warnings
    assert "adc (fixed) takes 5 ns, array.adc.rate allows 1 ns: times count the rate" in told
    assert not any("adc.rate" in warning for warning in reads.chip().warnings)


class Narrow:
    """A device that says under which voltages its law holds."""

    def __init__(self, device, valid):
        self.device, self.valid = device, valid

    def __getattr__(self, name):
        return getattr(self.device, name)


def test_voltages_beyond_the_devices_law_are_told(x, monkeypatch):
    built = network()
    reads = estimate(built, x)
    device = load_device("wan_2022")
    monkeypatch.setattr("xbarsim.energy.caveats.SwitchingLaw", Narrow)
    for valid, told in (((-0.1, 0.1), True), ((-0.3, 0.3), False)):
        object.__setattr__(built.placement.hardware, "device", Narrow(device, valid))
        found = [w for w in reads.chip().warnings if w.startswith("array.v_read is 200 mV")]
        assert bool(found) == told
        assert not told or "holds from -100 mV to 100 mV" in found[0]


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
    assert parts["router"] < double["router"] < 2 * parts["router"]  # sums keep their 16 bits


def test_links_are_as_long_as_the_chip_is_large(chip):
    """A bit over a pitch takes half a bit's swing of 0.2 fF/um at the supply; without clocks."""
    rows = chip.ledger[chip.ledger["component"] == "link"]
    length = np.sqrt(chip.summary["area"] / chip.reads.placement.arrays)
    one = 0.5 * 0.5 * 0.2e-9 * length * node(65e-9).v_dd ** 2
    np.testing.assert_allclose(rows["energy"], rows["count"] * one, rtol=1e-4)


def test_uncertainty_is_seeded_and_holds_the_energy_of_actions(chip):
    found, again, other = chip.uncertainty(), chip.uncertainty(), chip.uncertainty(seed=1)
    assert found.quantiles["P10"] < found.quantiles["P50"] < found.quantiles["P90"]
    assert again.quantiles["P50"] == found.quantiles["P50"] != other.quantiles["P50"]
    assert found.stated == close(chip.summary["energy_dynamic"])


def test_what_is_uncertain_is_what_the_models_say(chip):
    """Scatter of the sampled values, quantiles of the converters."""
    parts, rows = chip.parts(), chip.ledger
    held = rows[rows["component"] == "sample_hold"]
    assert parts["sample_hold"].scatter == 0.7 == held["scatter"].max()
    assert parts["sample_hold"].low is None
    adc = rows[rows["component"] == "adc"]
    assert (parts["adc"].low, parts["adc"].high) == (adc["low"].sum(), adc["high"].sum())


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
        ({"components": ["adc"]}, r"machine.components is \['adc'\]; it must map kinds to models"),
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


def test_arrays_add_up_to_their_layers(chip):
    """What lies between arrays has none of its own."""
    table = chip.by_array()
    assert len(table) == 9 + 4
    own = chip.ledger[~chip.ledger["component"].isin(["router", "link", "off_chip"])]
    wanted = own.groupby("layer")["energy"].sum()
    found = table.groupby("layer")["energy"].sum()
    np.testing.assert_allclose(found[["a", "b"]], wanted[["a", "b"]], rtol=1e-12)


def test_an_array_takes_what_its_own_sources_inputs_and_outputs_do(chip):
    """Layer a: 7, 7 and 6 inputs, 4 outputs on each of 3 x 3 arrays."""
    table = chip.by_array().set_index(["layer", "row", "column"])
    parts = chip.by("layer", "component")["energy"]
    for row, inputs in enumerate((7, 7, 6)):
        one = table.loc["a", row, 1]
        assert one["dac"] == close(parts["a", "dac"] * inputs / (3 * 20))
        assert one["adc"] == close(parts["a", "adc"] / 9)
    solved = table.loc["a"][["cells", "wires", "terminations"]].sum(axis=1)
    sources = chip.reads.sources["a", ""]
    for (row, column), joules in solved.items():
        assert joules == close(sources[row, column])


def test_arrays_of_tiles_alone_are_refused(x):
    built = network()
    built.calibrate(x)
    reads = of_tiles({"a": built.tiles["a", ""][0]}, {"a": x}, len(x))
    with pytest.raises(SpecError, match="no placement"):
        reads.chip(Machine(links="none")).by_array()
