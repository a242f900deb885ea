"""Pages of searches and sensitivity studies."""

from dataclasses import replace
from pathlib import Path

import pytest
from report_studies import array_study, sampled_points, searched

from xbarsim.report import build_report
from xbarsim.report.drawing import Drawing
from xbarsim.report.sections import report_sections
from xbarsim.report.sensitivity import MAX_PANELS
from xbarsim.report.table import Table
from xbarsim.scenario.sensitivities import SensitivitySpec, sample
from xbarsim.study.designs import history, pareto


def section(results, name):
    (found,) = [s for s in report_sections(results).all if s.id == name]
    return found


def parts(blocks, kind):
    return [block for block in blocks if isinstance(block, kind)]


@pytest.fixture
def search(tmp_path):
    """Two of twelve proposals came to nothing; every point is on the front, or breaks a limit."""
    results = searched(
        sampled_points(10), directory=tmp_path, limits={"access.energy": {"at_most": 4e-12}}
    )
    lost = {"point": None, "values": dict.fromkeys(results.axes)}
    proposals = [
        *results.meta["proposals"],
        lost | {"generation": 2, "state": "refused", "message": "array.rows: too many"},
        lost | {"generation": 2, "state": "refused", "message": "array.rows: too many"},
    ]
    return replace(results, meta={**results.meta, "proposals": proposals})


def test_the_front_stands_in_a_table_with_units(search):
    (front, lost) = parts(section(search, "pareto").blocks, Table)
    found = pareto(search)
    assert [row[0].text for row in front.rows] == [str(p) for p in found["point"]]
    assert front.columns == ["point", *search.axes, "access.v_selected", "access.energy"]
    assert front.rows[0][-2].sort == found["access.v_selected"].iloc[0]
    assert front.rows[0][-2].text.endswith(" V") and front.rows[0][-1].text.endswith(" pJ")
    assert [cell.text for cell in lost.rows[0]] == ["refused", "2", "2", "array.rows: too many"]


def test_figures_of_a_search_show_front_beaten_and_limits(search):
    front, progress = parts(section(search, "pareto").blocks, Drawing)
    (axes,) = front.figure.axes
    drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
    kept = history(search).query("state == 'complete'")
    assert len(drawn["Pareto front"]) == len(pareto(search)) > 1
    assert len(drawn["breaks a constraint"]) == (kept["access.energy"] > 4e-12).sum() > 0
    assert axes.get_xlabel() == "access.v_selected / V"
    assert "access.energy at most 4 pJ" in front.caption
    (line,) = progress.figure.axes[0].lines
    assert line.get_xdata().tolist() == [4, 8, 12]
    assert line.get_ydata()[-1] == pytest.approx(100 * history(search)["hypervolume"].iloc[-1])


def test_the_edge_of_the_front_joins_what_no_point_beats(search):
    """More voltage is better: at a voltage between two points the upper one's energy is needed."""
    (axes,) = parts(section(search, "pareto").blocks, Drawing)[0].figure.axes
    assert [line.get_drawstyle() for line in axes.lines].count("steps-pre") == 1


def test_a_search_says_in_words_what_came_of_its_proposals(search):
    told = section(search, "pareto").blocks[0]
    assert "12 points proposed by random in 3 generations." in told
    assert "10 were run, 2 refused before it was run." in told


def test_a_search_in_which_no_point_keeps_its_limits_says_so(tmp_path):
    limits = {"access.energy": {"at_most": 1e-15}}
    results = searched(sampled_points(8), directory=tmp_path, limits=limits)
    blocks = section(results, "pareto").blocks
    assert "No point that was run keeps every constraint" in blocks[0]
    assert parts(blocks, Table) == []


@pytest.mark.long
def test_the_page_of_a_search_is_written_and_lists_no_proposal_as_provenance(search):
    text = build_report(search).read_text("utf-8")
    assert '<section id="pareto"' in text and "Accuracy against energy" not in text
    assert "proposals ·" not in text and "<td>proposals</td>" not in text
    assert (search.directory / "figures" / "front.svg").exists()


SENSITIVITY = {
    "axes": {
        "tasks.cell.v_write": {"uniform": {"from": 1.0, "to": 3.0}},
        "array.wires.r_word": {"uniform": {"from": 0.1, "to": 10.0}},
    },
    "num": 32,
    "metrics": ["access.energy", "access.margin"],
}


def sensitive(directory: Path, **changed):
    spec = SENSITIVITY | changed
    points = sample(SensitivitySpec.model_validate(spec), 7)
    return array_study(points, directory=directory, design={"sensitivity": spec})


def test_the_axis_that_decides_stands_first_with_its_interval(tmp_path):
    blocks = section(sensitive(tmp_path), "sensitivity").blocks
    (drawing,), (table,) = parts(blocks, Drawing), parts(blocks, Table)
    energy = next(a for a in drawing.figure.axes if a.get_title() == "access.energy")
    assert energy.get_yticklabels()[0].get_text() == "tasks.cell.v_write"
    total = energy.patches[0].get_width()
    assert 0.8 < total < 1.2
    first = [row for row in table.rows if row[0].text == "access.energy"][0]
    assert first[2].text == "tasks.cell.v_write" and first[-1].sort == pytest.approx(total)
    assert "access.energy: most by tasks.cell.v_write, ST" in " ".join(parts(blocks, str))


def test_indices_of_pairs_have_a_table_of_their_own(tmp_path):
    pairs = parts(section(sensitive(tmp_path, second_order=True), "sensitivity").blocks, Table)[1]
    assert pairs.columns[-3:] == ["axis", "with", "together (S2)"]
    assert len(pairs.rows) == 2


def test_what_never_varies_is_named_with_its_value(tmp_path):
    results = sensitive(tmp_path)
    table = results.table.assign(**{"access.margin": 0.25})
    told = " ".join(parts(section(replace(results, table=table), "sensitivity").blocks, str))
    assert "Alike at every point, so without indices: access.margin (25 %)." in told


def test_an_unfinished_sensitivity_study_says_what_it_lacks(tmp_path):
    results = sensitive(tmp_path)
    part = replace(results, table=results.table[results.table["point"] < 100])
    (told,) = section(part, "sensitivity").blocks
    assert told.startswith("There are no indices: 28 of 128 points lack trials")
    assert "access" in [s.id for s in report_sections(part).all]


def test_panels_of_many_metrics_are_bounded_and_the_caption_says_so(tmp_path):
    results = sensitive(tmp_path, metrics=None)
    volts = results.table["tasks.cell.v_write"]
    more = {f"energy.part{k}": volts**k for k in range(1, MAX_PANELS + 2)}
    drawing = parts(
        section(replace(results, table=results.table.assign(**more)), "sensitivity").blocks, Drawing
    )[0]
    assert len(drawing.figure.axes) == MAX_PANELS
    assert f"The first {MAX_PANELS} of" in drawing.caption
