"""All of N-MNIST, as its archives unpack."""

import numpy as np
import pytest
from made_recordings import packed

from xbarsim.errors import DataError
from xbarsim.tasks.folder import VARIABLE
from xbarsim.tasks.sequences import load_sequences, sequence_digest

FILES = {"Train": ((0, 1), (7, 2), (7, 3)), "Test": ((7, 1),)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for part, files in FILES.items():
        for digit, number in files:
            (tmp_path / "NMNIST" / part / str(digit)).mkdir(parents=True, exist_ok=True)
            raw = packed([17] * number, [17] * number, [1] * number, np.arange(number) * 100_000)
            (tmp_path / "NMNIST" / part / str(digit) / f"{number:05d}.bin").write_bytes(raw)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "NMNIST"


def test_digits_are_those_of_the_folders_and_events_those_of_the_files(folder):
    data = load_sequences("nmnist")
    assert data.y_train.tolist() == [0, 7, 7] and data.y_test.tolist() == [7]
    assert [int(x.sum()) for x in data.x_train] == [1, 2, 3]
    third = data.x_train[2]
    assert third.shape == (50, 256) and third.dtype == np.uint8
    assert np.argwhere(third).tolist() == [[0, 8 * 16 + 8], [16, 8 * 16 + 8], [33, 8 * 16 + 8]]
    assert data.channels[8 * 16 + 8] == "8,8"


def test_one_more_file_is_another_digest(folder):
    before = sequence_digest("nmnist")
    (folder / "Test" / "7" / "00004.bin").write_bytes(packed([1], [1], [1], [5]))
    assert sequence_digest("nmnist") != before


def test_files_that_are_cut_or_missing_are_named(folder):
    path = folder / "Train" / "7" / "00003.bin"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(DataError, match="00003.bin: 13 bytes are 2 events and 3 bytes"):
        load_sequences("nmnist")
    (folder / "Test" / "7" / "00001.bin").unlink()
    path.unlink()
    with pytest.raises(DataError, match="Test: holds no files like"):
        load_sequences("nmnist")


def test_without_the_set_a_message_says_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="NMNIST.*garrickorchard"):
        load_sequences("nmnist")
