"""The results as Markdown, JSON, CSV and a figure."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from goals import Results, goals

#: how each figure is called and shown: unit, and how many of it make one SI unit
SHOWN = {
    "transfer": ("transfer matrix", "ms", 1e3),
    "transfer32": ("transfer matrix, float32", "ms", 1e3),
    "solve_nodes": ("one vector, all nodes", "ms", 1e3),
    "solve": ("one vector, currents", "ms", 1e3),
    "further": ("each further vector", "us", 1e6),
    "nonlinear": ("nonlinear vector", "ms", 1e3),
    "nonlinear_batch": ("nonlinear vector, of 8", "ms", 1e3),
    "gradient": ("gradient, 256 samples", "ms", 1e3),
    "superlu_vector": ("SuperLU, one vector", "ms", 1e3),
    "superlu_further": ("SuperLU, each further", "us", 1e6),
    "badcrossbar_vector": ("badcrossbar, one vector", "ms", 1e3),
    "badcrossbar_further": ("badcrossbar, each further", "us", 1e6),
    "badcrossbar_vector_least": ("badcrossbar, one vector, outputs alone", "ms", 1e3),
    "badcrossbar_further_least": ("badcrossbar, each further, outputs alone", "us", 1e6),
    "ngspice_vector": ("ngspice, one vector", "ms", 1e3),
    "crosssim_vector": ("CrossSim, one vector", "ms", 1e3),
    "crosssim_first": ("CrossSim, first call", "ms", 1e3),
    "transfer_rate": ("rate of the transfer matrix", "Gflop/s", 1e-9),
    "solve_rate": ("rate of a solve", "GB/s", 1e-9),
    "solve_iterations": ("iterations of a solve", "", 1),
    "nonlinear_iterations": ("Newton steps", "", 1),
    "transfer_error": ("error: transfer matrix", "", 1),
    "transfer32_error": ("error: float32", "", 1),
    "solve_error": ("error: one vector", "", 1),
    "nodes_error": ("error: node voltages", "", 1),
    "routes_differ": ("transfer against solve", "", 1),
    "nonlinear_residual": ("residual: nonlinear", "", 1),
    "superlu_error": ("error: SuperLU", "", 1),
    "badcrossbar_error": ("error: badcrossbar", "", 1),
    "ngspice_error": ("error: ngspice", "", 1),
    "crosssim_error": ("error: CrossSim", "", 1),
}
#: lines of the figure
DRAWN = ("transfer", "transfer32", "solve_nodes", "further", "nonlinear", "gradient")
DRAWN_PEERS = ("superlu_vector", "badcrossbar_vector", "badcrossbar_further", "ngspice_vector",
               "crosssim_vector")  # fmt: skip


def markdown(machine: dict[str, str], r: Results) -> str:
    """Machine, goals, and every figure of every size."""
    sides = sorted(r.by_side)
    measured = [
        [f"{name}, {unit}".rstrip(", "), *(_text(r.at(side, key) * scale) for side in sides)]
        for key, (name, unit, scale) in SHOWN.items()
        if any(key in figures for figures in r.by_side.values())
    ]
    aims = [
        [aim.what, f"{aim.sign} {aim.limit:g} {aim.unit}", _text(aim.measured), aim.verdict]
        for aim in goals(r)
    ]
    single = [[name, f"{value:.4g}"] for name, value in r.single.items()]
    return "\n".join(
        [
            "; ".join(f"{name} {value}" for name, value in machine.items()),
            "",
            *_table(["goal", "allowed", "measured", "reached"], aims),
            *_table(["cells a side", *(str(side) for side in sides)], measured),
            *_table(["of no size (SI)", "measured"], single),
        ]
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def _text(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "-"


def save(folder: Path, machine: dict[str, str], r: Results) -> None:
    """Write ``crossbar.md``, ``.json``, ``.csv`` and ``.svg`` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crossbar.md").write_text(markdown(machine, r))
    aims = {aim.what: [aim.measured, aim.sign, aim.limit, aim.verdict] for aim in goals(r)}
    everything = {"machine": machine, "goals": aims, "single": r.single, "by_side": r.by_side}
    (folder / "crossbar.json").write_text(json.dumps(everything, indent=1) + "\n")
    with (folder / "crossbar.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["side", "figure", "value"])
        for side, figures in r.by_side.items():
            writer.writerows([side, name, value] for name, value in figures.items())
        writer.writerows(["", name, value] for name, value in r.single.items())
    _figure(folder / "crossbar.svg", r)


def _figure(path: Path, r: Results) -> None:
    """Cost against size, doubly logarithmic, with the exponent of each line."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    for names, style in ((DRAWN, "o-"), (DRAWN_PEERS, "s--")):
        for name in names:
            sides = [side for side in sorted(r.by_side) if name in r.by_side[side]]
            if sides:
                power = r.exponent(name)
                label = SHOWN[name][0] + (f": side^{power:.2f}" if np.isfinite(power) else "")
                axes.loglog(sides, [r.at(side, name) for side in sides], style, label=label)
    axes.set_xticks(sorted(r.by_side), [str(side) for side in sorted(r.by_side)], minor=False)
    axes.minorticks_off()
    axes.set(xlabel="cells a side", ylabel="time, s")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper", fontsize="x-small")
    figure.savefig(path)
