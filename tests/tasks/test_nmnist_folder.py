"""All of N-MNIST, as its archives unpack."""

import numpy as np
import pytest
from made_recordings import packed

from xbarsim.errors import DataError
from xbarsim.tasks.folder import VARIABLE
from xbarsim.tasks.sequences import load_sequences, sequence_digest

FILES = {
    "Train": ((0, 1), (7, 2), (7, 3), *((k, 1) for k in range(1, 10) if k != 7)),
    "Test": tuple((k, 1) for k in range(10)),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for part, files in FILES.items():
        for digit, number in files:
            (tmp_path / "NMNIST" / part / str(digit)).mkdir(parents=True, exist_ok=True)
            ticks = [*(np.arange(number) * 100_000), 299_000]  # the last is an off event
            each = [17] * (number + 1)
            raw = packed(each, each, [1] * number + [0], ticks)
            (tmp_path / "NMNIST" / part / str(digit) / f"{number:05d}.bin").write_bytes(raw)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "NMNIST"


def test_digits_are_those_of_the_folders_and_events_those_of_the_files(folder):
    data = load_sequences("nmnist")
    assert data.y_train.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9]
    assert data.y_test.tolist() == list(range(10))
    assert [int(x.sum()) for x in data.x_train[6:9]] == [1, 2, 3]
    third = data.x_train[8]
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
    with pytest.raises(DataError, match="00003.bin: 18 bytes are 3 events and 3 bytes"):
        load_sequences("nmnist")
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(
        DataError, match=r"00003.bin: its 3 events end at 0\.2 s; .* the file is cut"
    ):
        load_sequences("nmnist")
    path.unlink()
    (folder / "Test" / "8" / "00001.bin").unlink()
    with pytest.raises(DataError, match="Test: holds no recordings of the digit 8"):
        load_sequences("nmnist")
    for file in folder.glob("Test/*/*.bin"):
        file.unlink()
    with pytest.raises(DataError, match="Test: holds no files like"):
        load_sequences("nmnist")


def test_without_the_set_a_message_says_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="NMNIST.*garrickorchard"):
        load_sequences("nmnist")
