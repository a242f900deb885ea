"""Times switching laws, and the writing of arrays with them, beside SciPy, and checks goals.

    python benchmarks/devices.py [--quick] [--out DIR]

Times are the shortest of several rounds, on the threads that the libraries take by themselves. The
first call of each, which compiles, is not counted.
"""

import time
from collections.abc import Callable

import numpy as np
from figures import Figure, command
from scipy.integrate import solve_ivp

from xbarsim import load_device
from xbarsim.crossbar import Wires
from xbarsim.device import load_sheet
from xbarsim.programming import (
    WriteVerify,
    WrittenDevice,
    programming_transfer,
    write_through_wires,
    write_verify,
)
from xbarsim.transient import simulate
from xbarsim.transient.series import in_series
from xbarsim.transient.tables import flow_map, rate_table

SETTING, RESETTING = (-0.9, -0.45), (0.7, 1.4)  # V, of JART
TAU = 1e-6  # s, of its pulses
SAMPLED = {"VTEAM": "kvatinsky_2015_generic", "Yakopcic": "yakopcic_2013_oblea_sine",
           "WOx": "du_2017"}  # fmt: skip


def shortest(function: Callable[[], object], rounds: int = 3) -> float:
    """Least duration of some calls after a first one, s."""
    function()
    lasted = []
    for _ in range(rounds):
        begun = time.perf_counter()
        function()
        lasted.append(time.perf_counter() - begun)
    return min(lasted)


def jart_cells(n: int, seed: int = 0) -> tuple[object, np.ndarray, np.ndarray, np.ndarray]:
    """The law, states over the whole range, and voltages that set and that reset."""
    law, rng = load_device("cuppers_2019"), np.random.default_rng(seed)
    low, high = (float(b[0, 0]) for b in law.bounds(np.zeros(1)))
    x = rng.uniform(low, high, n)
    return law, x, rng.uniform(*SETTING, n), rng.uniform(*RESETTING, n)


def errors(found: np.ndarray, exact: np.ndarray, start: np.ndarray) -> dict[str, float]:
    """95 % of errors in ln N: of all cells, and of those that are neither at rest nor done."""
    wrong = abs(found - exact)
    ends = (exact.min(), exact.max())
    moving = (abs(exact - start) > 0.01) & (exact > ends[0] + 0.05) & (exact < ends[1] - 0.05)
    return {
        "all": float(np.quantile(wrong, 0.95)),
        "moving": float(np.quantile(wrong[moving], 0.95)) if moving.any() else np.nan,
        "share": float(moving.mean()),
    }


def adaptive(law: object, x: np.ndarray, v: np.ndarray, tolerance: float) -> np.ndarray:
    """States after a rectangular pulse."""
    trace = simulate(law, [0.0, TAU], np.stack([v, v]), state=x[None], tolerance=tolerance,
                     record=[-1])  # fmt: skip
    return trace.state[-1, 0]


def jart(quick: bool) -> list[Figure]:
    """Flow map, table walk, adaptive integration, and SciPy."""
    law, x, down, up = jart_cells(2000 if quick else 6000)
    exact = {"SET": adaptive(law, x, down, 1e-8), "RESET": adaptive(law, x, up, 1e-8)}
    found = []
    levels = np.concatenate([np.linspace(*SETTING, 32), np.linspace(*RESETTING, 32)])
    flows = flow_map(law, levels, TAU)
    rng = np.random.default_rng(1)
    many = np.tile(x, 2_000_000 // len(x))
    which = rng.integers(0, 64, many.size).astype(np.int64)
    seconds = shortest(lambda: flows.apply(many, which), 5)
    found.append(Figure("JART flow map, 64 levels, 4001 states", many.size / seconds / 1e6,
                        "M updates/s", ">=", 300))  # fmt: skip
    level = rng.integers(0, 64, len(x))
    mapped, true = x.copy(), adaptive(law, x, levels[level], 1e-8)
    flows.apply(mapped, level.astype(np.int64))
    wrong = errors(mapped, true, x)
    found.append(Figure("... 95 % of errors in ln N", wrong["all"], "", "<=", 2e-3))
    found.append(Figure("... of cells in flight", wrong["moving"], ""))
    for voltages, states, speed, limit in ((81, 201, 0.3, 3e-2), (321, 1601, 0.1, 3e-3)):
        for name, v, ends in (("SET", down, SETTING), ("RESET", up, RESETTING)):
            table = rate_table(law, np.linspace(*ends, voltages), states)
            batch, volts = np.tile(x, 40), np.tile(v, 40)
            seconds = shortest(lambda: table.advance(batch, volts, TAU), 2)  # noqa: B023
            what = f"JART table walk {voltages} x {states}, {name}"
            wrong = errors(table.advance(x, v, TAU), exact[name], x)
            found += [
                Figure(what, batch.size / seconds / 1e6, "M cells/s", ">=", speed),
                Figure("... 95 % of errors in ln N", wrong["all"], "", "<=", limit),
                Figure(f"... of the {wrong['share']:.0%} in flight", wrong["moving"], ""),
            ]
    low, high = np.log(0.008), np.log(20.0)
    anywhere = np.random.default_rng(2).uniform(low, high, 4000)
    for name, volts, t, deep in (("SET", -0.7, 1e-3, low), ("RESET", 0.9, 0.1, high)):
        v = np.full((2, 4000), volts)
        for what, start in (
            ("states at random", anywhere),
            ("whole transitions", 0.95 * deep + 0 * anywhere),
        ):
            ours = shortest(
                lambda: simulate(law, [0.0, t], v, state=start[None], tolerance=1e-3,  # noqa: B023
                                 record=[-1]),  # noqa: B023
                2,
            )  # fmt: skip
            goal = 5000 if what == "states at random" else np.nan
            found.append(Figure(f"JART adaptive, tolerance 1e-3, {name}, {what}", 4000 / ours,
                                "cells/s", ">=", goal))  # fmt: skip
        theirs = shortest(lambda: _scipy(law, 0.95 * deep, volts, t), 1)  # noqa: B023
        found.append(Figure("... SciPy LSODA, a cell at a time, over ours", theirs * 4000 / ours,
                            "times"))  # fmt: skip
    return found


def _scipy(law: object, x: float, v: float, t: float) -> object:
    volts, ambient = np.array([v]), np.array([293.0])
    return solve_ivp(lambda _, s: law.rate(volts, s.reshape(1, 1), ambient)[0], (0.0, t), [x],
                     method="LSODA", rtol=1e-3)  # fmt: skip


def sampled(quick: bool) -> list[Figure]:
    """A million cells of laws with closed forms under one sampled sine, and under one each."""
    found = []
    points = 201 if quick else 401
    for label, sheet in SAMPLED.items():
        law, sweep = load_device(sheet), load_sheet(sheet).sweep
        t = np.linspace(0.0, 2 * sweep.period, points)
        v = sweep.v_high * np.sin(2 * np.pi * t / sweep.period)
        for cells, each in ((1_000_000, False), (100_000, True)):
            x = np.random.default_rng(0).uniform(0.05, 0.95, (1, cells))
            volts = v[:, None] * np.linspace(0.8, 1.0, cells) if each else v
            small = (law, t, volts[:, :1000] if each else volts)
            simulate(*small, state=x[:, :1000], tolerance=1e-4, record=[-1])
            seconds = shortest(
                lambda: simulate(law, t, volts, state=x, tolerance=1e-4, record=[-1]),  # noqa: B023
                0 if cells > 500_000 else 1,
            ) if cells <= 500_000 else _once(law, t, volts, x)  # fmt: skip
            what = f"{label}, {cells:,} cells, {points - 1} samples"
            what += ", a voltage each" if each else ""
            goal = np.nan if each else 50
            found.append(Figure(what, cells * (points - 1) / seconds / 1e6, "M cell steps/s", ">=",
                                goal))  # fmt: skip
        found.append(
            Figure("... memory beside the states", _bytes_a_cell(sheet), "B a cell", "<=", 64)
        )
    return found


def _once(law: object, t: np.ndarray, v: np.ndarray, x: np.ndarray) -> float:
    begun = time.perf_counter()
    simulate(law, t, v, state=x, tolerance=1e-4, record=[-1])
    return time.perf_counter() - begun


def _bytes_a_cell(sheet: str) -> float:
    """Largest traced memory of a run of a million cells, over the cells."""
    import tracemalloc

    law, sweep = load_device(sheet), load_sheet(sheet).sweep
    t = np.linspace(0.0, sweep.period / 10, 5)
    v = sweep.v_high * np.sin(2 * np.pi * t / sweep.period)
    x = np.random.default_rng(0).uniform(0.05, 0.95, (1, 1_000_000))
    tracemalloc.start()
    simulate(law, t, v, state=x, tolerance=1e-4, record=[-1])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / x.size


def writing(quick: bool) -> list[Figure]:
    """Write and verify without and with lines, and one write in a passive array."""
    side = 256 if quick else 1024
    law = load_device("jiang_2014_hfox_demo")
    rng = np.random.default_rng(0)
    targets, z = rng.uniform(6e-6, 100e-6, (side, side)), rng.standard_normal((side, side))
    levels = np.concatenate([-np.linspace(1.0, 1.5, 64)[::-1], np.linspace(1.3, 1.8, 64)])
    scheme = WriteVerify(window=2e-6, read_noise=0.005)
    made = shortest(lambda: programming_transfer(law, levels, 10e-9, 0.2), 1)
    transfer = programming_transfer(law, levels, 10e-9, 0.2)
    seconds = shortest(lambda: write_verify(transfer, targets, scheme, z), 2)
    done = write_verify(transfer, targets, scheme, z)
    found = [
        Figure("transfer of a law, 128 levels", made, "s"),
        Figure(f"write and verify {side} x {side}, no lines", seconds, "s", "<=", 2),
        Figure("... pulses a cell", float(done.pulses.mean()), ""),
        Figure("... verified", 100 * float(done.verified.mean()), "%"),
    ]
    strong = np.concatenate([-np.linspace(1.0, 4.5, 128)[::-1], np.linspace(1.3, 4.5, 128)])

    def behind(resistance: float) -> tuple[object, ...]:
        one = in_series(law, resistance) if resistance else law
        return (programming_transfer(one, strong, 10e-9, 0.2, states=1001),)

    device = WrittenDevice(library=behind(0.0), scheme=WriteVerify(window=2e-6, read_noise=0.005,
                           pulses=200), g_min=6e-6, g_max=100e-6, behind=behind)  # fmt: skip
    wires = Wires(r_word=1.0, r_bit=1.0, r_source=50.0, r_sense=50.0)
    begun = time.perf_counter()
    done = device.write(targets, z, 0.0, wires)
    found += [
        Figure(f"{side} x {side} through lines of 1 ohm a pitch, transfers included",
               time.perf_counter() - begun, "s", "<=", 60),
        Figure("... pulses a cell", float(done.pulses.mean()), ""),
        Figure("... verified", 100 * float(done.verified.mean()), "%"),
    ]  # fmt: skip
    jart_law = load_device("cuppers_2019")
    x = np.log(10 ** rng.uniform(np.log10(0.06), np.log10(6), (1, 32, 32)))
    x[0, 31, 0] = np.log(0.008)
    lines = Wires(r_word=2.5, r_bit=2.5)
    write_through_wires(jart_law, x[:, :2, :2], lines, (0, 0), -0.1, 1e-12)
    begun = time.perf_counter()
    one = write_through_wires(jart_law, x, lines, (31, 0), -1.0, 100e-9, "V/2")
    found += [
        Figure("JART 32 x 32 passive, one V/2 write", time.perf_counter() - begun, "s", "<=", 30),
        Figure("... solves", one.solves, ""),
        Figure("... ln N of the written cell", float(one.state[0, 31, 0]), ""),
    ]
    return found


if __name__ == "__main__":
    command("devices", __doc__, "smaller batches and arrays", (jart, sampled, writing))
