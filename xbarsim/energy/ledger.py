"""The whole chip in one table: what each component of each layer costs, and what follows from it.

Every figure of the chip is a sum over rows of the ledger, or follows from such sums and the stages
of the pipeline; see `ChipReport`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbarsim.energy.area import array_area
from xbarsim.energy.caveats import caveats
from xbarsim.energy.compare import Comparison, compare
from xbarsim.energy.done import Done
from xbarsim.energy.figures_of_merit import input_bits, merits, weight_bits
from xbarsim.energy.keeping import Keeping, keeping
from xbarsim.energy.machine import Machine
from xbarsim.energy.on_chip import links, off_chip
from xbarsim.energy.parts import component
from xbarsim.energy.pipeline import settled, stages_of
from xbarsim.energy.pulses import Writing
from xbarsim.energy.report import ARRAYS, EnergyReport, called
from xbarsim.energy.uncertainty import Part, Uncertainty, uncertainty
from xbarsim.energy.uses import Use, clock_of, uses
from xbarsim.errors import SpecError
from xbarsim.parallel import once
from xbarsim.streams import Streams
from xbarsim.technology import Node

if TYPE_CHECKING:
    import pandas as pd

#: columns of the ledger
COLUMNS = (
    "layer", "component", "model", "count", "instances", "energy", "low", "high", "scatter",
    "area", "leakage", "source",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class ChipReport:
    """Energy, time and area of one inference on a whole chip.

    Parameters
    ----------
    ledger : a row for each component of each layer (``""``: of the chip): ``count`` of actions in
        an inference, ``instances`` on the chip, ``energy`` of all actions with the 10 % and 90 %
        quantile ``low`` and ``high`` of designs where known, and ``scatter`` of its logarithm, J;
        ``area`` of all instances, m^2; their ``leakage``, W; ``model`` and ``source``.
    stages : of the pipeline, see `xbarsim.energy.timing.stages`; None for tiles without a network.
    machine : what it was made with.
    warnings : what to know before believing it.
    reads : the estimate that it stands on.
    """

    ledger: "pd.DataFrame"
    stages: "pd.DataFrame | None"
    machine: Machine
    warnings: tuple[str, ...]
    reads: EnergyReport

    def by(self, *columns: str) -> "pd.DataFrame":
        """Sums of ``energy``, ``area`` and ``leakage`` by ``layer``, ``component`` or both."""
        return self.ledger.groupby(list(columns), sort=False)[["energy", "area", "leakage"]].sum()

    def by_array(self) -> "pd.DataFrame":
        """Energy of each array, where it stands; see `xbarsim.energy.by_array`."""
        from xbarsim.energy.by_array import by_array

        return by_array(self)

    @once
    def summary(self) -> dict[str, float]:
        """Figures of the chip, SI; see `xbarsim.energy.figures_of_merit.merits`."""
        return merits(self)

    def uncertainty(self, samples: int = 10_000, seed: int = 0) -> Uncertainty:
        """How far the energy may be off, from how far designs scatter about each model."""
        return uncertainty(self.parts(), Streams(seed), samples)

    def parts(self) -> dict[str, Part]:
        """Energy of each component, all layers together, with its scatter."""
        found = {}
        for name, rows in self.ledger.groupby("component", sort=False):
            known = bool(rows["low"].notna().all()) and len(rows) > 0
            found[str(name)] = Part(
                energy=float(rows["energy"].sum()),
                scatter=float(rows["scatter"].max()),
                low=float(rows["low"].sum()) if known else None,
                high=float(rows["high"].sum()) if known else None,
            )
        return found

    def keeping(
        self, tolerance: float = 0.01, how: Writing | None = None, rate: float | None = None
    ) -> Keeping:
        """What programming the chip and keeping its weights costs; see `xbarsim.energy.keeping`."""
        return keeping(self, tolerance, how, rate=rate)

    def compare(self, other: "ChipReport") -> Comparison:
        """What differs between this chip and an `other`; see `xbarsim.energy.compare.compare`."""
        return compare(self.ledger, other.ledger, (self.summary, other.summary))

    def nearest(self, count: int = 3) -> "pd.DataFrame":
        """Measured macros nearest in node and bits; see `xbarsim.energy.macros.nearest`."""
        from xbarsim.energy.macros import nearest

        at = next(iter(self.reads.done.values())).tile.hardware.node
        return nearest(at.length, input_bits(self), weight_bits(self), count)

    def save(self, folder: str | Path) -> None:
        """Write ``ledger.csv``, ``stages.csv`` and ``summary.json`` into `folder`."""
        import json

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger.to_csv(folder / "ledger.csv", index=False)
        if self.stages is not None:
            self.stages.to_csv(folder / "stages.csv", index=False)
        told = {"summary": self.summary, "warnings": list(self.warnings)}
        (folder / "summary.json").write_text(json.dumps(told, indent=1), "utf-8")


def chip_report(reads: EnergyReport, machine: Machine) -> ChipReport:
    """The ledger of the chip on which `reads` were made.

    Raises
    ------
    SpecError : links between layers without a placement; a component outside its range.
    """
    import pandas as pd

    if reads.placement is None and machine.links != "none":
        raise SpecError(
            f"machine.links is {machine.links!r}, which needs a placement to know distances; tiles "
            "of their own have none: give a placed network, or links none"
        )
    told: list[str] = []
    rows: list[Row] = []
    for key, done in reads.done.items():
        rows += _of_matrix(called(*key), done, reads.table.loc[called(*key)], machine, told)
    ledger = pd.DataFrame(rows, columns=list(COLUMNS))
    node = next(iter(reads.done.values())).tile.hardware.node
    costed = partial(_row, machine=machine, node=node, told=told)
    if reads.placement is not None:
        more = [costed(layer, use) for layer, use in links(reads, machine, ledger)]
        more += [costed("", use) for use in off_chip(reads, machine)]
        ledger = pd.concat([ledger, pd.DataFrame(more, columns=list(COLUMNS))], ignore_index=True)
    stages = stages_of(reads, machine, ledger, told)
    if stages is not None:
        named = stages.set_index(["layer", "block"])
        times = (named["series"] * named["convert"]).to_dict()
        more = [costed(called(*k), clock_of(d, machine, times[k])) for k, d in reads.done.items()]
        ledger = pd.concat([ledger, pd.DataFrame(more, columns=list(COLUMNS))], ignore_index=True)
    return ChipReport(
        ledger=ledger,
        stages=stages,
        machine=machine,
        warnings=tuple(told + caveats(reads, machine)),
        reads=reads,
    )


def _of_matrix(
    layer: str, done: Done, table: Any, machine: Machine, told: list[str]
) -> Iterator[Row]:
    """Rows of one matrix: its arrays from solved voltages, then its periphery.

    Arrays whose outputs take longer to settle than a read are driven for so long.
    """
    hardware = done.tile.hardware
    node, longer = hardware.node, max(settled(hardware, []) / hardware.t_read, 1.0)
    cells = float(hardware.rows * hardware.cols * done.arrays)
    area = array_area(hardware) * done.arrays
    for name in ARRAYS:
        yield _line(
            layer, name, "solved voltages", done.reads, cells if name == "cells" else 0.0,
            longer * float(table[name]), area=area if name == "cells" else 0.0,
            source="Kirchhoff's laws",
        )  # fmt: skip
    for use in (_drivers(done, float(table["driver"])), *uses(done, machine)):
        yield _row(layer, use, machine=machine, node=node, told=told)


def _drivers(done: Done, energy: float) -> Use:
    """Word lines; an action is a full swing, of which `energy` (J) says how many there were."""
    hardware = done.tile.hardware
    sizes = {"cells": float(hardware.cols), "swing": float(hardware.v_read)}
    one = component("word_line").cost(hardware.node, **sizes).energy
    return Use("driver", "word_line", energy / one, hardware.rows * done.arrays, sizes)


def _row(layer: str, use: Use, *, machine: Machine, node: Node, told: list[str]) -> Row:
    """A component by its model."""
    cost = machine.cost(use.kind, node, told, use.usual, **use.sizes)
    model = machine.component(use.kind, use.usual)
    return _line(
        layer, use.component, model.name, use.actions, use.instances, use.actions * cost.energy,
        low=nan if cost.low is None else use.actions * cost.low,
        high=nan if cost.high is None else use.actions * cost.high,
        scatter=model.scatter, area=use.instances * cost.area,
        leakage=use.instances * cost.leakage, source=model.source,
    )  # fmt: skip


def _line(
    layer: str,
    component: str,
    model: str,
    count: float,
    instances: float,
    energy: float,
    *,
    low: float = nan,
    high: float = nan,
    scatter: float = 0.0,
    area: float = 0.0,
    leakage: float = 0.0,
    source: str = "",
) -> Row:
    values = (
        layer, component, model, count, instances, energy, low, high, scatter, area, leakage,
        source,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
