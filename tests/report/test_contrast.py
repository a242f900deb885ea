"""Whether pages and figures can be read: in either theme, and in print without colours."""

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Any

import pytest
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from report_studies import grid, sampled_points, searched

from xbarsim.report.sections import report_sections
from xbarsim.report.style import INK, MUTED, PALETTE, area_look, curve_look, line_look
from xbarsim.study.results import Results

CSS = (files("xbarsim.report") / "templates" / "report.css").read_text("utf-8")
STEP = 10  # of CIE lightness, from which greys are told apart
LINES = [f"--c{k}" for k in range(1, 8)]  # the eighth is for areas, which have an edge


def themes() -> dict[str, dict[str, str]]:
    """Variables of each block of the style sheet that sets colours, by a word for it."""
    blocks = re.findall(r"([^{}]+)\{([^{}]*--page:[^{}]*)\}", CSS)
    found = [dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", body)) for _, body in blocks]
    return dict(zip(("light", "dark by system", "dark", "print"), found, strict=True))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in colors.to_rgb(colour)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def lightness(colour: Any) -> float:
    """CIE L* of a colour: how it looks in grey."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("name", themes())
def test_text_stands_out_from_every_background(name: str) -> None:
    theme = themes()[name]
    for text in ("--ink", "--muted", "--link", "--alert"):
        for ground in ("--page", "--soft", "--alert-soft"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("name", themes())
def test_marks_stand_out_from_the_page(name: str) -> None:
    theme = themes()[name]
    for mark in (*LINES, "--ink", "--muted", "--link"):  # links are the outlines of focus
        assert contrast(theme[mark], theme["--page"]) >= 3, mark
    assert theme["--c8"] and area_look(7)["edgecolor"] == INK


def test_both_ways_to_darkness_lead_to_the_same_colours() -> None:
    assert themes()["dark"] == themes()["dark by system"]


def test_files_for_papers_have_the_colours_of_the_light_theme_on_white() -> None:
    light = themes()["light"]
    assert [light[f"--c{k}"] for k in range(1, 9)] == PALETTE
    assert all(contrast(colour, "#ffffff") >= 3 for colour in PALETTE[:-1])
    assert contrast(INK, "#ffffff") >= 4.5 and contrast(MUTED, "#ffffff") >= 4.5


def alike(one: tuple[float, Any], other: tuple[float, Any]) -> bool:
    """Whether nothing tells two series apart in grey."""
    return one[1] == other[1] and abs(one[0] - other[0]) < STEP


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_areas_lines_and_curves_differ_in_grey(theme: str) -> None:
    grey = {PALETTE[k]: lightness(themes()[theme][f"--c{k + 1}"]) for k in range(8)}
    areas = [(grey[look["facecolor"]], look["hatch"]) for look in map(area_look, range(32))]
    lines = [(grey[look["color"]], (look["marker"], look["linestyle"]))
             for look in map(line_look, range(28))]  # fmt: skip
    curves = [(grey[look["color"]], look["linestyle"]) for look in map(curve_look, range(4))]
    for looks in (areas, lines, curves):
        assert not any(alike(*pair) for pair in combinations(looks, 2))


def series(axes: Axes) -> Iterator[tuple[float, Any]]:
    """Lightness and other looks of whatever the legend of a panel would name."""
    for container in axes.containers:
        if str(container.get_label()).startswith("_"):
            continue
        if isinstance(container, BarContainer):
            patch = container.patches[0]
            yield lightness(patch.get_facecolor()[:3]), ("bar", patch.get_hatch() or "")
        if isinstance(container, ErrorbarContainer) and container.lines[0] is not None:
            line = container.lines[0]
            yield lightness(line.get_color()), line_of(line)
    for line in axes.lines:
        if not str(line.get_label()).startswith("_"):
            yield lightness(line.get_color()), line_of(line)


def line_of(line: Any) -> Any:
    hollow = str(line.get_markerfacecolor()) == "none"
    return line.get_marker(), line.get_linestyle(), hollow


def figures(results: Results) -> list[Figure]:
    return [drawing.figure for drawing in report_sections(results).drawings]


def test_no_figure_tells_series_apart_by_colour_alone(
    make_results: Callable[..., Results],
) -> None:
    many = grid(array__rows=[32, 64, 128], array__adc__bits=list(range(4, 13)))
    categories = grid(array__kind=["a", "b", "c"], array__compensation=["d", "e"])
    networks = [make_results(points, trials=2) for points in (many, categories)]
    search = searched(sampled_points(12), directory=networks[0].directory)
    counted = 0
    for figure in [f for results in (*networks, search) for f in figures(results)]:
        for axes in figure.axes:
            looks = list(series(axes))
            counted += len(looks)
            assert not any(alike(*pair) for pair in combinations(looks, 2)), axes.get_title()
    assert counted > 40


def test_neighbours_of_a_stack_have_an_edge_between_them() -> None:
    for one, other in pairwise(map(area_look, range(8))):
        assert one["linewidth"] > 0 and one["edgecolor"] == INK
        assert one["facecolor"] != other["facecolor"]
