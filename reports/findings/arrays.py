"""Writing and reading single cells of arrays."""

import pandas as pd

from findings.entry import Entry, Study, joules, percent, up


def _half_select(s: Study) -> tuple[str, str]:
    table = s.rows(rows=256)
    law = table["tasks.cell.law"].str.split(",").str[0]
    mean = table.groupby(["tasks.cell.scheme", law])[
        ["access.energy", "access.energy_selected", "access.margin"]
    ].mean()

    def energies(values: pd.Series) -> str:
        return f"{joules(values.min(), 2)} to {joules(values.max(), 2)}"

    bare, closed = mean.xs("none", level=1), mean.xs("selector", level=1)
    spared = closed.loc[["V/3", "floating"]]
    assert (bare["access.margin"].drop("grounded") < 0.2).all(), "only grounded lines tell"
    assert (spared["access.margin"] > 0.95).all(), "a selector keeps the read margin"
    return (
        f"A write in 256 × 256 ohmic cells takes {energies(bare['access.energy'])}, of which "
        f"{energies(bare['access.energy_selected'])} reach the cell, and only grounded lines "
        "tell on from off; a selector, with write and read raised by its threshold, brings that "
        f"to {energies(spared['access.energy'])} with floating lines or V/3, "
        f"{joules(spared['access.energy_selected'].max(), 2)} of them in the cell and its "
        "selector, and keeps the read margin.",
        "At V/2 the half-selected cells stand above its threshold, and a write takes "
        f"{joules(closed.loc['V/2', 'access.energy'])}.",
    )


def _disturb(s: Study) -> tuple[str, str]:
    def of(scheme: str, metric: str, low: float, high: float, heat: str = "none") -> list[float]:
        rows = s.rows(scheme=scheme, heat=heat)
        return list(rows[rows["tasks.write.level"].between(low, high)][f"disturb.{metric}"])

    assert set(of("V/2", "half_lost", 0.9e-4, 4.1e-4)) == {1.0}, "all lost between 0.1 and 0.4 mS"
    moved = of("V/2", "half_median", 0.9e-4, 4.1e-4)
    safe = max(of("V/2", "half_worst", 0, 5.1e-5) + of("V/2", "half_worst", 5.9e-4, 1))
    worst = max(of("V/3", "half_worst", 0, 1))
    energies = zip(of("V/2", "energy", 0, 1), of("V/3", "energy", 0, 1), strict=True)
    more = max(third / half for half, third in energies)
    heated = s.rows(scheme="V/3", heat="coupling 0.1")
    lost = [f"{1e3 * g:.1f}" for g in heated[heated["disturb.half_lost"] > 0]["tasks.write.level"]]
    return (
        "At V/2 half-selected cells that hold 0.1 to 0.4 mS are all lost: half of them move by "
        f"{percent(min(moved), 0)} to {percent(max(moved), 0)}; at V/3 none moves by more than "
        f"{up(100 * worst)} %, for up to {more:.1f} times the energy.",
        "One cell of a 16 × 16 array of the JART model is switched on by -1 V for 200 ns. Cells "
        "halfway on their way run on at voltages that leave one deep in its high resistance "
        "where it is: at V/2 those of 50 µS and less, and of 0.6 mS, move by no more than "
        f"{up(100 * safe, 2)} %, so that V/2 serves two states and not many. With a tenth of "
        "each filament's heating in the surroundings of its neighbours (the share is ours, and "
        "warms them by some 300 K) the two cells beside the written one are lost at V/3 too "
        f"where they hold {' or '.join(lost)} mS.",
    )


def _array_sensitivity(s: Study) -> tuple[str, str]:
    found = s.results.sensitivity()

    def most(metric: str) -> list[tuple[str, str]]:
        mine = found[(found["metric"] == metric) & (found["index"] == "ST")]
        ranked = mine.sort_values("value", ascending=False)
        return [(a, f"{v:.2f}") for a, v in zip(ranked["axis"], ranked["value"], strict=True)]

    margin, energy, volts = (most(f"access.{m}") for m in ("margin", "energy", "v_selected"))
    assert margin[0][0] == "array.rows" and energy[0][0] == "tasks.cell.scheme"
    assert {axis for axis, _ in volts[:2]} == {"array.wires.r_bit", "array.wires.r_word"}
    return (
        f"The number of rows decides how well a cell is read (total Sobol index {margin[0][1]}), "
        f"the scheme what writing it costs ({energy[0][1]}), and wires what voltage is left of "
        f"the driver's ({volts[0][1]} and {volts[1][1]}).",
        "[What the numbers mean](../docs/sweeps.md#sensitivity).",
    )


ENTRIES = [
    Entry(
        name="half_select",
        picture="access.svg",
        found=_half_select,
        shows="voltage at the cell being written, voltage at half-selected cells, energy of a "
        "write, sneak current and read margin against array size, a line for each scheme with "
        "and without a selector",
    ),
    Entry(
        name="disturb",
        picture="disturb.svg",
        found=_disturb,
        shows="conductance and voltage of the written cell, change of half-selected cells, "
        "shares of cells lost and energy against the conductance that cells hold, for V/2 and "
        "V/3, with and without heat from cell to cell",
    ),
    Entry(
        name="array_sensitivity",
        picture="sensitivity.svg",
        found=_array_sensitivity,
        shows="Sobol indices of every axis, a panel for each metric",
    ),
]
