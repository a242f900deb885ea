"""What it costs to program a chip and to keep its weights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xbarsim.energy.pulses import Writing
from xbarsim.energy.refresh import Refresh, Upkeep, refresh_interval, upkeep
from xbarsim.energy.writing import WriteCircuit, WriteCost, joined, write_cost

if TYPE_CHECKING:
    from xbarsim.energy.ledger import ChipReport


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Programming a chip, and doing so again whenever its weights have changed too far.

    Parameters
    ----------
    write : of all cells once, arrays at the same time.
    refresh : of the matrix whose weights change soonest.
    upkeep : of the whole chip, at its rate of inferences.
    """

    write: WriteCost
    refresh: Refresh
    upkeep: Upkeep


def keeping(
    report: "ChipReport",
    tolerance: float,
    how: Writing | None = None,
    circuit: WriteCircuit | None = None,
    rate: float | None = None,
) -> Keeping:
    """Writing, refresh set by the drift of the device, and both shared out over inferences.

    Parameters
    ----------
    tolerance : growth of the root mean square error of weights, over the largest, at which they are
        written anew.
    how, circuit : as `xbarsim.energy.writing.write_cost` takes them.
    rate : inferences a second, pauses included; None is the chip's own throughput.

    Raises
    ------
    SpecError : a device that says nothing of its writing while `how` is None, or of its ageing; no
        rate where there are no stages.
    """
    done = list(report.reads.done.values())
    costs = [write_cost(one.tile, how, circuit) for one in done for _ in range(one.copies)]
    write = joined(costs, at_once=True)
    soonest = min((refresh_interval(one.tile, tolerance) for one in done), key=_interval)
    pace = report.summary.get("throughput", 0.0) if rate is None else rate
    return Keeping(write=write, refresh=soonest, upkeep=upkeep(write, soonest, pace))


def _interval(refresh: Refresh) -> float:
    return refresh.interval
