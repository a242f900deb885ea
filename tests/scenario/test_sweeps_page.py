"""The sweeps of the guide load, and are as many points as it says."""

import re
from pathlib import Path

import pandas as pd
import pytest

from xbarsim.documents import read_yaml
from xbarsim.scenario.settings import parse_sweep
from xbarsim.scenario.sweep import points
from xbarsim.scenario.sweep_spec import SweepSpec

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sweeps.md").read_text("utf-8")
BLOCKS = [read_yaml(text, "page").data for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)]
DESIGNS = {"search": "adc_search", "sensitivity": "array_sensitivity"}
SWEEPS = [block for block in BLOCKS if not DESIGNS.keys() & block.keys()]


@pytest.mark.parametrize(("block", "number"), list(zip(SWEEPS, [72, 3, 8, 5], strict=True)))
def test_a_sweep_of_the_page_has_its_points(block, number):
    SweepSpec.model_validate(block["sweep"])
    assert len(points(block["sweep"], block)) == number


def test_the_axis_of_the_page_that_stands_in_a_line_is_one():
    (axis,) = re.findall(r"`(\{random: .*?\})`", PAGE)
    assert len(points({"axes": {"a": read_yaml(f"a: {axis}", "page").data["a"]}})) == 5


@pytest.mark.parametrize(
    ("text", "values"),
    list(zip(re.findall(r"\| `([\w.]+=.*?)` \|", PAGE), [3, 5, 3, 4], strict=True)),
)
def test_options_of_the_page_are_axes(text, values):
    path, axis = parse_sweep(text)
    assert len(points({"axes": {path: axis}})) == values


def test_every_distribution_is_on_the_page():
    from xbarsim.scenario.distributions import Distribution

    assert [name for name in Distribution.forms() if f"`{name}`" not in PAGE] == []


def rows_under(heading):
    """Cells of a table of the page, each row as a list."""
    (table,) = re.findall(rf"^{re.escape(heading)}\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


@pytest.mark.parametrize(("part", "name"), DESIGNS.items())
def test_search_and_sensitivity_of_the_page_are_those_of_the_gallery(part, name):
    (shown,) = [block for block in BLOCKS if part in block]
    whole = read_yaml((ROOT / "scenarios" / f"{name}.yaml").read_text("utf-8"), name).data
    assert shown == {key: whole[key] for key in (part, "sweep")}


def test_the_front_of_the_page_is_the_one_we_vouch_for():
    front = pd.read_csv(ROOT / "reports" / "reference" / "adc_search" / "pareto.csv")
    shown = rows_under("| " + " | ".join(front.columns[1:]) + " |")
    told = [
        [
            device, str(rows), str(adc), str(dac),
            f"{1e3 * volt:.0f} mV", f"{100 * right:.1f} %", f"{1e12 * energy:.0f} pJ",
        ]
        for _, device, rows, adc, dac, volt, right, energy in front.itertuples(index=False)
    ]  # fmt: skip
    assert shown == told


def test_the_indices_of_the_page_are_those_we_vouch_for():
    table = pd.read_csv(ROOT / "reports" / "reference" / "array_sensitivity" / "sensitivity.csv")
    known = table.set_index(["metric", "axis", "index"])
    shown = rows_under("| metric | axis | S1 | ST |")
    for metric, axis, *told in shown:
        for name, text in zip(("S1", "ST"), told, strict=True):
            value, half = known.loc[(metric, axis, name), ["value", "half_width"]]
            assert text == f"{value:.2f} ± {half:.2f}"
    large = table[(table["index"] == "ST") & (table["value"] >= 0.1)]
    assert sorted(zip(large["metric"], large["axis"], strict=True)) == sorted(
        (metric, axis) for metric, axis, *_ in shown
    )
