"""The table of model against silicon as Markdown."""

from typing import TYPE_CHECKING

from xbarsim.energy.macros.description import load, names
from xbarsim.energy.macros.statistics import Spread
from xbarsim.energy.macros.validation import FREE, calibrated, free

if TYPE_CHECKING:
    import pandas as pd


def markdown(table: "pd.DataFrame") -> str:
    """Statistics of each set in `table`, constants of macros that are shipped, every value."""
    parts = []
    if (table["set"] == "calibrated").any():
        parts += [_calibrated(table), _constants(table)]
    for name in FREE:
        part = table[table["set"] == name]
        if len(part):
            parts.append(_free(table, name))
    if told := table.attrs.get("warnings"):
        parts.append(
            "### Beyond what the models were made for\n\n" + "\n".join(f"- {t}" for t in told)
        )
    return "\n\n".join([*parts, _values(table)]) + "\n"


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _calibrated(table: "pd.DataFrame") -> str:
    rows = [
        [
            str(r["macro"]),
            str(r["constants"]),
            str(r["points"]),
            f"{r['mean']:.1%}",
            f"{r['max']:.1%}",
        ]
        for r in calibrated(table).to_dict("records")
    ]
    head = ["macro", "constants", "points", "mean error", "largest"]
    return "### Curves with constants of their own\n\n" + _grid(head, rows)


def _constants(table: "pd.DataFrame") -> str:
    chosen = set(table[table["set"] == "calibrated"]["macro"])
    rows = [
        [name, key, f"{c.value:g} {c.unit}", c.meaning]
        for name in names()
        if name in chosen
        for key, c in load(name).constants.items()
    ]
    return _grid(["macro", "constant", "value", "meaning"], rows)


def _free(table: "pd.DataFrame", name: str) -> str:
    text = f"### Set `{name}`, no constant of its own\n\n"
    part = table[(table["set"] == name) & table["counts"]]
    if len(part[part["quantity"] == "tops_per_watt"]) < 2:
        return text + "One value: no statistics."
    found = free(table, name)
    words = {
        "model": "model",
        "law": "law c x rows x time, fitted to these points",
        "law_left_out": "the same, each point left out",
    }
    rows = []
    for key, word in words.items():
        s = found[key]
        assert isinstance(s, Spread)
        figures = [f"{v:.2f}" for v in (s.bias, s.deviation, s.rms)]
        rows.append([word, str(s.points), *figures, f"{s.within_two:.0%}"])
    numbers = ["points", "bias", "spread", "spread with bias", "within 2"]
    head = ["energy, model over silicon", *numbers]
    inside = f"{found['within_quantiles']:.0%} of the points lie between the model's P10 and P90."
    return text + _grid(head, rows) + "\n\n" + inside


def _values(table: "pd.DataFrame") -> str:
    rows = []
    for _, r in table.iterrows():
        band = f"{r['low']:.3g} to {r['high']:.3g}" if r.get("low", float("nan")) > 0 else ""
        counts = "" if r["counts"] else " (left out)"
        numbers = [f"{r['published']:.4g}", f"{r['model']:.4g}", f"{r['ratio']:.2f}", band]
        rows.append([r["macro"], r["point"] + counts, r["quantity"], *numbers])
    head = ["macro", "point", "quantity", "silicon", "model", "ratio", "P10 to P90"]
    return "### Every value\n\n" + _grid(head, rows)
