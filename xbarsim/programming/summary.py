"""The numbers of a characterisation as a table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from xbarsim.programming.characterise import Characteristics, Kinetics
    from xbarsim.programming.merit import Merits

Row = tuple[str, float, str, str]

_LEVEL = "where the conductance passes the geometric mean of its extremes in a cycle"


def table_of(found: "Characteristics") -> "pd.DataFrame":
    """One row for each number that is known: `quantity`, `value`, `unit`, `definition`."""
    import pandas as pd

    rows = [*_sweeps(found), *_kinetics(found.kinetics), *_merits(found.merits), *_rest(found)]
    return pd.DataFrame(rows, columns=["quantity", "value", "unit", "definition"])


def _sweeps(found: "Characteristics") -> Iterator[Row]:
    told = "way back less way out; positive where the cell conducts better on the way back"
    for sweep in found.sweeps:
        hertz = f"{1 / sweep.period:.6g} Hz"
        for name, area in zip(("positive", "negative"), sweep.lobes, strict=True):
            yield f"lobe area, {name}, {hertz}", area, "watt", told
    slow = found.sweeps[0]
    for name, v in (("SET voltage", slow.v_set), ("RESET voltage", slow.v_reset)):
        if v is not None:
            yield f"{name}, slowest sweep", v, "volt", _LEVEL
    yield "lowest conductance, slowest sweep", float(slow.g.min()), "siemens", "at v_read"
    yield "highest conductance, slowest sweep", float(slow.g.max()), "siemens", "at v_read"


def _kinetics(found: "Kinetics | None") -> Iterator[Row]:
    if found is None:
        return
    sides = (("SET", found.v_set, found.t_set), ("RESET", found.v_reset, found.t_reset))
    for name, volts, times in sides:
        for v, row in zip(volts, times, strict=True):
            for kelvin, t in zip(found.temperatures, row, strict=True):
                if np.isfinite(t):
                    yield (f"{name} time, {v:.4g} V, {kelvin:.4g} K", float(t), "second",
                           "at constant voltage to the geometric mean of the extremes")  # fmt: skip


def _merits(found: "Merits | None") -> Iterator[Row]:
    if found is None:
        return
    for name, side in (("potentiation", found.up), ("depression", found.down)):
        yield f"nonlinearity, {name}", side.label, "", "NeuroSim's label of the nearest exponential"
        yield f"A, {name}", side.a, "pulses", "G = G_min + B (1 - exp(-P/A)), P backwards downwards"
        yield f"misfit, {name}", side.error, "", "root mean square over the range"
    yield "asymmetry", found.asymmetry, "", "difference of both labels"
    yield "on/off ratio", found.on_off, "", "highest over lowest conductance of the staircases"
    yield "dynamic range", found.g_max - found.g_min, "siemens", "highest less lowest conductance"
    if found.states is not None:
        yield "number of states", found.states, "", "dynamic range over the noise of a step"


def _rest(found: "Characteristics") -> Iterator[Row]:
    for fit in found.fits:
        for side, k in (("up", 0), ("down", 1)):
            yield f"{fit.kind} d, {side}", fit.d[k], "", "step at w = 0; w from -1 to 1"
            if fit.kind != "SoftBounds":
                yield f"{fit.kind} gamma, {side}", fit.gamma[k], "", "as in aihwkit"
            if fit.kind == "ExpStep":
                yield f"{fit.kind} A, {side}", fit.a[k], "", "as in aihwkit, a = 1 and b = 0"
        yield f"{fit.kind} misfit", fit.error, "", "root mean square over that of the steps"
    if found.symmetry is not None:
        yield ("symmetry point", found.symmetry, "siemens",
               "where pulses up and down in turn take the cell")  # fmt: skip
    if found.retention is not None:
        g = found.retention.g.reshape(len(found.retention.ages))
        half = 0.5 * (g[0] + g[-1])
        gone = np.flatnonzero((g - half) * (g[0] - half) <= 0)
        if len(gone) and g[0] != g[-1]:
            yield ("time to lose half", float(found.retention.ages[gone[0]]), "second",
                   "of the conductance that is lost without voltage")  # fmt: skip
