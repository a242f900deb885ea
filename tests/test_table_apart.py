"""Results whose table stands in its CSV file alone."""

from dataclasses import replace

import pandas as pd
import pytest

from xbarsim.errors import StudyError
from xbarsim.study import Results, read_results
from xbarsim.study.results import write_results

AXES = ["device", "array.adc.bits", "tasks.t.cells.noise", "tasks.t.settings.mixed"]


@pytest.fixture
def study(tmp_path):
    """Axes of text, whole numbers, numbers beside none, true and false; keys like numbers."""
    levels = [["1e3 S", 4, 0.1, True], ["none", 8, "none", False], ["x, 1.5", 8, 2, True]]
    rows = [
        {
            "task": "007", "point": k, "trial": t, "seed": 1, "key": f"{t}{k}e{10**17 + k}",
            "age": 1.0, **dict(zip(AXES, at, strict=True)),
            "accuracy": 0.1 + k / 3 + t / 7, "nrmse": 1e-300 / 3 if k else None,
        }
        for k, at in enumerate(levels)
        for t in range(2)
    ]  # fmt: skip
    return Results(
        directory=tmp_path, scenario={"seed": 1}, axes=AXES, table=pd.DataFrame(rows),
        placements=pd.DataFrame({"point": [0, 1], "task": ["t", "t"], "rows": [32, 64]}),
        units={}, meta={"seed": 1, "versions": {"xbarsim": "0"}},
    )  # fmt: skip


def test_a_table_apart_is_read_back_value_for_value(study):
    write_results(study, table_apart=True)
    assert "accuracy" not in (study.directory / "results.json").read_text("utf-8")
    found = read_results(study.directory)
    pd.testing.assert_frame_equal(found.table, study.table, check_exact=True)
    pd.testing.assert_frame_equal(found.placements, study.placements)
    assert [type(v) for v in found.table[AXES[2]]] == [type(v) for v in study.table[AXES[2]]]
    assert replace(found, table=study.table, placements=study.placements) == study


def test_a_table_apart_that_is_not_there_is_said_to_be_missing(study):
    write_results(study, table_apart=True)
    (study.directory / "results.csv").unlink()
    with pytest.raises(StudyError, match=r"results\.csv"):
        read_results(study.directory)
