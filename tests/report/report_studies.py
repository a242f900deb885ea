"""Synthetic but complete studies."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xbarsim.study.results import Results

SIDES = [32, 64, 128, 256]
COMPONENTS = ["cells", "wires", "terminations", "driver", "dac", "adc", "sample_hold", "shift_add"]


def _energies(side: int, noise: np.random.Generator) -> dict[str, float]:
    shares = np.array([2, 0.4, 0.1, 1.5, 2, 9, 0.7, 0.6]) * np.array([side] * 2 + [128] * 6)
    parts = dict(zip(COMPONENTS, 1e-11 * shares * noise.normal(1, 0.01, 8), strict=True))
    total = sum(parts.values())
    return {
        **{f"energy.{name}": value for name, value in parts.items()},
        "energy.total": total,
        "energy.total_low": total - 0.5 * parts["adc"],
        "energy.total_high": total + 1.5 * parts["adc"],
        "energy.adc_low": 0.5 * parts["adc"],
        "energy.adc_high": 2.5 * parts["adc"],
        "energy.source": parts["cells"] + parts["wires"] + parts["terminations"],
        "energy.imbalance": 1e-12 * noise.random(),
        "energy.digital_baseline": 2e-8,
    }


def _rows(points: list[dict[str, Any]], ages: list[float], trials: int, task: str) -> pd.DataFrame:
    rows = []
    for (point, axes), trial in itertools.product(enumerate(points), range(trials)):
        noise = np.random.default_rng([point, trial])
        side = axes.get("array.rows", 128)
        energies = _energies(side, noise)
        for age in ages:
            loss = side / 4000 + 0.005 * np.log10(age) + abs(float(axes.get("loss", 0)))
            rows.append({
                "task": task, "point": point, "trial": trial, "age": age, **axes,
                "accuracy": 0.95 - loss + 0.01 * noise.standard_normal(),
                "accuracy.software": 0.962, "n_test": 360, "seed": 7 + trial, **energies,
            })  # fmt: skip
    return pd.DataFrame(rows)


def _placements(points: list[dict[str, Any]], task: str) -> pd.DataFrame:
    rows = []
    for point, axes in enumerate(points):
        side = axes.get("array.rows", 128)
        array = 0
        for layer, (inputs, outputs) in {"hidden": (65, 128), "readout": (65, 20)}.items():
            blocks = itertools.product(range(-(-inputs // side)), range(-(-outputs // side)))
            for row_block, col_block in blocks:
                used = min(side, inputs - side * row_block), min(side, outputs - side * col_block)
                rows.append({
                    "point": point, "task": task, "layer": layer, "array": array,
                    "row_block": row_block, "col_block": col_block,
                    "first_input": side * row_block, "last_input": side * row_block + used[0] - 1,
                    "first_output": side * col_block, "last_output": side * col_block + used[1] - 1,
                    "used_rows": used[0], "used_cols": used[1], "rows": side, "cols": side,
                    "utilisation": used[0] * used[1] / side**2,
                })  # fmt: skip
                array += 1
    return pd.DataFrame(rows)


def grid(**axes: list[Any]) -> list[dict[str, Any]]:
    """Every combination of the values of `axes`; ``a__b`` is the path ``a.b``."""
    names = [name.replace("__", ".") for name in axes]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*axes.values())]


def study_points() -> list[dict[str, Any]]:
    """Two axes that move together, and a device parameter."""
    return [
        {"array.rows": side, "array.cols": side, "device.read_noise": noise, "loss": 2 * noise}
        for side, noise in itertools.product(SIDES, [0.0, 0.02])
    ]


def study(
    points: list[dict[str, Any]] | None = None,
    *,
    ages: tuple[float, ...] = (1.0, 86400.0),
    trials: int = 5,
    tasks: tuple[str, ...] = ("digits",),
    device: dict[str, Any] | None = None,
    directory: Path,
    **meta: Any,
) -> Results:
    """Results of the standard study unless points, ages, trials or tasks are given."""
    points = study_points() if points is None else points
    axes = [axis for axis in points[0] if axis != "loss"]
    tables = [_rows(points, list(ages), trials, task) for task in tasks]
    return Results(
        directory=directory,
        scenario={
            "name": "digits-ir-drop",
            "description": "How large may an array be before IR drop costs accuracy?",
            "seed": 7,
            "device": device or {"sheet": "wan_2022", "read_noise": 0.01},
            "array": {"rows": 128, "cols": 128, "wires": {"r_word": 1.5, "r_bit": 1.5}},
            "tasks": [{"name": task, "kind": "classifier"} for task in tasks],
            "ages": list(ages),
        },
        axes=axes,
        table=pd.concat(tables, ignore_index=True).drop(columns="loss", errors="ignore"),
        placements=pd.concat([_placements(points, task) for task in tasks], ignore_index=True),
        meta={
            "versions": {"xbarsim": "0.1.0", "numpy": "2.0.0"},
            "machine": {"system": "Linux", "cores": 2},
            "seed": 7,
            "trials_finished": len(points) * trials,
            "trials_failed": 0,
            "started": "2026-01-01T00:00:00Z",
            "finished": "2026-01-01T00:01:00Z",
            "warnings": [],
            "failures": [],
            **meta,
        },
    )


def array_study(
    points: list[dict[str, Any]],
    *,
    directory: Path,
    trials: int = 1,
    ages: tuple[float, ...] = (1.0,),
    design: dict[str, Any] | None = None,
    **meta: Any,
) -> Results:
    """Results of a passive array: its voltage follows ``tasks.cell.v_write``, its margin no axis.

    `design` is what the scenario says of its points: a search, a sensitivity study, a sweep.
    """
    axes, rows = list(points[0]), []
    for (point, values), trial in itertools.product(enumerate(points), range(trials)):
        noise = np.random.default_rng([1, point, trial])
        volts = values.get("tasks.cell.v_write", 1.0)
        for age in ages:
            rows.append({
                "task": "cell", "point": point, "trial": trial, "age": age, **values, "seed": 7,
                "access.v_selected": 0.9 * volts, "access.v_half_selected": 0.5 * volts,
                "access.energy": 1e-12 * volts**2, "access.energy_selected": 5e-13 * volts**2,
                "access.i_sneak": 1e-6 * volts, "access.margin": 0.5 + 0.01 * noise.random(),
            })  # fmt: skip
    return Results(
        directory=directory,
        scenario={
            "name": "cells", "seed": 7, "device": {"sheet": "wan_2022"},
            "tasks": [{"name": "cell", "kind": "array"}], "ages": list(ages),
            "sweep": {"trials": trials}, **(design or {}),
        },
        axes=axes,
        units={"tasks.cell.v_write": "volt", "array.wires.r_word": "ohm"},
        table=pd.DataFrame(rows),
        placements=pd.DataFrame(),
        meta={"warnings": [], "failures": [], "trials_failed": 0, **meta},
    )  # fmt: skip


def sampled_points(count: int) -> list[dict[str, Any]]:
    """Points spread at random over a voltage and, of every second point, a resistance."""
    noise = np.random.default_rng(count)
    return [
        {
            "tasks.cell.scheme": "V/2" if k % 2 else "V/3",
            "tasks.cell.v_write": float(noise.uniform(1, 3)),
            "array.wires.r_word": float(10 ** noise.uniform(-1, 1)) if k % 2 else "none",
        }
        for k in range(count)
    ]


def searched(
    points: list[dict[str, Any]], *, limits: dict[str, Any] | None = None, **settings: Any
) -> Results:
    """A search for much voltage and little energy, in generations of four points."""
    axes = {path: {"uniform": {"from": 0, "to": 1}} for path in points[0]}
    search = {
        "objectives": {"access.v_selected": "maximize", "access.energy": "minimize"},
        "constraints": limits or {}, "axes": axes, "points": len(points), "generation": 4,
        "sampler": "random",
    }  # fmt: skip
    proposals = [
        {"generation": k // 4, "point": k, "state": "complete", "message": "", "values": values}
        for k, values in enumerate(points)
    ]
    made = {"proposals": proposals, **settings.pop("meta", {})}
    return array_study(
        points, design={"search": search, "sweep": {"trials": 1}}, **made, **settings
    )
