"""The zero-shot liquid as a whole, on a small folder of data made here."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from scipy.io import wavfile

from xbarsim import Adc, Hardware, load_device
from xbarsim.effects import Effects, Retention
from xbarsim.errors import DataError, SpecError
from xbarsim.streams import Streams
from xbarsim.systems import zero_shot
from xbarsim.systems.zero_shot import METRICS, PAIRS, PUBLISHED, Settings, run
from xbarsim.systems.zero_shot.classification import divisions, told_right
from xbarsim.systems.zero_shot.recordings import _recordings, recordings_of
from xbarsim.tasks.folder import VARIABLE

HARDWARE = Hardware(device=load_device("wang_2023"), adc=Adc(bits=8))
SMALL = Settings(neurons=40, image_weight=0.3, epochs=5, dimension=16)
SEEN = 6  # images of each digit to learn from


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Digits that light up places of their own, and words of two tones of their own."""
    root, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    (root / "nmnist_small").mkdir()
    with zipfile.ZipFile(root / "nmnist_small" / "nmnist_small.zip", "w") as files:
        ids = {"train1K.txt": range(10 * SEEN), "test100.txt": range(10 * SEEN, 10 * (SEEN + 2))}
        for name, own in ids.items():
            files.writestr(name, "".join(f"{k}\t{k % 10}\n" for k in own))
            for k in own:
                files.writestr(f"{k}.bs2", _events(k % 10, rng))
    recordings = root / "fsdd" / "recordings"
    recordings.mkdir(parents=True)
    for digit in range(10):
        for repetition in (3, 4, 5, 6, 7, 8, 9):
            t = np.arange(int(2400 * rng.uniform(0.8, 1.2))) / 8000
            sound = sum(np.sin(2 * np.pi * f * t) for f in (150 + 150 * digit, 3300 - 190 * digit))
            sound = 6000 * sound + 1000 * rng.standard_normal(len(t))
            wavfile.write(
                recordings / f"{digit}_ann_{repetition}.wav", 8000, sound.astype(np.int16)
            )
    return root


def _events(digit, rng):
    n = 400
    x = np.clip(rng.normal(11 + 3 * (digit % 5), 1.5, n), 0, 33).astype(np.int64)
    y = np.clip(rng.normal(12 + 10 * (digit // 5), 2.0, n), 0, 33).astype(np.int64)
    t = np.sort(rng.integers(300_000, size=n))
    rows = [x, y, np.full(n, 128) | t >> 16, t >> 8 & 255, t & 255]
    return np.stack(rows, axis=1).astype(np.uint8).tobytes()


@pytest.fixture
def folder(made, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(made))
    _recordings.cache_clear()
    yield made
    _recordings.cache_clear()


@pytest.mark.long
def test_retrieval_on_formed_arrays_finds_digits_that_it_learned_from(folder):
    (row,) = run(replace(SMALL, epochs=60), HARDWARE, Streams(0))
    assert row["age"] == 0 and set(row) - {"age"} <= set(METRICS)
    assert row["accuracy.seen"] > 0.7 and row["accuracy.seen.software"] > 0.7
    assert row["accuracy.seen.chance"] == pytest.approx(1 / 7)
    assert row["accuracy.chance"] == pytest.approx(1 / 2)
    assert 0 <= row["accuracy"] <= row["accuracy.best_epoch"] <= 1
    assert row["writes"] == row["writes.most"] == 0 and row["energy.read"] > 0
    assert row["reads"] == 50 * (2 + 1) + 129 * (1 + 1)
    json.dumps(row, allow_nan=False)


@pytest.mark.long
def test_all_pairs_are_summed_up_beside_the_one_that_is_named(folder):
    settings = replace(SMALL, unseen=(3, 2), epochs=2, all_pairs=True)
    (row,) = run(settings, None, Streams(0))
    (alone,) = run(replace(settings, all_pairs=False), None, Streams(0))
    assert len(PAIRS) == 36
    for name in alone:
        assert row[name] == alone[name]
    assert row["accuracy.pairs.lowest"] <= row["accuracy.pairs"] <= row["accuracy.pairs.highest"]
    assert row["accuracy.pairs.chance"] == pytest.approx(0.5)
    assert "reads" not in row and row["accuracy.pairs.software"] == row["accuracy.pairs"]


@pytest.mark.long
def test_classes_are_told_and_what_arrays_lose_is_paired(folder):
    settings = replace(SMALL, task="images", parts=4)
    (row,) = run(settings, HARDWARE, Streams(1))
    assert row["accuracy.images"] > 0.7 and row["accuracy.images.software"] > 0.7
    lost = row["accuracy.images.software"] - row["accuracy.images"]
    assert row["accuracy.images.lost"] == pytest.approx(lost)
    assert row["accuracy.images.lost.error"] >= 0 and set(row) - {"age"} <= set(METRICS)
    (sounds,) = run(replace(settings, task="sounds", parts=1), HARDWARE, Streams(1))
    assert sounds["accuracy.sounds"] > 0.7 and "accuracy.sounds.error" not in sounds


@pytest.mark.long
def test_means_and_standard_errors_are_those_of_the_parts(folder):
    settings = replace(SMALL, task="images", parts=4, neurons=3)
    (row,) = run(settings, None, Streams(1))
    of, told = recordings_of(settings, "images"), []
    for k, division in enumerate(divisions(of, 4, Streams(1))):
        own = Streams(1) / "images" / k
        told.append(told_right(settings, "images", None, own, of, division, (None,))[0][0])
    assert np.std(told) > 0 and row["accuracy.images"] == pytest.approx(np.mean(told))
    assert row["accuracy.images.error"] == pytest.approx(np.std(told, ddof=1) / 2)


@pytest.mark.long
def test_ages_are_rows_and_readouts_are_those_of_the_first(folder):
    """A liquid whose cells have lost their state is silent: one class is all that is said."""
    lost = Effects(retention=Retention(t_infinity=100.0, activation_energy=0.0))
    hardware = replace(HARDWARE, effects=lost)
    settings = replace(SMALL, task="images", parts=2)
    late, early = run(settings, hardware, Streams(0), (1e6, 0.0))
    assert (late["age"], early["age"]) == (1e6, 0.0)
    assert early["accuracy.images"] > 0.7 and late["accuracy.images"] == pytest.approx(0.1)
    assert late["accuracy.images.software"] == early["accuracy.images.software"]
    (again,) = run(settings, hardware, Streams(0), (0.0,))
    assert again["accuracy.images"] == early["accuracy.images"]


@pytest.mark.long
@pytest.mark.parametrize("task", ["images", "retrieval"])
def test_spikes_and_energy_are_those_of_the_age(task, folder):
    hardware = Hardware(device=load_device("joshi_2020"), adc=Adc(bits=8))
    settings = replace(SMALL, task=task, weights="programmed", parts=1, epochs=1)
    late, early = run(settings, hardware, Streams(0), (1e7, 100.0))
    assert late["spikes"] < 0.9 * early["spikes"]
    assert late["energy.read"] < early["energy.read"]
    (alone,) = run(settings, hardware, Streams(0), (100.0,))
    assert alone["spikes"] == pytest.approx(early["spikes"], rel=0.05)


@pytest.mark.long
def test_programmed_arrays_are_written_once(folder):
    hardware = Hardware(device=load_device("wan_2022"), adc=Adc(bits=8))
    settings = replace(SMALL, task="images", weights="programmed", parts=2)
    (row,) = run(settings, hardware, Streams(0), (1.0,))
    assert row["writes"] == row["writes.most"] == 1 and row["accuracy.images"] > 0.7


@pytest.mark.long
def test_software_alone_is_its_own_equal(folder):
    first, second = run(replace(SMALL, task="images", parts=2), None, Streams(0), (0.0, 1.0))
    assert first["accuracy.images"] == first["accuracy.images.software"]
    assert first["accuracy.images.lost"] == 0
    assert first | {"age": 1.0} == second


def test_every_published_figure_is_of_a_metric():
    assert {each.metric for each in PUBLISHED} <= set(METRICS)
    assert all(0 < each.value < 1 and each.source and each.words for each in PUBLISHED)
    assert set(zero_shot.UNITS) <= set(vars(Settings()))


def test_what_cannot_be_is_refused(folder):
    with pytest.raises(SpecError, match="device is a BreakdownArray; liquids stand on arrays"):
        run(SMALL, load_device("wang_2023"), Streams(0))
    with pytest.raises(SpecError, match="settings is a dict; expected Settings"):
        run({}, None, Streams(0))
    with pytest.raises(SpecError, match="age is -1 s"):
        run(SMALL, None, Streams(0), (-1.0,))
    with pytest.raises(SpecError, match="parts is 9; there are 8 recordings"):
        run(replace(SMALL, task="images", parts=9), None, Streams(0))


def test_missing_data_are_named_with_where_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    _recordings.cache_clear()
    with pytest.raises(DataError, match="free-spoken-digit-dataset"):
        run(SMALL, None, Streams(0))
    with pytest.raises(DataError, match="slayerPytorch.*balance or content_memory"):
        run(replace(SMALL, task="images"), None, Streams(0))


def test_recordings_of_another_folder_are_not_those_read_before(folder, tmp_path, monkeypatch):
    settings = replace(SMALL, task="images", parts=1)
    run(settings, None, Streams(0))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="there is no folder"):
        run(settings, None, Streams(0))
