"""The table of a study on the screen: the metrics of every point."""

from typing import Any

from xbarsim.cli.tables import grid

_WIDEST = 24  # letters of a cell of the summary that stands on one line
#: heading and column of the metrics that the screen shows, in so far as a study has them
_METRICS = [
    ("accuracy", "accuracy"),
    ("software", "accuracy.software"),
    ("NRMSE", "nrmse"),
    ("software", "nrmse.software"),
    ("memory capacity", "memory.capacity"),
    ("software", "memory.capacity.software"),
    ("energy", "energy.total"),
    ("programming", "write.energy"),
    ("stuck cells", "cells.stuck"),
    ("failed cells", "cells.failed"),
    ("cell voltage", "access.v_selected"),
    ("write energy", "access.energy"),
    ("read margin", "access.margin"),
    ("written cell", "disturb.g_written"),
    ("half-selected lost", "disturb.half_lost"),
    ("unselected lost", "disturb.others_lost"),
    ("write energy", "disturb.energy"),
]

_NUMBERS = ("nrmse", "memory.", "system.memory.", "system.nrmse")  # no shares
_UNITS = {"access.v_selected": "volt", "disturb.g_written": "siemens"}


def _told(row: Any, metric: str) -> str:
    """A metric of a row of the summary; a dash where its task does not have it."""
    from xbarsim.units import show as with_unit

    value, half = row[metric], row[f"{metric}.half_width"]
    if value != value:
        return "–"
    if "energy" in metric:
        return with_unit(value, "joule")
    if metric in _UNITS:
        return with_unit(value, _UNITS[metric])
    told = half == half and not metric.endswith(".software") and not metric.startswith("cells.")
    if metric.startswith(_NUMBERS):
        return f"{value:.3g}{f' ± {half:.2g}' if told else ''}"
    interval = f" ± {100 * half:.2f}" if told else ""
    return f"{100 * value:.2f}{interval} %"


def echo_summary(results: Any) -> None:
    """The metrics of every point, a table for each task that has metrics of its own."""
    summary, name = results.summary(), results.scenario["name"]
    known = [metric for _, metric in _METRICS if metric in summary]
    of_task = {
        task: tuple(m for m in [*known, *_of_system(results, task, part)] if part[m].notna().any())
        for task, part in summary.groupby("task", sort=False)
    }
    for metrics in dict.fromkeys(of_task.values()):
        tasks = [task for task, theirs in of_task.items() if theirs == metrics]
        title = name if len(tasks) == len(of_task) else f"{name}: {', '.join(tasks)}"
        _echo_tasks(results, summary[summary["task"].isin(tasks)], metrics, title)


def _of_system(results: Any, task: str, part: Any) -> list[str]:
    """Columns that say how well a published system does, on devices and in software."""
    from xbarsim.systems import system_of

    given = next(each for each in results.scenario["tasks"] if each["name"] == task)
    if given["kind"] != "system":
        return []
    found = [f"system.{name}" for name in system_of(given["system"]).METRICS]
    there = [name for name in found if name in part and part[name].notna().any()]
    return [name for name in there if name in (there[0], f"{there[0]}.software")]


def _echo_tasks(results: Any, summary: Any, told: tuple[str, ...], title: str) -> None:
    """The metrics `told` of tasks that all have them, on one screen."""
    from xbarsim.units import show as with_unit

    shown = summary.head(40)
    shown_metrics = [m for m in _METRICS if m[1] in told]
    shown_metrics += [
        (m.removeprefix("system.").replace(".", " "), m) for m in told if m.startswith("system.")
    ]
    tasks = ["task"] if summary["task"].nunique() > 1 else []
    ages = [] if "disturb.energy" in told else ["age"]
    axes = _leading(summary, results.axes)
    metrics = [words.replace(" ", "\n") for words, _ in shown_metrics]
    rows = [
        [
            *(row[task] for task in tasks),
            *(with_unit(row[age], "second") for age in ages),
            *(f"{row[a]:g}" if isinstance(row[a], float) else str(row[a]) for a in axes),
            *(_told(row, metric) for _, metric in shown_metrics),
        ]
        for _, row in shown.iterrows()
    ]
    columns = [*tasks, *ages, *short(axes), *metrics]
    wide = [k for k in range(len(columns)) if any(len(row[k]) > _WIDEST for row in rows)]
    grid(title, columns, rows, left=wide)
    if len(summary) > len(shown):
        print(f"... {len(summary) - len(shown)} more in {results.directory / 'summary.csv'}")


def _leading(summary: Any, axes: list[str]) -> list[str]:
    """`axes` without those that move together with one before them."""
    leading: list[str] = []
    for axis in axes:
        levels = summary[axis].nunique()
        alike = (a for a in leading if summary[a].nunique() == levels)
        if not any(len(summary[[a, axis]].drop_duplicates()) == levels for a in alike):
            leading.append(axis)
    return leading


def short(paths: list[str]) -> list[str]:
    """Last parts of dotted paths, or the whole paths where those are not distinct."""
    last = [path.rsplit(".", 1)[-1] for path in paths]
    return last if len(set(last)) == len(last) else paths
