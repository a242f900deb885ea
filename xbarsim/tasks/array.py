"""A passive array on its own: what it costs to write one cell, and how well one is read."""

from typing import TYPE_CHECKING

from xbarsim.backend import Array
from xbarsim.crossbar import Wires
from xbarsim.crossbar.passive import (
    Access,
    Scheme,
    read_cell,
    read_margin,
    worst_cell,
    write_voltage,
)

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

#: SI unit and words of every metric
METRICS = {
    "access.v_selected": ("volt", "voltage at the cell being written"),
    "access.v_half_selected": ("volt", "largest voltage at a half-selected cell"),
    "access.energy": ("joule", "energy of a write"),
    "access.energy_selected": ("joule", "part of it in the selected cell"),
    "access.i_sneak": ("ampere", "sneak current of a read"),
    "access.margin": ("dimensionless", "read margin"),
}


def write_of(
    g: Array,
    wires: Wires | None,
    *,
    scheme: Scheme,
    v_write: float,
    law: "CellLaw | None" = None,
) -> Access:
    """The write of an array's `worst_cell`; parameters are those of `array_metrics`."""
    wires = wires or Wires()
    return write_voltage(g, wires, worst_cell(g.shape, wires), v_write, scheme, law=law)


def array_metrics(
    g: Array,
    window: tuple[float, float],
    wires: Wires | None,
    *,
    scheme: Scheme,
    v_write: float,
    t_write: float,
    v_read: float,
    law: "CellLaw | None" = None,
) -> dict[str, float]:
    """`METRICS` of one array, at its `worst_cell`.

    Parameters
    ----------
    g : conductances that the array holds, (rows, cols) S.
    window : conductance of a cell that is off, and on, S: the margin's.
    wires : line and terminal resistances; None is ideal wiring.
    scheme : what unselected lines do, as `xbarsim.crossbar.passive.half_select` takes it.
    v_write, t_write : height and length of the pulse, V, s.
    v_read : voltage of the read, V.
    law : of cells that are not ohmic; `g` and `window` are as it understands them.
    """
    wires = wires or Wires()
    write = write_of(g, wires, scheme=scheme, v_write=v_write, law=law)
    read = read_cell(g, wires, write.bias.selected, v_read, scheme, law=law)
    margin = read_margin(window[1], window[0], wires, g.shape, scheme, v_read=v_read, law=law)
    return {
        "access.v_selected": write.v_selected,
        "access.v_half_selected": write.v_half_selected,
        "access.energy": write.p_total * t_write,
        "access.energy_selected": write.p_selected * t_write,
        "access.i_sneak": read.i_sneak,
        "access.margin": margin.current,
    }
