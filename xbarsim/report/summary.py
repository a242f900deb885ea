"""The answer of a study in a few sentences and figures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xbarsim import __version__
from xbarsim.report.energy import baseline
from xbarsim.report.metric_panels import metric_text
from xbarsim.report.reservoir import leading_of
from xbarsim.report.system import metrics_of, system_named
from xbarsim.report.table import Cell, Table
from xbarsim.report.text import (
    accuracy_text,
    age_text,
    counted,
    energy_text,
    interval_text,
    join_words,
    percent_text,
    value_text,
)
from xbarsim.report.view import View
from xbarsim.study.prepare import MODEL_VERSION
from xbarsim.study.results import Results
from xbarsim.tasks.reservoir import METRICS

MAX_WARNINGS = 50
MAX_FAILURES = 200

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Card:
    """A key figure: what it is, its value, and where it holds."""

    name: str
    value: str
    note: str = ""


def sentences(view: View) -> list[str]:
    """What was run, then for each task what came out."""
    counts = view.results.table.groupby(["task", "point", "age"], dropna=False).size()
    most = int(counts.max())
    trials = " to ".join(str(n) for n in sorted({int(counts.min()), most}))
    ages = f" and {len(view.age.levels)} ages" if view.age else ""
    each = " each" if len(counts) > 1 else ""
    over = f", over {join_words(axis.label for axis in view.axes)}" if view.axes else ""
    interval = interval_text(view.results.confidence, counts)
    opening = (
        f"{counted(view.frame['point'].nunique(), 'point')}{ages} with {trials} "
        f"trial{'s' * (most > 1)}{each}{over}; intervals: {interval}."
    ).replace("intervals: one trial, ", "")
    answers = [_answer(view, task) for task in view.tasks]
    arrays = [_array_answer(view, task) for task in view.arrays]
    arrays += [_disturb_answer(view, task) for task in view.disturbs]
    reservoirs = [_reservoir_answer(view, task) for task in view.reservoirs]
    systems = [_system_answer(view, task) for task in view.systems]
    return [opening, *answers, *reservoirs, *systems, *arrays]


def _reservoir_answer(view: View, task: str) -> str:
    rows = view.task(task)
    name = leading_of(rows)
    ranked = _ranked(rows, name)
    best, worst = ranked.iloc[0].to_dict(), ranked.iloc[-1].to_dict()
    told = f"{_metric_text(best, name)}{_where(view, best)}"
    if len(ranked) > 1:
        told = f"between {told} and {_metric_text(worst, name)}{_where(view, worst)}"
    alone = float(best.get(f"{name}.software", math.nan))
    first = "the first of these reservoirs" if len(ranked) > 1 else "they"
    software = f"; in software {first} reach {_number_text(name, alone)}" if alone == alone else ""
    energy = energy_text(float(best["energy.total"]))
    return (
        f"{task} reaches {_with_article(METRICS[name][1])} of {told}{software}. A step then takes "
        f"{energy}."
    )


def _system_answer(view: View, task: str) -> str:
    name, (unit, words) = next(iter(metrics_of(view, task).items()))
    ranked = view.task(task).sort_values(name, kind="stable", ascending=False)
    told = [
        f"{metric_text(float(row[name]), float(row[f'{name}.half_width']), unit)}"
        f"{_where(view, row)}"
        for row in (ranked.iloc[0].to_dict(), ranked.iloc[-1].to_dict())
    ]
    found = told[0] if len(ranked) == 1 else f"from {told[0]} to {told[1]}"
    return f"{system_named(view, task).TITLE}: {words} {found}."


def _ranked(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of a reservoir, the best first."""
    return rows.sort_values(name, kind="stable", ascending=name == "nrmse")


def _with_article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _number_text(name: str, value: float) -> str:
    return percent_text(value) if METRICS[name][0] == "dimensionless" else f"{value:.3g}"


def _metric_text(row: Row, name: str) -> str:
    mean, half = float(row[name]), float(row[f"{name}.half_width"])
    if METRICS[name][0] == "dimensionless":
        return accuracy_text(mean, half)
    return f"{mean:.3g} ± {half:.2g}" if math.isfinite(half) else f"{mean:.3g}"


def _array_answer(view: View, task: str) -> str:
    ranked = view.task(task).sort_values("access.energy", kind="stable")
    least, most = ranked.iloc[0].to_dict(), ranked.iloc[-1].to_dict()
    told = f"{energy_text(least['access.energy'])}{_where(view, least)}"
    if len(ranked) > 1:
        told = f"between {told} and {energy_text(most['access.energy'])}{_where(view, most)}"
    return f"Writing one cell of {task} takes {told}."


def _disturb_answer(view: View, task: str) -> str:
    ranked = view.task(task).sort_values("disturb.half_lost", kind="stable")
    least, most = ranked.iloc[0].to_dict(), ranked.iloc[-1].to_dict()
    told = f"{percent_text(float(least['disturb.half_lost']))}{_where(view, least)}"
    if len(ranked) > 1:
        last = f"{percent_text(float(most['disturb.half_lost']))}{_where(view, most)}"
        told = f"between {told} and {last}"
    return f"Writing one cell of {task} costs {told} of the half-selected cells their conductance."


def _answer(view: View, task: str) -> str:
    rows = view.task(task)
    best, worst = _extremes(rows)
    software = percent_text(float(best["accuracy.software"]))
    if len(rows) == 1:
        reached = f"{task} reaches an accuracy of {_accuracy(best)}{_where(view, best)}"
    else:
        reached = (
            f"{task} reaches between {_accuracy(worst)}{_where(view, worst)} and "
            f"{_accuracy(best)}{_where(view, best)}"
        )
    texts = [f"{reached}; the same network in software reaches {software}.", _energy(view, task)]
    return " ".join([*texts, *_programming(view, task)])


def _programming(view: View, task: str) -> list[str]:
    """What writing the most accurate point took, if its cells say."""
    if task not in view.written:
        return []
    rows = view.fresh(task)
    best, _ = _extremes(rows)
    which = f"that point{_where(view, best)}" if len(rows) > 1 else "its cells"
    left = best["write.unverified"]
    return [
        f"Programming {which} takes {energy_text(best['write.energy'])} and "
        f"{best['write.pulses']:.3g} pulses for a cell; "
        f"{f'{100 * left:.2g} % of the cells' if left else 'no cell'} "
        f"{'stay' if left else 'stays'} outside the window."
    ]


def _energy(view: View, task: str) -> str:
    rows = view.fresh(task)
    best, _ = _extremes(rows)
    low, high = energy_text(best["energy.total_low"]), energy_text(best["energy.total_high"])
    text = (
        f"{'Its most accurate point' if len(rows) > 1 else 'An inference'} takes "
        f"{energy_text(best['energy.total'])}{' per inference' * (len(rows) > 1)} ({low} to {high} "
        "by the uncertainty of the converters' energy)"
    )
    frugal = rows.sort_values("energy.total", kind="stable").iloc[0].to_dict()
    if len(rows) > 1 and frugal["point"] != best["point"]:
        text += (
            f"; the most frugal takes {energy_text(frugal['energy.total'])} at {_accuracy(frugal)}"
            f"{_where(view, frugal)}"
        )
    reference = baseline(rows)
    digital = f" Digital int8 logic would take {energy_text(reference)}."
    return f"{text}.{digital if math.isfinite(reference) else ''}"


def _extremes(rows: pd.DataFrame) -> tuple[Row, Row]:
    """The most and the least accurate row."""
    ranked = rows.sort_values("accuracy", kind="stable")
    return ranked.iloc[-1].to_dict(), ranked.iloc[0].to_dict()


def _accuracy(row: Row) -> str:
    return accuracy_text(float(row["accuracy"]), float(row["accuracy.half_width"]))


def _where(view: View, row: Row) -> str:
    """`` (array.rows = 64, age 1 h)``: which row it is, if there are several."""
    named = [f"{axis.label} = {axis.levels[int(row[axis.column])]}" for axis in view.axes]
    named += [f"age {age_text(float(row['age']))}"] if view.age else []
    return f" ({', '.join(named)})" if named else ""


def cards(view: View) -> list[Card]:
    """Key figures of every task."""
    networks = [card for task in view.tasks for card in _task_cards(view, task)]
    reservoirs = [card for task in view.reservoirs for card in _reservoir_cards(view, task)]
    return [*networks, *reservoirs, *(_system_card(view, task) for task in view.systems)]


def _system_card(view: View, task: str) -> Card:
    name, (unit, words) = next(iter(metrics_of(view, task).items()))
    first = view.fresh(task).sort_values("point").iloc[0].to_dict()
    told = metric_text(float(first[name]), float(first[f"{name}.half_width"]), unit)
    return Card(f"{task}: {words}", told, _where(view, first).strip(" ()"))


def _reservoir_cards(view: View, task: str) -> list[Card]:
    rows = view.task(task)
    metric = leading_of(rows)
    best = _ranked(rows, metric).iloc[0].to_dict()
    name = f"{task}: " if len(view.reservoirs) > 1 else ""
    note = _where(view, best).strip(" ()")
    alone = float(best.get(f"{metric}.software", math.nan))
    software = [Card(f"{name}in software", _number_text(metric, alone))] if alone == alone else []
    return [
        Card(f"{name}best {METRICS[metric][1]}", _metric_text(best, metric), note),
        *software,
        Card(f"{name}energy per step", energy_text(float(best["energy.total"]))),
    ]


def _task_cards(view: View, task: str) -> list[Card]:
    best, worst = _extremes(view.task(task))
    fresh, _ = _extremes(view.fresh(task))
    name = f"{task}: " if len(view.tasks) > 1 else ""
    band = f"{energy_text(fresh['energy.total_low'])} to {energy_text(fresh['energy.total_high'])}"
    accuracy = [Card(f"{name}accuracy", *_carded(view, best))]
    if len(view.task(task)) > 1:
        accuracy = [
            Card(f"{name}best accuracy", *_carded(view, best)),
            Card(f"{name}lowest accuracy", *_carded(view, worst)),
        ]
    return [
        *accuracy,
        Card(f"{name}in software", percent_text(float(best["accuracy.software"]))),
        Card(f"{name}energy per inference", energy_text(fresh["energy.total"]), f"{band} (ADC)"),
        *_programming_card(view, task, name, fresh),
    ]


def _programming_card(view: View, task: str, name: str, row: Row) -> list[Card]:
    if task not in view.written:
        return []
    note = f"{row['write.pulses']:.3g} pulses for a cell"
    return [Card(f"{name}programming", energy_text(row["write.energy"]), note)]


def _carded(view: View, row: Row) -> tuple[str, str]:
    note = _where(view, row).strip(" ()")
    if not math.isfinite(row["accuracy.half_width"]):
        note = f"{note}; one trial, no interval".removeprefix("; ")
    return _accuracy(row), note


def unfinished(results: Results) -> str:
    """What a study lacks that is still running, or was stopped; empty where nothing."""
    meta = results.meta
    left = meta.get("trials_left") or 0
    running = meta.get("running")
    if not left and not running:
        return ""
    state = "is running" if running else "was stopped" if running is False else "is not finished"
    rest = "; run the scenario again for the rest" if running is False else ""
    done = f"{meta.get('trials_finished')} of {counted(int(meta['trials']), 'trial')}"
    failed = f", {meta['trials_failed']} failed" if meta.get("trials_failed") else ""
    more = " so far proposed" if results.scenario.get("search") and running else ""
    return (
        f"The study {state}: {done}{more} are finished{failed}, {left} left. Figures and tables "
        f"hold the finished ones{rest}."
    )


def warnings(results: Results) -> list[str]:
    """What the study warned of, as far as the page has room."""
    found = [*_of_another_version(results), *map(str, results.meta.get("warnings") or [])]
    more = [f"… and {len(found) - MAX_WARNINGS} more."] if len(found) > MAX_WARNINGS else []
    return found[:MAX_WARNINGS] + more


def _of_another_version(results: Results) -> list[str]:
    """That trials come from other models than those of this version, if they do."""
    theirs = results.meta.get("model_version")
    if theirs in (None, MODEL_VERSION):
        return []
    made = results.meta.get("versions", {}).get("xbarsim", "of another version")
    return [
        f"The trials are of model version {theirs} (xbarsim {made}); this page was written by "
        f"xbarsim {__version__} with model version {MODEL_VERSION}, which may give other numbers. "
        "Device cards are those of this version."
    ]


def failure_table(results: Results) -> Table | None:
    """Trials that failed, with what they said; None if none did."""
    failures = results.meta.get("failures") or []
    if not failures:
        return None
    names = ["point", "trial", "message"]
    rest = "" if results.table.empty else "; figures and tables hold the rest"
    more = f" The first {MAX_FAILURES} are listed." if len(failures) > MAX_FAILURES else ""
    return Table(
        name="failures",
        caption=f"{counted(len(failures), 'trial')} failed{rest}.{more}",
        columns=names,
        rows=[
            [Cell(value_text(failure.get(name))) for name in names]
            for failure in failures[:MAX_FAILURES]
        ],
    )
