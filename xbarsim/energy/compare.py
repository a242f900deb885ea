"""Two energy reports side by side: what differs, and by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from xbarsim.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd

#: what ledgers hold a sum of
QUANTITIES = ("energy", "area", "leakage", "count")
_KEYS = ["layer", "component"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A ledger `b` against a ledger `a`.

    Every table has, for each of `QUANTITIES`, columns ``a``, ``b``, ``difference`` (b - a) and
    ``ratio`` (b / a; 1 where both are 0, inf where only a is), as a second level of columns; its
    rows with the largest difference of energy come first.

    Parameters
    ----------
    parts : a row for each layer and component of either; one that a ledger lacks counts 0 there.
    layers, components : sums of these.
    totals : one row for each quantity.
    summary : entries of both summaries that differ: ``a``, ``b``, and difference and ratio where
        both are numbers.
    missing : layer and component of the parts that one ledger lacks, and which of them, ``in``.
    """

    parts: "pd.DataFrame"
    layers: "pd.DataFrame"
    components: "pd.DataFrame"
    totals: "pd.DataFrame"
    summary: "pd.DataFrame"
    missing: "pd.DataFrame"


def compare(
    a: "pd.DataFrame",
    b: "pd.DataFrame",
    summaries: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
) -> Comparison:
    """What differs between two ledgers.

    Parameters
    ----------
    a, b : a row for each layer and component, or several that add up: ``layer``, ``component``,
        ``energy`` (J), ``area`` (m^2), ``leakage`` (W), ``count`` (of actions).
    summaries : what else both reports say, plain values by name.

    Raises
    ------
    SpecError : a ledger lacks a column or the name of a row, or holds what is negative or no
        finite number.
    """
    import pandas as pd

    sums = {name: _summed(name, ledger) for name, ledger in (("a", a), ("b", b))}
    index = sums["a"].index.union(sums["b"].index, sort=False)
    both = {name: table.reindex(index, fill_value=0.0) for name, table in sums.items()}
    lacks = [
        {"layer": layer, "component": component, "in": other}
        for name, other in (("b", "a"), ("a", "b"))
        for layer, component in sums[name].index.difference(sums[other].index, sort=False)
    ]
    return Comparison(
        parts=_beside(both["a"], both["b"]),
        **{
            f"{key}s": _beside(*(both[k].groupby(key, sort=False).sum() for k in "ab"))
            for key in _KEYS
        },
        totals=_columns(both["a"].sum(), both["b"].sum()),
        summary=_summary(*summaries),
        missing=pd.DataFrame(lacks, columns=[*_KEYS, "in"]),
    )


def _summed(name: str, ledger: "pd.DataFrame") -> "pd.DataFrame":
    """One row for each layer and component."""
    if not hasattr(ledger, "columns"):
        raise SpecError(f"ledger {name} is a {type(ledger).__name__}; expected a table of pandas")
    if missing := [c for c in (*_KEYS, *QUANTITIES) if c not in ledger.columns]:
        raise SpecError(f"ledger {name} has no column {', '.join(missing)}")
    for key in _KEYS:
        if nameless := int(ledger[key].isna().sum()):
            raise SpecError(f"ledger {name}: {nameless} rows have no {key}")
    for quantity in QUANTITIES:
        try:
            values = ledger[quantity].to_numpy(dtype=float)
        except (TypeError, ValueError):
            raise SpecError(f"ledger {name}: {quantity} holds what is no number") from None
        wrong = np.flatnonzero(~((values >= 0) & np.isfinite(values)))
        if len(wrong):
            layer, component = ledger[_KEYS].iloc[int(wrong[0])]
            raise SpecError(
                f"ledger {name}: {quantity} of {component} of {layer} is {values[wrong[0]]:g}; it "
                "must be finite and at least 0"
            )
    kept = ledger[[*_KEYS, *QUANTITIES]].astype(dict.fromkeys(QUANTITIES, float))
    return kept.groupby(_KEYS, sort=False).sum()


def _columns(a: Any, b: Any) -> "pd.DataFrame":
    """Two series side by side."""
    import pandas as pd

    table = pd.DataFrame({"a": a, "b": b, "difference": b - a})
    both = zip(table["a"], table["b"], strict=True)
    table["ratio"] = [y / x if x else (np.inf if y else 1.0) for x, y in both]
    return table


def _beside(a: "pd.DataFrame", b: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    table = pd.concat({q: _columns(a[q], b[q]) for q in QUANTITIES}, axis=1)
    size = table["energy", "difference"].abs().sort_values(ascending=False, kind="stable")
    return table.loc[size.index]


def _summary(a: Mapping[str, Any], b: Mapping[str, Any]) -> "pd.DataFrame":
    """Entries that differ; a name that one lacks is None there."""
    import pandas as pd

    rows = {}
    for name in dict.fromkeys((*a, *b)):
        x, y = a.get(name), b.get(name)
        if _same(x, y):
            continue
        rows[name] = [x, y, None, None]
        if _number(x) and _number(y):
            rows[name][2:] = float(y) - float(x), float(y) / float(x) if x else None
    columns = ["a", "b", "difference", "ratio"]
    return pd.DataFrame(list(rows.values()), index=list(rows), columns=columns, dtype=object)


def _same(x: Any, y: Any) -> bool:
    if _number(x) and _number(y):
        return bool(x == y or (x != x and y != y))
    return type(x) is type(y) and bool(np.all(x == y))


def _number(x: Any) -> TypeGuard[float]:
    return isinstance(x, int | float | np.number) and not isinstance(x, bool)
