"""The stages of the pipeline, with the times that the machine's components take."""

from math import ceil
from typing import TYPE_CHECKING

from xbarsim.energy.machine import Machine
from xbarsim.energy.on_chip import pitch_of
from xbarsim.energy.report import EnergyReport
from xbarsim.energy.settling import settle_time
from xbarsim.energy.timing import Times, stages
from xbarsim.energy.uses import SUM, buffer_of
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware

if TYPE_CHECKING:
    import pandas as pd


def stages_of(
    reads: EnergyReport, machine: Machine, ledger: "pd.DataFrame", told: list[str]
) -> "pd.DataFrame | None":
    """Stages of the network that was read, see `xbarsim.energy.timing.stages`; None of tiles alone.

    Conversions take what the hardware's rate says. Digital components take their own time or a
    period of the clock, whichever is longer.
    """
    if reads.placement is None:
        return None
    return stages(reads.placement, times_of(reads, machine, ledger, told), *reads.example)


def times_of(
    reads: EnergyReport, machine: Machine, ledger: "pd.DataFrame", told: list[str]
) -> Times:
    """How long the components of a machine take."""
    hardware = next(iter(reads.done.values())).tile.hardware
    node, period = hardware.node, 1 / machine.clock
    kind, sizes = buffer_of(hardware, machine)

    def clocked(kind: str, **sizes: float) -> float:
        return max(machine.cost(kind, node, told, **sizes).time, period)

    accesses = ceil(machine.word / machine.access)  # of a value that is wider than one
    read, write = (accesses * clocked(kind, **sizes, writes=w) for w in (0.0, 1.0))
    hop = 0.0
    if machine.links == "mesh":
        assert reads.placement is not None
        length = pitch_of(ledger, machine, reads.placement)
        through = clocked("router", bits=float(machine.access)) / machine.arrays_per_router**0.5
        hop = accesses * (through + machine.cost("wire", node, told, length=length).time)
    bits = {} if hardware.adc is None else {"bits": float(hardware.adc.bits)}
    sampled = machine.cost("sample_hold", node, told, **bits).time if bits else 0.0
    return Times(
        settle=settled(hardware, told),
        hold=sampled,
        accumulate=clocked("shift_add", bits=float(SUM)),
        buffer_read=read,
        buffer_write=write,
        hop=hop,
        activation=clocked("activation"),
        values_per_word=max(machine.access // machine.word, 1),
        overlapped=machine.overlap,
    )


def settled(hardware: Hardware, told: list[str]) -> float:
    """What outputs need to settle, s; 0 where nothing waits for it, or lines are broken."""
    if hardware.adc is None or hardware.settling:
        return 0.0
    try:
        return settle_time(hardware)
    except SpecError as error:
        told.append(f"how long outputs take to settle is not counted: {error}")
        return 0.0
