"""Weights to conductance targets and back: the only place that transposes.

Weights are (out, in), arrays (rows, cols): an input is a word line, an output one or two bit lines.
"""

from dataclasses import dataclass
from typing import Protocol

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError


class Code(Protocol):
    """How one block of weights stands in the columns of one array."""

    def outputs(self, cols: int) -> int:
        """Outputs that an array of `cols` columns holds."""

    def columns(self, outputs: int) -> int:
        """Columns that `outputs` outputs take."""

    def targets(self, weights: Array, w_max: float, window: tuple[float, float]) -> Array:
        """Conductance targets (..., in, cols) S of `weights` (..., out, in)."""

    def decode(self, i: Array) -> Array:
        """Signed currents (..., out) A from column currents (..., cols) A."""

    def span(self, window: tuple[float, float]) -> float:
        """Signed conductance that the largest weight stands for, S."""


@dataclass(frozen=True)
class Differential:
    """A pair of columns for each output: the weight is the difference of two cells.

    The cell of the weight's sign holds its magnitude above g_min, the other one stays at g_min.
    Column 2 k is positive, 2 k + 1 negative.
    """

    def outputs(self, cols: int) -> int:
        """Outputs that an array of `cols` columns holds."""
        return cols // 2

    def columns(self, outputs: int) -> int:
        """Columns that `outputs` outputs take."""
        return 2 * outputs

    def targets(self, weights: Array, w_max: float, window: tuple[float, float]) -> Array:
        """Conductance targets (..., in, 2 out) S of `weights` (..., out, in)."""
        xp = array_namespace(weights)
        low, high = window
        scaled = weights.swapaxes(-1, -2) * ((high - low) / w_max)
        pair = xp.stack([xp.maximum(scaled, 0.0), xp.maximum(-scaled, 0.0)], axis=-1)
        return low + pair.reshape(*scaled.shape[:-1], 2 * scaled.shape[-1])

    def decode(self, i: Array) -> Array:
        """Differences (..., out) A of the pairs of column currents (..., 2 out) A."""
        return i[..., 0::2] - i[..., 1::2]

    def span(self, window: tuple[float, float]) -> float:
        """The width of the window, S."""
        return window[1] - window[0]


@dataclass(frozen=True)
class Offset:
    """A column for each output beside one reference column at the middle of the window.

    The reference is column 0, next to the drivers.
    """

    def outputs(self, cols: int) -> int:
        """Outputs that an array of `cols` columns holds."""
        return cols - 1

    def columns(self, outputs: int) -> int:
        """Columns that `outputs` outputs take."""
        return outputs + 1

    def targets(self, weights: Array, w_max: float, window: tuple[float, float]) -> Array:
        """Conductance targets (..., in, out + 1) S of `weights` (..., out, in)."""
        xp = array_namespace(weights)
        low, high = window
        middle = 0.5 * (low + high)
        scaled = middle + weights.swapaxes(-1, -2) * ((high - low) / (2 * w_max))
        reference = xp.full((*scaled.shape[:-1], 1), middle, dtype=scaled.dtype)
        return xp.concatenate([reference, scaled], axis=-1)

    def decode(self, i: Array) -> Array:
        """Column currents (..., out + 1) A less the reference's: (..., out) A."""
        return i[..., 1:] - i[..., :1]

    def span(self, window: tuple[float, float]) -> float:
        """Half the width of the window, S."""
        return 0.5 * (window[1] - window[0])


CODES: dict[str, Code] = {"differential": Differential(), "offset": Offset()}


def code(encoding: str, cols: int) -> Code:
    """The code called `encoding`, for arrays of `cols` columns.

    Raises
    ------
    SpecError : there is no such encoding, or the array cannot hold a single output.
    """
    if encoding not in CODES:
        raise SpecError(f"encoding is {encoding!r}; known: {', '.join(CODES)}")
    chosen = CODES[encoding]
    if chosen.outputs(cols) < 1:
        raise SpecError(
            f"array.cols is {cols}; the {encoding} encoding needs at least {chosen.columns(1)}"
        )
    return chosen
