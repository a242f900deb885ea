"""The sweeps of the guide load, and are as many points as it says."""

import re
from pathlib import Path

import pytest

from xbarsim.documents import read_yaml
from xbarsim.scenario.settings import parse_sweep
from xbarsim.scenario.sweep import points
from xbarsim.scenario.sweep_spec import SweepSpec

PAGE = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text("utf-8")
BLOCKS = [read_yaml(text, "page").data for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.S)]


@pytest.mark.parametrize(("block", "number"), list(zip(BLOCKS, [72, 3, 8, 5], strict=True)))
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
