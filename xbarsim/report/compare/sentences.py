"""A comparison in plain sentences: one for each task, and how they are to be read."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.report.compare.effects import cost, effect
from xbarsim.report.compare.records import records
from xbarsim.report.compare.settings import setting_text
from xbarsim.report.compare.significance import EQUAL, EXACT, NONE, ONE, SAME
from xbarsim.report.compare.studies import Comparison
from xbarsim.report.text import age_text, counted, join_words

#: metrics that say how well a task is done, and what it costs; the first that a task has is told
_RESULTS = ("accuracy", "nrmse", "memory.capacity", "system.", "access.margin",
            "disturb.half_lost")  # fmt: skip
_COSTS = ("energy.total", "access.energy", "disturb.energy")
_TOLD = 3  # settings that a sentence names


def rank(metric: str) -> int:
    """Where a metric stands among those of its task, the most telling first."""
    leading = (*_RESULTS, "yield", *_COSTS)
    found = (k for k, name in enumerate(leading) if metric == name or _starts(metric, name))
    return next(found, len(leading) + metric.endswith(".software"))


def sentences(comparison: Comparison) -> list[str]:
    """Whether the studies differ, and what that does to each task at the latest age."""
    if comparison.equal:
        exact = bool((comparison.table["verdict"] == SAME).all())
        how = "the same to the bit" if exact else "the same but for rounding"
        chips = int(comparison.table["n_a"].max())
        told = f"The studies do not differ: every metric of {counted(chips, 'chip')} "
        told += f"at {counted(_common(comparison), 'point')} is {how}."
        return [told, *_in_spite(comparison)]
    rows = comparison.overall
    return [
        f"{_subject(comparison)} {_effects(comparison, part[part['age'] == part['age'].max()])}."
        for _, part in rows.groupby("task", sort=False)
    ]


def notes(comparison: Comparison) -> list[str]:
    """How the figures are to be read, and what they leave out."""
    c, found = comparison, list[str]()
    pairs = (
        "differences are taken chip by chip" if c.paired else "two samples of chips are compared"
    )
    found.append(f"{'Paired' if c.paired else 'Not paired'}: {c.why}; {pairs}.")
    if comparison.equal:
        return [*found, *_left_out(c)]
    tests = [int(t["p"].notna().sum()) for t in (c.overall, c.table)]
    if any(tests):
        found.append(
            f"Intervals are at {100 * c.level:g} %, each for itself. p is corrected by Holm's "
            f"method, for {counted(tests[0], 'test')} of means over points and for "
            f"{counted(tests[1], 'test')} of single points: in either, the chance of even one "
            f"false alarm is at most {100 - 100 * c.level:g} %."
        )
    if (c.table["verdict"] == EXACT).any():
        found.append(f"What {EXACT} has one value in all chips of each study, so needs no test.")
    if (c.settings["kind"] == "seed").any():
        found.append(
            "What is drawn once a study, as a trained network, differs with the seed as well; "
            "intervals and tests know only how chips differ."
        )
    if (c.table["verdict"] == ONE).any():
        found.append("Where a study has one chip there is no interval and no test.")
    return [*found, *_left_out(c)]


def _starts(metric: str, name: str) -> bool:
    return name.endswith(".") and metric.startswith(name) and not metric.endswith(".software")


def _common(comparison: Comparison) -> int:
    return int(comparison.table["point"].nunique())


def _subject(comparison: Comparison) -> str:
    """What makes the difference, as far as settings tell."""
    settings = comparison.settings
    changed = settings["kind"].isin(("model", "seed"))
    if not changed.any():
        changed = settings["path"].isin(("model_version", "versions.xbarsim"))
    rows = records(settings[changed])
    if not rows:
        return "B, whose settings are those of A,"
    if len(rows) == 1:
        return setting_text(rows[0])
    if len(rows) > _TOLD:
        return f"B, which differs in {len(rows)} settings,"
    return f"B, with {join_words(setting_text(row) for row in rows)},"


def _in_spite(comparison: Comparison) -> Iterator[str]:
    """Settings that differ and change nothing."""
    settings = comparison.settings
    rows = records(settings[settings["kind"].isin(("model", "seed"))])
    if rows:
        shown = join_words(setting_text(row) for row in rows[:_TOLD])
        more = f" and {len(rows) - _TOLD} more" if len(rows) > _TOLD else ""
        yield f"Settings do: {shown}{more}; no metric shows it."


def _effects(comparison: Comparison, part: pd.DataFrame) -> str:
    """What happens to the result of a task and to its cost."""
    rows = sorted(records(part), key=lambda row: rank(row["metric"]))
    first = rows[0]
    costs = next((row for row in rows[1:] if row["metric"] in _COSTS), None)
    told = [effect(first), *([cost(costs)] if costs else [])]
    places = [" and ".join(told)]
    if comparison.overall["age"].nunique() > 1:
        places.append(f"at {age_text(first['age'])}")
    if first["points"] > 1:
        places.append(f"on average over {first['points']} points")
    return ", ".join(places) + _at_points(comparison, first)


def _at_points(comparison: Comparison, row: dict[str, Any]) -> str:
    """At how many of several points the metric of `row` differs."""
    if row["points"] == 1 or row["verdict"] in (*EQUAL, ONE, NONE):
        return ""
    of = comparison.differing
    alike = (of[name] == row[name] for name in ("task", "age", "metric"))
    count = int(np.logical_and.reduce(list(alike)).sum())
    return f"; {row['metric']} differs at {count or 'none'} of them"


def _left_out(c: Comparison) -> Iterator[str]:
    """Points, tasks, ages and metrics of one study alone, and trials that are not there."""
    alone = {name: int((c.points["in"] == name).sum()) for name in ("A", "B")}
    if any(alone.values()):
        told = " and ".join(f"{n} of {name} alone" for name, n in alone.items() if n)
        yield f"{counted(_common(c), 'point')} in common; left out are {told}."
    for text in c.only:
        yield f"Left out: {text}."
    for name, study in (("A", c.a), ("B", c.b)):
        lacks = [
            f"{counted(count, 'trial')} {what}"
            for what, key in (("failed", "trials_failed"), ("left", "trials_left"))
            if (count := study.meta.get(key) or 0)
        ]
        if lacks:
            yield f"{name} is not whole: {' and '.join(lacks)}."
    yield from _hidden(c)


def _hidden(c: Comparison) -> Iterator[str]:
    """Whether trials are others though no setting says so."""
    heads = {path.partition(".")[0] for path in c.settings["path"]} | {*c.settings["kind"]}
    known = heads & {"model", "seed", "ages", "tasks", "model_version"}
    studies = (c.a, c.b)
    if known or not c.paired or any(s.axes != c.axes or "key" not in s.table for s in studies):
        return
    if not set(c.a.table["key"]) & set(c.b.table["key"]):
        yield (
            "No setting differs, but no trial of one is a trial of the other: a device sheet, a "
            "data set, a network file or a plug-in has changed."
        )
