"""What each array of a chip takes: the ledger of a layer, shared out over where it acts."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from xbarsim.energy.report import ARRAYS, called
from xbarsim.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd

    from xbarsim.energy.ledger import ChipReport

#: components that act once for each input of an array; the others of a layer act for each output
_INPUTS = frozenset({"driver", "dac", "level_shifter"})
_WHERE = ("array", "x", "y", "layer", "block", "copy", "row", "column")
_BETWEEN = frozenset({"router", "link", "off_chip"})


def by_array(report: "ChipReport") -> "pd.DataFrame":
    """Energy of each array in an inference, by component.

    Returns
    -------
    A row for each piece of a matrix: ``array``, ``x`` and ``y`` on the grid, ``layer``, ``block``,
    ``copy``, ``row`` and ``column`` of the piece, then a column for each component, J, and their
    sum ``energy``.

    Raises
    ------
    SpecError : tiles without a placement.

    Notes
    -----
    Cells, wires and terminations are shared out as the arrays' sources deliver, components before
    the arrays and reads of buffers by inputs, those behind and writes by outputs: each acts once
    for one of them. Of copies each takes an equal part, and of arrays whose currents are added up.
    What lies between arrays, links and memory outside, is left out.
    """
    import pandas as pd

    placement = report.reads.placement
    if placement is None:
        raise SpecError(
            "tiles of their own have no placement; arrays are those of a placed network"
        )
    shares: dict[tuple[str, str], dict[str, dict[tuple[int, int], float]]] = {}
    for key, part in placement.partitions.items():
        sizes = {(p.row, p.column): (len(p.inputs), len(p.outputs)) for p in part.pieces}
        given = report.reads.sources[key]
        shares[key] = {
            "sources": _shared({at: float(given[at]) for at in sizes}),
            "inputs": _shared({at: float(n) for at, (n, _) in sizes.items()}),
            "outputs": _shared({at: float(n) for at, (_, n) in sizes.items()}),
        }
    layers = dict(list(report.ledger.groupby("layer", sort=False)))
    rows = []
    for slot in placement.slots:
        key, at = (slot.layer, slot.block), (slot.row, slot.column)
        share = {name: each[at] / placement.copies(*key) for name, each in shares[key].items()}
        own = _own(layers[called(*key)], share)
        rows.append({**{name: getattr(slot, name) for name in _WHERE}, **own})
    table = pd.DataFrame(rows)
    names = [name for name in table.columns if name not in _WHERE]
    return table.fillna(dict.fromkeys(names, 0.0)).assign(energy=lambda t: t[names].sum(axis=1))


def _own(ledger: "pd.DataFrame", share: dict[str, float]) -> dict[str, float]:
    """Energy of one array by component, of its layer's ledger."""
    found: Counter[str] = Counter()
    for row in ledger.to_dict("records"):
        name = str(row["component"])
        if name not in _BETWEEN:
            found[name] += row["energy"] * share[_driven_by(row)]
    return dict(found)


def _driven_by(row: dict[Any, Any]) -> str:
    """By what an array's part of a row of the ledger goes; buffers are read first, then written."""
    if row["component"] in ARRAYS:
        return "sources"
    read = row["component"] == "buffer" and row["instances"] > 0
    return "inputs" if read or row["component"] in _INPUTS else "outputs"


def _shared(values: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Parts of one; equal ones of nothing."""
    total = sum(values.values())
    return {at: v / total if total else 1 / len(values) for at, v in values.items()}
