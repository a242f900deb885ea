"""Cards of device sheets: every one is drawn, in any of three formats, and says what it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import xbarsim.report.cards as cards
from xbarsim.device import kinds_of, list_devices, load_device, load_sheet
from xbarsim.errors import SpecError
from xbarsim.report.cards import card_of, save_card
from xbarsim.report.law_card import law_drawing
from xbarsim.report.log_axis import log_axis
from xbarsim.report.sections import report_sections
from xbarsim.report.style import new_figure, style

Make = Callable[..., Any]
LITTLE = {"cells": 20, "points": 8, "pulses": 4, "voltages": 2}


@pytest.mark.long
@pytest.mark.parametrize("name", list_devices())
def test_every_sheet_draws_its_card(name: str) -> None:
    effort = LITTLE if "switching" in kinds_of(name) else {"cells": 20}
    drawing = card_of(name, **effort)
    assert name in drawing.title and name in drawing.caption
    for axes in drawing.figure.axes:
        drawn = [*axes.lines, *axes.texts, *axes.patches, *axes.collections]
        assert axes.get_title() and drawn
        for line in axes.lines:
            assert np.isfinite(np.asarray(line.get_ydata(), dtype=float)).any()


def test_the_card_of_a_law_shows_its_experiments() -> None:
    drawing = card_of("cuppers_2019", points=200, pulses=6, voltages=3)
    sweep, times, pulses, steps = drawing.figure.axes
    titles = [axes.get_title() for axes in drawing.figure.axes]
    assert titles == ["Sweep", "Switching time", "Pulses up, then down", "Step of equal pulses"]
    labels = [text.get_text() for text in sweep.get_legend().get_texts()]
    assert labels == ["166.7 mHz", "1.667 Hz", "16.67 Hz"]
    slow, _, fast = [line.get_xydata() for line in sweep.lines[:3]]
    assert abs(slow - fast).max() > 100  # uA: the faster sweep sets at a higher voltage
    assert "SET, 373 K" in [text.get_text() for text in times.get_legend().get_texts()]
    assert times.get_yscale() == "log" and len(pulses.lines[0].get_xdata()) == 13


def test_a_law_that_forgets_shows_how_fast() -> None:
    titles = [a.get_title() for a in card_of("du_2017", **LITTLE).figure.axes]
    assert titles[-1] == "Without voltage"


@pytest.mark.long
def test_the_report_on_written_cells_shows_levels_and_law(make_results: Make) -> None:
    write = {"positive": [1.3, 1.8], "negative": [1.0, 1.5], "steps": 8, "width": 1e-8,
             "window": 4e-6, "read_noise": 0.005, "g_min": 6e-6, "g_max": 1e-4}  # fmt: skip
    results = make_results([{}], device={"sheet": "jiang_2014_hfox_demo", "write": write})
    drawings = {drawing.name: drawing for drawing in report_sections(results).drawings}
    assert [a.get_title() for a in drawings["device"].figure.axes][:2] == [
        "Programming error", "8 levels, lines after 1 day"
    ]  # fmt: skip
    assert "growing ones" in drawings["law"].caption


def test_a_law_that_nothing_switches_says_so() -> None:
    sweep = load_sheet("kvatinsky_2015_pt_hf_ti").sweep
    assert sweep is not None
    weak = sweep.model_copy(update={"v_low": -0.3, "v_high": 0.3})
    drawing = law_drawing(load_device("kvatinsky_2015_pt_hf_ti"), "weak", weak, points=8)
    said = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
    assert said == [
        "no switching at constant voltage", "no pulses that switch it", "equal pulses move nothing"
    ]  # fmt: skip


def test_cards_are_saved_by_their_ending(tmp_path: Path) -> None:
    for ending, first in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        path = tmp_path / f"card.{ending}"
        save_card("tang_2018", path)
        assert path.read_bytes().startswith(first)
    ElementTree.parse(tmp_path / "card.svg")
    with pytest.raises(SpecError, match=r"ends in \.svg, \.pdf, \.png"):
        save_card("tang_2018", tmp_path / "card.jpg")


def test_cells_that_show_nothing_of_themselves_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Mute:
        pass

    monkeypatch.setattr(cards, "load_device", lambda name: Mute())
    with pytest.raises(SpecError, match="a Mute has no method `responses`"):
        card_of("tang_2018")


@pytest.mark.parametrize(
    ("values", "unit", "ticks"),
    [
        ([1e-12, 1e3], "second", ["1 ps", "1 ns", "1 µs", "1 ms", "1 s", "10³ s"]),
        ([1.6e-6, 4e-5], "siemens", ["2 µS", "5 µS", "10 µS", "20 µS"]),
        ([1.0, 1.0], "volt", ["1 V"]),
    ],
)
def test_axes_over_decades_carry_units(values: list[float], unit: str, ticks: list[str]) -> None:
    with style():
        axes = new_figure(2.0).subplots()
        log_axis(axes, "y", np.array(values), unit)
        assert [t.get_text() for t in axes.get_yticklabels()] == ticks
