"""Parts of the zero-shot liquid: spikes of sounds, liquids, projections, pairs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from xbarsim import Adc, Hardware, load_device
from xbarsim.effects import Effects
from xbarsim.errors import ConvergenceError, DataError, SpecError
from xbarsim.reservoirs.forming import formed_weights
from xbarsim.streams import Streams
from xbarsim.systems.zero_shot import Settings, retrieval
from xbarsim.systems.zero_shot._adam import adam_step
from xbarsim.systems.zero_shot.classification import divisions
from xbarsim.systems.zero_shot.liquids import FrozenLiquid, pair_deviation
from xbarsim.systems.zero_shot.projections import (
    Parameters,
    Projection,
    Projections,
    loss_and_gradients,
)
from xbarsim.systems.zero_shot.recordings import Recordings
from xbarsim.systems.zero_shot.retrieval import Both, asked
from xbarsim.systems.zero_shot.spikes import cochlear_spikes
from xbarsim.systems.zero_shot.training import pairs_of, trained

DEVICE = load_device("wang_2023")
RATE = 8000.0


def tone(frequency, seconds=0.4):
    return np.sin(2 * np.pi * frequency * np.arange(int(RATE * seconds)) / RATE)


def test_a_tone_makes_the_channels_of_its_frequency_fire():
    low, high = (cochlear_spikes(tone(f), RATE).sum(axis=0).argmax() for f in (300.0, 2500.0))
    assert cochlear_spikes(tone(300.0), RATE).shape == (129, 64)
    assert 5 < low < 25 and 45 < high < 60


def test_loudness_does_not_matter_and_silence_makes_no_spikes():
    """Scaled by a power of two, a sound is the same to the last bit."""
    quiet, loud = (cochlear_spikes(a * tone(500.0), RATE) for a in (2.0**-6, 0.5))
    assert (quiet == loud).all()
    assert cochlear_spikes(np.zeros(800), RATE).shape == (129, 64)
    assert not cochlear_spikes(np.zeros(800), RATE).any()


def test_events_come_at_the_rate_that_is_asked_for():
    """Few enough for no two to share a bin: each channel then keeps all but a part of one."""
    noise = Streams(0).normal((8000,))
    x = cochlear_spikes(noise, RATE, 10.0)
    assert 64 * 10 - 64 <= x.sum() <= 64 * 10


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_deviation_of_pairs_is_that_of_formed_weights(share):
    w = formed_weights((400, 400), 1.0, share, DEVICE, Streams(0))
    assert pair_deviation(DEVICE, share) == pytest.approx(w.std(), rel=0.01)
    broken = share * np.exp(DEVICE.g_spread**2) - share**2
    assert pair_deviation(DEVICE, share) == pytest.approx(np.sqrt(2 * broken), rel=1e-3)


def some_recordings(n=6, channels=20, steps=40):
    rng = Streams(3).rng()
    return [(rng.random((steps, channels)) < 0.3).astype(np.uint8) for _ in range(n)]


def test_formed_arrays_have_weights_as_large_as_those_of_software():
    settings = Settings(neurons=150, image_weight=0.3, recurrent=0.5)
    x = some_recordings()
    software = FrozenLiquid(settings, "images", None, Streams(0), x)
    chip = FrozenLiquid(settings, "images", Hardware(device=DEVICE), Streams(0), x)
    drawn, tiles = software.estimator.core_.connections, chip.estimator.core_.tiles
    assert drawn.inputs.std() == pytest.approx(0.3, rel=0.05)
    assert tiles["input"].held.std() == pytest.approx(0.3, rel=0.05)
    assert tiles["recurrent"].held.std() == pytest.approx(0.15, rel=0.05)
    assert drawn.recurrent.std() == pytest.approx(0.15, rel=0.05)


def test_programmed_ideal_arrays_give_the_features_of_software():
    settings = Settings(neurons=60, weights="programmed", sound_weight=0.3)
    x = some_recordings()
    hardware = Hardware(device=load_device("ideal"))
    sides = [FrozenLiquid(settings, "sounds", h, Streams(1), x) for h in (None, hardware)]
    software, arrays = (side.features(x) for side in sides)
    assert software.std() > 0.05
    assert np.abs(software - arrays).max() < 0.1  # a spike may fall to the other side of rounding
    assert np.mean(software != arrays) < 0.02


def test_costs_count_every_read_of_every_array():
    """40 steps, two blocks of rows for inputs (20 of 16) and one for 16 neurons, by one column."""
    hardware = Hardware(device=DEVICE, adc=Adc(bits=8), rows=16, cols=64)
    settings = Settings(neurons=16, image_weight=0.3)
    x = some_recordings()
    liquid = FrozenLiquid(settings, "images", hardware, Streams(0), x)
    costs = liquid.costs(x)
    assert costs["reads"] == 40 * (2 + 1)
    assert costs["spikes"] == pytest.approx(liquid.features(x).sum() * 40 / len(x))
    assert costs["energy"] > 0
    assert set(FrozenLiquid(settings, "images", None, Streams(0), x).costs(x)) == {"spikes"}


def test_formed_weights_refuse_levels_and_devices_that_do_not_break():
    x, settings = some_recordings(), Settings(neurons=16)
    levels = Hardware(device=DEVICE, effects=Effects(levels=8))
    with pytest.raises(SpecError, match="effects.levels is 8, but weights are formed"):
        FrozenLiquid(settings, "images", levels, Streams(0), x)
    with pytest.raises(SpecError, match="says nothing of forming"):
        FrozenLiquid(settings, "images", Hardware(device=load_device("ideal")), Streams(0), x)


@pytest.mark.parametrize("activation", ["gelu", "linear"])
def test_gradients_are_those_of_the_loss(activation):
    rng = Streams(0).rng()
    x, y = rng.standard_normal((5, 7)), rng.standard_normal((5, 4))
    sizes = [7 * 3, 3, 4 * 3, 3]

    def layers(flat):
        a, b, c, d = np.split(flat, np.cumsum(sizes)[:-1])
        return Parameters(a.reshape(7, 3), b), Parameters(c.reshape(4, 3), d)

    def loss(flat):
        return loss_and_gradients(x, y, layers(flat), 0.7, activation)[0]

    start = rng.standard_normal(sum(sizes))
    _, found = loss_and_gradients(x, y, layers(start), 0.7, activation)
    flat = np.concatenate([part.ravel() for layer in found for part in layer])
    np.testing.assert_allclose(flat, approx_fprime(start, loss, 1e-7), atol=2e-6)


def test_the_loss_of_embeddings_that_tell_nothing_is_the_logarithm_of_their_number():
    nothing = Parameters(np.zeros((7, 3)), np.zeros(3))
    loss, _ = loss_and_gradients(np.ones((6, 7)), np.ones((6, 7)), (nothing, nothing), 1.0, "gelu")
    assert loss == pytest.approx(np.log(6))


def test_compiled_adam_is_the_plain_one():
    rng = Streams(1).rng()
    p = rng.standard_normal(30)
    plain, m, v = p.copy(), np.zeros(30), np.zeros(30)
    first, second = np.zeros(30), np.zeros(30)
    for t in range(1, 6):
        g = rng.standard_normal(30)
        adam_step(p, g, m, v, 0.01, t)
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g * g
        step = first / (1 - 0.9**t) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
        plain = plain - 0.01 * step
        np.testing.assert_allclose(p, plain, rtol=1e-12, atol=1e-14)


def test_pairs_are_of_one_class_and_use_each_recording_of_the_scarcer_kind_once():
    sounds, images = np.array([1, 1, 2, 2, 2, 5]), np.array([2, 1, 1, 1, 5, 5])
    pairs = pairs_of(sounds, images, Streams(0).rng())
    assert (sounds[pairs[:, 0]] == images[pairs[:, 1]]).all()
    assert sorted(sounds[pairs[:, 0]]) == [1, 1, 2, 5]
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == 4
    with pytest.raises(DataError, match="class 3 has images to learn from, but no sounds"):
        pairs_of(np.array([1, 2]), np.array([1, 2, 3]), Streams(0).rng())


def clusters(rng, y, width):
    """Features of classes that can be told, and two that never change."""
    centres = rng.standard_normal((10, width))
    found = centres[y] + 0.1 * rng.standard_normal((len(y), width))
    found[:, :2] = 1.0
    return found


def test_projections_bring_classes_together_that_can_be_told():
    rng, y = Streams(2).rng(), np.repeat(np.arange(1, 6), 12)
    sounds, images = clusters(rng, y, 15), clusters(rng, y, 9)
    settings, seen = Settings(epochs=40, dimension=8), []
    made = trained((sounds, y), (images, y), settings, Streams(0), lambda each: seen.append(each))
    found = (made.sounds(sounds) @ made.images(images).T).argmax(axis=1)
    assert (y[found] == y).mean() > 0.95 and len(seen) == 40
    again = trained((sounds, y), (images, y), settings, Streams(0))
    assert (again.sounds(sounds) == made.sounds(sounds)).all()


def test_a_loss_beyond_all_numbers_is_said():
    rng, y = Streams(2).rng(), np.repeat([1, 2], 8)
    f = clusters(rng, y, 6)
    settings = Settings(epochs=3, learning_rate=1e200, activation="linear")
    with (
        np.errstate(all="ignore"),
        pytest.raises(ConvergenceError, match="use a smaller learning_rate than 1e"),
    ):
        trained((f, y), (f, y), settings, Streams(0))


def test_answers_are_counted_both_ways_and_unseen_ones_are_asked_a_hundred_times_at_most():
    """Features say which class a recording takes itself for; sounds of 9 take themselves for 8."""
    y = np.repeat(np.arange(1, 10), 130)
    of = Recordings(x=[], y=y, test=np.arange(len(y)) % 13 == 0)
    layer = Parameters(np.eye(10), np.zeros(10))
    plain = Projection(layer=layer, mean=np.zeros(10), deviation=np.ones(10), activation="linear")
    images = np.eye(10)[y]
    sounds = np.eye(10)[np.where(y == 9, 8, y)]
    made = Projections(sounds=plain, images=plain)
    row = asked(made, Both(sounds=sounds, images=images), (of, of), (8, 9))
    assert row["accuracy"] == 0.5 and row["accuracy.chance"] == 0.5
    assert row["accuracy.reverse"] == 0.5  # images of 8 find 8; those of 9 find nothing like them
    assert row["accuracy.seen"] == row["accuracy.seen.reverse"] == 1
    assert row["accuracy.seen.chance"] == pytest.approx(1 / 7)
    only = Recordings(x=[], y=y[y != 9], test=of.test[y != 9])
    with pytest.raises(DataError, match="class 9 has no recordings to ask about"):
        asked(made, Both(sounds=sounds, images=images), (of, only), (8, 9))
    far = sounds.copy()
    far[np.flatnonzero(y == 8)[:30]] = np.eye(10)[9]  # the first 30 are asked no more
    row = asked(made, Both(sounds=far, images=images), (of, of), (8, 9))
    assert row["accuracy"] == 0.5


def test_parts_hold_every_recording_once_and_classes_evenly():
    y = Streams(0).rng().permutation(np.repeat(np.arange(4), 9))
    recordings = Recordings(x=[], y=y, test=np.arange(36) >= 30)
    found = divisions(recordings, 4, Streams(0))
    assert sorted(np.concatenate([ask for _, ask in found])) == list(range(36))
    for learn, ask in found:
        assert sorted([*learn, *ask]) == list(range(36))
        assert all(2 <= (y[ask] == k).sum() <= 3 for k in range(4))
    (learn, ask), *rest = divisions(recordings, 1, Streams(0))
    assert ask.tolist() == list(range(30, 36)) and learn.tolist() == list(range(30)) and not rest
    with pytest.raises(SpecError, match="parts is 10; there are 9 recordings"):
        divisions(recordings, 10, Streams(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "retrieve"}, "task is 'retrieve'; did you mean 'retrieval'"),
        ({"images": "mnist"}, "images is 'mnist'; did you mean"),
        ({"neurons": 0}, "neurons is 0; it must be a whole number from 1"),
        ({"neurons": 10.5}, "neurons is 10.5"),
        ({"image_decay": 1.5}, "image_decay is 1.5; it must be at least 0 and at most 1"),
        ({"sound_weight": 0.0}, "sound_weight is 0; it must be above 0"),
        ({"recurrent": float("nan")}, "recurrent is nan"),
        ({"share": 1.0}, "share is 1; it must be above 0 and below 1"),
        ({"batch": 1}, "batch is 1; it must be a whole number from 2"),
        ({"temperature": -1.0}, "temperature is -1; it must be above 0"),
        ({"unseen": (8, 8)}, r"unseen is \(8, 8\); it must be two different digits from 1 to 9"),
        ({"unseen": (0, 8)}, r"unseen is \(0, 8\)"),
        ({"unseen": [8, 9]}, r"unseen is \[8, 9\]"),
        ({"all_pairs": 1}, "all_pairs is 1; it must be true or false"),
        ({"event_rate": 2e3}, "event_rate is 2 kHz; it must be above 0 Hz and at most 1 kHz"),
    ],
)
def test_settings_that_cannot_be_are_refused(change, message):
    with pytest.raises(SpecError, match=message):
        replace(Settings(), **change)


def test_all_faults_of_settings_are_told_at_once():
    with pytest.raises(SpecError, match=r"(?s)task is 'x'.*neurons is 0.*share is 1;.*unseen is"):
        Settings(task="x", neurons=0, share=1.0, unseen=(8, 8))


def test_projections_learn_from_seen_classes_and_never_from_the_test(monkeypatch):
    y = np.tile(np.arange(10), 20)
    of = Recordings(x=[], y=y, test=np.arange(200) >= 150)
    features = Both(sounds=np.arange(200.0)[:, None], images=np.arange(200.0)[:, None])
    given = []

    def seen(sounds, images, settings, streams, after):
        given.extend((sounds, images))

    monkeypatch.setattr(retrieval, "trained", seen)
    retrieval.learn(features, (of, of), (3, 8), Settings(), Streams(0))
    wanted = [k for k in range(150) if y[k] in (1, 2, 4, 5, 6, 7, 9)]
    for places, classes in given:
        assert places[:, 0].tolist() == wanted and classes.tolist() == y[wanted].tolist()


def test_energy_of_a_recording_is_that_of_a_step_times_its_steps():
    x = [np.ones((steps, 8), np.uint8) for steps in (10, 20)]
    settings = Settings(neurons=10, task="images")
    liquid = FrozenLiquid(settings, "images", Hardware(device=DEVICE), Streams(0), x)
    costs = liquid.costs(x)
    step = liquid.estimator.energy(x).totals()["total"]
    assert costs["energy"] == pytest.approx(15 * step, rel=1e-9, abs=0)
    assert costs["reads"] == 15 * 2  # one array of inputs and one of spikes, a read of each a step
