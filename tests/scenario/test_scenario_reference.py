"""The scenario reference of the guide is the one that the schema gives."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from xbarsim.scenario.reference import scenario_reference
from xbarsim.scenario.schema import Scenario

PAGE = Path(__file__).parents[2] / "docs" / "scenario.md"


def parts_of(annotation, found):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in found:
            found.append(annotation)
            for field in annotation.model_fields.values():
                parts_of(field.annotation, found)
        return
    for argument in getattr(annotation, "__args__", ()):
        parts_of(argument, found)


@pytest.fixture(scope="module")
def parts():
    found = []
    parts_of(Scenario, found)
    return found


def test_the_page_is_made_from_the_schema():
    assert PAGE.read_text("utf-8") == scenario_reference(), (
        "write it again: python -m xbarsim.scenario.reference > docs/scenario.md"
    )


def test_the_page_has_a_section_for_every_part(parts):
    assert scenario_reference().count("| key | value | default | meaning |") == len(parts)


def test_every_part_says_what_it_is_and_every_key_what_it_means(parts):
    assert [p.__name__ for p in parts if not p.__doc__] == []
    rows = [r for r in scenario_reference().splitlines() if r.startswith("| `")]
    assert len(rows) == sum(len(p.model_fields) for p in parts)
    assert [row for row in rows if row.endswith("|  |")] == []


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("t_read", "quantity in second, from 1 ps to 10 s | `100 ns` | of one verify read"),
        ("steps", "whole number, from 2 to 1000 | `64` | amplitudes of each sign"),
        ("paired", "true or false | `true` | the same chips at every point"),
        ("adc", "part, or null | `null` | output converters; null: exact"),
        ("sigma", "number above 0 | required | standard deviation of the natural logarithm"),
    ],
)  # fmt: skip
def test_a_row_tells_type_unit_range_default_and_meaning(key, told):
    assert f"| `{key}` | {told} |" in scenario_reference().splitlines()


def test_links_lead_to_sections():
    page = scenario_reference()
    headings = {
        "".join(c for c in line.lstrip("# ").lower() if c.isalnum() or c in " -_").replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    linked = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert linked and linked <= headings
