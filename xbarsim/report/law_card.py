"""What a switching law does under the voltages that its sheet switches it back and forth with."""

import numpy as np

from xbarsim.device import Sheet, SwitchingLaw
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import PALETTE, new_figure, style
from xbarsim.report.text import age_text, prefixed
from xbarsim.transient import simulate

_POINTS = 401  # of a period


def law_drawing(law: SwitchingLaw, name: str, sheet: Sheet) -> Drawing | None:
    """Current against voltage over two periods of a triangle; None where the sheet names none."""
    sweep = sheet.sweep
    if sweep is None:
        return None
    corners = np.array([0.0, sweep.v_low, 0.0, sweep.v_high, 0.0])
    phase = np.linspace(0, 2, 2 * _POINTS - 1)
    v = np.interp(phase % 1.0, [0.0, 0.25, 0.5, 0.75, 1.0], corners)
    trace = simulate(law, phase * sweep.period, v)
    factor, unit = prefixed(float(np.abs(trace.i).max()), "A")
    with style():
        figure = new_figure(3.1)
        whole, magnitude = figure.subplots(1, 2, gridspec_kw={"wspace": 0.08})
        whole.plot(v, factor * trace.i, color=PALETTE[0])
        flows = trace.i != 0
        magnitude.semilogy(v[flows], factor * np.abs(trace.i[flows]), color=PALETTE[0])
        magnitude.yaxis.set_major_formatter("{x:g}")
        whole.set(xlabel="voltage / V", ylabel=f"current / {unit}")
        magnitude.set(xlabel="voltage / V", ylabel=f"|current| / {unit}")
    return Drawing(
        name="device",
        figure=figure,
        title=f"Current of the device {name} against voltage",
        caption=(
            f"The cell {name} under two periods of a triangle of {sweep.v_low:g} V and "
            f"{sweep.v_high:g} V in {age_text(sweep.period)}, from its own initial state. Right: "
            "magnitude."
        ),
    )
