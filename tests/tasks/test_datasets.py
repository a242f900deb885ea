import gzip
import shutil

import numpy as np
import pytest

from xbarsim.errors import DataError, SpecError
from xbarsim.streams import Streams
from xbarsim.tasks import Prepared, load_dataset, prepare_classifier
from xbarsim.tasks.datasets import VARIABLE
from xbarsim.tasks.networks import mlp


@pytest.fixture
def folder(idx_data, tmp_path, monkeypatch):
    shutil.copytree(idx_data, tmp_path / "data")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data" / "mnist"


def test_digits_need_no_files(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    data = load_dataset("sklearn.digits")
    assert data.x_train.shape == (1257, 64) and data.x_test.shape == (540, 64)
    assert data.x_train.min() == 0.0 and data.x_train.max() == 1.0


def test_digits_keep_the_shares_of_the_classes():
    counts = np.bincount(load_dataset("sklearn.digits").y_test)
    assert counts.min() >= 52 and counts.max() <= 56


def test_split_follows_the_seed():
    first, same, other = (load_dataset("sklearn.digits", seed).y_test for seed in (1, 1, 2))
    assert (first == same).all() and (first != other).any()


@pytest.mark.parametrize("source", ["mnist", "fashion_mnist"])
def test_idx_files_are_read(folder, source):
    data = load_dataset(source)
    assert data.x_train.shape == (1200, 784) and data.x_test.shape == (597, 784)
    assert data.x_train.dtype == np.float32
    assert data.x_train.min() == 0.0 and data.x_train.max() == 1.0
    assert set(np.unique(data.y_test)) == set(range(10))


def test_missing_variable_says_what_to_set(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(DataError, match=r"XBARSIM_DATA is not set.*sklearn.digits"):
        load_dataset("mnist")


def test_missing_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="there is no folder"):
        load_dataset("fashion_mnist")


def test_missing_file_is_named(folder):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte.gz: there is no such file"):
        load_dataset("mnist")


def test_truncated_file_is_named(folder):
    file = folder / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(DataError, match="train-images-idx3-ubyte.gz: cannot be read"):
        load_dataset("mnist")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"hello", "not an IDX file"), (bytes([0, 0, 8, 3, 0, 0, 0, 9]) + bytes(9), "header says")],
)
def test_files_of_another_kind_are_named(folder, content, said):
    with gzip.open(folder / "t10k-images-idx3-ubyte.gz", "wb") as file:
        file.write(content)
    with pytest.raises(DataError, match=said):
        load_dataset("mnist")


def test_labels_that_do_not_match_are_named(folder):
    shutil.copy(folder / "train-labels-idx1-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz")
    with pytest.raises(DataError, match="597 test images but 1200 labels"):
        load_dataset("mnist")


def test_unknown_source_names_the_known_ones():
    with pytest.raises(DataError, match=r"sklearn.digits, mnist, fashion_mnist"):
        load_dataset("cifar")


def test_training_is_reproducible_and_good():
    first = prepare_classifier("sklearn.digits", mlp([32], epochs=60), Streams(1))
    again = prepare_classifier("sklearn.digits", mlp([32], epochs=60), Streams(1))
    assert first.software_accuracy > 0.93
    assert first.digest == again.digest


def test_prepared_task_survives_the_file(tmp_path):
    made = prepare_classifier("sklearn.digits", mlp([8], epochs=3, activation="tanh"), Streams(1))
    made.save(tmp_path / "task.npz")
    read = Prepared.load(tmp_path / "task.npz")
    assert [node.op for node in read.graph.nodes] == ["linear", "tanh", "linear"]
    assert read.digest == made.digest
    assert read.software_accuracy == made.software_accuracy


def test_more_test_inputs_than_there_are_is_refused():
    with pytest.raises(SpecError, match="test_limit is 541; sklearn.digits has 540"):
        prepare_classifier("sklearn.digits", mlp([8], epochs=1), Streams(1), test_limit=541)
