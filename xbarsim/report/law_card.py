"""The card of a switching law: sweeps, switching times, staircases, and steps or relaxation."""

import numpy as np

from xbarsim.device import Sweep, SwitchingLaw
from xbarsim.programming.characterise import Characteristics, characterise
from xbarsim.report.drawing import Drawing
from xbarsim.report.law_panels import hysteresis, kinetics, relaxation, staircases, steps
from xbarsim.report.style import new_figure, style

_TOLERANCE = 1e-4


def law_drawing(
    law: SwitchingLaw, name: str, sweep: Sweep, *, points: int = 200, pulses: int = 24,
    voltages: int = 11,
) -> Drawing:  # fmt: skip
    """The experiments of `xbarsim.programming.characterise`, drawn.

    Parameters
    ----------
    sweep : voltages that switch the law back and forth.
    points, pulses, voltages : of a sweep, of a staircase and of the switching times; laws with
        several states, which take longer, get a quarter of the pulses, half of the voltages and ten
        times the tolerance.
    """
    several = len(law.states) > 1
    found = characterise(
        law, sweep, points=points, pulses=max(pulses // 4, 4) if several else pulses,
        voltages=max(voltages // 2, 2) if several else voltages,
        tolerance=10 * _TOLERANCE if several else _TOLERANCE,
    )  # fmt: skip
    return characteristics_drawing(found, name)


def characteristics_drawing(found: Characteristics, name: str) -> Drawing:
    """Four panels of what was found about the law `name`."""
    trains = [("equal pulses", found.identical), ("growing pulses", found.incremental)]
    with style():
        figure = new_figure(5.6)
        panels = figure.subplots(2, 2)
        hysteresis(panels[0, 0], found.sweeps)
        kinetics(panels[0, 1], found.kinetics)
        staircases(panels[1, 0], [(label, s) for label, s in trains if s is not None])
        if _forgets(found):
            assert found.retention is not None
            relaxation(panels[1, 1], found.retention)
        else:
            steps(panels[1, 1], found.identical, found.symmetry)
    return Drawing(
        name="law",
        figure=figure,
        title=f"Sweeps, switching times and pulses of the law {name}",
        caption=f"The law {name}. {_caption(found)}",
    )


def _forgets(found: Characteristics) -> bool:
    """Whether the conductance changes without voltage, and not a temperature alone."""
    return (
        found.retention is not None and np.ptp(found.retention.g) > 1e-3 * found.retention.g.max()
    )


def _caption(found: Characteristics) -> str:
    read = found.sweeps[0].v_read
    last = (
        "Conductance without voltage, from the highest of the slowest sweep."
        if _forgets(found)
        else "Step of equal pulses against the conductance before them."
    )
    pulses = ""
    if found.identical is not None and found.incremental is not None:
        equal, growing = found.identical, found.incremental
        pulses = (
            f" Equal pulses of {equal.v_up[0]:.3g} V and {equal.v_down[0]:.3g} V, growing ones "
            f"from {growing.v_up[0]:.3g} V to {growing.v_up[-1]:.3g} V and from "
            f"{growing.v_down[0]:.3g} V to {growing.v_down[-1]:.3g} V."
        )
    return (
        "The second cycle of triangles at several frequencies. Time at constant voltage from the "
        "extremes of the slowest sweep to the geometric mean of their conductances."
        f"{pulses} {last} Conductances are read at {read:.3g} V."
    )
