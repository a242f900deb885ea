"""The whole system on letters that are made here, and on the real ones where they are."""

import os
import sys

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.errors import ConvergenceError, DataError, SpecError
from xbarsim.streams import Streams
from xbarsim.systems import l2mu
from xbarsim.systems.l2mu import trained
from xbarsim.systems.l2mu.recordings import recordings

torch = pytest.importorskip("torch", reason="torch is not installed")

QUICK = {
    "memory": 12, "hidden": 16, "order": 3, "rate": 0.01, "epochs": 15, "batch": 20,
    "training_seed": 0,
}  # fmt: skip
IDEAL = xs.Hardware(device=xs.load_device("ideal"), rows=64, cols=64)
NOISY = xs.Hardware(
    device=xs.load_device("gaussian", sigma_absolute=1e-6), rows=64, cols=64,
    dac=xs.Dac(bits=8), adc=xs.Adc(bits=8),
)  # fmt: skip


@pytest.fixture
def letters(braille_data, tmp_path, monkeypatch):
    """A folder for files, where XBARSIM_DATA names the letters that are made here."""
    monkeypatch.setenv("XBARSIM_DATA", str(braille_data))
    return tmp_path


def test_letters_are_told_in_software_and_the_same_on_ideal_arrays(letters):
    settings = l2mu.Settings(**QUICK)
    (soft,) = l2mu.run(settings, None, Streams(0))
    assert soft["accuracy"] == soft["accuracy.software"] >= 0.8
    (row,) = l2mu.run(settings, IDEAL, Streams(0))
    assert row["accuracy"] == row["accuracy.software"] == soft["accuracy"]
    assert row["spikes"] == row["spikes.software"] == soft["spikes"]
    assert row["accuracy.lost"] == row["state.error"] == 0
    assert row["energy.read"] > 0
    assert set(row) - {"age"} <= set(l2mu.METRICS)
    # e_x, e_h, w_x, w_h, w_o on one array, e_m and w_m too: one read of each in each of 16 steps
    assert row["reads"] == 7 * 16
    assert row["cells"] == 2 * (row["parameters"] - 3 - 8)


def test_a_trial_gives_the_same_numbers_again(letters):
    settings = l2mu.Settings(**QUICK, state_space="tile")
    first = l2mu.run(settings, NOISY, Streams(1))
    trained._learned.cache_clear()
    again, other = (l2mu.run(settings, NOISY, Streams(seed)) for seed in (1, 2))
    assert first == again
    assert first != other


def test_chips_share_a_network_that_has_a_seed_of_its_own(letters):
    short = QUICK | {"epochs": 1}
    shared, own = l2mu.Settings(**short), l2mu.Settings(**short | {"training_seed": None})
    for settings, share in ((shared, True), (own, False)):
        rows = [l2mu.run(settings, NOISY, Streams(seed))[0] for seed in (1, 2)]
        assert (rows[0]["spikes.software"] == rows[1]["spikes.software"]) is share
        assert rows[0]["spikes"] != rows[1]["spikes"]


def test_there_is_a_row_for_each_age_and_drifting_cells_are_others(letters):
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"), rows=64, cols=64)
    settings = l2mu.Settings(**QUICK)
    rows = l2mu.run(settings, hardware, Streams(0), ages=(20.0, 86400.0, 3.15e7))
    assert [row["age"] for row in rows] == [20.0, 86400.0, 3.15e7]
    assert len({row["spikes"] for row in rows}) == 3
    assert len({row["spikes.software"] for row in rows}) == 1


def test_errors_of_the_state_space_are_as_large_as_said(letters):
    settings = l2mu.Settings(**QUICK, state_error=0.1)
    errors = [l2mu.run(settings, IDEAL, Streams(seed))[0]["state.error"] for seed in range(12)]
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(0.1, rel=0.2)


def test_a_verified_state_space_is_nearer_than_one_written_once(letters):
    kinds = ("tile", "verified")
    (once,), (again,) = (
        l2mu.run(l2mu.Settings(**QUICK, state_space=kind), NOISY, Streams(0)) for kind in kinds
    )
    assert again["state.error"] < 0.01 < once["state.error"]
    assert again["writes.state"] > 1
    assert "writes.state" not in once
    assert again["state.unverified"] == 0


def test_what_was_trained_is_read_from_its_file(letters, monkeypatch):
    path = letters / "network.npz"
    settings = l2mu.Settings(**QUICK, trained=str(path))
    first = l2mu.run(settings, NOISY, Streams(0))
    trained._learned.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    assert l2mu.run(settings, NOISY, Streams(0)) == first
    assert [each.name for each in letters.iterdir()] == ["network.npz"]
    with pytest.raises(DataError, match="other settings or another seed"):
        l2mu.run(
            l2mu.Settings(**QUICK | {"training_seed": 1}, trained=str(path)), NOISY, Streams(0)
        )
    with pytest.raises(DataError, match="e_h has shape"):
        l2mu.run(l2mu.Settings(**QUICK | {"hidden": 17}, trained=str(path)), NOISY, Streams(0))
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read as parameters of an L2MU"):
        l2mu.run(settings, NOISY, Streams(0))


def test_a_file_that_cannot_be_written_is_told(letters):
    settings = l2mu.Settings(**QUICK, trained=str(letters / "nowhere" / "network.npz"))
    with pytest.raises(DataError, match="trained parameters cannot be written"):
        l2mu.run(settings, None, Streams(0))


def test_without_pytorch_it_is_said_what_to_do(letters, monkeypatch):
    trained._learned.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SpecError, match=r"pip install 'xbarsim\[torch\]'"):
        l2mu.run(l2mu.Settings(**QUICK), None, Streams(0))


def test_without_data_it_is_said_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XBARSIM_DATA", str(tmp_path))
    with pytest.raises(DataError, match="braille"):
        l2mu.run(l2mu.Settings(**QUICK), None, Streams(0))


def test_training_that_leaves_its_numbers_is_no_network():
    from xbarsim.systems.l2mu.training import as_parameters

    learn = {"e_x": torch.tensor([1.0, float("nan")]), "beta": torch.zeros(4)}
    with pytest.raises(ConvergenceError, match="left 1 values of e_x that are not finite"):
        as_parameters(learn)


def test_gradients_of_no_length_to_speak_of_leave_a_network_as_it_was(letters):
    short = QUICK | {"epochs": 1, "schedule": "constant", "rate": 1e-6}
    start = l2mu.run(l2mu.Settings(**short), None, Streams(0))
    for gradient, moved in ((1e-20, False), (None, True)):
        settings = l2mu.Settings(**short | {"rate": 0.05}, gradient=gradient)
        assert (l2mu.run(settings, None, Streams(0)) != start) is moved


def test_events_are_counts_or_spikes(letters):
    counts = recordings(l2mu.Settings(inputs="counts"))
    spikes = recordings(l2mu.Settings(inputs="spikes"))
    np.testing.assert_array_equal(spikes.train.x, np.minimum(counts.train.x, 1))
    assert counts.train.x.max() > 1
    assert recordings(l2mu.Settings(examples=7)).train.x.shape == (21, 16, 24)
    assert recordings(l2mu.Settings(substeps=3)).train.x.shape == (120, 46, 24)


@pytest.mark.parametrize(("split", "examples"), [(None, None), (3, None), (None, 10)])
def test_recordings_for_validation_are_the_last_ones_to_learn_from_and_none_of_the_test(
    letters, split, examples
):
    given = {"split": split, "examples": examples}
    whole, parted = (recordings(l2mu.Settings(**given, validation=k)) for k in (None, 4))
    assert len(whole.validation.y) == 0
    each = (examples or 40) - 4
    assert np.bincount(parted.train.y).tolist() == [each] * 3
    assert np.bincount(parted.validation.y).tolist() == [4] * 3
    np.testing.assert_array_equal(parted.test.x, whole.test.x)
    for k in range(3):
        both = [part.x[part.y == k] for part in (parted.train, parted.validation)]
        np.testing.assert_array_equal(np.concatenate(both), whole.train.x[whole.train.y == k])


def test_recordings_for_validation_are_told_of(letters):
    settings = l2mu.Settings(**QUICK, validation=8)
    (row,) = l2mu.run(settings, None, Streams(0))
    assert row["accuracy.validation"] >= 0.8
    assert row["accuracy.validation"] * 24 == pytest.approx(round(row["accuracy.validation"] * 24))
    assert set(row) - {"age"} <= set(l2mu.METRICS)


@pytest.mark.parametrize("age", [-1.0, float("nan"), "1 s"])
def test_ages_that_are_none_are_refused_in_software_too(age, letters):
    with pytest.raises(SpecError, match="age is"):
        l2mu.run(l2mu.Settings(**QUICK), None, Streams(0), (1.0, age))
    with pytest.raises(SpecError, match="settings is a dict; expected Settings"):
        l2mu.run({}, None, Streams(0))


def test_anything_but_hardware_is_refused(letters):
    with pytest.raises(SpecError, match="not on GaussianCell"):
        l2mu.run(l2mu.Settings(**QUICK), xs.load_device("gaussian"), Streams(0))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"order": 0}, "order is 0; it must be a whole number from 1 to 64"),
        ({"theta": -1.0}, "theta is -1 steps; it must be above 0 steps"),
        ({"memory": 2.5}, "memory is 2.5; it must be a whole number"),
        ({"examples": 0}, "examples is 0"),
        ({"validation": 0}, "validation is 0"),
        ({"validation": 40}, "validation is 40; it must be below 40"),
        ({"validation": 8, "examples": 8}, "validation is 8; it must be below 8"),
        ({"beta_u": 1.2}, "beta_u is 1.2; it must lie from 0 to 1"),
        ({"threshold_o": 0.0}, "threshold_o is 0"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"inputs": "rates"}, "inputs is .*rates.*counts, spikes"),
        ({"schedule": "steps"}, "schedule is .*steps"),
        ({"state_space": "analog"}, "state_space is .*analog"),
        ({"state_error": 0.1, "state_space": "tile"}, "errors are set for the digital one"),
        ({"verify_window": 0.0}, "verify_window is 0"),
        ({"verify_tries": 0}, "verify_tries is 0"),
        ({"gradient": 0.0}, "gradient is 0"),
        ({"learn_neurons": "yes"}, "learn_neurons is 'yes'"),
        ({"letters": "ABC"}, "letters is 'ABC'"),
        ({"letters": ("A",)}, "letters holds 1"),
        ({"trained": ""}, "trained is ''"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong, told):
    with pytest.raises(SpecError, match=told):
        l2mu.Settings(**wrong)


def test_the_published_protocol_leaves_gradients_and_neurons_as_they_are():
    for seven in (False, True):
        own = l2mu.published(seven)
        assert (own.inputs, own.substeps, own.epochs) == ("spikes", 5, 300)
        assert (own.gradient, own.schedule, own.learn_neurons) == (None, "constant", False)
    reduced = l2mu.reduced_spikes(epochs=3)
    assert (reduced.inputs, reduced.substeps, reduced.epochs) == ("spikes", 2, 3)


def test_the_published_network_has_the_published_number_of_parameters():
    from xbarsim.systems.l2mu.parameters import shapes

    for seven, inputs, classes, told in ((False, 24, 27, 4.9e5), (True, 12, 7, 1.19e5)):
        own = shapes(l2mu.published(seven), inputs, classes).values()
        assert sum(np.prod(shape) for shape in own) == pytest.approx(told, rel=5e-3)


@pytest.mark.skipif("XBARSIM_DATA" not in os.environ, reason="XBARSIM_DATA is not set")
def test_braille_letters_are_learned():
    quick = {"epochs": 4, "batch": 20, "rate": 0.01, "memory": 30, "hidden": 40, "order": 4}
    (row,) = l2mu.run(l2mu.reduced_seven(**quick), None, Streams(0))
    assert row["accuracy"] > 0.4
