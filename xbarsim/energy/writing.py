r"""Energy, time and wear of writing the cells of a tile.

.. math::
    E = \sum_\text{pulses}\Big[ \int v\,i\,dt + C_W V_g^2 + C_B V_p^2
        + N_h G_h (V_p/2)^2\,t_p \Big]/\eta + \sum_\text{verifies} [E_\text{row} + E_\text{ADC}]

with the pump's efficiency only where a voltage lies above the supply. A line that is charged and
discharged takes C V^2 from a supply of V.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from xbarsim.backend import to_numpy
from xbarsim.checks import check_all, check_count, check_flag, check_number
from xbarsim.device import WrittenCells
from xbarsim.energy.parts import adc_survey, analogue, drivers
from xbarsim.energy.pulses import PRESETS, Pulse, Writing
from xbarsim.errors import SpecError
from xbarsim.programming import WrittenDevice
from xbarsim.tile import Tile

if TYPE_CHECKING:
    import pandas as pd

#: parts of the energy of writing, which add up to it
WRITE_PARTS = (
    "write_cells", "write_half_selected", "write_word_lines", "write_bit_lines", "write_pump",
    "verify_cells", "verify_word_lines", "verify_adc",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class WriteCircuit:
    """What stands around cells that are written.

    Parameters
    ----------
    pump : efficiency of the charge pump behind voltages above the node's supply. From memory,
        unverified: 0.3 to 0.5.
    passive : whether cells have no transistor of their own: the others of both lines then see half
        the voltage.
    half_conductance : of a half-selected cell at half the voltage, S; None takes the mean of the
        array's cells, as if they were ohmic. Selectors make it less.
    parallel : cells of one word line that are written and verified together; they share its charge
        and the read of its row.
    at_once : arrays of a tile that are written at the same time.
    t_address : from one pulse to the next, s; 10 ns is assumed.
    t_verify : for which a row is read to verify, s, before its conversion; None is the time of
        reads, or what a switching law is verified with.
    conversion : energy of one conversion, J; None is `parts.adc_survey.plugin` with its sample and
        hold, and nothing for an ideal converter.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    pump: float = 0.4
    passive: bool = False
    half_conductance: float | None = None
    parallel: int = 1
    at_once: int = 1
    t_address: float = 10e-9
    t_verify: float | None = None
    conversion: float | None = None

    def __post_init__(self) -> None:
        optional = (("half_conductance", "siemens"), ("t_verify", "second"),
                    ("conversion", "joule"))  # fmt: skip
        check_all(
            [
                (partial(check_number, above=True), "pump", self.pump, 0.0, 1.0),
                (check_flag, "passive", self.passive),
                (check_count, "parallel", self.parallel, 1),
                (check_count, "at_once", self.at_once, 1),
                (check_number, "t_address", self.t_address, 0.0, inf, "second"),
                *(
                    (check_number, name, getattr(self, name), 0.0, inf, unit)
                    for name, unit in optional
                    if getattr(self, name) is not None
                ),
            ]
        )
        if self.half_conductance is not None and not self.passive:
            raise SpecError("half_conductance is given, but passive is false: no cell sees half")


@dataclass(frozen=True, kw_only=True)
class WriteCost:
    """What it costs to write cells once.

    Parameters
    ----------
    energies : by `WRITE_PARTS`, J.
    time : s.
    cells : that are written.
    pulses, verifies : of each cell, the mean.
    wear : share that this takes of what is left of a cell's life: of the pulses that it endures
        (`Writing`), or of programmings until 63 % of cells have failed or windows close
        (`xbarsim.effects.Endurance`), whichever comes first; None where neither is known.
    source : where the pulses are from.
    """

    energies: dict[str, float]
    time: float
    cells: int
    pulses: float
    verifies: float
    wear: float | None
    source: str

    @property
    def energy(self) -> float:
        """The sum of all parts, J."""
        return sum(self.energies.values())

    def rows(self, layer: str) -> "pd.DataFrame":
        """A row for each part: layer, component, energy (J), area, leakage, count of actions."""
        import pandas as pd

        each = {"write": self.pulses * self.cells, "verify": self.verifies * self.cells}
        rows = [
            {"layer": layer, "component": name, "energy": joules, "area": 0.0, "leakage": 0.0,
             "count": each[name.partition("_")[0]]}
            for name, joules in self.energies.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)


def write_cost(
    tile: Tile, how: Writing | None = None, circuit: WriteCircuit | None = None
) -> WriteCost:
    """Energy, time and wear of writing all cells of `tile` once.

    Parameters
    ----------
    tile : programmed; its cells at their present age are what pulses and verify reads meet.
    how : pulses of a device that says nothing of them, for instance one of
        `xbarsim.energy.pulses.PRESETS`. A device that counts pulses keeps its own number, and its
        own energy where it knows it: the mean over all that the tile was programmed. Voltages and
        widths are then those of `how`, or of the switching law that is written.
    circuit : None is ``WriteCircuit()``.

    Raises
    ------
    SpecError : the tile was not programmed, its device says nothing of its writing, or more cells
        are written together than a word line has.

    Notes
    -----
    Every cell is taken to get the mean number of pulses, whatever its conductance. Pulses of a
    switching law charge lines to the largest amplitude of its library, an upper bound; the energy
    of its cells holds what they take in verify reads, which is in that of their rows, too. The
    driver of a bit line is as large as a word line's; that is ours.
    """
    circuit = WriteCircuit() if circuit is None else circuit
    hardware = tile.hardware
    how, cells = _told(tile, how), int(tile.cells.formed.sum())
    if circuit.parallel > hardware.cols:
        raise SpecError(f"parallel is {circuit.parallel}; a word line has {hardware.cols} cells")
    energies = dict.fromkeys(WRITE_PARTS, 0.0)
    for pulse in how.pulses:
        for name, joules in _pulse(pulse, how, tile, circuit).items():
            energies[name] += cells * pulse.number * joules
    for name, joules in _verify(tile, circuit).items():
        energies[name] += cells * how.reads * joules
    together = circuit.parallel * min(circuit.at_once, tile.partition.arrays)
    return WriteCost(
        energies=energies,
        time=cells * _time(how, tile, circuit) / together,
        cells=cells,
        pulses=how.number,
        verifies=how.reads,
        wear=_wear(tile, how),
        source=how.source,
    )


def joined(costs: Sequence[WriteCost], *, at_once: bool = False) -> WriteCost:
    """What several tiles cost together, one after the other or `at_once`.

    The wear is that of the tile which wears most; None where that of any is not known.

    Raises
    ------
    SpecError : there are none.
    """
    if not costs:
        raise SpecError("costs is empty; at least one tile is written")
    cells = sum(cost.cells for cost in costs)
    worn = [cost.wear for cost in costs if cost.wear is not None]
    times = [cost.time for cost in costs]
    return WriteCost(
        energies={name: sum(cost.energies[name] for cost in costs) for name in WRITE_PARTS},
        time=max(times) if at_once else sum(times),
        cells=cells,
        pulses=sum(cost.pulses * cost.cells for cost in costs) / max(cells, 1),
        verifies=sum(cost.verifies * cost.cells for cost in costs) / max(cells, 1),
        wear=max(worn) if len(worn) == len(costs) else None,
        source="; ".join(dict.fromkeys(cost.source for cost in costs)),
    )


def _told(tile: Tile, how: Writing | None) -> Writing:
    """Pulses of the tile's cells: what its device says before what is given."""
    tile.g  # noqa: B018  raises on a tile that was never programmed
    device, ledger = tile.hardware.device, tile.ledger
    if not isinstance(device, WrittenCells):
        if how is None:
            raise SpecError(
                f"the device ({type(device).__name__}) says nothing of its writing; give how: a "
                f"Writing of your own, or one of PRESETS of xbarsim.energy.pulses: "
                f"{', '.join(PRESETS)}"
            )
        return how
    if how is None:
        how = _of_law(device)
    pulses, cells = ledger["write_pulses"], max(ledger["cells_programmed"], 1)
    if how.number == 0:
        raise SpecError(f"how has no pulses; the device counted {pulses / cells:g} a cell")
    each = ledger["write_energy"] / pulses if pulses else 0.0
    share, verifies = pulses / cells / how.number, how.verifies
    if isinstance(device, WrittenDevice):  # one look before the first pulse of each pass
        verifies = pulses / cells + device.scheme.passes
    kinds = tuple(replace(pulse, number=pulse.number * share) for pulse in how.pulses)
    if each:
        kinds = tuple(replace(pulse, energy=each, current=None) for pulse in kinds)
    return replace(how, pulses=kinds, verifies=verifies)


def _of_law(device: WrittenCells) -> Writing:
    """Pulses of a switching law that is written, their largest amplitude."""
    if not isinstance(device, WrittenDevice):
        raise SpecError(
            f"the device ({type(device).__name__}) counts its pulses, but says nothing of their "
            "voltage and width; give how"
        )
    transfer = device.library[0]
    pulse = Pulse(number=1.0, voltage=float(abs(transfer.levels).max()), duration=transfer.width)
    return Writing(pulses=(pulse,), source="the switching law of the device")


def _pulse(pulse: Pulse, how: Writing, tile: Tile, circuit: WriteCircuit) -> dict[str, float]:
    """One pulse on one cell, J."""
    hardware, g = tile.hardware, to_numpy(tile.g)
    node, rows, cols = hardware.node, hardware.rows, hardware.cols
    gate, v = node.v_dd if how.gate is None else how.gate, pulse.voltage
    half = 0.0
    if circuit.passive:
        mean = g.sum() / (tile.partition.arrays * rows * cols)
        half = mean if circuit.half_conductance is None else circuit.half_conductance
    drawn = {
        "write_cells": pulse.in_cell(float(g.sum()) / max(int(tile.cells.formed.sum()), 1)),
        "write_half_selected": float((rows + cols - 2) * half * (v / 2) ** 2 * pulse.duration),
        "write_bit_lines": drivers.bit_line_capacitance(node, rows) * v**2,
    }
    word = drivers.word_line_capacitance(node, cols) * gate**2 / circuit.parallel
    loss = 1 / circuit.pump - 1
    pumped = (v > node.v_dd) * sum(drawn.values()) + (gate > node.v_dd) * word
    return {**drawn, "write_word_lines": word, "write_pump": loss * pumped}


def _verify(tile: Tile, circuit: WriteCircuit) -> dict[str, float]:
    """One verify read of one cell, J: the row it stands in, and a conversion."""
    hardware, g = tile.hardware, to_numpy(tile.g)
    row = g.sum() / (g.shape[0] * g.shape[1] * g.shape[2])
    cells = hardware.v_read**2 * row * _t_verify(tile, circuit)
    word = drivers.word_line(hardware.node, hardware.cols, hardware.v_read).energy
    conversion = circuit.conversion
    if conversion is None:
        conversion, adc, node = 0.0, hardware.adc, hardware.node
        if adc is not None:
            conversion = adc_survey.plugin(node, adc.bits, adc.rate).energy
            conversion += analogue.sample_hold(node, adc.bits).energy
    return {
        "verify_cells": float(cells / circuit.parallel),
        "verify_word_lines": word / circuit.parallel,
        "verify_adc": conversion,
    }


def _time(how: Writing, tile: Tile, circuit: WriteCircuit) -> float:
    """Of writing one cell, s."""
    adc = tile.hardware.adc
    read = _t_verify(tile, circuit) + (0.0 if adc is None else 1 / adc.rate)
    return sum(p.number * (p.duration + circuit.t_address) for p in how.pulses) + how.reads * read


def _t_verify(tile: Tile, circuit: WriteCircuit) -> float:
    """For how long a row is read, s."""
    if circuit.t_verify is not None:
        return circuit.t_verify
    device = tile.hardware.device
    return device.scheme.read_time if isinstance(device, WrittenDevice) else tile.hardware.t_read


def _wear(tile: Tile, how: Writing) -> float | None:
    """Share of what is left of a cell's life; see `WriteCost`."""
    shares = [] if how.endurance is None else [how.number / how.endurance]
    effects = tile.hardware.effects
    if effects is not None and (part := effects.endurance) is not None:
        left = [end - part.cycles for end in (part.scale, part.start) if end is not None]
        shares += [1 / x if x > 0 else inf for x in left]
    return max(shares, default=None)
