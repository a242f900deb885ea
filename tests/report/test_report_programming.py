"""What programming took, on the page: section, figure, table, summary."""

from dataclasses import replace

import pytest

from xbarsim.report import build_report
from xbarsim.report.programming import METRICS, programming_drawing, programming_table
from xbarsim.report.sections import report_sections
from xbarsim.report.summary import cards, sentences
from xbarsim.report.view import view_of


@pytest.fixture
def written(make_results):
    """The standard study, of cells whose writing was counted."""
    results = make_results()
    table = results.table
    worse = 1.0 + 10.0 * table["device.read_noise"]
    return replace(results, table=table.assign(**{
        "write.energy": 1e-9 * table["array.rows"] * worse * (1.0 + 0.01 * table["trial"]),
        "write.pulses": 12.0 * worse,
        "write.unverified": table["device.read_noise"] / 4.0,
    }))  # fmt: skip


def test_a_study_of_cells_that_are_not_written_has_no_such_section(make_results):
    view = view_of(make_results())
    assert view.written == []
    assert "programming" not in [s.id for s in report_sections(make_results()).all]
    assert not any("Programming" in text for text in sentences(view))


def test_the_table_holds_the_summary_of_every_point_once(written):
    table = programming_table(view_of(written), "digits")
    summary = written.summary().query("age == 1.0")
    assert len(table.rows) == len(summary) == 8
    assert table.columns[-3:] == [words for _, words in METRICS.values()]
    first = [cell.text for cell in table.rows[0]][-3:]
    assert first[0].startswith("32.64 nJ ± ")
    assert first[1:] == ["12 ± 0", "0 % ± 0 %"]
    assert table.rows[1][-1].text == "0.5 % ± 0 %"
    assert [row[-2].sort for row in table.rows] == pytest.approx(summary["write.pulses"].tolist())


def test_the_figure_has_a_panel_a_metric_and_no_axis_of_age(written):
    drawing = programming_drawing(view_of(written), "digits")
    panels = drawing.figure.axes
    assert [axes.get_title() for axes in panels] == [words for _, words in METRICS.values()]
    assert [axes.get_ylabel() for axes in panels] == ["nJ", "", "%"]
    pulses = panels[1].containers[1][0].get_ydata()
    assert pulses == pytest.approx([14.4] * 4)
    assert "age" not in drawing.caption


def test_the_summary_says_what_the_best_point_took(written):
    view = view_of(written)
    best = written.summary().query("age == 1.0").sort_values("accuracy").iloc[-1]
    assert best["array.rows"] == 32
    (text,) = [t for t in sentences(view) if "Programming" in t]
    assert "Programming that point" in text
    assert "takes 32.64 nJ and 12 pulses for a cell; no cell stays outside the window." in text
    (card,) = [c for c in cards(view) if c.name == "programming"]
    assert (card.value, card.note) == ("32.64 nJ", "12 pulses for a cell")


@pytest.mark.long
def test_the_page_shows_the_section_and_its_figure_if_wanted(written):
    page = build_report(written).read_text("utf-8")
    assert '<section id="programming"' in page
    assert (written.directory / "figures" / "programming.svg").exists()
    some = replace(written, scenario={**written.scenario, "report": {"figures": ["accuracy"]}})
    kept = {s.id: s.blocks for s in report_sections(some).all}
    assert len(kept["programming"]) == 1  # the table
