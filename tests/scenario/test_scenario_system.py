"""Published systems in scenarios."""

import pytest

from xbarsim import SpecError, run
from xbarsim.report.system import system_drawing
from xbarsim.report.view import view_of
from xbarsim.scenario import load_scenario
from xbarsim.systems import SYSTEMS, settings_of, system_of
from xbarsim.units import quantity

SMALL = {
    "sweep.axes": {},
    "sweep.trials": 2,
    "tasks.memory.settings": {"cues": 5, "bits": 10},
    "run.engine": "inline",
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_says_what_it_is(name):
    """Its metrics have units that the page can show, and what was published is one of them."""
    system = system_of(name)
    for unit, words in system.METRICS.values():
        assert words
        assert unit in ("count", "dimensionless") or quantity(1, unit) == 1
    assert {each.metric for each in system.PUBLISHED} <= set(system.METRICS)
    assert set(system.UNITS) <= set(system.Settings.__dataclass_fields__)
    assert system.STANDS_ON in ("pulses", "hardware", "both")


def test_metrics_of_a_system_are_columns_of_its_own(tmp_path):
    results = run("content_memory", tmp_path, settings=SMALL)
    table = results.table
    assert table["system.accuracy.software"].tolist() == [1.0, 1.0]
    assert (table["system.writes"] > 0).all() and (table["system.energy.write"] > 0).all()
    assert "system.accuracy.half_width" in results.summary()
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Published (± standard deviation" in page and "Casanueva-Morato et al." in page


def test_settings_take_text_with_units_and_may_be_swept():
    swept = {"sweep.axes": {"tasks.memory.settings.tau": ["3 ms", "6 ms"]}}
    plan = load_scenario("content_memory", swept)
    assert len(plan.points) == 2
    assert settings_of("content_memory", plan.points[1].tasks[0].settings).tau == 6e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks.memory.system": "content_memori"}, "system"),
        ({"tasks.memory.settings": {"cue": 5}}, "settings.cue: unknown.*did you mean 'cues'"),
        ({"tasks.memory.settings": {"cues": 0}}, r"tasks.0.settings.cues is 0|settings.cues"),
        ({"tasks.memory.settings": {"tau": "3 V"}}, "settings.tau: .*voltage"),
        ({"tasks.memory.cells.levels": 1}, "cells.levels"),
        (
            {
                "tasks.memory.cells": {
                    "kind": "steps",
                    "sheet": "wan_2022",
                    "g_min": 1e-6,
                    "g_max": 1e-5,
                }
            },
            "cells.sheet is wan_2022, a RelaxingRRAM",
        ),
        ({"ages": ["1 s"]}, "ages: cells of whole pulses stand in no array"),
        ({"effects": {"stuck": {"low": 0.1}}}, "effects: cells of whole pulses stand in no array"),
        ({"array": {"rows": 8}}, "array: cells of whole pulses stand in no array"),
        ({"tasks.memory.cells.on_off": float("inf")}, "cells.on_off: inf: .* finite number"),
        ({"tasks.memory.cells.levels": 200_000}, "cells.levels.* less than or equal to 100000"),
    ],
)
def test_what_a_system_does_not_take_is_refused_when_read(changes, message):
    with pytest.raises(SpecError, match=message):
        load_scenario("content_memory", {"sweep.axes": {}} | changes)


@pytest.mark.long
def test_a_metric_that_no_point_shown_has_gets_no_panel(tmp_path):
    """A readout in software costs no energy of arrays; that is the first level, which is shown."""
    settings = {"task": "digits", "repeats": 3, "readout": "software"}
    swept = {
        "tasks.digits.settings": settings,
        "sweep.axes": {},
        "sweep.zip": [  # four axes, of which the last is held at its first level
            {
                "tasks.digits.settings.read_noise": [0.01, 0.1, 0.01, 0.01, 0.01, 0.01],
                "tasks.digits.settings.cycle": [0.02, 0.02, 0.1, 0.02, 0.02, 0.02],
                "tasks.digits.settings.spread": [0.1, 0.1, 0.1, 0.3, 0.1, 0.3],
                "tasks.digits.settings.readout": [*["software"] * 4, *["arrays"] * 2],
            }
        ],
        "sweep.trials": 1,
        "ages": ["1 s"],
        "run.engine": "inline",
    }
    results = run("volatile_digits", tmp_path, settings=swept)
    drawing = system_drawing(view_of(results), "digits")
    titles = [axes.get_title() for axes in drawing.figure.axes]
    assert all(axes.lines or axes.containers for axes in drawing.figure.axes)
    assert titles[0] == "share of images told right"
    assert not any("arrays of the readout" in title for title in titles)


@pytest.mark.parametrize(
    ("name", "key", "cells", "message"),
    [
        ("zero_shot", "images", {"kind": "levels"}, "cells: zero_shot stands on the arrays"),
        ("balance_repair", "memory", None, "cells: none are given, and adaptation is 'local'"),
    ],
)
def test_cells_are_given_where_they_are_taken_and_nowhere_else(name, key, cells, message):
    with pytest.raises(SpecError, match=message):
        load_scenario(name, {f"tasks.{key}.cells": cells})


def test_a_reservoir_that_is_designed_needs_no_cells():
    changes = {"sweep.zip": [], "tasks.memory.cells": None, "tasks.narma10.cells": None}
    for task in ("memory", "narma10"):
        changes[f"tasks.{task}.settings"] = {"adaptation": "design"}
    assert load_scenario("balance_repair", changes).points[0].tasks[0].cells is None
