"""The page of the gallery is made from the scenarios and their references, which are studies."""

import importlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from xbarsim.report import compare_studies
from xbarsim.scenario import Scenario, gallery, load_scenario
from xbarsim.scenario.load import NOT_PHYSICS, VARIED
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.study import read_results
from xbarsim.systems import system_of

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "reports" / "reference"
NAMES = list(gallery())


@pytest.fixture(scope="module")
def reports():
    """A module of ``reports``, by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "reports"))
        yield importlib.import_module


@pytest.fixture(scope="module")
def entries(reports):
    """Every entry of the gallery, by the name of its scenario."""
    groups = reports("findings").GROUPS.values()
    return {entry.name: entry for group in groups for entry in group}


@pytest.fixture(scope="module")
def digits():
    return read_results(REFERENCE / "digits")


def test_the_page_is_what_is_made_of_scenarios_and_references(reports):
    page = (ROOT / "scenarios" / "README.md").read_text("utf-8")
    assert page == reports("gallery").page()
    assert sorted(re.findall(r"^### (\w+)$", page, re.M)) == NAMES


def test_every_scenario_has_one_entry_with_a_picture(reports, entries):
    groups = reports("findings").GROUPS.values()
    assert sorted(entry.name for group in groups for entry in group) == NAMES
    for name, entry in entries.items():
        assert "<svg" in (REFERENCE / name / entry.picture).read_text("utf-8"), name


def test_published_systems_have_their_paper(entries):
    """Each with a link, and the author and year that its module names."""
    systems = dict[str, str]()
    for name, entry in entries.items():
        tasks = load_scenario(name, check=False).scenario.tasks
        mine = {task.system for task in tasks if isinstance(task, SystemTaskSpec)}
        assert bool(mine) == bool(entry.paper), name
        systems |= dict.fromkeys(mine, entry.paper)
    assert len(systems) == 7
    for system, paper in systems.items():
        author, year = re.search(r"\(([\w-]+).*(\d{4})\)", system_of(system).TITLE).groups()
        assert author in paper and year in paper
        assert re.search(r"\]\(https://(doi|arxiv)\.org/", paper)


def test_words_have_the_figures_of_their_reference(reports, entries):
    """Another table gives other words, and one without the point that is asked for is refused."""
    study = reports("findings.entry").Study("digits")
    before = entries["digits"].found(study)
    table = study.results.table
    study.results = replace(study.results, table=table.assign(accuracy=0.5))
    assert "keep 50.0 % of 97.2 %" in entries["digits"].found(study)[0] != before[0]
    study.results = replace(study.results, table=table[table["array.rows"] < 256])
    with pytest.raises(LookupError, match="no row"):
        entries["digits"].found(study)


@pytest.mark.parametrize("name", NAMES)
def test_a_reference_is_a_study_of_the_scenario_that_stands_in_the_gallery(name):
    results, plan = read_results(REFERENCE / name), load_scenario(name, check=False)
    assert matter(Scenario.model_validate(results.scenario)) == matter(plan.scenario)
    assert results.axes == plan.axes and results.units == plan.units
    assert results.table["point"].nunique() == plan.most
    assert results.table["trial"].nunique() == plan.scenario.sweep.trials
    assert {"versions", "machine", "processor", "wall_time_s", "seed"} <= set(results.meta)
    text = (REFERENCE / name / "results.csv").read_text("utf-8")
    assert results.table.to_csv(index=False) == text


def matter(scenario):
    """The parts of a scenario that decide its results."""
    data = json.loads(scenario.model_dump_json())
    return {k: v for k, v in data.items() if k not in NOT_PHYSICS or k in VARIED}


def test_a_reference_agrees_with_itself_and_with_rounding(reports, digits, capsys):
    compared = reports("regenerate").compared
    assert compared("digits", digits, digits)
    rounded = digits.table.assign(accuracy=digits.table["accuracy"] * (1 + 1e-11))
    assert compared("digits", digits, replace(digits, table=rounded))
    assert capsys.readouterr().out.count("means agree") == 2


def test_what_does_not_agree_is_told(reports, digits, capsys):
    """A thousandth is too much for the same processor, and a tenth for another one."""
    compared, table = reports("regenerate").compared, digits.table
    other = digits.meta | {"processor": "another"}
    slightly = table.assign(accuracy=table["accuracy"] * 1.001)
    assert not compared("digits", digits, replace(digits, table=slightly))
    assert "12 of" in capsys.readouterr().out
    assert compared("digits", digits, replace(digits, table=slightly, meta=other))
    much = table.assign(accuracy=table["accuracy"] * 1.1)
    assert not compared("digits", digits, replace(digits, table=much, meta=other))
    fewer = table[table["point"] > 0]
    assert not compared("digits", digits, replace(digits, table=fewer))
    assert "1 points of A alone" in capsys.readouterr().out
    scenario = digits.scenario | {"seed": 8}
    assert not compared("digits", digits, replace(digits, scenario=scenario))
    assert "seed is 7 in the reference and 8 now" in capsys.readouterr().out


def test_a_reference_is_compared_as_any_study_is(digits):
    found = compare_studies(digits, read_results(REFERENCE / "digits"))
    assert found.equal and found.paired


def test_a_scenario_whose_data_are_missing_is_left_out_and_named(reports, monkeypatch, capsys):
    regenerate = reports("regenerate")
    monkeypatch.delenv("XBARSIM_DATA", raising=False)
    monkeypatch.setattr("sys.argv", ["regenerate.py", "--compare", "mnist", "hardware_aware"])
    with pytest.raises(SystemExit) as ended:
        regenerate.main()
    assert ended.value.code == 1  # nothing was compared
    out = capsys.readouterr().out
    assert "mnist: left out, as XBARSIM_DATA is not there" in out
    assert "hardware_aware: left out, as XBARSIM_DATA" in out


def test_needs_are_those_of_tasks(reports):
    needs = reports("findings.needs").needs
    found = {name: needs(load_scenario(name, check=False)) for name in NAMES}
    assert found["digits"] == found["balance_repair"] == found["half_select"] == []
    assert found["adc_search"] == ["optuna"] and found["array_sensitivity"] == ["SALib"]
    assert found["mnist"] == found["spoken_digits"] == ["XBARSIM_DATA"]
    assert found["legendre_memory"] == found["hardware_aware"] == ["XBARSIM_DATA", "PyTorch"]


@pytest.mark.long
def test_a_reference_is_kept_as_it_was(reports, tmp_path):
    """Numbers to the letter; a page and the same pictures beside them."""
    here = REFERENCE / "disturb"
    reports("regenerate").keep(read_results(here), tmp_path / "disturb")
    for name in ("results.csv", "results.json"):
        assert (tmp_path / "disturb" / name).read_bytes() == (here / name).read_bytes()
    assert {p.name for p in (tmp_path / "disturb").iterdir()} == {p.name for p in here.iterdir()}
    assert str(tmp_path) not in (tmp_path / "disturb" / "report.html").read_text("utf-8")
