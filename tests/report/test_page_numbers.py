"""Every number on the page stands in the files beside it, or follows from them."""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report_studies import array_study, grid, sampled_points, searched
from scipy import stats

from xbarsim import run
from xbarsim.energy.machine import Machine
from xbarsim.energy.macros import nearest
from xbarsim.report import build_report
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.sensitivities import SensitivitySpec, sample
from xbarsim.study.designs import write_designs
from xbarsim.study.results import Results, write_results

Make = Callable[..., Results]
SCALES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6,
          "G": 1e9, "%": 0.01}  # fmt: skip
SHOWN = re.compile(r"(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(%|[fpnµmkMG]?(?=[JsVASW]\b)|)")
KEYS = ["task", "point", "age"]
#: made anew from device and seed, whose numbers test_report_panels holds to law and circuit
RECOMPUTED = ("drift", "ir_drop")
KINDS = ["networks", "one trial", "search", "sensitivity", "reservoirs", "chip", "losses"]


class Shown(HTMLParser):
    """Cells of the tables that have a number, with their texts; values of the cards."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[tuple[float, str]] = []
        self.of_cells: list[str] = []  # the section of each
        self.cards: list[str] = []
        self.numbers_without_value: list[str] = []
        self._in: tuple[str, dict[str, str | None]] | None = None
        self._section = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = (tag, dict(attrs))
        if tag == "section":
            self._section = dict(attrs)["id"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._in = None

    def handle_data(self, data: str) -> None:
        tag, attrs = self._in or ("", {})
        if tag == "dd":
            self.cards.append(data)
        if tag != "td":
            return
        if "data-sort" in attrs:
            self.of_cells.append(self._section)
            self.cells.append((float(attrs["data-sort"] or "nan"), data))
        elif attrs.get("class") == "number" and re.search(r"\d", data):
            self.numbers_without_value.append(data)


def sensitivity(directory: Path) -> Results:
    spec = {"num": 16, "metrics": ["access.margin", "access.energy"],
            "axes": {"tasks.cell.v_write": {"uniform": {"from": 1, "to": 2}},
                     "array.wires.r_word": {"uniform": {"from": 1, "to": 5}}}}  # fmt: skip
    points = sample(SensitivitySpec.model_validate(spec), 7)
    return array_study(points, directory=directory, design={"sensitivity": spec})


RESERVOIRS = """
name: reservoirs
seed: 1
device: {sheet: wan_2022}
array: {rows: 16, cols: 16}
tasks:
  - name: memory
    kind: reservoir
    reservoir: {kind: echo_state, units: 16}
    data: {source: memory, train: 120, test: 60, washout: 20, delays: 4}
ages: [1 s, 1 day]
sweep: {axes: {device.read_noise: [0, 0.02]}, trials: 3}
run: {engine: inline}
report: {figures: [tile_map]}
"""
CHIP = {"energy": 3e-7, "energy_dynamic": 2.9e-7, "energy_leakage": 1e-8, "energy_p10": 2e-7,
        "energy_p90": 4e-7, "latency": 2e-6, "power": 0.15, "area": 3e-7, "tops_per_watt": 12.5,
        "energy.adc": 1.9e-7, "energy.buffer": 1e-7, "area.adc": 2e-7, "area.buffer": 1e-7,
        "low.adc": 1e-7, "high.adc": 3e-7, "layer_energy.hidden": 1.7e-7, "layer_time.hidden": 1e-6,
        "layer_energy.readout": 1.2e-7, "layer_time.readout": 4e-7}  # fmt: skip


def chip(results: Results) -> Results:
    """With what a chip costs, a little other in every trial."""
    varied = 1 + 0.01 * np.random.default_rng(0).standard_normal(len(results.table))
    more = {f"chip.{name}": value * varied for name, value in CHIP.items()}
    return replace(results, table=results.table.assign(**more))


def losses(results: Results) -> Results:
    """With parts of the loss that add up to it, and chips that meet a specification."""
    table = results.table
    loss = table["accuracy.software"] - table["accuracy"]
    table["loss.read_noise"], table["loss.wires"] = 0.3 * loss, loss - 0.3 * loss
    table["accuracy.meets"] = (table["accuracy"] > 0.93).astype(float)
    results.scenario["tasks"][0]["specification"] = 0.93
    return results


def study_of(kind: str, make: Make, folder: Path) -> Results:
    if kind == "reservoirs":
        file = folder / "reservoirs.yaml"
        file.write_text(RESERVOIRS)
        return run(file, folder)
    networks = grid(array__rows=[32, 128], device__read_noise=[0.0, 0.02])
    made = {
        "networks": lambda: make(networks, trials=4, tasks=("digits", "iris"), directory=folder),
        "one trial": lambda: make([{}], trials=1, ages=(1.0,), directory=folder),
        "search": lambda: searched(sampled_points(12), directory=folder),
        "sensitivity": lambda: sensitivity(folder),
        "chip": lambda: chip(make(networks, trials=4, directory=folder)),
        "losses": lambda: losses(make(networks, trials=4, directory=folder)),
    }[kind]()
    made.scenario["report"] = {"figures": []}  # drawing takes longest
    write_results(made)
    write_designs(made)
    build_report(made)
    return made


@pytest.fixture(scope="module", params=KINDS)
def folder(request: Any, make_results: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Page and files of a study."""
    folder: Path = tmp_path_factory.mktemp("numbers")
    study_of(request.param, make_results, folder)
    return folder


@pytest.fixture(scope="module")
def shown(folder: Path) -> Shown:
    return Shown((folder / "report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def means(folder: Path) -> dict[float, float]:
    """Half width of the Student-t interval of each mean over the trials of ``results.csv``."""
    table = pd.read_csv(folder / "results.csv", keep_default_na=True)
    level = json.loads((folder / "results.json").read_text())["scenario"].get("output", {})
    if "accuracy" in table:
        table = table.assign(loss=table["accuracy.software"] - table["accuracy"])
    found = {}
    for _, part in table.groupby(KEYS, dropna=False):
        for name in part.select_dtypes("number"):
            values = part[name].dropna().to_numpy(dtype=float)
            if len(values):
                t = stats.t.ppf(0.5 + level.get("confidence", 0.95) / 2, max(len(values) - 1, 1))
                spread = np.std(values, ddof=1) if len(values) > 1 else math.nan
                found[float(values.mean())] = float(t * spread / math.sqrt(len(values)))
    return found


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


@pytest.fixture(scope="module")
def known(folder: Path, means: dict[float, float]) -> np.ndarray:
    """Numbers of the files, means of their trials, shares and sums of what they hold; sorted."""
    document = json.loads((folder / "results.json").read_text("utf-8"))
    numbers = [*means, *numbers_in(document), *derived(document)]
    for file in folder.glob("*.csv"):
        values = pd.read_csv(file).select_dtypes("number").to_numpy(dtype=float)
        numbers += values[np.isfinite(values)].tolist()
    return np.unique(numbers)


def derived(document: dict[str, Any]) -> Iterator[float]:
    """What the page works out: of placements and layers, yields, counts of trials and rows."""
    yield from map(float, range(1, 60))  # counts of arrays, trials, proposals
    yield from levels(document)
    placements = pd.DataFrame(document["placements"])
    if len(placements):
        for _, part in placements.groupby(["point", "task", "layer"]):
            size = part["rows"] * part["cols"]
            yield from (part["last_input"].max() + 1.0, part["last_output"].max() + 1.0)
            yield from (size.sum() / len(part), (part["utilisation"] * size).sum() / size.sum())
    table = pd.DataFrame(document["table"])
    for _, part in table.groupby(KEYS, dropna=False):
        if "accuracy.meets" in part:
            yield float(part["accuracy.meets"].mean())
        for name in table.columns[table.columns.str.startswith("chip.layer_energy.")]:
            yield float(part[name].mean() / part["chip.energy_dynamic"].mean())
    if "chip.energy" in table:
        node, bits = ArraySpec().technology_node, Machine().word
        published = nearest(node, bits, bits).select_dtypes("number")
        yield from published.to_numpy(dtype=float).ravel().tolist()


def levels(document: dict[str, Any]) -> Iterator[float]:
    """Mean of each metric over the points of each level of an axis, and how far it goes."""
    table = pd.DataFrame(document["table"])
    axes = [axis for axis in [*document["axes"], "age"] if axis in table]
    points = table.groupby(["task", "point", "age"], dropna=False)
    means = points.mean(numeric_only=True).reset_index()
    for axis in axes:
        at = means[["task", "point", "age"]].assign(level=points[axis].first().to_numpy())
        for name in means.columns.difference(KEYS):
            of_level = means[name].groupby([at["task"], at["level"]]).mean()
            yield from of_level.dropna()
            yield from (of_level.groupby("task").max() - of_level.groupby("task").min()).dropna()


def is_among(value: float, known: np.ndarray) -> bool:
    place = np.searchsorted(known, value)
    near = known[max(place - 1, 0) : place + 1]
    return bool(np.isclose(near, value, rtol=1e-9, atol=0).any())


def test_every_number_of_a_table_follows_from_the_files(shown: Shown, known: np.ndarray) -> None:
    assert len(shown.cells) > 5
    lost = [
        (value, text, section)
        for (value, text), section in zip(shown.cells, shown.of_cells, strict=True)
        if section not in RECOMPUTED and math.isfinite(value) and not is_among(value, known)
    ]
    assert lost == []
    assert shown.numbers_without_value == []


def test_intervals_of_the_tables_are_those_of_the_trials(
    shown: Shown, means: dict[float, float]
) -> None:
    known = np.array(sorted(means))
    for value, text in shown.cells:
        if "±" not in text or not is_among(value, known):
            continue
        half = means[float(known[np.argmin(abs(known - value))])]
        (mean, _), (told, digits) = said(text)
        if not mean:
            continue
        scale = 10.0 ** round(math.log10(abs(value / mean)))  # a table in nJ says so above
        assert abs(told * scale - half) <= 0.51 * digits * scale + 1e-9 * half, text


def said(text: str) -> list[tuple[float, float]]:
    """Each number of a text in SI, and the worth of its last digit; percent holds for both."""
    found = SHOWN.findall(text)
    shared = [unit for _, unit in found if unit]
    out = []
    for number, unit in found:
        scale = SCALES[unit or (shared[-1] if shared else "")]
        head, _, power = number.partition("e")
        last = 10.0 ** (int(power or 0) - len(head.partition(".")[2]))
        out.append((scale * float(number), scale * last))
    return out


def test_the_numbers_of_the_cards_follow_from_the_files(
    shown: Shown, known: np.ndarray, means: dict[float, float]
) -> None:
    halves = [half for half in means.values() if math.isfinite(half)]
    everything = np.concatenate([known, halves])
    for text in shown.cards:
        for value, last in said(text):
            assert (abs(everything - value) <= 0.51 * last).any(), text


def test_every_table_is_a_file_of_the_same_cells(folder: Path, shown: Shown) -> None:
    page = (folder / "report.html").read_text("utf-8")
    names = re.findall(r"File: (tables/[\w-]+\.csv)", page)
    assert len(names) == page.count("<table") == len(set(names))
    numbers = []
    for name in names:
        table = pd.read_csv(folder / name)
        columns = [c for c in table.columns if "(number)" in c]
        values = table[columns].to_numpy(dtype=float)
        numbers += values[np.isfinite(values)].tolist()
    cells = [value for value, _ in shown.cells if math.isfinite(value)]
    assert sorted(numbers) == pytest.approx(sorted(cells), rel=1e-9)


def test_the_parts_of_a_breakdown_add_up(folder: Path) -> None:
    table = pd.read_csv(folder / "results.csv")
    apart = r"energy\.(total.*|source|imbalance|digital_baseline|adc_low|adc_high)"
    sums = {
        "energy.total": [c for c in table if c.startswith("energy.") and not re.match(apart, c)],
        "chip.energy_dynamic": [c for c in table if c.startswith("chip.energy.")],
        "loss": [c for c in table if c.startswith("loss.")],
    }
    if "accuracy" in table:
        table = table.assign(loss=table["accuracy.software"] - table["accuracy"])
    checked = [(total, parts) for total, parts in sums.items() if total in table and parts]
    assert checked or "access.energy" in table
    for total, parts in checked:
        kept = table[table[total].notna()]
        np.testing.assert_allclose(kept[parts].sum(axis=1), kept[total], rtol=1e-9)
