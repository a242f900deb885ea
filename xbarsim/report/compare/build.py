"""A comparison as a page with its figure, and as a table for other programs."""

from pathlib import Path

import pandas as pd

from xbarsim.report.build import figure_files, refuse_study, write_file
from xbarsim.report.compare.figure import comparison_drawing
from xbarsim.report.compare.sentences import notes, sentences
from xbarsim.report.compare.studies import Comparison
from xbarsim.report.compare.tables import metrics_table, points_table, settings_table
from xbarsim.report.facts import figure_facts, study_facts
from xbarsim.report.page import filled
from xbarsim.report.sections import Section
from xbarsim.study.results import Results


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write ``compare.html``, ``compare.csv`` and ``figures/compare.*`` into `folder`.

    The table holds means over points first, ``point`` empty, then every point.

    Returns
    -------
    path of the page, which loads nothing.

    Raises
    ------
    StudyError : `folder` cannot be written, or holds a study.
    """
    refuse_study(folder)
    drawing = comparison_drawing(comparison)
    found = [
        Section(id="summary", title="Summary", blocks=sentences(comparison)),
        Section(id="settings", title="What differs in settings",
                blocks=[settings_table(comparison)]),
        Section(id="metrics", title="Metrics",
                blocks=[*([drawing] if drawing else []), metrics_table(comparison)]),
        Section(id="points", title="Points", blocks=[points_table(comparison)]),
        Section(id="reading", title="How to read this", blocks=notes(comparison)),
    ]  # fmt: skip
    page = filled(
        "compare.html.j2",
        name=" and ".join(dict.fromkeys(_name(study) for study in (comparison.a, comparison.b))),
        description=f"A is {comparison.a.directory}, B is {comparison.b.directory}",
        sections=found,
    )
    files = {"compare.html": page.encode(), "compare.csv": _csv(comparison)}
    if drawing:
        studies = {"a": study_facts(comparison.a), "b": study_facts(comparison.b)}
        facts = figure_facts(drawing, studies, ["compare.csv"])
        files.update((name, made()) for name, made in figure_files(drawing, facts))
    for name, content in files.items():
        write_file(folder / name, content)
    return folder / "compare.html"


def _name(study: Results) -> str:
    return str(study.scenario.get("name", "study"))


def _csv(comparison: Comparison) -> bytes:
    """Means over points, and every point with the values of its axes."""
    each = comparison.table.join(comparison.points[comparison.axes], on="point").assign(points=1)
    whole = pd.concat([comparison.overall, each], ignore_index=True)
    leading = ["task", "age", "metric", "unit", "point", "points", *comparison.axes]
    rest = [name for name in whole.columns if name not in leading]
    whole["point"] = whole["point"].astype("Int64")
    return whole[[*leading, *rest]].to_csv(index=False).encode()
