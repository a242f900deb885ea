"""What a search and a sensitivity study found, on the screen and for scripts."""

from typing import Any

from xbarsim.cli.summary import short
from xbarsim.cli.tables import grid

_SHOWN = 40  # rows on the screen


def found_by(results: Any) -> dict[str, Any]:
    """``pareto``, the front of a search, and ``sensitivity``, indices; each where there is one."""
    from xbarsim.study.designs import check_indices, pareto_rows, sensitivity_rows

    found: dict[str, Any] = {}
    if results.scenario.get("search"):
        found["pareto"] = pareto_rows(results)
    if results.scenario.get("sensitivity") and not check_indices(results):
        found["sensitivity"] = sensitivity_rows(results)
    return found


def echo_designs(results: Any) -> None:
    """The same as tables."""
    found = found_by(results)
    if "pareto" in found:
        _echo_front(found["pareto"], results)
    if "sensitivity" in found:
        _echo_indices(found["sensitivity"])


def _echo_front(rows: list[dict[str, Any]], results: Any) -> None:
    from xbarsim.units import show

    if not rows:
        print("no point of the search keeps its constraints; see search.csv")
        return

    def told(name: str, value: Any) -> str:
        if not isinstance(value, float):
            return str(value)
        unit = "joule" if "energy" in name else results.units.get(name)
        return show(value, unit) if unit else f"{value:.4g}"

    cells = [[told(name, value) for name, value in row.items()] for row in rows[:_SHOWN]]
    title = f"Pareto front, {len(rows)} point{'s' * (len(rows) > 1)}"
    grid(title, short(list(rows[0])), cells, left=())
    if len(rows) > _SHOWN:
        print(f"... {len(rows) - _SHOWN} more in {results.directory / 'pareto.csv'}")


def _echo_indices(rows: list[dict[str, Any]]) -> None:
    """First-order and total indices, the largest of each metric first; pairs are in the file."""
    single = [row for row in rows if "ST" in row]
    paths = list(dict.fromkeys(row["axis"] for row in single))
    names = dict(zip(paths, short(paths), strict=True))
    single.sort(key=lambda row: -row["ST"])
    shown = [
        [str(row["task"]), row["metric"], names[row["axis"]], _index(row, "S1"), _index(row, "ST")]
        for name in dict.fromkeys((row["task"], row["age"], row["metric"]) for row in rows)
        for row in single
        if (row["task"], row["age"], row["metric"]) == name
    ]
    columns = ["task", "metric", "axis", "alone (S1)", "in all (ST)"]
    grid("Sobol indices", columns, shown[:_SHOWN], left=(0, 1, 2))
    if len(shown) > _SHOWN:
        print(f"... {len(shown) - _SHOWN} more in sensitivity.csv")


def _index(row: dict[str, Any], name: str) -> str:
    return f"{row[name]:.3f} ± {row[f'{name}.half_width']:.3f}"
