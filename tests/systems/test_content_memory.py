"""A content-addressable memory: as the publication tells it, and on worse and worse cells."""

import numpy as np
import pytest

from xbarsim import Hardware
from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import LevelPulses
from xbarsim.systems.content_memory import (
    METRICS,
    PUBLISHED,
    ContentMemory,
    Operation,
    Settings,
    run,
)
from xbarsim.systems.content_memory import network as published
from xbarsim.systems.content_memory.network import DT, LINKS, POPULATIONS, Network, Neurons

A = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0])
B = np.array([0, 1, 1, 0, 0, 0, 0, 1, 0, 0])
NOISY = LevelPulses(levels=2, on_off=10.0, noise=0.1, spread=0.1, window_spread=0.1)


def memory(streams, device=None, **changes):
    return ContentMemory(Settings(**changes), device, streams)


def one(bit):
    return np.arange(10) == bit


@pytest.mark.parametrize("name", ["cue", "answer"])
def test_a_neuron_is_that_of_its_closed_form(name):
    """Below threshold, a current that decays drives a membrane that does: both are exponentials."""
    tau, capacitance = POPULATIONS[name][0]
    neuron, found = Neurons(1, POPULATIONS[name][0]), []
    neuron.send(0, 1, np.array([2e-9]))
    for t in range(8):
        neuron.step(t)
        found.append(neuron._v[0])
    fade, keep = np.exp(-DT / 0.3e-3), np.exp(-DT / tau)
    drive = tau / capacitance * (1 - keep) * 0.3 * (1 - fade) * 2e-9
    k = np.arange(7)
    wanted = drive * (keep ** (k + 1) - fade ** (k + 1)) / (keep - fade)
    np.testing.assert_allclose(found, [0.0, *wanted], rtol=1e-12, atol=1e-30)


def test_one_synapse_makes_a_neuron_spike_and_every_second_step_at_most():
    neuron, found = Neurons(1, POPULATIONS["cue"][0]), []
    for t in range(9):
        neuron.step(t)
        found.append(bool(neuron.spikes[0]))
        neuron.send(t, 1, np.array([6e-9]))
    assert found == [False, *[True, False] * 4]


def test_outputs_come_when_the_publication_says(streams):
    """Stored: after 5 and 7 ms; what is given comes back after 5, what is recalled after 6."""
    held = memory(streams)
    assert held.store(0, A).times == ((5, 7), (5, 7))
    given, found = held.run([Operation("recall", 0, None), Operation("find", None, one(1))])
    assert given.times == ((5,), (6,))
    assert found.times == ((6,), (5,))


def test_contents_are_recalled_by_cue_and_cues_by_content(streams):
    held = memory(streams)
    held.run([Operation("store", 3, A), Operation("store", 1, B)])
    np.testing.assert_array_equal(held.recall(3), A == 1)
    np.testing.assert_array_equal(held.recall(1), B == 1)
    assert not held.recall(0).any()
    for bit, cues in ((0, [3]), (1, [1, 3]), (7, [1]), (9, [])):
        assert list(np.flatnonzero(held.find(one(bit)))) == cues
    assert list(np.flatnonzero(held.find(one(0) | one(2)))) == [1, 3]


def test_a_content_under_an_old_cue_makes_it_forget_and_leaves_others(streams):
    held = memory(streams)
    held.run([Operation("store", cue, A) for cue in (0, 1)])
    overwritten = held.store(0, B)
    assert set(np.flatnonzero(overwritten.cues)) == {0}
    np.testing.assert_array_equal(held.recall(0), B == 1)
    np.testing.assert_array_equal(held.recall(1), A == 1)
    assert list(np.flatnonzero(held.find(one(0)))) == [1]


def test_pulses_of_a_store_are_those_of_its_traces(streams):
    """To rounding: 6 (e^-1/3 + e^-1) up for each bit; 6 (e^-2/3 - 1) for one that is forgotten."""
    held = memory(streams)
    held.store(0, A)
    up = 6 * (np.exp(-1 / 3) + np.exp(-1))
    weights = held.array.synapses.weights
    assert set(weights.up[0, A == 1]) <= {int(up), int(up) + 1}
    assert weights.up.sum() == weights.up[0, A == 1].sum()
    assert weights.down.sum() == 0
    held.store(0, B)
    gone, down = (A == 1) & (B == 0), 6 * (1 - np.exp(-2 / 3))
    assert set(weights.down[0, gone]) <= {int(down), int(down) + 1}
    assert weights.down.sum() == weights.down[0, gone].sum()


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(cues=20, bits=12, density=0.3, fragment=3),
        Settings(cues=7, bits=40, load=0.5, density=1.0, rewritten=1.0),
    ],
)
def test_ideal_cells_recall_everything(settings, streams):
    row = run(settings, None, streams)[0]
    names = ("accuracy", "accuracy.software", "recall.cue", "recall.content", "recall.forgotten")
    assert {row[name] for name in names} == {1.0}
    assert row["bits.wrong"] == 0


def test_cells_of_on_off_10_that_differ_by_a_tenth_recall_99_percent(streams):
    """Three chips of 20 x 20, 240 recalls."""
    rows = [run(Settings(cues=20, bits=20), NOISY, streams / k)[0] for k in range(3)]
    assert np.mean([row["accuracy"] for row in rows]) >= 0.99


def test_bad_cells_cost_recalls_and_ideal_ones_beside_them_do_not(streams):
    settings = Settings(cues=15, bits=15)
    stuck = LevelPulses(levels=2, on_off=10.0, stuck_low=0.05, stuck_high=0.05)
    for device, noise in ((stuck, 0.0), (LevelPulses(levels=2, on_off=10.0), 0.4)):
        row = run(Settings(cues=15, bits=15, read_noise=noise), device, streams)[0]
        assert row["accuracy"] < 0.8
        assert row["bits.wrong"] > 0.01
        assert row["accuracy.software"] == run(settings, None, streams)[0]["accuracy"] == 1.0


def test_the_published_size_does_not_feel_what_is_ours(streams, monkeypatch):
    """Without a floor of potentials, and with inhibition that sums, all is the same."""

    def send(self, t):
        for link in LINKS:
            spikes = self.neurons[link.source].spikes.astype(float)
            matrix = {
                "same": np.eye(len(spikes)),
                "others": 1 - np.eye(len(spikes)),
                "all": np.ones((len(spikes), len(self.neurons[link.target].spikes))),
            }[link.to]
            weight = link.weight * (self.bits if link.by_bits else 1)
            self.neurons[link.target].send(t, link.delay, weight * (spikes @ matrix))

    ours = run(Settings(), None, streams)[0]
    monkeypatch.setattr(published, "_FLOOR", -np.inf)
    monkeypatch.setattr(Network, "send", send)
    assert run(Settings(), None, streams)[0] == ours


def test_a_run_tells_its_metrics_and_counts(streams):
    device = LevelPulses(levels=2, on_off=10.0, energy=1e-12)
    row = run(Settings(), device, streams, ages=(0.0,))[0]
    assert set(row) == set(METRICS)
    assert np.isfinite(list(row.values())).all()
    assert row["energy.write"] == pytest.approx(1e-12 * row["writes"] * 50, rel=1e-9, abs=0)
    assert all(one.metric in METRICS for one in PUBLISHED)
    assert row == run(Settings(), device, streams)[0]
    assert row != run(Settings(), device, streams / "other")[0]


def test_energy_of_reads_is_that_of_conductances(streams):
    """A find of one bit reads a column: V^2 t times its conductances."""
    held = memory(streams, LevelPulses(levels=2, on_off=10.0, g_max=100e-6))
    held.store(0, A)
    before, reads = held.array.read_energy, held.array.reads
    held.find(one(0))
    assert held.array.reads == reads + 1
    spent = held.array.read_energy - before
    assert spent == pytest.approx(0.2**2 * 100e-9 * (100e-6 + 4 * 10e-6), rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cues": 0}, "cues is 0; it must be a whole number from 1"),
        ({"cues": 0, "bits": "x", "tau": -1.0}, r"(?s)cues is 0.*bits is 'x'.*tau is -1 s"),
        ({"bits": 20_000}, "bits is 20000; beyond 10,000"),
        ({"fragment": 11}, "fragment is 11; it must be at most the number of bits, 10"),
        ({"load": 0.0}, "load is 0; it must be above 0 and at most 1"),
        ({"density": 1.5}, "density is 1.5"),
        ({"read_noise": -0.1}, "read_noise is -0.1; it must be at least 0"),
        ({"tau": 0.0}, "tau is 0 s; it must be above 0 s"),
        ({"v_read": "0.2 V"}, "v_read is '0.2 V'; it must be a number, in volts"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        Settings(**changes)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (Operation("recall", 5, None), "cue is 5; there are cues 0 to 4"),
        (Operation("recall", True, None), "cue is True; there are cues 0 to 4"),
        (Operation("store", 0, np.ones(4)), r"content has shape \(4,\)"),
        (Operation("store", 0, np.full(10, 0.5)), "it takes 10 bits of 0 or 1"),
        (Operation("store", None, A), "'store' takes a cue and a content"),
        (Operation("recall", 0, A), "'recall' a cue alone"),
        (Operation("store", 0, [[1], [1, 0]]), "content is no array of numbers"),
        (Operation("forget", 0, None), "operation is 'forget'; known: find, recall, store"),
        (Operation(["store"], 0, None), r"operation is \['store'\]; did you mean"),
        (("recall", 0, None), "operations hold a tuple; expected Operation"),
    ],
)
def test_operations_that_cannot_be_are_refused(operation, message, streams):
    with pytest.raises(SpecError, match=message):
        memory(streams).run([operation])


@pytest.mark.parametrize("device", [load_device("wan_2022"), Hardware(device=load_device("ideal"))])
def test_devices_without_response_to_pulses_are_refused(device, streams):
    with pytest.raises(SpecError, match="has no response to pulses"):
        run(Settings(), device, streams)


def test_ages_are_refused(streams):
    with pytest.raises(SpecError, match="ages holds 1 h; .* 0 s is their only age"):
        run(Settings(), None, streams, ages=(0.0, 3600.0))


def test_settings_of_something_else_are_refused(streams):
    with pytest.raises(SpecError, match="settings is a dict; expected Settings"):
        run({}, None, streams)


def test_noise_of_a_read_adds_up_over_cells_as_independent_noise_does(streams):
    """On over off 2: a cell at 0 conducts, in weights, 1, one at 1 conducts 2."""
    held = memory(streams, LevelPulses(levels=2, on_off=2.0), read_noise=0.1)
    for cue, content in enumerate((A, B)):
        held.store(cue, content)
    rows = np.arange(5) < 3  # the third is empty
    reads = np.array([held.array.by_cues(rows) for _ in range(4000)])
    ones = (A + B).astype(float)
    np.testing.assert_allclose(reads.mean(axis=0), ones, atol=0.02)
    deviation = 0.1 * np.sqrt(4 * ones + (3 - ones))
    np.testing.assert_allclose(reads.std(axis=0), deviation, rtol=0.05)


def test_pieces_of_content_are_told_wrong_where_nothing_is_stored(streams):
    (row,) = run(Settings(amplitude=0.1), None, streams)
    assert row["recall.content"] < 0.2 and row["recall.cue"] < 0.2
    assert row["accuracy"] < 0.2 and row["bits.wrong"] > 0.2
