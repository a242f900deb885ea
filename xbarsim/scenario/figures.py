"""Figures of a point that a search or an analysis asks for: columns of the summary."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from xbarsim.errors import suggestion
from xbarsim.scenario.base import Part
from xbarsim.scenario.quantities import Age

#: how the names of metrics begin; which of them there are, the tasks decide
METRICS = ("accuracy", "energy.", "access.", "disturb.", "write.", "cells.", "loss.",
           "nrmse", "nmse", "memory.", "reservoir.", "system.", "chip.")  # fmt: skip
#: share of the chips that reach the specification of their task
YIELD = "yield"
_LONG = "{direction: maximize, task: NAME, age: 1 day}, for example"


class FigureSpec(Part):
    """One figure of a point: a metric's mean over chips, of one task at one age."""

    metric: str | None = Field(
        default=None, description="column of the summary; null: what the entry is called"
    )
    task: str | None = Field(default=None, description="null: the only task")
    age: Age | None = Field(default=None, description="null: the only age")

    @property
    def column(self) -> str:
        """The column of the table whose mean over chips the figure is."""
        return "accuracy.meets" if self.metric == YIELD else str(self.metric)


def metric_faults(place: str, metric: str) -> list[str]:
    """What is wrong with the name of a metric that stands at `place`, as far as it can be told."""
    if metric == YIELD or metric.startswith(METRICS):
        return []
    known = [name.rstrip(".") for name in (*METRICS, YIELD)]
    return [f"{place}: '{metric}' is no metric{suggestion(metric.split('.')[0], known)}"]


def figure_faults(
    figures: Mapping[str, FigureSpec], tasks: Sequence[str], ages: Sequence[float]
) -> list[str]:
    """What is wrong with figures.

    Parameters
    ----------
    figures : by where each stands, its metric filled in.
    tasks : names of the scenario's tasks.
    ages : at which chips are read, s; none where the device says.
    """
    faults = []
    for place, spec in figures.items():
        faults += metric_faults(place, str(spec.metric))
        if spec.task is None and len(tasks) > 1:
            faults.append(f"{place}: of which task, {' or '.join(tasks)}? Say {_LONG}")
        elif spec.task is not None and spec.task not in tasks:
            faults.append(f"{place}.task: no task '{spec.task}'{suggestion(spec.task, tasks)}")
        if spec.age is None and len(ages) > 1:
            faults.append(f"{place}: at which of the {len(ages)} ages? Say {_LONG}")
        elif spec.age is not None and ages and spec.age not in ages:
            given = ", ".join(f"{age:g}" for age in ages)
            faults.append(f"{place}.age: {spec.age:g} s is not among the ages ({given} s)")
    return faults
