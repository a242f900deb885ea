"""What a digital accelerator would take for the same network: arithmetic and operands."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from xbarsim.checks import check_all, check_number
from xbarsim.energy.parts import logic, memory
from xbarsim.errors import SpecError
from xbarsim.technology import Node

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Energy of one inference on a digital accelerator, J.

    Parameters
    ----------
    table : a row for each layer: ``macs``, ``arithmetic``, ``traffic``, ``total``.
    reuse : how often an operand is used for each time that it is read.
    """

    table: "pd.DataFrame"
    reuse: float

    @property
    def energy(self) -> float:
        """Of all layers, J."""
        return float(self.table["total"].sum())

    @property
    def per_mac(self) -> float | None:
        """Of one multiply and add, J; None where there is none."""
        macs = float(self.table["macs"].sum())
        return self.energy / macs if macs else None


def digital_baseline(
    macs: Mapping[str, float],
    node: Node,
    *,
    reuse: float,
    mac: float | None = None,
    read: float | None = None,
) -> Baseline:
    """Multiplications of 8 bits, added to 32, and two operands of 8 bits for each.

    Parameters
    ----------
    macs : of each layer in an inference.
    reuse : how often an operand is used for each time that it is read from SRAM; a systolic array
        of n x n reuses each n times.
    mac : energy of one, J; None is `parts.logic.mac`, 0.3 pJ at 45 nm.
    read : of one operand from SRAM, J; None is `parts.memory.small_read`.

    Raises
    ------
    SpecError : no layers, or a number that is out of range.

    Notes
    -----
    No off-chip traffic, no results written back, no control, clock or leakage: real accelerators
    take more.
    """
    import pandas as pd

    if not macs:
        raise SpecError("macs is empty; expected the number of each layer")
    mac = logic.mac(node).energy if mac is None else mac
    read = memory.small_read(node) if read is None else read
    check_all(
        [
            (check_number, "reuse", reuse, 1.0),
            (check_number, "mac", mac, 0.0, inf, "joule"),
            (check_number, "read", read, 0.0, inf, "joule"),
            *((check_number, f"macs.{layer}", n, 0.0) for layer, n in macs.items()),
        ]
    )
    rows = {
        layer: {"macs": n, "arithmetic": n * mac, "traffic": n * 2 * read / reuse}
        for layer, n in macs.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index").astype(float)
    table["total"] = table["arithmetic"] + table["traffic"]
    return Baseline(table=table, reuse=float(reuse))
