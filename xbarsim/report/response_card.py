"""The card of cells that answer to pulses or steps in a way of their own."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from xbarsim.device import RespondingCells, Response
from xbarsim.report.drawing import Drawing
from xbarsim.report.log_axis import log_axis, spans_decades
from xbarsim.report.style import curve_look, new_figure, style
from xbarsim.report.text import prefixed
from xbarsim.streams import Streams

_UNITS = {"s": "second", "V": "volt", "A": "ampere", "S": "siemens", "Ω": "ohm", "K": "kelvin"}


def response_drawing(device: RespondingCells, name: str) -> Drawing:
    """What the law itself shows of its answers, a panel for each title."""
    streams, drawn = Streams(0) / "response card", iter(range(10**9))
    found = device.responses(lambda shape: (streams / next(drawn)).normal(shape))
    titles = list(dict.fromkeys(response.title for response in found))
    with style():
        figure = new_figure(2.9)
        panels = np.atleast_1d(figure.subplots(1, len(titles)))
        for axes, title in zip(panels, titles, strict=True):
            _panel(axes, title, [r for r in found if r.title == title])
    cells = max(r.y.shape[1] for r in found)
    bands = (
        f" Lines: median, bands: 10 % to 90 % of {cells} cells, thin: three of them."
        if cells > 1
        else ""
    )
    return Drawing(
        name="response",
        figure=figure,
        title=f"Response of the cells {name}",
        caption=f"The cells {name}. {'; '.join(titles)}.{bands}",
    )


def _panel(axes: Axes, title: str, found: Sequence[Response]) -> None:
    axes.set_title(title)
    first = found[0]
    middle = np.concatenate([np.median(r.y, axis=1) for r in found])
    typical = np.quantile(middle, [0.1, 0.9])
    wide = bool((middle > 0).all()) and spans_decades(typical)
    across, x_unit = _scale(first.x_unit, np.concatenate([r.x for r in found]), first.grows)
    up, y_unit = _scale(first.y_unit, np.concatenate([r.y.reshape(-1) for r in found]), wide)
    for k, response in enumerate(found):
        look = curve_look(k)
        colour = look["color"]
        x, y = across * response.x, up * response.y
        if y.shape[1] > 1:
            lower, upper = np.quantile(y, [0.1, 0.9], axis=1)
            axes.fill_between(x, lower, upper, color=colour, alpha=0.25, linewidth=0)
            axes.plot(x, y[:, :3], color=colour, linewidth=0.5, alpha=0.7)
        axes.plot(x, np.median(y, axis=1), **look, label=response.label or None)
    if first.grows:
        log_axis(axes, "x", np.concatenate([r.x for r in found]), _UNITS.get(first.x_unit, ""))
    if wide:
        log_axis(axes, "y", middle, _UNITS.get(first.y_unit, "dimensionless"))
    if not first.x_unit:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(first.x_name + x_unit)
    axes.set_ylabel(first.y_name + y_unit)
    if len(found) > 1:
        axes.legend(fontsize=7.5, handlelength=1.4, borderaxespad=0.2)


def _scale(symbol: str, values: np.ndarray, decades: bool) -> tuple[float, str]:
    """Factor of the values, and what follows the name of the axis."""
    if decades or not symbol:
        return 1.0, ""
    if symbol not in _UNITS or symbol == "K":
        return 1.0, f" / {symbol}"
    factor, unit = prefixed(float(abs(values).max()), symbol)
    return factor, f" / {unit}"
