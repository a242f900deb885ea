"""The picture of a fit: data and device, and what is between them."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from xbarsim.errors import SpecError, StudyError
from xbarsim.programming.fit import Fit
from xbarsim.report.drawing import Drawing
from xbarsim.report.style import MUTED, PALETTE, legend_below, new_figure, style
from xbarsim.report.text import prefixed

_KINDS = (".svg", ".pdf", ".png")


def check_picture(path: Path) -> None:
    """Refuse names of pictures of no known kind.

    Raises
    ------
    SpecError : the suffix is not one of svg, pdf, png.
    """
    if path.suffix not in _KINDS:
        raise SpecError(f"--plot: {path} must end in one of {', '.join(_KINDS)}")


def write_picture(fit: Fit, path: Path) -> None:
    """Write the picture of a fit; its suffix says of which kind.

    Raises
    ------
    StudyError : it cannot be written.
    """
    drawing = fit_drawing(fit)
    try:
        with style():
            drawing.figure.savefig(path, facecolor="white", dpi=150)
    except OSError as error:
        raise StudyError(f"{path}: cannot be written: {error.strerror or error}") from None


def fit_drawing(fit: Fit) -> Drawing:
    """Measured and fitted values in their own axes, and the residuals row by row."""
    draw = {"sweep": _sweep, "pulses": _pulses, "switching": _switching,
            "programming": _programming}[fit.data.kind]  # fmt: skip
    with style():
        figure = new_figure(3.4)
        data, rest = figure.subplots(1, 2, width_ratios=[3, 2])
        draw(data, fit)
        _residuals(rest, fit)
        legend_below(figure, data)
    return Drawing(
        name="fit",
        figure=figure,
        title=f"{Path(fit.sheet).stem} fitted to {len(fit.data)} rows",
        caption=f"Measured and fitted, and residuals on {fit.scale}, rms {fit.rms:.3g}.",
    )


def _pair(axes: Axes, x: np.ndarray, measured: np.ndarray, fitted: np.ndarray, line: str) -> None:
    axes.plot(x, measured, ".", color=PALETTE[0], label="measured")
    axes.plot(x, fitted, line, color=PALETTE[1], linewidth=1.2, markersize=4, label="fit")


def _sweep(axes: Axes, fit: Fit) -> None:
    v, i = fit.data.columns["v"], fit.data.columns["i"]
    # what `predicted` is the inverse hyperbolic sine of; the floor follows from any current
    k = int(np.argmax(np.abs(i)))
    floor = i[k] / np.sinh(fit.measured[k])
    fitted = floor * np.sinh(fit.predicted)
    largest = float(np.abs(i).max())
    factor, unit = prefixed(largest, "A")
    for part in fit.data.parts:
        first = part is fit.data.parts[0]
        axes.plot(v[part], factor * np.abs(i[part]), ".", color=PALETTE[0],
                  label="measured" if first else None)  # fmt: skip
        axes.plot(v[part], factor * np.abs(fitted[part]), "-", color=PALETTE[1], linewidth=1.0,
                  label="fit" if first else None)  # fmt: skip
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_ylim(0.3 * factor * floor, 2.0 * factor * largest)
    axes.set(xlabel="voltage / V", ylabel=f"size of the current / {unit}")


def _pulses(axes: Axes, fit: Fit) -> None:
    factor, unit = prefixed(float(np.exp(fit.measured.max())), "S")
    rows = np.arange(1, len(fit.measured) + 1)
    _pair(axes, rows, factor * np.exp(fit.measured), factor * np.exp(fit.predicted), "-")
    axes.set(xlabel="pulse", ylabel=f"conductance / {unit}")


def _switching(axes: Axes, fit: Fit) -> None:
    v = fit.data.columns["v"]
    order = np.argsort(v, kind="stable")
    _pair(axes, v[order], np.exp(fit.measured[order]), np.exp(fit.predicted[order]), "-")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(xlabel="voltage / V", ylabel="time to switch / s")


def _programming(axes: Axes, fit: Fit) -> None:
    target = fit.data.columns["target"]
    factor, unit = prefixed(float(target.max()), "S")
    order = np.argsort(target, kind="stable")
    _pair(axes, factor * target[order], factor * fit.measured[order],
          factor * fit.predicted[order], "-")  # fmt: skip
    axes.set(xlabel=f"target / {unit}", ylabel=f"conductance / {unit}")


def _residuals(axes: Axes, fit: Fit) -> None:
    if fit.data.kind == "programming":
        factor, unit = prefixed(float(np.abs(fit.measured - fit.predicted).max()), "S")
        label = f"measured less mean / {unit}"
    else:
        factor, label = 1.0, f"measured less fit, {fit.scale.split(',')[0]}"
    rows = np.arange(1, len(fit.measured) + 1)
    axes.axhline(0.0, color=MUTED, linewidth=0.8)
    axes.plot(rows, factor * (fit.measured - fit.predicted), ".", color=PALETTE[0])
    axes.set(xlabel="row", ylabel=label)
