"""Data sets: those that ship inside dependencies, and those in the folder XBARSIM_DATA names."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import DataError
from xbarsim.tasks.folder import VARIABLE as VARIABLE
from xbarsim.tasks.folder import data_folder, digest_of

#: sets in IDX files: how messages call them, and where to get them
IDX_SETS = {
    "mnist": ("MNIST", "https://ossci-datasets.s3.amazonaws.com/mnist"),
    "fashion_mnist": (
        "Fashion-MNIST",
        "https://github.com/zalandoresearch/fashion-mnist, its folder data/fashion",
    ),
}
SOURCES = ("sklearn.digits", *IDX_SETS)
#: pixels and classes of each source
SIZES = {"sklearn.digits": (64, 10), "mnist": (784, 10), "fashion_mnist": (784, 10)}
Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Images as rows in [0, 1], and their classes.

    Parameters
    ----------
    x_train, x_test : (n, pixels).
    y_train, y_test : (n,) whole numbers.
    """

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array


def load_dataset(source: str, seed: int = 0) -> Dataset:
    """The data set `source`.

    Parameters
    ----------
    source : ``sklearn.digits`` (1,797 images of 8 x 8, shipped with scikit-learn; 30 % are held out
        for the test, chosen by `seed` with equal shares of the classes), ``mnist`` or
        ``fashion_mnist`` (their own test sets, from the folder that XBARSIM_DATA names).

    Raises
    ------
    DataError : an unknown source, no such folder, or files that are not what they should be.
    """
    if source == "sklearn.digits":
        return _digits(seed)
    if source in IDX_SETS:
        return _idx_set(source)
    raise DataError(f"no data set '{source}'; known: {', '.join(SOURCES)}")


def dataset_digest(source: str) -> str:
    """A hash of the files that a data set is read from; of its name where it needs none.

    Raises
    ------
    DataError : files are missing.
    """
    return digest_of(*_files(source)) if source in IDX_SETS else source


def file_digest(path: str) -> str:
    """A hash of a file.

    Raises
    ------
    DataError : it cannot be read.
    """
    return digest_of(Path(path))


def _files(source: str) -> list[Path]:
    """Images and labels of the training set, then of the test set."""
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    title, get = IDX_SETS[source]
    folder = data_folder(
        source,
        title,
        holds=f"{source}/{names[0]}-ubyte.gz and its three companions (from {get})",
        instead="sklearn.digits in a classifier, or a system such as content_memory",
    )
    return [folder / f"{name}-ubyte.gz" for name in names]


def _digits(seed: int) -> Dataset:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x / 16.0, y, test_size=0.3, random_state=seed, stratify=y
    )
    return Dataset(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def _idx_set(source: str) -> Dataset:
    files = _files(source)
    parts = {}
    for ours, (images, labels) in {"train": files[:2], "test": files[2:]}.items():
        x, y = _read_idx(images, 3), _read_idx(labels, 1)
        if len(x) != len(y):
            raise DataError(f"{images.parent}: {len(x)} {ours} images but {len(y)} labels")
        parts[f"x_{ours}"] = x.reshape(len(x), -1).astype(np.float32) / np.float32(255)
        parts[f"y_{ours}"] = y.astype(np.int64)
    return Dataset(**parts)


def _read_idx(path: Path, axes: int) -> Array:
    """The array in a gzipped IDX file of unsigned bytes.

    Format: two zero bytes, type 8, number of axes, then each axis as a big-endian 32-bit integer
    (LeCun, Cortes, Burges, the MNIST page).
    """
    try:
        with gzip.open(path) as file:
            raw = file.read()
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    header = 4 + 4 * axes
    if len(raw) < header or raw[:3] != b"\x00\x00\x08" or raw[3] != axes:
        raise DataError(f"{path}: not an IDX file of bytes with {axes} axes")
    shape = tuple(np.frombuffer(raw, ">u4", axes, 4).tolist())
    if len(raw) != header + int(np.prod(shape)):
        raise DataError(f"{path}: holds {len(raw) - header} bytes; its header says {shape}")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)
