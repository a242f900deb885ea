"""What a search found: its Pareto front, how it got there, and what it could not run."""

from collections import Counter

import pandas as pd
from matplotlib.ticker import MaxNLocator

from xbarsim.report.drawing import Drawing
from xbarsim.report.excerpt import MAX_POINTS
from xbarsim.report.front import front_drawing, front_table
from xbarsim.report.style import line_look, new_figure, style
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import counted, join_words, percent_text
from xbarsim.report.view import View
from xbarsim.scenario.searches import SearchSpec
from xbarsim.study.designs import history, pareto

_STATES = {
    "repeated": "an earlier point again",
    "refused": "refused before it was run",
    "failed": "failed",
}


def search_blocks(view: View) -> list[Drawing | Table | str]:
    """Sentences, figures and tables of a search."""
    spec = SearchSpec.model_validate(view.results.scenario["search"])
    front, proposals = pareto(view.results), history(view.results)
    told = " ".join(_sentences(spec, front, proposals))
    blocks: list[Drawing | Table | str] = [told]
    if proposals[list(spec.asked)].notna().any(axis=None):
        blocks.append(front_drawing(view, spec, front, proposals))
    if len(front):
        blocks.append(front_table(view, spec, front))
    if proposals["generation"].nunique() > 1:
        blocks.append(_progress_drawing(proposals))
    lost = proposals[proposals["state"].isin(("refused", "failed"))]
    return [*blocks, *([_lost_table(lost)] if len(lost) else [])]


def _sentences(spec: SearchSpec, front: pd.DataFrame, proposals: pd.DataFrame) -> list[str]:
    goals = join_words(f"{name} ({goal.direction})" for name, goal in spec.goals.items())
    generations = proposals["generation"].nunique()
    some = f"{len(proposals)} of " if len(proposals) < spec.points else ""
    told = [
        f"A search for {goals}: {some}{counted(max(spec.points, len(proposals)), 'point')} "
        f"proposed by {spec.sampler} in {counted(generations, 'generation')}."
    ]
    counts = Counter(proposals["state"])
    rest = [f"{counts[state]} {words}" for state, words in _STATES.items() if counts[state]]
    if rest:
        told.append(f"{counts['complete']} were run, {join_words(rest)}.")
    if len(front):
        told.append(f"{counted(len(front), 'point')} {_are(len(front))} on the Pareto front.")
    elif proposals["point"].notna().any():
        told.append("No point that was run keeps every constraint, so there is no front.")
    return told


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _progress_drawing(proposals: pd.DataFrame) -> Drawing:
    """Hypervolume at the end of each generation."""
    ends = proposals.groupby("generation").agg(
        hypervolume=("hypervolume", "last"), proposed=("state", "size")
    )
    with style():
        figure = new_figure(2.3)
        axes = figure.subplots()
        look = line_look(0) | ({"marker": None} if len(ends) > 60 else {})
        axes.plot(ends["proposed"].cumsum(), 100 * ends["hypervolume"], **look)
        axes.set(xlabel="points proposed", ylabel="hypervolume / %")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    last = percent_text(float(ends["hypervolume"].iloc[-1]))
    return Drawing(
        name="hypervolume",
        figure=figure,
        title="Hypervolume of the Pareto front over the search",
        caption=(
            "What the points up to the end of each generation dominate of the box between the "
            "worst and the best value of every objective in the whole search, as a share of it; "
            f"in the end {last}. search.csv holds every proposal."
        ),
    )


def _lost_table(lost: pd.DataFrame) -> Table:
    """Proposals that were not run to the end, and why: those of one message together."""
    groups = lost.groupby(["state", "message"], sort=False)
    rows = [
        [
            Cell(str(state)),
            Cell(str(len(part)), len(part)),
            Cell(str(int(part["generation"].iloc[0])), float(part["generation"].iloc[0])),
            Cell(str(message)),
        ]
        for (state, message), part in groups
    ]
    more = f" The first {MAX_POINTS} reasons are listed." if len(rows) > MAX_POINTS else ""
    return Table(
        caption=f"Proposals that came to nothing, by reason.{more}",
        columns=["state", "proposals", "first in generation", "message"],
        rows=rows[:MAX_POINTS],
        numeric=frozenset({1, 2}),
    )
