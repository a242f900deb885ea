"""A search: points are proposed, run and told, a generation at once.

A generation's size is fixed, and all of it is told before the next is proposed, in the order of
its proposals: which points there are depends on no worker. What a study already holds is told
again, so that a search that was stopped goes on as if it had not been.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xbarsim.backend import require_memory
from xbarsim.errors import ResourceError, SpecError, StudyError, suggestion
from xbarsim.scenario import Plan
from xbarsim.scenario.figures import FigureSpec
from xbarsim.scenario.load import digest, physics
from xbarsim.scenario.searches import SearchSpec
from xbarsim.scenario.sweep import Point
from xbarsim.streams import Streams
from xbarsim.study.prepare import largest_need
from xbarsim.study.proposals import Proposals, Worth
from xbarsim.study.recipes import Survey
from xbarsim.study.store import Planned, Row, Store

#: rows of every trial of a point, or why there are not all of them
Outcome = list[list[Row]] | str


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What became of one proposal.

    Parameters
    ----------
    generation : from 0.
    values : dotted path → value, as proposed.
    point : number of the point that it became, or was before; None where it could not be one.
    state : ``complete``, ``repeated`` (an earlier point, which is not run again), ``failed`` or
        ``refused``.
    message : why it failed or was refused.
    """

    generation: int
    values: Point
    point: int | None
    state: str
    message: str = ""


@dataclass
class Search:
    """How far a search has come.

    Parameters
    ----------
    proposed : every proposal that was told, in order.
    worth : of each point; why not where it failed.
    """

    proposed: list[Proposed] = field(default_factory=list)
    worth: list[Worth | str] = field(default_factory=list)

    @property
    def told(self) -> list[dict[str, Any]]:
        """Every proposal as plain data."""
        return [vars(proposed) for proposed in self.proposed]


#: runs the points of a plan, which are new to a search, and says what came of each
Evaluate = Callable[[Plan, Search], list[Outcome]]


def run_search(plan: Plan, evaluate: Evaluate) -> Search:
    """Propose, run and tell until all of the search's points are done.

    Raises
    ------
    StudyError : optuna is not installed, or an objective is not among the metrics.
    """
    spec = plan.scenario.search
    assert spec is not None
    proposals = Proposals(spec, (Streams(plan.scenario.seed) / "search").integer())
    search, known = Search(), dict[str, int]()
    for generation, first in enumerate(range(0, spec.points, spec.generation)):
        asked = plan.at(proposals.ask(min(spec.generation, spec.points - first)))
        settled = [_settle(asked, k, generation, known) for k in range(len(asked.points))]
        new = [k for k, proposed in enumerate(settled) if proposed.state == "complete"]
        if new:
            outcomes = evaluate(asked.only(new), search)
            if all(isinstance(worth, str) for worth in search.worth):
                _check_metrics(spec, outcomes)
            search.worth += [_worth(spec, outcome) for outcome in outcomes]
        ended = [_ended(proposed, search.worth) for proposed in settled]
        search.proposed += ended
        proposals.tell([_told(proposed, search.worth) for proposed in ended])
    return search


def outcomes_of(survey: Survey, store: Store) -> list[Outcome]:
    """What came of each point of a survey whose trials have been run."""
    finished, failures = store.finished(key for *_, key in survey.planned), store.failures()
    out: list[Outcome] = [[] for _ in survey.points]
    for _, point, _, key in survey.planned:
        held = out[point]
        if isinstance(held, list):
            if key in finished:
                held.append(finished[key])
            else:
                out[point] = failures[key]
    return out


def joined(surveys: Sequence[Survey]) -> Survey:
    """One survey of the points of several, in order, of one scenario."""
    points, planned = list[tuple[list[Any], dict[str, Any]]](), list[Planned]()
    placements = list[dict[str, Any]]()
    origins, networks, warnings = dict[str, Any](), dict[str, Any](), dict[str, None]()
    for survey in surveys:
        first, held = len(points), len(planned)
        points += survey.points
        planned += [(held + n, first + point, k, key) for n, point, k, key in survey.planned]
        meta = survey.meta
        placements += [
            part | {"of": [[first + point, *of] for point, *of in part["of"]]}
            for part in meta["placements"]
        ]
        origins |= {f"{kind} {name}": [kind, name, state] for kind, name, state in meta["origins"]}
        networks |= meta["networks"]
        warnings |= dict.fromkeys(meta["warnings"])
    meta = {
        "basis": None,  # points that depend on what came of others are found anew
        "origins": list(origins.values()),
        "networks": networks,
        "need": max((s.meta["need"] for s in surveys), key=lambda need: need[0]),
        "placements": placements,
        "warnings": list(warnings),
    }
    return Survey(points=points, planned=planned, meta=meta)


def _settle(asked: Plan, number: int, generation: int, known: dict[str, int]) -> Proposed:
    """A proposal as a point of the search: a new one, an earlier one, or none."""
    made: dict[str, Any] = {"generation": generation, "values": asked.points.swept[number]}
    try:
        key = digest(physics(asked.points[number]))
        require_memory(*largest_need(asked.only([number])))
    except (SpecError, ResourceError) as error:
        return Proposed(**made, point=None, state="refused", message=str(error))
    state = "repeated" if key in known else "complete"
    return Proposed(**made, point=known.setdefault(key, len(known)), state=state)


def _ended(proposed: Proposed, worth: Sequence[Worth | str]) -> Proposed:
    """The same, now that its point has been run."""
    found = None if proposed.point is None else worth[proposed.point]
    if not isinstance(found, str):
        return proposed
    return Proposed(**vars(proposed) | {"state": "failed", "message": found})


def _told(proposed: Proposed, worth: Sequence[Worth | str]) -> Worth | None:
    found = None if proposed.point is None else worth[proposed.point]
    return None if isinstance(found, str) else found


def _worth(spec: SearchSpec, outcome: Outcome) -> Worth | str:
    """What a point is worth, or why that cannot be said."""
    if isinstance(outcome, str):
        return outcome
    found = {place: _mean(figure, outcome, place) for place, figure in spec.figures.items()}
    unknown = [place for place, value in found.items() if value is None]
    if unknown:
        return f"no finite value for {', '.join(unknown)}"
    values = [float(value) for value in found.values() if value is not None]
    limits = list(spec.limits.values())
    objectives, limited = values[: len(spec.objectives)], values[len(spec.objectives) :]
    return Worth(
        objectives=objectives,
        excess=[limit.excess(value) for limit, value in zip(limits, limited, strict=True)],
    )


def _mean(figure: FigureSpec, trials: list[list[Row]], place: str) -> float | None:
    """Mean of a figure over the trials of a point; None where one has no finite value.

    Raises
    ------
    StudyError : a trial has several values for it.
    """
    values = [_value(figure, rows, place) for rows in trials]
    known = [float(value) for value in values if value is not None and np.isfinite(value)]
    return float(np.mean(known)) if len(known) == len(values) > 0 else None


def _value(figure: FigureSpec, rows: list[Row], place: str) -> float | None:
    found = [
        row
        for row in rows
        if figure.task in (None, row["task"])
        and figure.age in (None, row["age"])
        and row.get(figure.column) is not None
    ]
    if len(found) > 1:
        several = ", ".join(f"{row['task']} at {row['age']:g} s" for row in found)
        raise StudyError(f"{place}: {figure.metric} is known of {several}; say which (task, age)")
    return found[0][figure.column] if found else None


def _check_metrics(spec: SearchSpec, outcomes: list[Outcome]) -> None:
    """Refuse figures that no point of the first generation that was run has.

    Raises
    ------
    StudyError : names the nearest metric there is; finished trials stay.
    """
    done = [trials for trials in outcomes if not isinstance(trials, str)]
    if not done:
        return
    rows = [row for trials in done for rows in trials for row in rows]
    known = sorted({name for row in rows for name, x in row.items() if isinstance(x, float)})
    for place, figure in spec.figures.items():
        if all(_mean(figure, trials, place) is None for trials in done):
            metric = str(figure.metric)
            raise StudyError(
                f"{place}: no trial of the first generation has '{metric}'"
                f"{suggestion(metric, [n for n in known if n != 'age'])}\nMend it and run the "
                "same command again, with --extend; finished trials are kept"
            )
