"""What writing one cell of an array of a switching law does to all the others."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar import Wires
from xbarsim.crossbar.passive import Cell, Scheme, worst_cell
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming import Crosstalk, write_through_wires
from xbarsim.programming.levels import reach, state_of
from xbarsim.programming.wired_cells import conductance

#: SI unit and words of every metric
METRICS = {
    "disturb.g_written": ("siemens", "conductance of the written cell"),
    "disturb.v_written": ("volt", "largest voltage at the written cell"),
    "disturb.half_median": ("dimensionless", "change of half-selected cells, median"),
    "disturb.half_p95": ("dimensionless", "change of half-selected cells, 95 % of them below"),
    "disturb.half_worst": ("dimensionless", "change of half-selected cells, largest"),
    "disturb.half_lost": ("dimensionless", "half-selected cells that left the window"),
    "disturb.others_median": ("dimensionless", "change of unselected cells, median"),
    "disturb.others_p95": ("dimensionless", "change of unselected cells, 95 % of them below"),
    "disturb.others_worst": ("dimensionless", "change of unselected cells, largest"),
    "disturb.others_lost": ("dimensionless", "unselected cells that left the window"),
    "disturb.energy": ("joule", "energy of the write"),
    "disturb.energy_written": ("joule", "part of it in the written cell"),
    "disturb.energy_half": ("joule", "part of it in half-selected cells"),
    "disturb.energy_wires": ("joule", "part of it in wires"),
    "disturb.heat": ("kelvin", "largest warming of a cell by the others"),
    "disturb.solves": ("dimensionless", "solutions of the circuit"),
}


def disturb_metrics(
    law: SwitchingLaw,
    u: Array,
    wires: Wires | None,
    *,
    levels: tuple[float, float] | None,
    g_start: float | None,
    cell: Cell | None,
    scheme: Scheme,
    v_write: float,
    width: float,
    edge: float,
    pulses: int,
    window: float,
    v_read: float,
    epsilon: float,
    crosstalk: Crosstalk | None = None,
) -> dict[str, float]:
    """`METRICS` of one array in which one cell is written.

    Parameters
    ----------
    law : of one state, alike in all cells.
    u : where the cells stand between the levels, 0 to 1, (rows, cols).
    wires : line and terminal resistances; None is ideal wiring.
    levels : lowest and highest conductance that cells hold, S; None is all that the law reaches.
    g_start : conductance of the cell that is written, before, S; None is the lowest in reach.
    cell : row and column of it; None is `worst_cell`.
    scheme, v_write, width, edge, epsilon, v_read, crosstalk : as `write_through_wires` takes them.
    pulses : how many it gets; each begins with cold cells.
    window : relative change from which a cell counts as lost.

    Raises
    ------
    SpecError : conductances beyond the law's reach, an array without half-selected and unselected
        cells, and what `write_through_wires` refuses.
    ConvergenceError : as `write_through_wires` says.
    """
    rows, cols = u.shape
    if rows < 2 or cols < 2:
        raise SpecError(f"the array is {rows} x {cols}; a disturb needs at least 2 x 2 cells")
    wires = wires or Wires()
    cell = cell or worst_cell(u.shape, wires)
    state = start_states(law, u, cell, levels, g_start, v_read)
    before = conductance(law, state, v_read, law.ambient)
    v_peak, energy, heat, wasted, solves = 0.0, np.zeros(u.shape), 0.0, 0.0, 0
    for _ in range(pulses):
        run = write_through_wires(
            law, state, wires, cell, v_write, width, scheme,
            edge=edge, epsilon=epsilon, v_read=v_read, crosstalk=crosstalk,
        )  # fmt: skip
        state, energy = run.state, energy + run.energy
        v_peak, heat = max(v_peak, abs(run.v_peak[cell])), max(heat, float(run.rise_peak.max()))
        wasted, solves = wasted + run.energy_wires, solves + run.solves
    after = conductance(law, state, v_read, law.ambient)
    row, col = np.indices(u.shape)
    in_row, in_col = row == cell[0], col == cell[1]
    half, others = in_row ^ in_col, ~in_row & ~in_col
    change = np.abs(after / before - 1.0)
    return {
        "disturb.g_written": float(after[cell]),
        "disturb.v_written": float(v_peak),
        **_changes("half", change[half], window),
        **_changes("others", change[others], window),
        "disturb.energy": float(energy.sum()) + wasted,
        "disturb.energy_written": float(energy[cell]),
        "disturb.energy_half": float(energy[half].sum()),
        "disturb.energy_wires": wasted,
        "disturb.heat": heat,
        "disturb.solves": float(solves),
    }


def start_states(
    law: SwitchingLaw,
    u: Array,
    cell: Cell,
    levels: tuple[float, float] | None,
    g_start: float | None,
    v_read: float,
) -> Array:
    """States before the write, (1, rows, cols); arguments as `disturb_metrics` takes them.

    Raises
    ------
    SpecError : a conductance beyond the law's reach, or a cell that is not in the array.
    """
    low, high = reach(law, v_read)
    first, last = levels or (low, high)
    if not all(0 <= k < n for k, n in zip(cell, u.shape, strict=True)):
        raise SpecError(f"cell {tuple(cell)} is not in an array of {u.shape[0]} x {u.shape[1]}")
    g = first + (last - first) * u
    g[cell] = low if g_start is None else g_start
    return state_of(law, g, v_read)


def _changes(name: str, change: Array, window: float) -> dict[str, float]:
    return {
        f"disturb.{name}_median": float(np.median(change)),
        f"disturb.{name}_p95": float(np.quantile(change, 0.95)),
        f"disturb.{name}_worst": float(change.max()),
        f"disturb.{name}_lost": float((change > window).mean()),
    }
