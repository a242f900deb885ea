"""Cells that take whole pulses and follow the transfer of a switching law."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.pulsed import PulsedCells, members_of
from xbarsim.programming.pulsed_devices import check_noise, check_number, normals_of
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.units import show


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferPulses:
    """Cells of a switching law under equal pulses of one amplitude up and one down.

    Parameters
    ----------
    library : transfers that hold both amplitudes; several where cells differ, each of which follows
        one of them for good.
    up, down : amplitudes of the pulses that raise and that lower the conductance, V.
    noise : standard deviation from pulse to pulse of the change of the state over that change. Laws
        say nothing of it; the form is that of [rasch2021]_.

    Raises
    ------
    SpecError : an amplitude that a transfer does not hold, one that moves the conductance the other
        way or not at all, transfers that do not go together, or a negative noise.
    """

    library: tuple[ProgrammingTransfer, ...]
    up: float
    down: float
    noise: float = 0.0

    normals = 1

    def __post_init__(self) -> None:
        check_noise("noise", self.noise)
        for name in ("up", "down"):
            check_number(name, getattr(self, name))
        if not isinstance(self.library, Sequence):
            raise SpecError(f"library is a {type(self.library).__name__}; it takes a tuple")
        if not self.library:
            raise SpecError("library is empty; it takes one transfer or more")
        for one in self.library:
            if not isinstance(one, ProgrammingTransfer):
                raise SpecError(
                    f"library holds a {type(one).__name__}; programming_transfer makes its members"
                )
        low, high = self.window
        if not low < high:
            raise SpecError(
                f"the windows of the transfers share nothing: one ends at {show(high, 'siemens')}, "
                f"another begins at {show(low, 'siemens')}"
            )
        first = self.library[0]
        for one in self.library:
            if one.width != first.width or one.flow.table.shape[1] != first.flow.table.shape[1]:
                raise SpecError("transfers of one library must share the width and the states")
            for name, sign in (("up", 1.0), ("down", -1.0)):
                level = _level(one, name, getattr(self, name))
                moved = sign * (one.read(one.flow.table[level]) - one.g)
                slack = 1e-9 * float(np.ptp(one.g))
                if moved.min() < -slack or not moved.max() > slack:
                    raise SpecError(
                        f"{name} is {show(getattr(self, name), 'volt')}, whose pulses change the "
                        f"conductance by {show(float(sign * moved.min()), 'siemens')} to "
                        f"{show(float(sign * moved.max()), 'siemens')}; they must "
                        f"{'raise' if sign > 0 else 'lower'} it"
                    )

    @property
    def window(self) -> tuple[float, float]:
        """Conductances that every transfer reaches, S."""
        ends = [one.window for one in self.library]
        return max(low for low, _ in ends), min(high for _, high in ends)

    def cells(self, z: Array) -> PulsedCells:
        """Cells, each of one of the transfers, from standard normals (1, ...cells)."""
        z, library = normals_of(z, self.normals), self.library
        levels = [(_level(one, "up", self.up), _level(one, "down", self.down)) for one in library]
        pairs = list(zip(library, levels, strict=True))
        step = np.stack([one.flow.table[list(two)] - one.states for one, two in pairs])
        return PulsedCells(
            low=np.array([one.flow.low for one in library]),
            high=np.array([one.flow.high for one in library]),
            step=step,
            noise=self.noise * np.abs(step),
            g=np.stack([one.g for one in library]),
            energy=np.stack([one.energy[list(two)] for one, two in pairs]),
            member=members_of(z[0], len(library)),
        )


def _level(transfer: ProgrammingTransfer, name: str, volts: float) -> int:
    """Place of an amplitude among those of a transfer."""
    at = np.flatnonzero(np.isclose(transfer.levels, volts, rtol=1e-9, atol=0.0))
    if not len(at):
        held = ", ".join(show(float(v), "volt") for v in transfer.levels[:8])
        raise SpecError(f"{name} is {show(volts, 'volt')}; the transfer holds {held}")
    return int(at[0])
