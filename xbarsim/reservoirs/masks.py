"""Masks of virtual nodes: how the channels of a step become voltages one after the other.

A mask is (devices, nodes, channels): node m of a device is driven by the channels times its row.
One device so stands for as many nodes as it has slots of time (L. Appeltant et al., "Information
processing using a single dynamical node as complex system", Nature Communications 2, 468, 2011).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.backend import real_array
from xbarsim.errors import SpecError

Array = npt.NDArray[Any]

#: exponents of a primitive polynomial of each order, its highest and 0 aside; a test holds each to
#: what makes a sequence maximal (S. W. Golomb, "Shift Register Sequences", 1967)
_TAPS = {
    2: (1,), 3: (2,), 4: (3,), 5: (3,), 6: (5,), 7: (6,), 8: (6, 5, 4), 9: (5,), 10: (7,), 11: (9,),
    12: (6, 4, 1), 13: (4, 3, 1), 14: (5, 3, 1), 15: (14,), 16: (15, 13, 4),
}  # fmt: skip


def random_mask(
    devices: int,
    nodes: int,
    channels: int,
    rng: np.random.Generator,
    levels: tuple[float, ...] = (-1.0, 1.0),
) -> Array:
    """Every entry is one of `levels`, each with the same chance: (devices, nodes, channels).

    Raises
    ------
    SpecError : a size below 1, or levels that do not differ.
    """
    shape = _shape(devices, nodes, channels)
    known = np.unique(np.asarray(real_array("levels", levels, np), dtype=float))
    if np.ndim(levels) != 1 or len(known) < 2 or not np.isfinite(known).all():
        raise SpecError(f"levels are {levels}; expected at least two different numbers")
    return known[rng.integers(len(known), size=shape)]


def maximal_sequence(order: int) -> Array:
    """A binary sequence of -1 and 1 that repeats after 2^order - 1 places: (2^order - 1,).

    In it every pattern of `order` places but one stands once, so that a mask cut out of it shows a
    device all of them (L. Appeltant et al., "Constructing optimized binary masks for reservoir
    computing with delay systems", Scientific Reports 4, 3629, 2014).

    Raises
    ------
    SpecError : an order without a known polynomial.
    """
    if order not in _TAPS:
        raise SpecError(f"order is {order!r}; it must be a whole number from 2 to {max(_TAPS)}")
    bits = np.zeros(2**order - 1 + order, dtype=np.int8)
    bits[0] = 1
    for k in range(order, len(bits)):  # s[k] = s[k - order] + the taps, modulo 2
        bits[k] = bits[k - order] ^ (sum(bits[k - order + tap] for tap in _TAPS[order]) & 1)
    return 2.0 * bits[: 2**order - 1] - 1.0


def sequence_mask(devices: int, nodes: int, channels: int) -> Array:
    """Pieces of one maximal sequence, a place of their own for every device and channel.

    The sequence is the shortest that has so many places, and no less than `nodes` of them.

    Raises
    ------
    SpecError : a size below 1, or too many places for the longest sequence.
    """
    _shape(devices, nodes, channels)
    places = max(nodes, devices * channels)
    order = max(2, int(places).bit_length())
    if order not in _TAPS:
        raise SpecError(
            f"{devices} devices of {channels} channels with {nodes} nodes take a sequence of "
            f"{places} places; the longest has {2 ** max(_TAPS) - 1}"
        )
    sequence = maximal_sequence(order)
    apart = len(sequence) // (devices * channels)
    starts = apart * np.arange(devices * channels).reshape(devices, 1, channels)
    found: Array = sequence[(starts + np.arange(nodes)[:, None]) % len(sequence)]
    return found


def section_mask(channels: int, nodes: int) -> Array:
    """Every device takes `nodes` channels in turn: (channels / nodes, nodes, channels).

    So the pixels of a row, or of a section of it, come as a stream of pulses (C. Du et al., Nature
    Communications 8, 2204, 2017).

    Raises
    ------
    SpecError : channels that cannot be shared out evenly.
    """
    _shape(1, nodes, channels)
    if channels % nodes:
        raise SpecError(
            f"{channels} channels cannot be cut into streams of {nodes}; nodes must divide channels"
        )
    return np.eye(channels).reshape(channels // nodes, nodes, channels)


def checked_mask(mask: Any, channels: int) -> Array:
    """A mask as somebody gave it, (devices, nodes, channels).

    Raises
    ------
    SpecError : another shape, another number of channels, values that are not finite.
    """
    array = np.asarray(real_array("mask", mask, np), dtype=float)
    if array.ndim != 3 or 0 in array.shape:
        raise SpecError(f"mask has shape {array.shape}; expected (devices, nodes, channels)")
    if array.shape[2] != channels:
        raise SpecError(f"mask is for {array.shape[2]} channels; series have {channels}")
    if not np.isfinite(array).all():
        raise SpecError("mask holds values that are not finite")
    return array


def _shape(devices: int, nodes: int, channels: int) -> tuple[int, int, int]:
    for name, value in (("devices", devices), ("nodes", nodes), ("channels", channels)):
        if not (isinstance(value, int | np.integer) and value >= 1):
            raise SpecError(f"{name} is {value!r}; it must be a whole number of at least 1")
    return int(devices), int(nodes), int(channels)
