"""The symmetric-STDP classifier: its compiled loops against plain equations, and its use."""

from dataclasses import replace

import numpy as np
import pytest

from xbarsim import Hardware, load_device, parallel
from xbarsim.errors import DataError, SpecError
from xbarsim.plasticity import SymmetricSTDP
from xbarsim.programming import LevelPulses
from xbarsim.streams import Streams
from xbarsim.systems import symmetric_stdp
from xbarsim.systems.symmetric_stdp import network, phases
from xbarsim.systems.symmetric_stdp._hidden import show
from xbarsim.systems.symmetric_stdp._supervised import answer, teach
from xbarsim.systems.symmetric_stdp.cells import Weights
from xbarsim.systems.symmetric_stdp.settings import Settings
from xbarsim.systems.symmetric_stdp.system import by_labels

U = np.uint64
STREAMS = Streams(5)
CHANNELS, NEURONS, DT = 60, 12, network.DT
SMALL = Settings(
    neurons=NEURONS, learning=0.05, teaching=0.3, duration=0.1, pause=0.05, theta_step=0.3,
    brightness=10.0, least=9, share=0.15,
)  # fmt: skip
NOISY = LevelPulses(levels=48, noise=0.1, spread=0.1, energy=1e-12)


def images(n=6):
    rng = np.random.default_rng(2)
    found = rng.random((n, CHANNELS)) * (rng.random((n, CHANNELS)) < 0.5)
    found[1] *= 0.3  # so dark that it is shown again
    return found


def mixed(x):
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    return x ^ (x >> U(31))


def mix(x):
    with np.errstate(over="ignore"):
        return mixed(np.array([x], U))[0]


def uniform(base, place):
    with np.errstate(over="ignore"):
        moved = base + U(0x9E3779B97F4A7C15) * (np.asarray(place).astype(U) + U(1))
        return (mixed(np.atleast_1d(moved)) >> U(11)) * 2.0**-53


class Plain:
    """Weights and their cells, which are pulsed by `PulsedCells` itself."""

    def __init__(self, weights, top):
        self.w, self.top, self.cells = weights.w.copy(), top, weights.cells
        self.each = weights._each
        if self.cells is not None:
            self.x = self.cells.x.copy()
            self.had = self.cells.up + self.cells.down
            self.done, self.heat, self.columns = np.zeros((2, *self.w.shape), int), 0.0, 0

    def _pulse(self, counts):
        z = self.cells.tables().seed.view(float).reshape(self.w.shape)
        self.x, heat = self.cells.cells.pulse(self.x, counts, z, self.had)
        self.had = self.had + abs(counts)
        self.done += np.stack([np.maximum(counts, 0), np.maximum(-counts, 0)])
        self.heat += heat.sum()
        self.w = self.cells.scale * (self.cells.cells.read(self.x) - self.cells.reference)

    def _counts(self, wanted, step, base, first):
        places = first + np.arange(wanted.size).reshape(wanted.shape)
        u = uniform(base, places.ravel()).reshape(wanted.shape)
        return np.where(wanted > 0, np.floor(wanted / step + u), 0).astype(int)

    def rise(self, wanted, base, first):
        if self.cells is None:
            self.w = np.minimum(self.w + wanted, self.top)
        else:
            self._pulse(self._counts(wanted, self.cells.steps[0], base, first))

    def normalise(self, total, base):
        sums = self.w.sum(axis=0)
        if self.cells is None:
            self.w = self.w * (total / sums)
            return
        step = self.cells.steps[1]
        over = np.where(sums - total >= step, sums - total, 0.0)
        share = np.maximum(self.w, 0) / sums if self.each else 1 / len(self.w)
        self.columns += (over > 0).sum()
        self._pulse(-self._counts(share * np.ones_like(self.w) * over, step, base, 0))


def poisson(chances, steps, base):
    """Spikes (steps, channels): geometric gaps, none in the step after a spike."""
    found = np.zeros((steps, len(chances)), bool)
    for j in np.flatnonzero(chances > 0):
        at = -1
        place = j
        while at < steps:
            u = uniform(base, place)[0]
            at += 1 + int(np.log1p(-u) / np.log1p(-chances[j]))
            if at < steps:
                found[at, j] = True
            place = (at + 1) * len(chances) + j
            at += 1
    return found


class Layer:
    """Hidden neurons, all in every step."""

    def __init__(self, theta=None):
        n = NEURONS
        self.v, self.ge, self.gi, self.free = np.full(n, -65.0), *np.zeros((2, n)), np.zeros(n, int)
        self.vi, self.gx, self.free_i = np.full(n, -60.0), np.zeros(n), np.zeros(n, int)
        self.theta = np.full(n, 20.0) if theta is None else theta.copy()
        self.fired = self.fired_i = np.zeros(n, bool)
        self.clock = 0

    def step(self, drive, rule):
        self.ge = self.ge + drive
        self.gx = self.gx + 10.4 * self.fired
        self.gi = self.gi + 17.0 * (self.fired_i.sum() - self.fired_i)
        free = self.clock >= self.free_i
        self.vi = np.where(free, self.vi + 0.05 * (-60 - self.vi - self.gx * self.vi), self.vi)
        free = self.clock >= self.free
        pull = -65 - self.v - self.ge * self.v + self.gi * (-100 - self.v)
        self.v = np.where(free, np.maximum(self.v + 0.005 * pull, -100), self.v)
        self.ge, self.gx = self.ge * np.exp(-0.5), self.gx * np.exp(-0.5)
        self.gi = self.gi * np.exp(-0.25)
        self.fired_i, self.fired = self.vi > -40, self.v > self.theta - 20 + rule.threshold
        self.vi, self.v = (
            np.where(self.fired_i, -45.0, self.vi),
            np.where(self.fired, -65.0, self.v),
        )
        self.free_i = np.where(self.fired_i, self.clock + 5, self.free_i)
        self.free = np.where(self.fired, self.clock + 5, self.free)
        more = rule.theta_step * 10 / abs(self.theta - 10)
        self.theta = np.where(self.fired, self.theta + more, self.theta)
        self.clock += 1
        return self.fired


def plain_hidden(settings, pixels, seeds, weights, plastic, theta=None):
    """The hidden layer's equations; rasters of the last showings, thetas, showings."""
    rule = network.hidden_rule(settings, CHANNELS, plastic)
    stdp = SymmetricSTDP(rate=settings.learning)
    traces, layer = stdp.begin(CHANNELS, NEURONS), Layer(theta)
    rasters, times, inputs = [], [], []
    for image, seed in zip(pixels, seeds, strict=True):
        level, shown, sent = rule.intensity, 0, np.zeros(CHANNELS, int)
        while True:
            base = mix(seed ^ U(0x243F6A8885A308D3) ^ U(shown))
            rounding = mix(seed ^ U(0x13198A2E03707344) ^ U(shown))
            if plastic:
                weights.normalise(rule.total, mix(rounding ^ U(0xA4093822299F31D0)))
                layer.theta = layer.theta * rule.theta_keep
            else:
                layer = Layer(theta)
            spikes = poisson(np.minimum(rule.chance * level * image, 1), rule.steps, base)
            steps = rule.steps + (rule.rest if plastic else 0)
            raster = np.zeros((steps, NEURONS), bool)
            for t in range(steps):
                came = spikes[t] if t < rule.steps else np.zeros(CHANNELS, bool)
                arrived = layer.fired
                drive = came @ weights.w
                if plastic:
                    traces, wanted = stdp.step(traces, came, arrived, DT)
                    weights.rise(wanted, rounding, t * weights.w.size)
                raster[t] = layer.step(drive, rule)
            raster, sent, shown = raster[: rule.steps], sent + spikes.sum(axis=0), shown + 1
            if raster.sum() >= rule.least or level >= 32:
                break
            level += 1
        rasters.append(raster)
        times.append(shown)
        inputs.append(sent)
    return np.array(rasters), layer.theta, times, inputs


def made(device, each=False, settings=SMALL, classes=False):
    rule = network.lesson_of(settings) if classes else network.hidden_rule(settings, CHANNELS, True)
    shape = (NEURONS, 10) if classes else (CHANNELS, NEURONS)
    first = network.first_weights(shape, rule.total, rule.top, STREAMS / "weights")
    return Weights(first, device, top=rule.top, each=each, streams=STREAMS), rule.top


def same_cells(plain, weights, held):
    np.testing.assert_array_equal(held.given.reshape(plain.done.shape), plain.done)
    np.testing.assert_allclose(held.x.reshape(plain.x.shape), plain.x, atol=1e-9)
    assert held.columns[0] == plain.columns > 0
    assert held.heat.sum() == pytest.approx(plain.heat)
    assert plain.done.sum(axis=(1, 2)).min() > 20


@pytest.mark.long
@pytest.mark.parametrize(
    ("device", "each"),
    [(None, False), (NOISY, False), (NOISY, True)],
    ids=["numbers", "column", "cells"],
)
def test_hidden_neurons_learn_as_the_equations_say(device, each):
    weights, top = made(device, each)
    plain = Plain(weights, top)
    seeds = phases.seeds_of(6, STREAMS)
    rasters, theta, times, sent = plain_hidden(SMALL, images(), seeds, plain, True)
    state, held = network.neurons_of(NEURONS, CHANNELS), weights.held()
    counts, inputs, shown = np.zeros((6, NEURONS), np.uint16), np.zeros(6, int), np.zeros(6, int)
    rows = np.zeros(CHANNELS, int)
    rule = network.hidden_rule(SMALL, CHANNELS, True)
    found = show(images(), seeds, rule, weights.w, held, state, counts, inputs, shown, rows)
    assert rasters.sum() > 40
    assert max(times) > 1
    np.testing.assert_array_equal(counts, rasters.sum(axis=1))
    np.testing.assert_array_equal(spikes_of(found, rasters.shape), rasters)
    np.testing.assert_array_equal(shown, times)
    np.testing.assert_array_equal(inputs, np.sum(sent, axis=1))
    np.testing.assert_array_equal(rows, np.sum(sent, axis=0))
    np.testing.assert_allclose(state.theta, theta, atol=1e-9)
    np.testing.assert_allclose(weights.w, plain.w, atol=1e-6)
    if device is not None:
        same_cells(plain, weights, held)


def spikes_of(found, shape):
    when, who, begins = found
    rasters = np.zeros(shape, bool)
    for s in range(len(begins) - 1):
        at = slice(begins[s], begins[s + 1])
        rasters[s, when[at], who[at]] = True
    return rasters


def test_frozen_neurons_do_as_the_equations_say_and_change_nothing():
    weights, top = made(None)
    before = weights.w.copy()
    seeds, theta = phases.seeds_of(6, STREAMS), np.linspace(15, 22, NEURONS)
    hidden = phases.Hidden(weights, theta, 1.0)
    rasters, _, times, _ = plain_hidden(SMALL, images(), seeds, Plain(weights, top), False, theta)
    seen = phases.seen_by(SMALL, hidden, images(), seeds)
    np.testing.assert_array_equal(spikes_of(seen[:3], rasters.shape), rasters)
    np.testing.assert_array_equal(seen.times, times)
    np.testing.assert_array_equal(weights.w, before)
    np.testing.assert_array_equal(hidden.theta, theta)


def hidden_spikes():
    """Made up, of 12 neurons, (images, steps, neurons)."""
    return np.random.default_rng(1).random((5, 200, NEURONS)) < 0.01


def events(rasters):
    found = [np.nonzero(one) for one in rasters]
    begins = np.cumsum([0] + [len(one[0]) for one in found])
    return (*(np.concatenate([one[k] for one in found]) for k in (0, 1)), begins)


@pytest.mark.parametrize(
    ("device", "each"),
    [(None, False), (NOISY, False), (NOISY, True)],
    ids=["numbers", "column", "cells"],
)
def test_classes_are_taught_as_the_equations_say(device, each):
    weights, top = made(device, each, classes=True)
    plain, rule = Plain(weights, top), network.lesson_of(SMALL)
    stdp, classes = SymmetricSTDP(rate=SMALL.teaching), np.array([3, 1, 3, 9, 0])
    seeds, rasters = phases.seeds_of(5, STREAMS), hidden_spikes()
    for raster, k, seed in zip(rasters, classes, seeds, strict=True):
        base, rounding = mix(seed ^ U(0x082EFA98EC4E6C89)), mix(seed ^ U(0x452821E638D01377))
        plain.normalise(rule.total, mix(rounding ^ U(0xBE5466CF34E90C6C)))
        traces, teaches = stdp.begin(NEURONS, 10), False
        for t in range(rule.steps):
            teaches = bool(not teaches and uniform(base, t)[0] < rule.chance)
            arrived = raster[t - 1] if t else np.zeros(NEURONS, bool)
            traces, wanted = stdp.step(traces, arrived, (np.arange(10) == k) & teaches, DT)
            plain.rise(wanted, rounding, t * wanted.size)
    before, held = weights.w.copy(), weights.held()
    teach(*events(rasters), classes, seeds, rule, weights.w, held)
    assert abs(weights.w - before).max() > 0.1
    np.testing.assert_allclose(weights.w, plain.w, atol=1e-6)
    if device is not None:
        same_cells(plain, weights, held)


def test_classes_answer_as_the_equations_say():
    weights, _ = made(None, classes=True)
    counts = np.zeros((5, 10), int)
    answer(*events(hidden_spikes()), network.lesson_of(SMALL), weights.w, counts)
    wanted = np.zeros((5, 10), int)
    for s, raster in enumerate(hidden_spikes()):
        v, g = np.full(10, -60.0), np.zeros(10)
        for t in range(200):
            g = g + (raster[t - 1] @ weights.w if t else 0)
            v = v + 0.05 * (-60 - v - g * v)
            g = g * np.exp(-0.5)
            wanted[s] += v > -40
            v = np.where(v > -40, -45.0, v)
    assert wanted.sum() > 20
    np.testing.assert_array_equal(counts, wanted)


def test_labels_are_told_by_mean_spikes_of_their_neurons():
    by_class = np.array([[3.0, 1.0, 0.0], [2.0, 0.0, 1.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    counts = np.array([[4, 1, 3, 0], [3, 3, 2, 0], [0, 0, 0, 9]])
    np.testing.assert_array_equal(by_labels(counts, by_class), [1, 0, -1])


def test_spikes_read_the_cells_of_their_rows():
    """Conductances by the device's own reading; weights of numbers have none."""
    weights, _ = made(NOISY)
    sent = np.arange(CHANNELS)
    g = weights.cells.cells.read(weights.cells.x)
    assert weights.read(sent) == pytest.approx((sent[:, None] * g).sum())
    assert made(None)[0].read(sent) == 0


@pytest.mark.long
def test_many_levels_without_noise_learn_nearly_the_weights_of_numbers():
    """But for sums that are too small, which pulses do not raise."""
    exact, _ = made(None)
    cells, _ = made(LevelPulses(levels=50_000, on_off=np.inf), each=True)
    for weights in (exact, cells):
        phases.learn(SMALL, images(), weights, STREAMS)
    np.testing.assert_allclose(cells.w, exact.w, atol=2e-3)


def test_sums_are_held_by_pulses_down_to_whole_columns():
    weights, _ = made(NOISY)
    phases.learn(SMALL, np.tile(images(), (10, 1)), weights, STREAMS)
    rule = network.hidden_rule(SMALL, CHANNELS, True)
    assert weights.cells.down.sum() > 100
    sums = np.sort(weights.w.sum(axis=0))
    assert sums[-2] < 1.05 * rule.total  # but for the neuron that has just learned


def test_number_of_threads_changes_no_bit(monkeypatch):
    weights, _ = made(None)
    many = np.tile(images(), (60, 1))
    hidden = phases.Hidden(weights, np.full(NEURONS, 18.0), 1.0)

    def found(threads):
        monkeypatch.setattr(parallel, "blas_threads", lambda: threads)
        return phases.seen_by(SMALL, hidden, many, phases.seeds_of(len(many), STREAMS))

    for one, other in zip(found(1), found(3), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("train", 60_001, "train is 60001; .* from 1 to 60000"),
        ("test", 0, "test is 0; it must be a whole number from 1"),
        ("neurons", 1, "neurons is 1; it must be a whole number from 2"),
        ("neurons", 10**6, "neurons is 1000000; .* from 2 to 20000"),
        ("epochs", 10**9, "epochs is 1000000000; .* from 1 to 1000"),
        ("learning", -0.1, "learning is -0.1"),
        ("top", 0.0, "top is 0; it must be above 0"),
        ("share", 0.9, "share is 0.9; it must be at least 0 and at most 0.5"),
        ("normalised", "columns", "did you mean 'column'"),
        ("source", "cifar", "source is 'cifar'"),
        ("duration", 0.35025, "duration is 350.25 ms; it must be whole steps of 0.5 ms"),
        ("duration", 0.0, "duration is 0 s"),
        ("teacher", 3000.0, "teacher is 3 kHz; it must be at least 0 Hz and at most 1 kHz"),
        ("tau_theta", float("nan"), "tau_theta is"),
        ("tau_theta", float("inf"), "tau_theta is inf; it must be at least 1 s and finite"),
        ("threshold", "high", "threshold is 'high'; it must be a number"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(field, value, words):
    with pytest.raises(SpecError, match=words):
        Settings(**{field: value})


def test_devices_that_cannot_learn_are_refused():
    with pytest.raises(SpecError, match="device is a Hardware, which has no response to pulses"):
        symmetric_stdp.run(SMALL, Hardware(device=load_device("wan_2022")), STREAMS)
    with pytest.raises(SpecError, match="0 s is their only age"):
        symmetric_stdp.run(SMALL, NOISY, STREAMS, ages=(0.0, 3600.0))
    with pytest.raises(SpecError, match="no response to pulses"):
        made("ideal")


def test_more_images_than_there_are_are_refused(idx_data, monkeypatch):
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    with pytest.raises(DataError, match="train is 60000; of the mnist set .* there are 1200"):
        symmetric_stdp.run(Settings(), None, STREAMS)


@pytest.mark.long
def test_learns_digits_with_cells_and_says_what_they_took(idx_data, monkeypatch):
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    settings = Settings(
        neurons=30, train=300, test=100, learning=0.01, teaching=0.3, theta_step=0.3
    )
    (row,) = symmetric_stdp.run(settings, NOISY, Streams(0))
    assert list(row) == [name for name in symmetric_stdp.METRICS if name in row]
    assert set(row) == set(symmetric_stdp.METRICS)
    assert all(np.isfinite(value) for value in row.values())
    assert row["accuracy"] > 0.5  # chance is 0.1
    assert row["cells"] == (784 + 10) * 30
    pulses = row["cells"] * (row["writes"] + row["writes.setup"])
    assert row["energy.write"] == pytest.approx(1e-12 * pulses)
    assert row["energy.read"] > 0
    (software,) = symmetric_stdp.run(settings, None, Streams(0))
    assert software["accuracy"] == row["accuracy.software"]
    assert "writes" not in software
    unknown = replace(NOISY, energy=None)
    assert "energy.write" not in symmetric_stdp.run(settings, unknown, Streams(0))[0]
