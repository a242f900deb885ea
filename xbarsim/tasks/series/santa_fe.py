"""The Santa Fe laser, a series that was measured."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.checks import check_count
from xbarsim.errors import DataError, SpecError
from xbarsim.tasks.datasets import VARIABLE
from xbarsim.tasks.series.task import SeriesTask, one_step

Array = npt.NDArray[Any]

FILE = "santafe_laser/santafe_laser.npy"
SOURCE = (
    "data set A of the Santa Fe time series competition, A.dat and A.cont together, saved by "
    "numpy.save as one array of whole numbers from 0 to 255"
)


def santa_fe_laser() -> Array:
    """Intensities of a far-infrared laser, whole numbers from 0 to 255, (time,) float64.

    Data set A of A. S. Weigend and N. A. Gershenfeld, eds., "Time Series Prediction: Forecasting
    the Future and Understanding the Past" (Addison-Wesley, 1994), measured by U. Huebner et al.,
    Phys. Rev. A 40, 6354 (1989). Read from the folder that XBARSIM_DATA names.

    Raises
    ------
    DataError : no such folder or file, or a file that holds something else.
    """
    path = _path()
    try:
        x = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    x = x.reshape(-1) if isinstance(x, np.ndarray) and x.dtype.kind in "iuf" else np.empty(0)
    if not len(x) or not np.isfinite(x).all() or x.min() < 0 or x.max() > 255:
        raise DataError(f"{path}: holds something else; expected {SOURCE}")
    return x.astype(float)


def _path() -> Path:
    others = "narma10, mackey_glass, lorenz and henon need no files"
    root = os.environ.get(VARIABLE)
    if not root:
        raise DataError(
            f"the Santa Fe laser needs a data file, and {VARIABLE} is not set. Set it to a folder "
            f"that holds {FILE}: {SOURCE}; {others}"
        )
    path = Path(root) / FILE
    if not path.is_file():
        raise DataError(
            f"the Santa Fe laser: there is no file {path}; {VARIABLE} is {root} and must be a "
            f"folder that holds {FILE}: {SOURCE}; {others}"
        )
    return path


def santa_fe(*, train: int = 3000, test: int = 1000, washout: int = 100) -> SeriesTask:
    """The task to say the laser's intensity one step ahead.

    The mean over the training steps is taken off, and what is left divided by their standard
    deviation.

    Parameters
    ----------
    train, test, washout : as `SeriesTask` takes them.

    Raises
    ------
    DataError : as `santa_fe_laser` says.
    SpecError : more steps than were measured, or as `SeriesTask` says.
    """
    check_count("train", train, 2)
    check_count("test", test, 2)
    x = santa_fe_laser()
    if train + test + 1 > len(x):
        raise SpecError(
            f"train is {train} and test {test}; the Santa Fe laser has {len(x)} samples, which is "
            f"enough for {len(x) - 1} steps together"
        )
    x = x[: train + test + 1, None]
    known = x[:train]
    return one_step(
        "Santa Fe laser", (x - known.mean()) / known.std(), washout=washout, train=train, test=test
    )
