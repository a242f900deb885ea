"""Digits as streams of pulses for volatile devices, after Du et al. 2017.

Each row of an image, or a part of it, goes to a device of its own as a stream of pulses, pixel
after pixel; what the device has become is read when the stream ends (C. Du et al., "Reservoir
computing using dynamic memristors for temporal information processing", Nature Communications 8,
2204, 2017: Figs. 1 and 2 for digits of 5 x 4 pixels, Fig. 4 for MNIST).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from xbarsim.errors import DataError
from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
from xbarsim.reservoirs.trains import Rails, Read, Train

Array = npt.NDArray[Any]

# The paper shows its digits as pictures; these are drawn by us.
_DRAWN = """
####  .##.  ####  ####  #..#  ####  ####  ####  ####  ####
#..#  ..#.  ...#  ...#  #..#  #...  #...  ...#  #..#  #..#
#..#  ..#.  ####  .###  ####  ####  ####  ..#.  ####  ####
#..#  ..#.  #...  ...#  ...#  ...#  #..#  ..#.  #..#  ...#
####  ..#.  ####  ####  ...#  ####  ####  ..#.  ####  ####
"""

#: trains of Fig. 4: 1.5 V for 0.5 ms each 0.8 ms, and for 0.8 ms each 4 ms
MNIST_TRAINS = (Train(pulse=0.5e-3, period=0.8e-3), Train(pulse=0.8e-3, period=4e-3))
#: train for 5 x 4 pixels: 1 ms each 3 ms, as recalled from the paper
DIGIT_TRAIN = Train(pulse=1e-3, period=3e-3)
#: parameters that differ from device to device, and from pulse to pulse; assumed by us
SPREAD = {"lambda": 0.1, "tau": 0.1, "gamma": 0.1, "w_rest": 0.1}
CYCLE = {"lambda": 0.02, "tau": 0.02}
#: read of 0.6 V for 0.1 ms, with noise of 1 %; assumed by us
READ = Read(v=0.6, width=1e-4, noise=0.01)
_TOP, _LEFT, _ROWS, _COLUMNS, _SECTION = 3, 4, 22, 20, 5  # of MNIST images, pixels


def digits() -> Array:
    """The ten digits, (10, 5, 4) of 0 and 1."""
    rows = [line.split() for line in _DRAWN.strip().splitlines()]
    return np.array([[[p == "#" for p in row[k]] for row in rows] for k in range(10)], dtype=float)


def digit_streams(repeats: int) -> tuple[Array, Array]:
    """Every digit so many times, (10 x repeats, 1, 20) of 0 and 1, and which it is.

    An image is one step: channels are its pixels, row after row.
    """
    return np.tile(digits().reshape(10, 1, 20), (repeats, 1, 1)), np.tile(np.arange(10), repeats)


def mnist_streams(images: Array) -> Array:
    """Images of MNIST as streams, (n, 1, 440) of 0 and 1.

    22 rows of 20 pixels from their middle (which ones is ours) are black or white, parted at half
    of full brightness (ours). With streams of five pixels they take 88 devices.

    Parameters
    ----------
    images : (n, 784), from 0 to 1.

    Raises
    ------
    DataError : another shape.
    """
    if np.ndim(images) != 2 or np.shape(images)[1] != 784:
        raise DataError(f"images have shape {np.shape(images)}; expected (n, 784) pixels of MNIST")
    square = np.reshape(images, (-1, 28, 28))
    middle = square[:, _TOP : _TOP + _ROWS, _LEFT : _LEFT + _COLUMNS]
    return (middle > 0.5).reshape(len(square), 1, -1).astype(float)


def wox_reservoir(**parameters: Any) -> DynamicReservoir:
    """The paper's devices and pulses for digits of 5 x 4 pixels, with a logistic readout.

    Parameters
    ----------
    parameters : of `DynamicReservoir`, which replace those of this set-up.
    """
    chosen = {
        "device": "du_2017", "nodes": 4, "mask": "section", "trains": DIGIT_TRAIN, "read": READ,
        "rails": Rails(v=(0.0, 1.5), u=(0.0, 1.0)), "spread": SPREAD, "cycle": CYCLE,
        "readout": LogisticRegression(C=1e6, max_iter=5000),
    }  # fmt: skip
    return DynamicReservoir(**(chosen | parameters))


def unseen_accuracy(
    reservoir: DynamicReservoir, x: Array, y: Array, chips: int, seed: int = 0
) -> Array:
    """Accuracy of chips on reads that their readouts have not seen, (chips,).

    Every chip is drawn anew; its readout learns from one read of each stream and is scored on
    another, with devices as they are and noise of its own.

    Parameters
    ----------
    x, y : streams and classes.
    chips : how many; they follow from `seed`.
    """
    found = []
    for k in range(chips):
        chip = clone(reservoir).set_params(random_state=seed + k).fit(x, y)
        found.append(chip.score(x, y))
    return np.array(found)
