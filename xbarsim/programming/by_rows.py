"""Arrays without transistors, row after row: what half-selected cells have to bear meanwhile."""

from dataclasses import replace
from typing import Literal

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.scheme import Programmed, WriteVerify
from xbarsim.programming.transfer import ProgrammingTransfer, programming_transfer
from xbarsim.programming.write_verify import write_verify
from xbarsim.transient.tables import FlowMap

SHARES = {"V/2": 0.5, "V/3": 1.0 / 3.0}


def half_selected(
    law: SwitchingLaw,
    transfer: ProgrammingTransfer,
    scheme: Literal["V/2", "V/3"] = "V/2",
    temperature: float | None = None,
) -> ProgrammingTransfer:
    """What the pulses of a transfer do to half-selected cells of the same law, level by level.

    Raises
    ------
    SpecError : no such scheme.
    """
    if scheme not in SHARES:
        raise SpecError(f"scheme is {scheme!r}; it must be one of {', '.join(SHARES)}")
    return programming_transfer(
        law,
        SHARES[scheme] * transfer.levels,
        transfer.width,
        transfer.v_read,
        states=len(transfer.g),
        temperature=temperature,
    )


def write_by_rows(
    transfer: ProgrammingTransfer,
    disturb: ProgrammingTransfer,
    g_target: Array,
    scheme: WriteVerify,
    z: Array | None = None,
) -> Programmed:
    """Write one row after the other, the cells of a row at once; rows before it are half selected.

    Every pulse of a cell reaches the cells of its column in the rows that were written before, as
    `disturb` says. Pulses of one level are taken together, weak levels first: disturbs that are
    small commute; their heat is taken as their number times the mean of that of the first and of
    the last. What reaches a row before it is written is undone by its own writing. Lines have no
    resistance, and other cells of the row do not disturb each other. A cell counts as verified
    where its own writing ended so, whatever came after.

    Parameters
    ----------
    transfer, disturb : pulses, and what they do to half-selected cells, see `half_selected`.
    g_target, z : (rows, cols), as `xbarsim.programming.write_verify` takes them.

    Raises
    ------
    SpecError : as `xbarsim.programming.write_verify`; targets that are no array.
    """
    target = np.asarray(g_target, dtype=float)
    if target.ndim != 2:
        raise SpecError(f"g_target has shape {target.shape}; it must be (rows, cols)")
    levels = len(transfer.levels)
    later = np.zeros((target.shape[1], levels), dtype=np.int64)
    done: list[Programmed] = []
    repeated = _Repeated(disturb)
    for row in range(len(target) - 1, -1, -1):
        counts = np.zeros_like(later)
        own = None if z is None else np.asarray(z)[row]
        written = write_verify(transfer, target[row], scheme, own, counts=counts)
        x, heat = repeated.apply(written.state, later)
        done.append(replace(written, state=x, g=transfer.read(x), energy=written.energy + heat))
        later += counts
    parts = {name: np.stack([getattr(one, name) for one in done[::-1]]) for name in vars(done[0])}
    return Programmed(**parts)


class _Repeated:
    """A pulse any number of times, from tables of 1, 2, 4, ... pulses."""

    def __init__(self, transfer: ProgrammingTransfer) -> None:
        self._transfer = transfer
        self._powers = [transfer.flow]

    def apply(self, x: Array, counts: Array) -> tuple[Array, Array]:
        """States `x` (cells,) after `counts` (cells, levels) pulses of each level; the heat, J."""
        x, heat = x.copy(), np.zeros(len(x))
        order = np.argsort(abs(self._transfer.levels), kind="stable")
        for level in (k for k in order if counts[:, k].any()):
            n = counts[:, level]
            before = x.copy()
            for bit in range(int(n.max()).bit_length()):
                on = (n >> bit) & 1 == 1
                part = x[on]
                self._power(bit).apply(part, np.full(len(part), level))
                x[on] = part
            heat += n * 0.5 * (self._transfer.heat(before, level) + self._transfer.heat(x, level))
        return x, heat

    def _power(self, bit: int) -> FlowMap:
        while len(self._powers) <= bit:
            last = self._powers[-1]
            twice = last.table.copy()
            for level, row in enumerate(twice):
                last.apply(row, np.full(len(row), level))
            self._powers.append(replace(last, table=twice))
        return self._powers[bit]
