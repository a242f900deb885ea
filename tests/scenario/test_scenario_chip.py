"""The whole chip in scenarios: its figures in the table and on the page."""

import importlib
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest

from xbarsim import SpecError, run
from xbarsim.energy.figures_of_merit import UNITS
from xbarsim.report.chip import chip_drawing, components_of, tornado_drawing
from xbarsim.report.view import view_of
from xbarsim.scenario import load_scenario

SMALL = {
    "sweep.axes": {}, "sweep.trials": 2, "run.engine": "inline", "energy.inputs": 2,
    "sweep.zip": [{"array.rows": [64, 128], "array.cols": [64, 128]}],
    "tasks.digits.network.hidden": [32], "tasks.digits.network.epochs": 5,
    "energy.chip": {"writing": "neurram"},
}  # fmt: skip
ONE = SMALL | {"sweep.trials": 1, "sweep.zip": []}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run("whole_chip", tmp_path_factory.mktemp("chip"), settings=SMALL)


def test_figures_of_the_chip_are_columns(results):
    table = results.table
    assert {f"chip.{name}" for name in UNITS} <= set(table.columns)
    kept = ("write_energy", "write_time", "refresh_interval", "upkeep_energy")
    assert (table[[f"chip.{name}" for name in kept]] > 0).all().all()
    assert (table["chip.energy_p10"] < table["chip.energy_p90"]).all()


@pytest.mark.parametrize(("part", "total"), [("energy", "energy_dynamic"), ("area", "area")])
def test_what_the_file_holds_adds_up(results, part, total):
    """Of the area, but for the 15 % of routing."""
    import pandas as pd

    table = pd.read_csv(results.directory / "results.csv")
    head = f"chip.{part}."
    parts = table[[c for c in table if c.startswith(head)]].sum(axis=1)
    factor = 1.15 if part == "area" else 1.0
    np.testing.assert_allclose(factor * parts, table[f"chip.{total}"], rtol=1e-9)
    energy = table["chip.energy_dynamic"] + table["chip.energy_leakage"]
    np.testing.assert_allclose(energy, table["chip.energy"], rtol=1e-12)


def test_bars_of_the_page_are_the_components_and_no_more(results):
    rows = results.summary()
    for part in ("energy", "area"):
        names = components_of(rows, part)
        given = [c for c in results.table if c.startswith(f"chip.{part}.")]
        assert [f"chip.{part}.{name}" for name in names] == given
    total = rows[[f"chip.energy.{name}" for name in components_of(rows, "energy")]].sum(axis=1)
    np.testing.assert_allclose(total, rows["chip.energy_dynamic"], rtol=1e-9)


def test_layers_add_up_to_the_chip(results):
    table = results.table
    layers = table[[c for c in table if c.startswith("chip.layer_energy.")]].sum(axis=1)
    np.testing.assert_allclose(layers, table["chip.energy_dynamic"], rtol=1e-9)
    times = table[[c for c in table if c.startswith("chip.layer_time.")]]
    np.testing.assert_allclose(times.max(axis=1), table["chip.interval"], rtol=1e-9)


def test_the_page_shows_the_chip(results):
    page = (results.directory / "report.html").read_text("utf-8")
    for words in (
        "The whole chip",
        "TOPS/W, 1 bit",
        "by the scatter of the models",
        "Leakage adds",
    ):
        assert words in page
    assert "Measured macros nearest to digits" in page and "Layers of digits" in page
    for name in ("chip", "chip-tornado"):
        assert (results.directory / "figures" / f"{name}.svg").exists()


def test_points_that_are_not_drawn_are_told(results, monkeypatch):
    view = view_of(results)
    assert "points are drawn" not in chip_drawing(view, "digits").caption
    monkeypatch.setattr("xbarsim.report.chip.MAX_BARS", 1)
    assert chip_drawing(view, "digits").caption.endswith("The first 1 of 2 points are drawn.")


def test_components_outside_their_quantiles_have_a_star(results):
    """As a regression of good converters has, below nine of ten that were published."""
    total = results.table["chip.energy_dynamic"]
    for ends, starred in (((1.1, 2.0), ["ADC *"]), ((0.9, 2.0), [])):
        ends = dict(zip(("chip.low.adc", "chip.high.adc"), (e * total for e in ends), strict=True))
        changed = replace(results, table=results.table.assign(**ends))
        axes = tornado_drawing(view_of(changed), "digits").figure.axes[0]
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert [n for n in names if n.endswith("*")] == starred


@pytest.mark.long
def test_what_the_chip_warns_of_is_on_the_page_once(tmp_path):
    between = ONE | {"array.technology_node": "28 nm", "energy.chip": {}}
    found = run("whole_chip", tmp_path, settings=between)
    told = "node is 28 nm, which lies between nodes of the table"
    assert found.meta["warnings"].count(told) == 1
    assert told in (tmp_path / "report.html").read_text("utf-8")
    assert "warnings" not in found.table


@pytest.mark.long
def test_inputs_bit_by_bit_have_a_chip(tmp_path):
    serial = {"array.dac": {"bits": 4, "coding": "bit_serial"}, "energy.chip": {}}
    found = run("whole_chip", tmp_path, settings=ONE | serial)
    assert (found.table["chip.energy_p90"] > found.table["chip.energy_p10"]).all()


@pytest.mark.long
def test_a_component_of_ones_own_that_is_changed_is_run_anew(tmp_path, monkeypatch):
    text = (
        "from xbarsim.energy.component import Cost\n"
        "class Mine:\n"
        "    name, source, scatter, valid = 'mine', 'assumed', 0.3, {}\n"
        "    def cost(self, node, **sizes): return Cost(energy=ENERGY)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings = ONE | {"energy.chip": {"components": {"adc": "my_converter:Mine"}}}
    energies = []
    for energy in ("1e-12", "3e-12"):
        sys.modules.pop("my_converter", None)
        (tmp_path / "my_converter.py").write_text(text.replace("ENERGY", energy))
        importlib.invalidate_caches()
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        table = run("whole_chip", tmp_path / "study", settings=settings).table
        energies.append(float(table["chip.energy.adc"].iloc[0]))
    assert energies[1] == pytest.approx(3 * energies[0], rel=1e-9, abs=0)


@pytest.mark.long
def test_without_a_chip_there_are_no_such_figures(tmp_path):
    alone = run("whole_chip", tmp_path, settings=ONE | {"energy.chip": None})
    assert not [c for c in alone.table if c.startswith("chip.")]
    assert "The whole chip" not in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"energy.chip": {"words": 8}}, "energy.chip.words: unknown key; did you mean 'word'"),
        ({"energy.chip": {"clock": "1 V"}}, "energy.chip.clock: '1 V' is a voltage"),
        ({"energy.chip": {"links": "bus"}}, "energy.chip.links"),
        ({"energy.chip": {"components": {"adc": "surveys"}}},
         "energy.chip.components.*'surveys'.*did you mean 'survey'"),
        ({"energy.chip": {"components": {"adc": {"model": "survey", "energy": "-1 pJ"}}}},
         "energy.chip.components.adc.energy is -1 pJ"),
        ({"energy.chip": {"components": {"adcs": "survey"}}}, "energy.chip.components.*'adcs'"),
        ({"energy.chip": {"writing": "flash"}}, "energy.chip.writing"),
        ({"energy.mode": "rough"}, "energy.mode"),
    ],
)  # fmt: skip
def test_chips_that_cannot_be_are_refused_by_their_path(changes, message):
    with pytest.raises(SpecError, match=message):
        load_scenario("whole_chip", changes)
