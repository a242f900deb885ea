import gzip
import os
import sys
from collections import Counter

if "PYTEST_XDIST_WORKER" in os.environ:  # a process a core: more threads would be in their way
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

from xbarsim import cli
from xbarsim.streams import Streams

try:
    import cupy
except ImportError:
    cupy = None

#: files that take longest, which begin first, lest one process works on long after the other
LONGEST = [
    f"test_{name}.py"
    for name in (
        "tutorial_in_situ", "gallery", "tutorials", "watch", "explorer_page", "packaging", "cli",
        "series", "symmetric_stdp", "echo_state", "arrays", "zero_shot", "nalsm", "engines",
        "dask_engine", "switching_contract", "compiled", "beside_plain_reservoir", "fit", "in_situ",
    )
]  # fmt: skip


CELL = """\
name: cell
device: {sheet: ideal}
array: {rows: 4, cols: 4}
tasks: [{name: cell, kind: array}]
sweep: {axes: {array.rows: [4, 6]}, trials: 3}
run: {engine: inline}
"""


def pytest_collection_modifyitems(items):
    """Files that are known to take long, then those of many tests."""
    number = Counter(item.path for item in items)
    place = {name: k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (place.get(item.path.name, len(place)), -number[item.path]))


@pytest.fixture(params=["numpy", "cupy"])
def xp(request):
    """Every array library that is installed; one test body for all."""
    if request.param == "numpy":
        return np
    if cupy is None:
        pytest.skip("CuPy is not installed")
    return cupy


@pytest.fixture
def streams(request):
    return Streams(0) / request.node.name


@pytest.fixture
def command_line(monkeypatch, capsys):
    """Run the command line in this process: (exit status, standard output, standard error)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["xbarsim", *map(str, arguments)])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run


@pytest.fixture
def xbarsim(tmp_path, monkeypatch, command_line):
    """The command line in a folder with ``cell.yaml``, six quick trials; pages are not drawn."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "xbarsim.report.build_report", lambda results, **_: results.directory / "page"
    )
    (tmp_path / "cell.yaml").write_text(CELL, "utf-8")
    return command_line


@pytest.fixture(scope="session")
def idx_data(tmp_path_factory):
    """A folder as XBARSIM_DATA names it, its MNIST made from scikit-learn's digits, enlarged."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = np.kron(images.reshape(-1, 8, 8), np.ones((3, 3)))
    images = np.pad(images, ((0, 0), (2, 2), (2, 2))) * 255 / 16
    root = tmp_path_factory.mktemp("data")
    for source in ("mnist", "fashion_mnist"):
        folder = root / source
        folder.mkdir()
        for name, part in {"train": slice(0, 1200), "t10k": slice(1200, 1797)}.items():
            write_idx(folder / f"{name}-images-idx3-ubyte.gz", images[part].astype(np.uint8))
            write_idx(folder / f"{name}-labels-idx1-ubyte.gz", labels[part].astype(np.uint8))
    return root


@pytest.fixture(scope="session")
def braille_data(tmp_path_factory):
    """A folder as XBARSIM_DATA names it, of three letters, 50 times each.

    Four of twelve sensors move; which, and when, says the letter.
    """
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    taxel, label, offsets = [], [], [0]
    for k in range(3):
        for _ in range(50):
            x = np.zeros((16, 12))
            for sensor in range(4 * k, 4 * k + 4):
                x[3 * k + 2 + rng.integers(3) :, sensor] += rng.integers(2, 5)
            taxel.append(x)
            label.append(k)
            offsets.append(offsets[-1] + len(x))
    folder = root / "braille_events"
    folder.mkdir()
    np.savez(
        folder / "braille_letters.npz", taxel=np.concatenate(taxel).astype(np.uint8),
        offsets=offsets, label=np.array(label), repetition=np.tile(np.arange(50), 3),
        names=np.array(["A", "B", "C"]),
    )  # fmt: skip
    return root


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(header + array.tobytes())
