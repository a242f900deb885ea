"""How one block of weights stands in the columns of one array.

Weights are (out, in), arrays (rows, cols): an input is a word line, an output one bit line or
more.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.encode.digits import (
    offset_digits,
    offset_values,
    offset_zero,
    signed_digits,
    signed_values,
)
from xbarsim.errors import SpecError
from xbarsim.parallel import once

Kind = Literal["differential", "balanced", "offset", "single"]
_PAIRED = ("differential", "balanced")


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How weights become conductances.

    Parameters
    ----------
    kind : ``differential``: a pair of cells, that of the weight's sign holds its magnitude above
        g_min, the other stays at g_min. ``balanced``: a pair of cells that stand as far above the
        middle of the window as below it, so that every pair conducts the same in all. ``offset``:
        one cell, and a reference column at the middle of the window for each slice of an array.
        ``single``: one cell above g_min and one reference column at g_min; the sign is that of the
        input's word line (Dale's law: all weights of an input have the same sign).
    slices : cells that a weight is cut into, each holding `cell_bits` of it; their outputs are
        converted one by one, shifted and added.
    cell_bits : bits that a cell holds, 1 to 8; None holds the weight as it is, in one slice.
    copies : cells that hold the same, side by side on one bit line's sense amplifier; their
        currents are averaged.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.

    Notes
    -----
    Reference columns come first, next to the drivers; then output by output, slice by slice (the
    most significant first), copy by copy, and of a pair the positive cell first.
    """

    kind: Kind = "differential"
    slices: int = 1
    cell_bits: int | None = None
    copies: int = 1

    def __post_init__(self) -> None:
        faults = []
        if self.kind not in get_args(Kind):
            faults.append(f"encoding is {self.kind!r}; known: {', '.join(get_args(Kind))}")
        for name, most in (("slices", 16), ("copies", 64)):
            value = getattr(self, name)
            if not (isinstance(value, int) and 1 <= value <= most):
                faults.append(
                    f"encoding.{name} is {value!r}; it must be a whole number from 1 to {most}"
                )
        bits = self.cell_bits
        if bits is not None and not (isinstance(bits, int) and 1 <= bits <= 8):
            faults.append(f"encoding.cell_bits is {bits!r}; it must be a whole number from 1 to 8")
        elif bits is None and self.slices != 1:
            faults.append("encoding.slices needs encoding.cell_bits: how many bits a cell holds")
        elif bits is not None and self.slices * bits > 32:
            faults.append(
                f"encoding holds {self.slices * bits} bits a weight; at most 32 can be read"
            )
        elif bits is not None and self.kind == "offset" and self.slices * bits < 2:
            faults.append("encoding.kind offset needs at least 2 bits a weight, one for the sign")
        if faults:
            raise SpecError(faults)

    @property
    def paired(self) -> bool:
        """Whether an output is the difference of two columns of its own."""
        return self.kind in _PAIRED

    @property
    def references(self) -> int:
        """Reference columns of an array."""
        return {"offset": self.slices, "single": 1}.get(self.kind, 0) * self.copies

    @property
    def columns_each(self) -> int:
        """Columns that one output takes."""
        return self.slices * self.copies * (2 if self.paired else 1)

    def outputs(self, cols: int) -> int:
        """Outputs that an array of `cols` columns holds."""
        return max((cols - self.references) // self.columns_each, 0)

    def columns(self, outputs: int) -> int:
        """Columns that `outputs` outputs take."""
        return self.references + outputs * self.columns_each

    @once
    def values(self) -> Array:
        """What each slice counts for: an output is ``signals @ values``; (slices,)."""
        if self.cell_bits is None:
            return np.array([2.0 if self.kind == "offset" else 1.0])
        values = offset_values if self.kind == "offset" else signed_values
        return values(self.slices, self.cell_bits)

    @once
    def _zero(self) -> Array:
        """Digits of the reference columns, (slices,) or (1,)."""
        if self.kind == "single":
            return np.zeros(1)
        bits = self.cell_bits
        return np.array([0.5]) if bits is None else offset_zero(self.slices, bits)

    def stored(self, weights: Array) -> Array:
        """What is read back of `weights` (over the largest, in [-1, 1]) from ideal cells."""
        digits = self._digits(weights)
        zero = self._zero if self.kind == "offset" else 0.0
        return (digits - zero) @ self.values

    def targets(self, weights: Array, window: tuple[float, float]) -> Array:
        """Conductance targets (..., in, cols) S of weights (..., out, in) over the largest."""
        xp = array_namespace(weights)
        low, high = window
        digits = self._digits(weights.swapaxes(-1, -2))  # in, out, slices
        if self.kind == "differential":
            cells = xp.stack([xp.maximum(digits, 0.0), xp.maximum(-digits, 0.0)], axis=-1)
        elif self.kind == "balanced":
            cells = 0.5 + 0.5 * xp.stack([digits, -digits], axis=-1)
        else:
            cells = xp.abs(digits)[..., None]
        cells = xp.repeat(cells[..., None, :], self.copies, axis=-2)
        body = cells.reshape(*cells.shape[:-4], -1)
        if self.references:
            zero = xp.repeat(xp.asarray(self._zero), self.copies)
            first = xp.broadcast_to(zero, (*body.shape[:-1], len(zero)))
            body = xp.concatenate([first, body], axis=-1)
        return low + (high - low) * body

    def decode(self, i: Array) -> Array:
        """Signals (..., out * slices) A from column currents (..., cols) A: what is converted."""
        body = i[..., self.references :]
        shape = (*i.shape[:-1], -1, self.slices)
        if self.paired:
            pairs = body.reshape(*shape, self.copies, 2)
            signed = pairs[..., 0] - pairs[..., 1]
        else:
            zero = i[..., : self.references].reshape(*i.shape[:-1], 1, -1, self.copies)
            signed = body.reshape(*shape, self.copies) - zero
        if self.copies > 1:
            signed = signed.mean(axis=-1)
        return signed.reshape(*i.shape[:-1], -1)

    def decode_variance(self, variance: Array) -> Array:
        """Variances (..., out * slices) of the signals from those of columns that vary alone.

        A reference column's noise, which is common to all outputs, counts in each.
        """
        body = variance[..., self.references :]
        shape = (*variance.shape[:-1], -1, self.copies)
        if self.paired:
            return body.reshape(*shape, 2).sum(axis=(-2, -1)) / self.copies**2
        zero = variance[..., : self.references].reshape(*variance.shape[:-1], -1, self.copies)
        own = body.reshape(*variance.shape[:-1], -1, zero.shape[-2], self.copies)
        both = own + zero[..., None, :, :]
        return both.sum(axis=-1).reshape(*variance.shape[:-1], -1) / self.copies**2

    def total(self, i: Array) -> Array:
        """Sums (..., out * slices) A of the columns of each signal, references aside."""
        body = i[..., self.references :]
        cells = self.copies * (2 if self.paired else 1)
        return body.reshape(*i.shape[:-1], -1, cells).sum(axis=-1) / self.copies

    def combine(self, signals: Array) -> Array:
        """Outputs (..., out) from signals (..., out * slices): shift and add."""
        if self.slices == 1:
            value = signals.dtype.type(self.values[0])
            return signals if value == 1 else signals * value
        values = array_namespace(signals).asarray(self.values, dtype=signals.dtype)
        return signals.reshape(*signals.shape[:-1], -1, self.slices) @ values

    def _digits(self, w: Array) -> Array:
        """Digits (..., slices) of weights in [-1, 1]: signed, or of offset in [0, 1]."""
        if self.cell_bits is None:
            return (0.5 + 0.5 * w if self.kind == "offset" else w)[..., None]
        split = offset_digits if self.kind == "offset" else signed_digits
        return split(w, self.slices, self.cell_bits)


def encoding_of(given: "str | Encoding", cols: int) -> Encoding:
    """`given`, a kind or a whole `Encoding`, for arrays of `cols` columns.

    Raises
    ------
    SpecError : there is no such encoding, or the array cannot hold a single output.
    """
    chosen = given if isinstance(given, Encoding) else Encoding(kind=given)  # type: ignore[arg-type]
    if chosen.outputs(cols) < 1:
        raise SpecError(
            f"array.cols is {cols}; the {chosen.kind} encoding needs at least {chosen.columns(1)}"
        )
    return chosen
