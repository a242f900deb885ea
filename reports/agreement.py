"""Whether a scenario that was run again agrees with the results we vouch for."""

from typing import Any

import pandas as pd

from xbarsim.report.compare.significance import DIFFERS, EXACT, NONE, ONE
from xbarsim.report.compare.studies import Comparison

#: relative difference of means that rounding may make where versions and processor are the same
ROUNDING = 1e-9
#: elsewhere training and converters amplify rounding: shares may differ by so much, and all else
SHARE, RELATIVE = 0.03, 0.15

_RUN = ("model_version", "versions", "python", "machine", "processor")
_NO_UNIT = ("dimensionless", "count")
_COLUMNS = ["task", "point", "age", "metric", "mean_a", "mean_b", "difference", "allowed"]


def run_alike(found: Comparison) -> bool:
    """Whether both were run by the same versions on the same kind of machine."""
    return all(found.a.meta.get(key) == found.b.meta.get(key) for key in _RUN)


def differences(found: Comparison) -> pd.DataFrame:
    """Rows of ``found.table`` that differ by more than is ``allowed``.

    Where `run_alike` that is `ROUNDING`. Elsewhere it is `SHARE` of shares and `RELATIVE` of other
    means, and what chips do not show to differ does not count.
    """
    table, alike = found.table, run_alike(found)
    size = table[["mean_a", "mean_b"]].abs().max(axis=1)
    least = ROUNDING * size.where(~table["unit"].isin(_NO_UNIT), size.clip(lower=1.0))
    other = (RELATIVE * size).where(table["unit"] != "dimensionless", SHARE).clip(lower=least)
    allowed = least if alike else other
    beyond = table["difference"].abs() > allowed
    if not alike:
        beyond &= table["verdict"].isin((DIFFERS, EXACT, ONE))
    return table.assign(allowed=allowed)[beyond | (table["verdict"] == NONE)][_COLUMNS]


def unlike(found: Comparison) -> list[str]:
    """What one of the two has alone, and settings of theirs that decide results, in words."""
    settings: list[dict[str, Any]] = found.settings.to_dict("records")
    told = [
        f"{row['path']} is {row['a']} in the reference and {row['b']} now"
        for row in settings
        if row["kind"] in ("model", "seed", "points")
    ]
    alone = found.points[found.points["in"] != "both"]
    told += [f"{len(part)} points of {of} alone" for of, part in alone.groupby("in")]
    return [*told, *found.only]
