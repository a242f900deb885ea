"""Sets by name: from small folders made here, from the real ones where they are, and generated."""

import inspect
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from xbarsim.encoders import sigma_delta_decode
from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.folder import VARIABLE
from xbarsim.tasks.sequences import SEQUENCES, load_sequences, sequence_digest
from xbarsim.tasks.sequences.load import _LOADERS
from xbarsim.tasks.sequences.spike_templates import jittered

FROM_FILES = ("japanese_vowels", "basic_motions", "fsdd", "nmnist_small", "braille")
REAL = os.environ.get(VARIABLE)


@pytest.fixture
def folder(made_sequences, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(made_sequences))
    return made_sequences


@pytest.fixture
def copied(made_sequences, tmp_path, monkeypatch):
    """A folder that a test may spoil."""
    shutil.copytree(made_sequences, tmp_path / "data")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def real(monkeypatch):
    """Skips where the set is not there; a path to its folder else."""

    def there(name):
        if REAL is None or not (Path(REAL) / name).is_dir():
            pytest.skip(f"{VARIABLE} names no folder with {name}")
        monkeypatch.setenv(VARIABLE, REAL)

    return there


def test_every_set_has_a_loader_of_its_name_with_options_by_keyword():
    assert sorted(_LOADERS) == sorted(SEQUENCES)
    for loader in _LOADERS.values():
        for option in inspect.signature(loader).parameters.values():
            assert option.kind is option.KEYWORD_ONLY and option.default is not option.empty


@pytest.mark.parametrize(
    ("name", "train", "test", "channels", "rate"),
    [
        ("japanese_vowels", [7, 12, 9], [8, 29], 12, 156.25),
        ("basic_motions", [7, 12, 9], [8, 29], 6, 10.0),
    ],
)
def test_ts_sets_are_read(folder, name, train, test, channels, rate):
    data = load_sequences(name)
    assert [len(x) for x in data.x_train] == train and [len(x) for x in data.x_test] == test
    assert len(data.channels) == channels and data.rate == pytest.approx(rate)
    assert data.y_train.tolist()[:2] == [0, 1]


def test_spoken_digits_have_the_official_split(folder):
    data = load_sequences("fsdd")
    assert len(data.x_train) == 8 and len(data.x_test) == 8
    assert sorted(data.y_test) == [3] * 4 + [7] * 4 and data.classes[7] == "7"
    assert sorted({len(x) for x in data.x_test}) == [10, 15]  # 900 and 1,300 samples
    assert len(data.channels) == 13 and data.rate == 100.0


def test_a_speaker_can_be_left_out(folder):
    official = load_sequences("fsdd", features="waveform")
    data = load_sequences("fsdd", features="waveform", leave_out="ann")
    assert len(data.x_train) == 8 and sorted({len(x) for x in data.x_test}) == [
        900,
        1300,
        1400,
        2100,
    ]
    both = [x.sum() for d in (official, data) for x in (*d.x_train, *d.x_test)]
    assert sorted(both[:16]) == sorted(both[16:])
    with pytest.raises(SpecError, match="leave_out is 'eve'; speakers are ann, bob"):
        load_sequences("fsdd", leave_out="eve")


def test_events_of_one_polarity_are_the_default(folder):
    data = load_sequences("nmnist_small")
    assert len(data.x_train) == 6 and len(data.x_test) == 3
    assert data.y_train.tolist() == [1, 2, 0, 1, 2, 0]
    assert data.x_train[0].shape == (50, 256) and data.x_train[0].max() == 1
    assert data.x_train[0].any() and not data.x_train[1].any()  # recordings of odd numbers are on
    off = load_sequences("nmnist_small", polarity="off")
    assert off.x_train[1].any() and not off.x_train[0].any()


def test_options_of_the_events_are_those_of_the_binning(folder):
    options = {"crop": None, "polarity": "both", "bins": 7, "span": None, "clip": False}
    data = load_sequences("nmnist_small", **options)
    assert data.rate is None and len(data.channels) == 2 * 34 * 34
    assert data.channels[34] == "1,0 on" and data.channels[-1] == "33,33 off"
    assert all(x.shape[0] == 7 and x.sum() == 200 for x in (*data.x_train, *data.x_test))


def test_letters_are_events_that_follow_the_sensors(folder):
    events, felt = load_sequences("braille"), load_sequences("braille", theta=None)
    assert len(events.x_train) == 120 and len(events.x_test) == 30
    assert events.channels[0] == "sensor 1 on" and events.channels[-1] == "sensor 12 off"
    assert (sigma_delta_decode(events.x_test[3], 1.0, felt.x_test[3][0]) == felt.x_test[3]).all()


def test_some_letters_alone_keep_their_order(folder):
    data = load_sequences("braille", letters=["Z", "A"], substeps=4)
    assert data.classes == ("Z", "A") and data.rate == 160.0
    assert np.bincount(data.y_train).tolist() == [40, 40]
    whole = load_sequences("braille", substeps=4)
    assert (whole.x_train[0] == data.x_train[0]).all() and data.y_train[0] == 1


def test_images_are_read_a_row_a_step(idx_data, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(idx_data))
    data = load_sequences("mnist")
    assert len(data.x_train) == 1200 and data.x_train[0].shape == (28, 28)
    assert not data.x_train[0][:2].any() and data.x_train[0][2:-2].any()
    assert load_sequences("fashion_mnist").classes[9] == "ankle boot"


@pytest.mark.parametrize("name", FROM_FILES)
def test_a_missing_folder_says_how_to_get_it_and_what_runs_without(name, monkeypatch, tmp_path):
    for call in (load_sequences, sequence_digest):
        monkeypatch.delenv(VARIABLE, raising=False)
        with pytest.raises(DataError, match=r"XBARSIM_DATA is not set.* \(from .*spike_templates"):
            call(name)
        monkeypatch.setenv(VARIABLE, str(tmp_path))
        with pytest.raises(DataError, match=r"there is no folder .*\(from .*spike_templates or "):
            call(name)


def test_missing_images_are_named(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(DataError, match="XBARSIM_DATA is not set"):
        load_sequences("mnist")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("japanese_vowels", "japanese_vowels/JapaneseVowels_TEST.ts"),
        ("braille", "braille_events/braille_letters.npz"),
        ("nmnist_small", "nmnist_small/nmnist_small.zip"),
    ],
)
def test_missing_and_cut_files_are_named(copied, name, file):
    path = copied / file
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=path.name):
        load_sequences(name)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=path.name):
        load_sequences(name)
    path.unlink()
    with pytest.raises(DataError, match=path.name):
        load_sequences(name)


def test_a_recording_that_is_cut_in_the_zip_is_named(copied):
    path = copied / "nmnist_small" / "nmnist_small.zip"
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for keep, said in ((996, "996 bytes are 199 events and 1"), (500, "its 100 events end at 0.")):
        cut = parts | {"3.bs2": parts["3.bs2"][:keep]}
        with zipfile.ZipFile(path, "w") as new:
            for name, raw in cut.items():
                new.writestr(name, raw)
        with pytest.raises(DataError, match=f"nmnist_small.zip: 3.bs2: {said}"):
            load_sequences("nmnist_small")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"train1K.txt": "1 x\n"}, "train1K.txt:1: expected a number and a digit"),
        ({"train1K.txt": "1 12\n"}, "train1K.txt:1: expected a number and a digit"),
        ({"train1K.txt": "1 7\n"}, "holds no 1.bs2"),
        ({"train1K.txt": "# none\n"}, "train1K.txt names no recordings"),
        ({}, "holds no train1K.txt"),
    ],
)
def test_lists_of_recordings_that_do_not_fit_are_named(copied, files, said):
    with zipfile.ZipFile(copied / "nmnist_small" / "nmnist_small.zip", "w") as new:
        for name, text in files.items():
            new.writestr(name, text)
    with pytest.raises(DataError, match=said):
        load_sequences("nmnist_small")


def test_sounds_of_other_names_and_rates_are_named(copied):
    from scipy.io import wavfile

    folder = copied / "fsdd" / "recordings"
    wavfile.write(folder / "7_bob_12.wav", 16000, np.zeros(2000, np.int16))
    with pytest.raises(DataError, match="7_bob_12.wav: 16000 samples a second; others have 8000"):
        load_sequences("fsdd")
    (folder / "7_bob.wav").write_bytes(b"")
    with pytest.raises(DataError, match="7_bob.wav: expected a name like 7_jackson_32.wav"):
        load_sequences("fsdd")
    shutil.rmtree(folder)
    with pytest.raises(DataError, match="recordings: holds no WAV files"):
        load_sequences("fsdd")


def test_spoken_digits_of_which_none_are_for_training_are_named(copied):
    for file in (copied / "fsdd" / "recordings").glob("*_[15]*.wav"):
        file.unlink()
    with pytest.raises(DataError, match="recordings: holds no recordings for training"):
        load_sequences("fsdd")


def test_the_last_ten_repetitions_of_each_letter_are_for_the_test(copied):
    data = load_sequences("braille", theta=None)
    with np.load(copied / "braille_events" / "braille_letters.npz") as file:
        starts = file["taxel"][file["offsets"][:-1]]
        test = file["repetition"] >= 40
    assert [x[0].tolist() for x in data.x_test] == starts[test].tolist()
    assert [x[0].tolist() for x in data.x_train] == starts[~test].tolist()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"offsets": np.array([0, 5])}, "do not fit each other"),
        ({"label": np.full(150, 3)}, "holds labels up to 3; 3 are named"),
        ({"taxel": np.array([None])}, "cannot be read"),
    ],
)
def test_letters_that_do_not_fit_are_named(copied, changes, said):
    path = copied / "braille_events" / "braille_letters.npz"
    with np.load(path) as file:
        arrays = {**file, **changes}
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=said):
        load_sequences("braille")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("japanese_vowels", {"bins": 5}, "japanese_vowels takes no option 'bins'; it takes none"),
        ("braille", {"bins": 5}, "it takes theta, substeps, letters"),
        ("braille", {"letters": ["Q"]}, "letters holds 'Q'; known: A, Space, Z"),
        ("braille", {"letters": ["A", "A"]}, "letters holds one twice"),
        ("braille", {"letters": []}, "x_train holds no series"),
        ("braille", {"theta": -1.0}, "theta is -1"),
        ("nmnist_small", {"crop": 35}, "binning.crop is 35"),
        ("fsdd", {"features": "fft"}, "features is 'fft'"),
    ],
)
def test_options_that_a_set_does_not_have_are_refused(folder, name, options, said):
    with pytest.raises(SpecError, match=said):
        load_sequences(name, **options)


def test_an_unknown_set_is_named():
    for call in (load_sequences, sequence_digest):
        with pytest.raises(DataError, match="no set of sequences 'fsd'; did you mean 'fsdd'"):
            call("fsd")


def test_digests_follow_the_files(folder, tmp_path, monkeypatch):
    known = {name: sequence_digest(name) for name in FROM_FILES}
    assert len(set(known.values())) == len(known)
    assert sequence_digest("spike_templates") == "spike_templates"
    shutil.copytree(folder, tmp_path / "data")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "data"))
    with (tmp_path / "data/basic_motions/BasicMotions_TEST.ts").open("a") as file:
        file.write("\n")
    assert sequence_digest("fsdd") == known["fsdd"]
    assert sequence_digest("basic_motions") != known["basic_motions"]


def test_a_folder_without_the_files_has_no_digest(tmp_path, monkeypatch):
    (tmp_path / "fsdd").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"holds no recordings/\*.wav; get https"):
        sequence_digest("fsdd")


@pytest.mark.parametrize("name", ["spike_templates", "formant_vowels"])
def test_generated_sets_need_no_files_and_follow_their_seed(name, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    options = {"train": 20, "test": 10}
    first, same, other = (load_sequences(name, **options, seed=k) for k in (1, 1, 2))
    assert len(first.x_train) == 20 and len(first.x_test) == 10
    assert all((a == b).all() for a, b in zip(first.x_train, same.x_train, strict=True))
    assert any(
        a.shape != b.shape or (a != b).any()
        for a, b in zip(first.x_train, other.x_train, strict=True)
    )


def test_templates_have_their_rate_and_copies_without_jitter_are_alike():
    data = load_sequences(
        "spike_templates", channels=400, rate=30.0, duration=1.0, jitter=0.0, train=20, test=0
    )
    assert (data.x_train[0] == data.x_train[10]).all()
    n = 10 * 400 * 1000
    p = 1 - np.exp(-0.03)
    mean = np.mean([x.mean() for x in data.x_train[:10]])
    assert abs(mean - p) < 4 * np.sqrt(p * (1 - p) / n)


def test_jitter_has_its_spread(streams):
    spikes = np.zeros((1001, 5000), np.uint8)
    spikes[500] = 1
    moved = jittered(spikes, streams.normal((5000,)), 7.0)
    assert (moved.sum(axis=0) == 1).all()
    steps = moved.argmax(axis=0) - 500.0
    variance = 7.0**2 + 1 / 12  # rounding to steps
    assert abs(steps.mean()) < 4 * np.sqrt(variance / 5000)
    assert abs(steps.var() / variance - 1) < 4 * np.sqrt(2 / 5000)


def test_spikes_moved_beyond_the_ends_are_lost_and_two_in_a_step_are_one():
    spikes = np.array([[1], [0], [1]], np.uint8)
    assert jittered(spikes, np.array([-1.0, 1.0]), 1.0).tolist() == [[0], [0], [0]]
    assert jittered(spikes, np.array([1.0, -1.0]), 1.0).tolist() == [[0], [1], [0]]


def test_vowels_have_their_resonances():
    from xbarsim.tasks.sequences.formant_vowels import VOWELS, voiced

    low, high = (voiced(VOWELS[v], np.array([0, 0, 3 / 7, 1, 1])) for v in ("heed", "hod"))
    assert len(low) == 3200 and abs(low).max() == 1.0

    def share(x, f):  # of the power within 100 Hz of f; the third draw leaves formants as they are
        power = abs(np.fft.rfft(x)) ** 2
        at = np.fft.rfftfreq(len(x), 1 / 8000)
        return power[abs(at - f) < 100].sum() / power.sum()

    assert share(low, 270) > 0.5 > 0.1 > share(high, 270)
    assert share(high, 730) + share(high, 1090) > 0.5 > 0.1 > share(low, 730) + share(low, 1090)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("spike_templates", {"classes": 1}, "classes is 1"),
        ("spike_templates", {"rate": 0.0}, "rate is 0 1/s"),
        ("spike_templates", {"jitter": -1.0}, "jitter -1 s"),
        ("spike_templates", {"duration": 1e-5}, "duration is 10 us"),
        ("spike_templates", {"seed": -1}, "seed is -1"),
        ("formant_vowels", {"train": 0}, "train is 0"),
        ("formant_vowels", {"noise": float("nan")}, "noise is nan"),
        ("formant_vowels", {"noise": "a"}, "noise is 'a'; it must be a number from 0 to 100"),
    ],
)
def test_settings_of_generated_sets_are_held_against_their_limits(name, options, said):
    with pytest.raises(SpecError, match=said):
        load_sequences(name, **options)


@pytest.mark.parametrize(
    ("name", "train", "test", "lengths", "channels"),
    [
        ("japanese_vowels", 270, 370, (7, 29), 12),
        ("basic_motions", 40, 40, (100, 100), 6),
        ("nmnist_small", 1000, 100, (50, 50), 256),
    ],
)
def test_real_sets_have_their_published_sizes(real, name, train, test, lengths, channels):
    real(name)
    data = load_sequences(name)
    assert (len(data.x_train), len(data.x_test), len(data.channels)) == (train, test, channels)
    assert (min(data.lengths), max(data.lengths)) == lengths


def test_real_spoken_digits_have_their_published_size(real):
    real("fsdd")
    data = load_sequences("fsdd")
    assert np.bincount(data.y_train).tolist() == [270] * 10
    assert np.bincount(data.y_test).tolist() == [30] * 10


def test_real_letters_have_their_published_size(real):
    real("braille_events")
    data = load_sequences("braille", theta=None)
    assert np.bincount(np.r_[data.y_train, data.y_test]).tolist() == [50] * 27
    assert set(data.lengths) == {76, 77}
