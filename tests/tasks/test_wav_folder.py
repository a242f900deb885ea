"""Sounds of one's own."""

import numpy as np
import pytest
from scipy.io import wavfile

from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.sequences import wav_folder


@pytest.fixture
def folder(tmp_path):
    """Ten hums and five clicks whose first sample says which they are."""
    for name, count, first in (("hum", 10, 100), ("click", 5, 200)):
        (tmp_path / name).mkdir()
        for k in range(count):
            sound = np.full(400, first + k, np.int16)
            wavfile.write(tmp_path / name / f"{k}.{'WAV' if k % 2 else 'wav'}", 8000, sound)
    (tmp_path / "hum" / "notes.txt").write_text("no sound")
    return tmp_path


def marks(series):
    return sorted(round(float(x[0, 0]) * 2**15) for x in series)


def test_every_folder_is_a_class_of_which_a_share_is_held_for_the_test(folder):
    data = wav_folder(folder, features="waveform", test=0.4)
    assert data.classes == ("click", "hum") and data.channels == ("sound",) and data.rate == 8000
    assert np.bincount(data.y_train).tolist() == [3, 6]
    assert np.bincount(data.y_test).tolist() == [2, 4]
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert [mark < 200 for mark in (round(float(s[0, 0]) * 2**15) for s in x)] == list(y == 1)
    assert marks(data.x_train + data.x_test) == [*range(100, 110), *range(200, 205)]


def test_the_seed_says_which_sounds_are_held(folder):
    a, b, c = (marks(wav_folder(folder, features="waveform", seed=k).x_test) for k in (0, 0, 1))
    assert a == b != c


def test_features_are_those_of_other_sounds(folder):
    data = wav_folder(folder)
    assert data.channels[0] == "log energy" and len(data.x_train[0]) == 4 and data.rate == 100


def test_no_sounds_are_held_where_none_should_be(folder):
    data = wav_folder(folder, test=0.0)
    assert len(data.x_train) == 15 and data.x_test == [] and len(data.y_test) == 0


def test_what_is_no_such_folder_is_named(folder):
    with pytest.raises(DataError, match="nowhere: there is no such folder"):
        wav_folder(folder / "nowhere")
    with pytest.raises(DataError, match="hum: holds no folders; expected one of WAV files"):
        wav_folder(folder / "hum")
    (folder / "silence").mkdir()
    with pytest.raises(DataError, match="silence: holds no WAV files"):
        wav_folder(folder)


def test_files_that_are_cut_or_of_another_rate_are_named(folder):
    wavfile.write(folder / "hum" / "11.wav", 16000, np.ones(800, np.int16))
    with pytest.raises(DataError, match="11.wav: 16000 samples a second; others have 8000"):
        wav_folder(folder)
    (folder / "hum" / "11.wav").write_bytes((folder / "hum" / "0.wav").read_bytes()[:-5])
    with pytest.raises(DataError, match="11.wav: cannot be read as WAV"):
        wav_folder(folder)


def test_shares_that_leave_nothing_to_learn_from_are_refused(folder):
    with pytest.raises(SpecError, match="test is 1.5; it must lie from 0 to 1"):
        wav_folder(folder, test=1.5)
    with pytest.raises(SpecError, match="x_train holds no series"):
        wav_folder(folder, test=1.0)
