"""The card of a device sheet, whatever its kind."""

from pathlib import Path
from typing import Any

from xbarsim.constants import YEAR
from xbarsim.device import (
    RespondingCells,
    StatisticalDevice,
    SwitchingLaw,
    load_device,
    load_sheet,
)
from xbarsim.errors import SpecError
from xbarsim.report.cell_panels import CELLS
from xbarsim.report.device_card import device_drawing
from xbarsim.report.drawing import Drawing
from xbarsim.report.law_card import law_drawing
from xbarsim.report.response_card import response_drawing

KINDS = (".svg", ".pdf", ".png")


def card_of(name: str, *, cells: int = CELLS, **effort: Any) -> Drawing:
    """What the sheet `name` describes, drawn.

    Parameters
    ----------
    cells : of the Monte Carlo of statistical devices.
    effort : `points`, `pulses`, `voltages` of `law_drawing`, for switching laws.

    Raises
    ------
    SpecError : no such sheet, or a device of it that shows nothing of itself.
    """
    device, sheet = load_device(name), load_sheet(name)
    if isinstance(device, StatisticalDevice):
        first, last = device.ages
        until = last if 10 * first < last < 10 * YEAR else max(YEAR, 10 * first)
        return device_drawing(device, name, [max(first, 1.0), until], cells)
    if isinstance(device, SwitchingLaw):
        if sheet.sweep is None:
            raise SpecError(
                f"{name}: the sheet has no sweep, which a card of a switching law needs"
            )
        return law_drawing(device, name, sheet.sweep, **effort)
    if isinstance(device, RespondingCells):
        return response_drawing(device, name)
    raise SpecError(
        f"{name}: a {type(device).__name__} has no method `responses`, by which pulsed and stepped "
        "cells show themselves"
    )


def save_card(name: str, path: Path) -> Drawing:
    """Draw the card of the sheet `name` into a file, by its ending SVG, PDF or PNG.

    Raises
    ------
    SpecError : another ending, or as `card_of`.
    """
    if path.suffix not in KINDS:
        raise SpecError(f"{path}: a card is drawn into a file that ends in {', '.join(KINDS)}")
    drawing = card_of(name)
    path.write_bytes(getattr(drawing, path.suffix[1:]))
    return drawing
