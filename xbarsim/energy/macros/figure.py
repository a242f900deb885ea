"""Model against silicon, drawn."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbarsim.energy.macros.text import markdown
from xbarsim.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_MARKS = {"calibrated": "s", "blind": "o", "development": "^", "later": "D"}
_WORDS = {
    "calibrated": "constants of its own",
    "blind": "blind",
    "development": "model worked out on these",
    "later": "added when the model was ready",
}


def figure(table: "pd.DataFrame") -> "Figure":
    """Energy for an operation, model over silicon, with lines at equality and a factor of two.

    Parameters
    ----------
    table : as `validation.validate` gives it; of it the TOPS/W are drawn. Bars: 10 % to 90 % of the
        model.

    Raises
    ------
    SpecError : no TOPS/W in the table.
    """
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = drawn.subplots()
    part = table[table["quantity"] == "tops_per_watt"]
    if part.empty:
        raise SpecError("the table has no tops_per_watt; there is nothing to draw")
    energies = [1e3 / part["published"], 1e3 / part["model"]]
    low = min(float(e.min()) for e in energies) / 2
    high = max(float(e.max()) for e in energies) * 2
    for factor, shape in ((1.0, "-"), (2.0, ":"), (0.5, ":")):
        axes.plot([low, high], [low * factor, high * factor], shape, color="0.6", linewidth=0.8)
    for colour, (name, mark) in enumerate(_MARKS.items()):
        _draw(axes, part[part["set"] == name], mark, f"C{colour}", _WORDS[name])
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    axes.set_xlabel("silicon, fJ for an operation")
    axes.set_ylabel("model, fJ for an operation")
    axes.legend(frameon=False, fontsize="small")
    return drawn


def _draw(axes: Any, part: "pd.DataFrame", mark: str, colour: str, word: str) -> None:
    if part.empty:
        return
    x, y = 1e3 / part["published"], 1e3 / part["model"]
    axes.plot(x, y, mark, color=colour, markersize=5, label=word)
    if "low" in part and part["low"].notna().all():
        bars = [y - 1e3 / part["high"], 1e3 / part["low"] - y]
        axes.errorbar(x, y, yerr=bars, fmt="none", ecolor=colour, linewidth=0.6, alpha=0.6)
    if part["set"].iloc[0] != "calibrated":
        for _, row in part.drop_duplicates("macro").iterrows():
            at = (1e3 / row["published"], 1e3 / row["model"])
            axes.annotate(row["macro"], at, (4, 3), textcoords="offset points", fontsize=6)


def save(table: "pd.DataFrame", folder: Path) -> None:
    """Write ``validation.md``, ``validation.csv`` and ``validation.svg``; the same every time."""
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "validation.md").write_text(markdown(table), "utf-8")
    table.to_csv(folder / "validation.csv", index=False)
    with rc_context({"svg.hashsalt": "xbarsim"}):
        figure(table).savefig(folder / "validation.svg", metadata={"Date": None})
