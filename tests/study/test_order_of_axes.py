"""In which order a file names its axes decides the order of rows and columns, and no number."""

import numpy as np
import pandas as pd
import pytest
from workers import g_function, two_goals

from xbarsim.scenario import load_scenario
from xbarsim.study import run as run_module
from xbarsim.study import run_study
from xbarsim.study.designs import history

TEXT = """
name: order
seed: 3
device: {sheet: wan_2022}
array: {rows: 8, cols: 8}
tasks: [{name: cell, kind: array}]
ages: [1 s]
run: {engine: inline}
"""
SHARE = {"uniform": {"from": 0, "to": 1}}
WIRES = {"array.wires.r_word": SHARE, "array.wires.r_bit": SHARE, "array.v_read": SHARE}
GOALS = {"energy.total": "minimize", "accuracy": "maximize"}


def turned(mapping):
    return dict(reversed(mapping.items()))


def run(folder, name="out", **settings):
    file = folder / "order.yaml"
    file.write_text(TEXT)
    return run_study(load_scenario(file, settings), folder / name)


def same(a, b):
    """Whether tables hold the same, columns in whatever order."""
    pd.testing.assert_frame_equal(a, b, check_like=True, check_exact=True)


@pytest.mark.parametrize("name", ["out", "other"])
def test_values_of_axes_stay_with_them_where_a_study_goes_on_in_another_order(tmp_path, name):
    """Axes of a grid decide how its points are numbered: told anew, and no trial runs again."""
    axes = {"array.rows": [8, 16], "array.cols": [4, 6]}
    first = run(tmp_path, **{"sweep.axes": axes}).table
    again = run(tmp_path, name, **{"sweep.axes": turned(axes)}).table
    assert again["array.rows"].tolist() == [8, 16, 8, 16]
    order = [*axes, "access.energy", "key"]
    a, b = (t[order].sort_values([*axes], ignore_index=True) for t in (first, again))
    pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.mark.parametrize("method", ["random", "latin_hypercube", "sobol", "halton"])
def test_a_sample_is_the_same_in_any_order_of_its_axes(tmp_path, method):
    file = tmp_path / "order.yaml"
    file.write_text(TEXT)

    def swept(axes):
        sample = {"method": method, "num": 4, "axes": axes}
        return load_scenario(file, {"sweep.sample": sample}, check=False).points.swept

    assert swept(WIRES) == swept(turned(WIRES))


@pytest.mark.parametrize("second_order", [False, True])
@pytest.mark.parametrize("name", ["out", "other"])
def test_indices_stay_with_their_axes(tmp_path, monkeypatch, name, second_order):
    """In the folder of the study as in another one."""
    monkeypatch.setattr(run_module, "run_trial", g_function)
    axes = {**WIRES, "array.v_read": {"uniform": {"from": 1e-6, "to": 1}}}
    sized = {"sensitivity.num": 8, "sensitivity.second_order": second_order}
    sized["sensitivity.metrics"] = ["energy.total"]
    first = run(tmp_path, **sized, **{"sensitivity.axes": axes}).sensitivity()
    again = run(tmp_path, name, **sized, **{"sensitivity.axes": turned(axes)}).sensitivity()
    assert again["axis"].tolist()[:3] == [*turned(axes)]
    pairs = [{tuple(sorted(p)): v for *p, v in t[["axis", "with", "value"]].to_numpy()[6:]}
             for t in (first, again)]  # fmt: skip
    assert pairs[0] == pairs[1] and len(pairs[0]) == (3 if second_order else 0)
    alone = [t[t["index"] != "S2"].sort_values(["index", "axis"], ignore_index=True)
             for t in (first, again)]  # fmt: skip
    same(*alone)


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_a_search_proposes_the_same_in_any_order_of_axes_and_objectives(
    tmp_path, monkeypatch, sampler
):
    monkeypatch.setattr(run_module, "run_trial", two_goals)
    sized = {"search.points": 12, "search.generation": 4, "search.sampler": sampler}
    axes = {k: v for k, v in WIRES.items() if "wires" in k}
    one = run(tmp_path, **sized, **{"search.axes": axes, "search.objectives": GOALS})
    changed = {"search.axes": turned(axes), "search.objectives": turned(GOALS)}
    other = run(tmp_path, "other", **sized, **changed)
    same(one.table, other.table)
    shares = [history(found).pop("hypervolume") for found in (one, other)]
    same(*(history(found).drop(columns="hypervolume") for found in (one, other)))
    np.testing.assert_allclose(*shares, rtol=1e-12)  # a sum in another order
