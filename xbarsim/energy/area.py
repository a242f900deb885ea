"""Area of cells, arrays and a chip, and how much of it is used."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from xbarsim.checks import check_all, check_count, check_number
from xbarsim.errors import SpecError, suggestion
from xbarsim.hardware import Hardware
from xbarsim.technology import CELL_PITCH, Node

if TYPE_CHECKING:
    import pandas as pd

    from xbarsim.mapping import Placement

_INF = float("inf")
#: area of a cell in squares F^2: a crossbar point, which lines of width and distance F allow; a
#: 1T1R cell of 4 F x 12 F, as NeuroSim has it, of 53 F^2 (NVMExplorer), and of 12 F^2, the lower
#: end of what is published (unverified). F is taken as the metal-1 width, as in the node's pitch,
#: which at 130 nm is wider than the feature that some of these sources mean
CELLS = {"crossbar": 4.0, "1T1R": CELL_PITCH[0] * CELL_PITCH[1], "1T1R_large": 53.0,
         "1T1R_small": 12.0}  # fmt: skip
#: of the sum of all parts, with the wires between them; unverified
ROUTING = 1.15


class Part(NamedTuple):
    """Instances of a component.

    Parameters
    ----------
    name : of the component.
    instances : how many there are; a share of one that others use too need not be whole.
    one : area of one, m^2.
    """

    name: str
    instances: float
    one: float


def cell_area(node: Node, cell: str | float = "1T1R") -> float:
    """Area of a cell, m^2.

    Parameters
    ----------
    cell : one of `CELLS`, or the area in squares of the node's metal-1 width. The default is the
        pitch that the node's wires are computed with.

    Raises
    ------
    SpecError : an unknown cell, or one below 4 squares.
    """
    if isinstance(cell, str):
        if cell not in CELLS:
            raise SpecError(f"cell is {cell!r}{suggestion(cell, [*CELLS])}")
        cell = CELLS[cell]
    check_number("cell", cell, CELLS["crossbar"])
    return cell * node.metal_width**2


def array_area(hardware: Hardware, cell: str | float = "1T1R") -> float:
    """Area of the cells of one array, m^2; `cell` as `cell_area` takes it.

    Raises
    ------
    SpecError : as `cell_area`.
    """
    return hardware.rows * hardware.cols * cell_area(hardware.node, cell)


def breakdown(
    hardware: Hardware,
    arrays: int,
    periphery: Iterable[tuple[str, float, float]],
    *,
    cell: str | float = "1T1R",
    routing: float = ROUTING,
) -> "pd.DataFrame":
    """Area by component.

    Parameters
    ----------
    arrays : how many there are.
    periphery : name, instances and area of one (m^2), each as in `Part`.
    cell : as `cell_area` takes it.
    routing : area with the wires between components over that without them, at least 1.

    Returns
    -------
    A row for the ``cells`` (an instance each array), each component of the periphery and the
    ``routing``: ``name``, ``instances``, ``one`` and ``area`` (m^2) and ``share``. Its
    ``attrs["total"]`` is the sum of ``area``, m^2.

    Raises
    ------
    SpecError : an area or a number of instances that is negative or no number, a name that stands
        twice, no arrays, or as `cell_area`.
    """
    import pandas as pd

    parts = [Part(*part) for part in periphery]
    _check(arrays, parts, routing)
    parts.insert(0, Part("cells", arrays, array_area(hardware, cell)))
    placed = sum(part.instances * part.one for part in parts)
    parts.append(Part("routing", 1, (routing - 1) * placed))
    table = pd.DataFrame(parts, columns=["name", "instances", "one"])
    table["area"] = table["instances"] * table["one"]
    table.attrs["total"] = float(table["area"].sum())
    table["share"] = table["area"] / table.attrs["total"]
    return table


def utilisation(placement: "Placement", stages: "pd.DataFrame") -> "pd.DataFrame":
    """How much of each array is used, and for how long.

    Parameters
    ----------
    placement : what stands where.
    stages : what `xbarsim.energy.timing.stages` returns for it.

    Returns
    -------
    A row for each array: ``array``, ``x``, ``y``; ``spatial``, the share of its cells that hold a
    weight or a reference; ``temporal``, the share of the pipeline's interval that it is busy for;
    and ``both``, the share of cells times time. Its ``attrs`` hold the mean of each.

    Raises
    ------
    SpecError : a table of another placement.

    Notes
    -----
    A copy is busy for its part of the reads. Matrices that share an array have rows, columns and
    converters of their own and are taken to work at the same time: the array is busy for the
    longest of them, at the least.
    """
    import pandas as pd

    busy = _busy(placement, stages)
    used, times, both = (np.zeros(placement.arrays) for _ in range(3))
    cells = placement.hardware.rows * placement.hardware.cols
    for slot in placement.slots:
        key = slot.layer, slot.block
        share = placement.sizes[key][slot.row, slot.column].cells / cells
        used[slot.array] += share
        both[slot.array] += share * busy[key]
        times[slot.array] = max(times[slot.array], busy[key])
    x, y = placement.places.T
    table = pd.DataFrame({"array": range(placement.arrays), "x": x, "y": y, "spatial": used,
                          "temporal": times, "both": both})  # fmt: skip
    for name in ("spatial", "temporal", "both"):
        table.attrs[name] = float(table[name].mean())
    return table


def _busy(placement: "Placement", stages: "pd.DataFrame") -> dict[tuple[str, str], float]:
    """Share of the interval that one copy of each matrix works, on average over its copies."""
    keys = list(zip(stages["layer"], stages["block"], strict=True))
    if set(keys) != set(placement.partitions):
        raise SpecError(
            f"stages is about {len(keys)} matrices; the placement has {len(placement.partitions)}, "
            "which must be the same"
        )
    worked = stages["reads"] / (stages["copies"] * stages["series"])
    shares = stages["share"] * worked.fillna(0.0)
    return dict(zip(keys, shares.astype(float), strict=True))


def _check(arrays: int, parts: list[Part], routing: float) -> None:
    names = ["cells", "routing", *(part.name for part in parts)]
    check_all(
        [
            (check_count, "arrays", arrays, 1),
            (check_number, "routing", routing, 1.0),
            *((check_number, f"{p.name}: instances", p.instances, 0.0) for p in parts),
            *((check_number, f"{p.name}: area", p.one, 0.0, _INF, "m^2") for p in parts),
        ],
        [
            f"two components are called {n!r}"
            for n in sorted({n for n in names if names.count(n) > 1})
        ],
    )
