"""Sets that tonic reads: its own readers where it is installed, on small files made here."""

import sys
from types import ModuleType

import numpy as np
import pytest

from xbarsim.errors import DataError
from xbarsim.tasks.folder import VARIABLE
from xbarsim.tasks.sequences import load_sequences


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def tonic():
    return pytest.importorskip("tonic", reason="tonic is not installed")


@pytest.fixture
def spoken(folder, streams):
    """SHD as its files are: spike times (s) and units of each recording."""
    h5py = pytest.importorskip("h5py")
    (folder / "SHD").mkdir()
    rng, expected = streams.rng(), {}
    for part, count in {"train": 4, "test": 2}.items():
        (folder / "SHD" / f"shd_{part}.h5.zip").write_bytes(b"")
        times = [np.sort(rng.random(50)).astype(np.float16) for _ in range(count)]
        units = [rng.integers(0, 700, 50).astype(np.uint16) for _ in range(count)]
        labels = rng.integers(0, 20, count)
        with h5py.File(folder / "SHD" / f"shd_{part}.h5", "w") as file:
            for name, rows in {"times": times, "units": units}.items():
                kind = h5py.vlen_dtype(rows[0].dtype)
                file.create_dataset(f"spikes/{name}", (count,), dtype=kind)
                for k, row in enumerate(rows):
                    file[f"spikes/{name}"][k] = row
            file["labels"] = labels
            file["extra/keys"], file["extra/speaker"] = [b"zero"], np.zeros(count)
        expected[part] = times, units, labels
    return expected


def test_heidelberg_digits_are_binned(tonic, spoken):
    data = load_sequences("shd", bins=70, clip=False)
    assert len(data.classes) == 20 and len(data.channels) == 700
    assert data.rate == pytest.approx(50.0)
    for part in ("train", "test"):
        times, units, labels = spoken[part]
        assert getattr(data, f"y_{part}").tolist() == labels.tolist()
        for x, t, unit in zip(getattr(data, f"x_{part}"), times, units, strict=True):
            assert x.shape == (70, 700)
            assert (x.sum(axis=0) == np.bincount(unit, minlength=700)).all()
            ticks = np.trunc(t.astype(float) * 1e6)
            steps = np.histogram(ticks, bins=np.linspace(0, 1.4e6, 71))[0]
            assert (x.sum(axis=1) == steps).all()


def test_single_digits_of_the_silicon_cochlea_are_read(tonic, folder, streams):
    h5py = pytest.importorskip("h5py")
    (folder / "NTIDIGITS18").mkdir()
    rng = streams.rng()
    with h5py.File(folder / "NTIDIGITS18" / "n-tidigits.hdf5", "w") as file:
        for part in ("train", "test"):
            names = ["man-a-o", "man-a-7", "man-b-z", "man-b-12"]
            file[f"{part}_labels"] = [name.encode() for name in names]
            for name in names:
                file[f"{part}_addresses/{name}"] = rng.integers(0, 64, 30)
                file[f"{part}_timestamps/{name}"] = np.sort(rng.random(30))
    data = load_sequences("n_tidigits")
    assert data.y_train.tolist() == [0, 7, 10] and data.classes[10] == "z"
    assert data.x_test[0].shape == (129, 64) and data.x_test[0].max() == 1 and data.rate is None


def test_gestures_are_read(tonic, folder, streams):
    rng = streams.rng()
    for part in ("Train", "Test"):
        inner = folder / "DVSGesture" / f"ibmGesture{part}"
        for user in range(10):
            (inner / f"user{user:02d}_led").mkdir(parents=True)
            for label in range(10):
                x, y = rng.integers(128, size=(2, 40))
                p, t = rng.integers(2, size=40), np.sort(rng.integers(6000, size=40))
                np.save(inner / f"user{user:02d}_led" / f"{label}.npy", np.stack([x, y, p, t], 1))
        (folder / "DVSGesture" / f"ibmGesture{part}.tar.gz").write_bytes(b"")
    data = load_sequences("dvs128", bins=20, downsample=8, clip=False)
    assert len(data.x_train) == 100 and data.classes[0] == "Hand clapping"
    assert sorted(data.y_train) == sorted(list(range(10)) * 10)
    assert all(x.shape == (20, 2 * 16 * 16) and x.sum() == 40 for x in data.x_train)


@pytest.mark.parametrize(
    ("name", "inner"), [("shd", "SHD"), ("n_tidigits", "NTIDIGITS18"), ("dvs128", "DVSGesture")]
)
def test_nothing_is_fetched_and_missing_files_are_named(tonic, folder, name, inner):
    with pytest.raises(DataError, match=f"there is no folder .*{inner}; .*pip install tonic"):
        load_sequences(name)
    (folder / inner).mkdir()
    with pytest.raises(DataError, match="does not hold all that tonic asks for"):
        load_sequences(name)


def test_files_of_another_kind_are_named(tonic, folder):
    (folder / "NTIDIGITS18").mkdir()
    (folder / "NTIDIGITS18" / "n-tidigits.hdf5").write_bytes(b"no such format")
    with pytest.raises(DataError, match="NTIDIGITS18: cannot be read by tonic"):
        load_sequences("n_tidigits")


@pytest.mark.parametrize("name", ["shd", "n_tidigits", "dvs128"])
def test_without_tonic_the_command_that_installs_it_is_said(name, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tonic", None)
    with pytest.raises(DataError, match="cannot be imported.*: pip install tonic"):
        load_sequences(name)


class StandIn:
    """What is used of a reader of tonic 1.7: for environments without it."""

    sensor_size = (700, 1, 1)

    def __init__(self, save_to, train=True):
        self.unit = 699 if train else 5

    def __len__(self):
        return 1

    def __getitem__(self, index):
        kind = [("t", int), ("x", int), ("p", int)]
        return np.array([(0, 0, 1), (700_000, self.unit, 1)], kind), np.int64(19)


def test_events_of_tonic_become_series(folder, monkeypatch):
    (folder / "SHD").mkdir()
    module = ModuleType("tonic")
    module.datasets = ModuleType("tonic.datasets")
    module.datasets.SHD = StandIn
    monkeypatch.setitem(sys.modules, "tonic", module)
    data = load_sequences("shd", bins=2)
    assert np.argwhere(data.x_train[0]).tolist() == [[0, 0], [1, 699]]
    assert np.argwhere(data.x_test[0]).tolist() == [[0, 0], [1, 5]]
    assert data.y_train.tolist() == [19] and data.classes[19] == "neun"
    monkeypatch.setattr(
        StandIn, "__getitem__", lambda self, k: (_ for _ in ()).throw(KeyError("t"))
    )
    with pytest.raises(DataError, match="SHD: cannot be read by tonic: 't'"):
        load_sequences("shd")
