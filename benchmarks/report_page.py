"""Makes the page of 10,000 trials and drives it in a browser without a GPU; checks goals.

    python benchmarks/report_page.py [--quick] [--out DIR]

plotly, playwright and a chromium on PATH must be there. The trials are made up: 1000 points over
four axes, ten chips each, with the 22 metrics of a network on arrays, as numbers of full length.
Times are by the clock, so that all else that runs on the machine is in them; the load is told, and
beside each time what it took of processors, of all processes of the browser together.
"""

import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from figures import Figure, command
from playwright.sync_api import CDPSession, Page, sync_playwright

from xbarsim.report import build_report
from xbarsim.scenario.sweep import points
from xbarsim.study.results import Results, write_results

CHIPS = 10
PARTS = ["cells", "wires", "terminations", "driver", "dac", "adc", "sample_hold", "shift_add"]
#: when the page with its table was whole, and when something was seen, ms
LOADED = """[performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  performance.getEntriesByName('first-contentful-paint')[0].startTime]"""
#: the time until what was asked has been done and painted, ms; the plots in sight are waited for
TIMED = """async ([act, whole]) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const begun = performance.now();
  if (act === "dots") {
    explorer.select.dots.value = "trials";
    explorer.select.dots.dispatchEvent(new Event("change"));
  } else put("accuracy", act === "filter" ? "> 0.9" : "");
  await painted();
  while (whole && !explorer.isIdle()) await painted();
  return performance.now() - begun;
  function put(name, text) {
    const field = document.querySelector(`[aria-label="Filter ${name}"]`);
    field.value = text;
    field.dispatchEvent(new Event("input"));
  }
}"""


def study(folder: Path, count: int) -> Results:
    """A study of `count` points."""
    noise = np.random.default_rng(0)
    found = points({"sample": sample(count), "max_points": count}, {"seed": 7})
    table = pd.DataFrame(
        {"task": "digits", "point": point, "trial": trial, "age": 1.0, **axes}
        for point, axes in enumerate(found)
        for trial in range(CHIPS)
    )
    n = len(table)
    worse = table["device.read_noise"] + table["array.rows"] * table["array.wires.r_word"] / 1e5
    table["accuracy"] = 0.96 - worse + 0.01 * noise.standard_normal(n)
    for part in PARTS:
        table[f"energy.{part}"] = 1e-9 * table["array.adc.bits"] * noise.lognormal(0, 0.2, n)
    table["energy.total"] = table[[f"energy.{part}" for part in PARTS]].sum(axis=1)
    for name in ("total_low", "total_high", "adc_low", "adc_high", "source", "imbalance",
                 "wear", "peak", "leakage", "idle"):  # fmt: skip
        table[f"energy.{name}"] = table["energy.total"] * noise.uniform(0, 2, n)
    table["accuracy.software"], table["n_test"], table["seed"] = 0.962, 360, 7
    return Results(
        directory=folder,
        scenario={"name": "many", "seed": 7, "device": {"sheet": "wan_2022"}, "ages": [1.0],
                  "tasks": [{"name": "digits", "kind": "classifier"}],
                  "sweep": {"trials": CHIPS, "sample": sample(count), "max_points": count}},
        axes=list(found[0]), units={"array.wires.r_word": "ohm"}, table=table,
        placements=pd.DataFrame(), meta={"warnings": [], "failures": [], "trials_failed": 0},
    )  # fmt: skip


def sample(count: int) -> dict[str, Any]:
    """Points spread over four axes."""
    return {"method": "random", "num": count, "axes": {
        "array.rows": {"choice": [32, 64, 128, 256]},
        "array.wires.r_word": {"loguniform": {"from": 0.1, "to": 30}},
        "device.read_noise": {"uniform": {"from": 0, "to": 0.05}},
        "array.adc.bits": {"integers": {"from": 4, "to": 9}},
    }}  # fmt: skip


def page(quick: bool) -> list[Figure]:
    """Size, time to make, time to open, time to answer."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as name:
        results = study(Path(name), 100 if quick else 1000)
        write_results(results)
        begun, used = time.perf_counter(), time.process_time()
        path = build_report(results, interactive=True)
        made, spent = time.perf_counter() - begun, time.process_time() - used
        size = path.stat().st_size / 1e6
        driven = opened(path)
    return [
        Figure("rows", len(results.table), ""),
        Figure("size of the page", size, "MB", "<=", 15.0),
        Figure("to make it", made, "s", "<=", 20.0),
        Figure("to make it, of a processor", spent, "s"),
        *driven,
        Figure("load of the machine before", load, ""),
        Figure("load of the machine after", os.getloadavg()[0], ""),
    ]


def opened(path: Path) -> list[Figure]:
    """What a browser takes to show the page, and to answer a filter; means of five filters."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        session = browser.new_browser_cdp_session()
        tab = browser.new_page(viewport={"width": 1400, "height": 1000})
        tab.set_default_timeout(120_000)
        tab.goto("about:blank")
        begun, used = time.perf_counter(), processors(session)
        tab.goto(path.as_uri(), wait_until="commit")
        tab.wait_for_function("typeof explorer === 'object' && explorer.drawn > 0")
        loaded, painted = tab.evaluate(LOADED)
        figures = [
            Figure("to open, until something is seen", 1e-3 * painted, "s"),
            Figure("to open, until the table is there", 1e-3 * loaded, "s", "<=", 3.0),
            Figure("to open, until dots are drawn", time.perf_counter() - begun, "s", "<=", 3.0),
            Figure("to open, of processors", processors(session) - used, "s"),
        ]
        tab.evaluate("document.getElementById('explore').scrollIntoView()")
        for whole, what, goal in (
            (False, "rows have", 200.0),
            (True, "plots in sight have", np.nan),
        ):
            clock, spent = answered(tab, session, whole)
            name = f"to filter, until {what} changed"
            figures += [Figure(name, np.mean(clock), "ms", "<=", goal),
                        Figure(f"{name}, quickest", np.min(clock), "ms"),
                        Figure(f"{name}, of processors", np.mean(spent), "ms")]  # fmt: skip
        every = 1e-3 * tab.evaluate(TIMED, ["dots", True])
        browser.close()
    return [*figures, Figure("to draw a dot for each trial, not each point", every, "s")]


def answered(tab: Page, session: CDPSession, whole: bool) -> tuple[list[float], list[float]]:
    """Times of five filters, each taken back, by the clock and of processors; ms."""
    clock, spent = [], []
    for _ in range(5):
        tab.wait_for_timeout(1000)
        tab.wait_for_function("explorer.isIdle()")
        used = processors(session)
        clock.append(tab.evaluate(TIMED, ["filter", whole]))
        spent.append(1e3 * (processors(session) - used))
        tab.wait_for_function("explorer.isIdle()")
        tab.evaluate(TIMED, ["clear", whole])
    return clock, spent


def processors(session: CDPSession) -> float:
    """Processor time of all processes of the browser so far, s."""
    return sum(p["cpuTime"] for p in session.send("SystemInfo.getProcessInfo")["processInfo"])


if __name__ == "__main__":
    command("report_page", __doc__, "a tenth of the trials", (page,))
