"""Published macros that are nearest to a design, to print beside it."""

from functools import partial
from math import inf, log
from typing import TYPE_CHECKING

from xbarsim.checks import check_all, check_count, check_number
from xbarsim.energy.macros.description import load, names, published

if TYPE_CHECKING:
    import pandas as pd


def nearest(length: float, input_bits: float, weight_bits: float, count: int = 3) -> "pd.DataFrame":
    """The `count` macros nearest in node and bits, the nearest first, each with its nearest point.

    Nearness is the sum of |ln| of the ratios of nodes, of input bits and of weight bits; ours.

    Parameters
    ----------
    length : of the node, m.

    Returns
    -------
    ``macro``, ``citation``, ``node`` (m), ``input_bits``, ``weight_bits``, ``tops_per_watt``
    (native) and ``apart``.

    Raises
    ------
    SpecError : a length or a number of bits that is not above 0, or no `count`.
    """
    import pandas as pd

    check_all(
        [
            (partial(check_number, above=True), "length", length, 0.0, inf, "meter"),
            (partial(check_number, above=True), "input_bits", input_bits, 0.0),
            (partial(check_number, above=True), "weight_bits", weight_bits, 0.0),
            (check_count, "count", count, 1),
        ]
    )
    rows = []
    for name in names():
        macro = load(name)
        points = [
            (abs(log(p.input_bits / input_bits)) + abs(log(p.weight_bits / weight_bits)), p)
            for p in macro.points
            if p.input_bits and p.weight_bits and "tops_per_watt" in published(macro, p)
        ]
        if not points:
            continue
        apart, point = min(points, key=lambda each: each[0])
        rows.append(
            {
                "macro": name,
                "citation": macro.citation,
                "node": macro.technology_node,
                "input_bits": point.input_bits,
                "weight_bits": point.weight_bits,
                "tops_per_watt": published(macro, point)["tops_per_watt"],
                "apart": apart + abs(log(macro.technology_node / length)),
            }
        )
    table = pd.DataFrame(rows).sort_values("apart", kind="stable", ignore_index=True)
    return table.head(count)
