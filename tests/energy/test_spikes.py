"""Energy of spikes by hand, and of a liquid on tiles from what it counts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim import Adc, Dac, Hardware, SpecError, Tile, load_device
from xbarsim.energy import of_tiles
from xbarsim.energy.neurons import AnalogNeuron, DigitalNeuron, digital_lif
from xbarsim.energy.parts import adc_sar, adc_survey, drivers, neurons
from xbarsim.energy.spikes import Events, address_event, events, events_on, of_spikes
from xbarsim.reservoirs.liquid import LiquidState
from xbarsim.reservoirs.wiring import GaussianWiring
from xbarsim.systems.nalsm.system import METRICS
from xbarsim.tasks.sequences import spike_templates
from xbarsim.technology import NODES, node

ANALOG = AnalogNeuron(i_static=1e-9, v_dd=0.9)
NOTHING = Events(arrived=0.0, operations=0.0, cells=0.0, lines=0.0)


def close(joules, rel=1e-9):
    return pytest.approx(joules, rel=rel, abs=0)


def test_a_spike_heats_the_cells_of_its_word_line_and_charges_it():
    found = events([2.0, 0.0, 1.0], [10e-6, 20e-6, 5e-6], [4, 9, 1], v=0.5, t=1e-6,
                   capacitance=100e-15)  # fmt: skip
    assert found.arrived == 3.0 and found.operations == 9.0
    assert found.cells == close(0.25 * 1e-6 * 25e-6)
    assert found.lines == close(3 * 100e-15 * 0.25)


@given(
    sent=st.lists(st.integers(0, 50), min_size=1, max_size=8), v=st.floats(0.05, 2),
    t=st.floats(1e-9, 1e-3), more=st.floats(1, 5),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_energy_rises_with_voltage_and_time_and_doubles_with_the_spikes(sent, v, t, more):
    n, sent = len(sent), np.array(sent, float)
    given_ = {"conductance": np.linspace(1e-6, 5e-6, n), "fan_out": np.arange(1, n + 1)}

    def energy(times=1.0, **pulse):
        seen = events(times * sent, **given_, **{"v": v, "t": t, "capacitance": 1e-13} | pulse)
        return seen.cells + seen.lines

    assert energy(2.0) == close(2 * energy())
    assert energy(v=v * more) == close(more**2 * energy())
    assert energy(t=t * more) >= energy()


def test_bad_counts_are_refused():
    one = np.ones(3)
    with pytest.raises(SpecError, match=r"fan_out has shape \(2,\); expected one .* \(3,\)"):
        events(one, one, np.ones(2), v=1, t=1)
    with pytest.raises(SpecError, match="conductance holds numbers that are negative"):
        events(one, -one, one, v=1, t=1)
    with pytest.raises(SpecError, match="t is -1 s"):
        events(one, one, one, v=1, t=-1.0)
    with pytest.raises(SpecError, match="cells is -1 pJ"):
        replace(NOTHING, cells=-1e-12)


HARDWARE = Hardware(device=load_device("wan_2022"), rows=16, cols=16)


@pytest.mark.parametrize(
    "settings",
    [{}, {"encoding": "offset"}, {"dac": Dac(bits=4, coding="pulse_width")},
     {"dac": Dac(bits=3, coding="bit_serial")}, {"adc": Adc(bits=6)}],
    ids=str,
)  # fmt: skip
def test_events_on_a_tile_are_those_of_its_own_estimate(settings):
    rng = np.random.default_rng(0)
    tile = Tile(rng.standard_normal((20, 40)), replace(HARDWARE, **settings))
    tile.program()
    vectors = (rng.random((30, 40)) < 0.2) * rng.integers(1, 4, (30, 40)).astype(float)
    tile.calibrate(vectors)
    found = events_on(tile, vectors, 5)
    assert 5 * found.cells == close(
        30 * of_tiles({"a": tile}, {"a": vectors}, 30).table["cells"].sum()
    )
    assert 5 * found.arrived == (vectors > 0).sum() and found.operations == close(
        found.arrived * 20
    )


def test_events_on_a_tile_charge_the_word_line_of_every_array_across():
    tile = Tile(np.ones((20, 40)), HARDWARE)  # 8 outputs an array: three across
    tile.program()
    vectors = np.eye(40)[:4]
    one = drivers.word_line_capacitance(HARDWARE.node, 16) * 0.2**2
    assert events_on(tile, vectors, 2).lines == close(4 * 3 * one / 2)


def test_pulses_of_any_width_charge_word_lines_to_the_read_voltage():
    tile = Tile(np.ones((4, 8)), replace(HARDWARE, dac=Dac(bits=4, coding="pulse_width")))
    tile.program()
    vectors = np.diag(np.arange(1.0, 9.0))
    tile.calibrate(vectors)
    one = drivers.word_line_capacitance(HARDWARE.node, 16) * 0.2**2
    assert events_on(tile, vectors, 1).lines == close(8 * one)


def test_fan_out_counts_weights_that_have_cells_or_what_is_given():
    connected = np.random.default_rng(0).random((20, 40)) < 0.3
    tile = Tile(np.where(connected, 0.5, 0.0), HARDWARE, connected=connected)
    tile.program()
    vectors = np.eye(40)
    assert events_on(tile, vectors, 1).operations == connected.sum()
    assert events_on(tile, vectors, 1, np.full(40, 2.0)).operations == 80
    with pytest.raises(SpecError, match=r"fan_out has shape \(3,\); the tile has 40 inputs"):
        events_on(tile, vectors, 1, np.ones(3))


def test_a_digital_neuron_is_its_operations():
    node = NODES[45]
    shift, whole = digital_lif(node), digital_lif(node, multiplied=True)
    assert shift.leak == shift.add == close(0.05e-12)
    assert shift.compare == close(29.5e-15 / 2 * node.energy_from(40))
    assert shift.state == close(32 * 9e-15 * node.energy_from(40))
    assert 0.10e-12 < shift.update - shift.state < 0.15e-12
    assert whole.update - shift.update == close(0.8e-12 - 0.05e-12)


@pytest.mark.parametrize("nm", [130, 28, 7])
def test_a_neuron_costs_the_same_as_a_component_and_in_a_network(nm):
    at = node(nm * 1e-9)
    assert digital_lif(at).update == close(neurons.digital(at).energy)
    one = AnalogNeuron(i_static=1e-9, v_dd=at.v_dd, comparator=adc_sar.comparison(at))
    assert one.spike == close(neurons.analogue(at).energy)
    assert address_event(1000, at, hops=3) == close(neurons.event(at, 1000, hops=3).energy)


def test_an_analogue_spike_empties_its_membrane():
    for farad, joule in ((50e-15, 12.5e-15), (500e-15, 125e-15)):
        neuron = replace(ANALOG, capacitance=farad, comparator=0.0)
        assert neuron.spike == close(joule)
    assert ANALOG.static == close(0.9e-9) and ANALOG.update == 0.0


def test_static_currents_are_most_of_an_analogue_neuron_at_low_rates():
    """One spike a second at 0.9 nW: 50 fJ of spikes, 0.9 nJ of static current."""
    table = of_spikes(NOTHING, neurons=1, fired=1.0, steps=1000, duration=1.0, neuron=ANALOG).table
    assert table.loc["static", "energy"] > 1e4 * table.loc["spikes", "energy"]


def test_an_address_has_a_bit_for_each_halving_and_one_more():
    node = NODES[32]
    bit = 20.7e-12 / 256 + 1.7 * 0.25 * 0.2e-12 * 0.9**2
    for n, bits in ((1, 1), (2, 2), (1000, 11), (1024, 11), (1025, 12)):
        assert address_event(n, node) == close(bits * bit)
    assert address_event(1024, node, hops=3, router=1e-12, wire=0.0) == close(33e-12)
    assert address_event(1024, node, hops=0) == 0.0
    with pytest.raises(SpecError, match="neurons is 0"):
        address_event(0, node)


@pytest.mark.parametrize("neuron", [ANALOG, digital_lif(NODES[22], static=1e-9)])
def test_without_spikes_only_what_flows_always_is_left(neuron):
    table = of_spikes(
        NOTHING, neurons=50, fired=0.0, steps=100, duration=0.1, neuron=neuron, address=1e-12
    ).table
    assert (table.loc[~table["always"], "energy"] == 0).all()
    assert table.loc["static", "energy"] == close(50 * neuron.static * 0.1)
    assert table.loc["updates", "energy"] == close(50 * 100 * neuron.update, 1e-9)


SEEN = Events(arrived=300.0, operations=9000.0, cells=2e-9, lines=1e-10)


def report(times=1, **changed):
    seen = sum([SEEN] * (times - 1), SEEN)
    given_ = {"neurons": 100, "fired": 250.0 * times, "steps": 200 * times,
              "duration": 0.2 * times, "neuron": digital_lif(NODES[22], static=1e-10),
              "address": 1e-12, "others": {"adc": 5e-9 * times}}  # fmt: skip
    return of_spikes(seen, **given_ | changed)


def test_parts_add_up_and_an_operation_takes_its_share():
    found = report()
    assert found.energy == close(found.table["energy"].sum())
    assert found.per_operation == close(found.energy / 9000)
    assert found.table["per_step"].sum() == close(found.energy / 200)
    assert of_spikes(NOTHING, neurons=1, fired=0, steps=1, duration=0, neuron=ANALOG
                     ).per_operation is None  # fmt: skip


def test_twice_the_inferences_take_twice_the_energy():
    one, two = report(), report(2)
    np.testing.assert_allclose(two.table["energy"], 2 * one.table["energy"], rtol=1e-12)
    assert two.per_operation == close(one.per_operation)


def test_published_operations_stand_beside_with_both_figures_of_truenorth():
    table = report().beside()
    assert table.loc["here", "pJ"] == close(report().per_operation * 1e12)
    assert table.loc["TrueNorth", "pJ"] == 2.5 and table.loc["TrueNorth, system", "pJ"] == 26.0
    assert "unverified" in table.loc["TrueNorth, system", "source"]
    assert len(table) == 12 and (table["source"].str.len() > 0).all()


def test_settings_that_cannot_be_are_refused():
    for changed, told in (
        ({"neurons": 0}, "neurons is 0"),
        ({"fired": -1.0}, "fired is -1"),
        ({"steps": 0}, "steps is 0"),
        ({"duration": -1.0}, "duration is -1 s"),
        ({"others": {"adc": -1e-12}}, "adc is -1 pJ"),
        ({"others": {"static": 1e-12}}, "others has 'static', which is counted already"),
    ):
        with pytest.raises(SpecError, match=told):
            report(**changed)
    with pytest.raises(SpecError, match="i_static is -1 A"):
        AnalogNeuron(i_static=-1.0, v_dd=1.0)
    with pytest.raises(SpecError, match="leak is nan"):
        DigitalNeuron(leak=float("nan"), add=0.0, compare=0.0, state=0.0)


def test_a_liquid_on_tiles_tells_all_that_is_needed():
    """Its own counts: spikes of the run, what tiles were given, and reads, one each step."""
    data = spike_templates(classes=2, train=10, test=6, seed=1)
    hardware = Hardware(device=load_device("wan_2022"), adc=Adc(bits=8), rows=64, cols=64)
    liquid = LiquidState(60, wiring=GaussianWiring(inputs=0.4, recurrent=0.1), random_state=0,
                         hardware=hardware, pooling=5).fit(data.x_train, data.y_train)  # fmt: skip
    core, n, steps = liquid.core_, len(data.x_test), len(data.x_test[0])
    before = core.ledger["adc_conversions"]
    spikes = sum(part.sum() for part in core.run([np.asarray(x, float) for x in data.x_test])[0])
    conversions = (core.ledger["adc_conversions"] - before) / n
    assert spikes == pytest.approx(core.activity.rate * 60 * n * steps)
    fans = {"input": core.connections.inputs, "recurrent": core.lines.weights}
    driven = core.driven([np.asarray(x, float) for x in data.x_test])
    seen = sum(
        (events_on(core.tiles[k], driven[k], n, (fans[k] != 0).sum(axis=0)) for k in fans), NOTHING
    )
    adc = adc_survey.plugin(hardware.node, 8, 100e6).energy
    found = of_spikes(
        seen, neurons=60, fired=spikes / n, steps=steps, duration=steps * 1e-3,
        neuron=digital_lif(hardware.node), address=address_event(60, hardware.node),
        others={"adc": conversions * adc},
    )  # fmt: skip
    assert conversions == steps * 60 * 2
    assert found.table.loc["adc", "energy"] == close(steps * 120 * adc)
    cells = of_tiles(core.tiles, driven, n).table["cells"].sum()
    assert found.table.loc["synapses", "energy"] == close(cells, 0.05)  # of 64 vectors there
    by_hand = sum(driven[k].sum(axis=0) @ (w != 0).sum(axis=0) for k, w in fans.items())
    assert found.operations == close(by_hand / n)
    assert events_on(core.tiles["input"], driven["input"], n).arrived == close(
        sum(np.asarray(x).sum() for x in data.x_test) / n
    )
    assert found.per_operation == close(found.energy * n / by_hand)


def test_counts_of_a_published_system_are_enough():
    """Rows of `nalsm`: spikes an image, steps (``reads``) and the energy that cells took."""
    row = {"spikes": 1200.0, "spikes.input": 3000.0, "reads": 250.0, "energy.read": 4e-9}
    assert set(row) <= set(METRICS)
    arrived = row["spikes"] + row["spikes.input"]
    seen = Events(arrived=arrived, operations=arrived * 80, cells=row["energy.read"], lines=0.0)
    found = of_spikes(seen, neurons=1000, fired=row["spikes"], steps=row["reads"],
                      duration=row["reads"] * 1e-3, neuron=ANALOG)  # fmt: skip
    assert found.table.loc["synapses", "energy"] == 4e-9
    assert found.table.loc["static", "energy"] == close(1000 * 0.9e-9 * 0.25)
