"""Settings, seeds and versions that differ between two studies."""

from contextlib import suppress
from typing import Any

import pandas as pd

from xbarsim.device import device_parameters
from xbarsim.errors import XbarsimError
from xbarsim.report.text import value_text
from xbarsim.scenario.differences import Difference, differences
from xbarsim.scenario.load import NOT_PHYSICS, VARIED
from xbarsim.scenario.schema import unit_of
from xbarsim.study.results import Results

COLUMNS = ["kind", "path", "a", "b", "unit"]
_NO_UNIT = "dimensionless"
#: what ``meta`` tells of how a study was run
_RUN = ("model_version", "versions", "python", "machine")


def settings_that_differ(a: Results, b: Results, axes: list[str]) -> pd.DataFrame:
    """A row for each setting that differs and is not swept (`axes` are), in SI units.

    Its ``kind``: ``model`` (what a trial computes), ``seed``, ``points`` (which points, tasks and
    ages there are), ``study`` (names, output, how it is run) or ``versions``.
    """
    rows = [
        [_kind(found), found.path, found.old, found.new, _unit(found.path, a, b)]
        for found in differences(a.scenario, b.scenario)
        if not any(found.path == axis or found.path.startswith(f"{axis}.") for axis in axes)
    ]
    own, other = ({key: study.meta.get(key) for key in _RUN} for study in (a, b))
    rows += [["versions", d.path, d.old, d.new, _NO_UNIT] for d in differences(own, other)]
    return pd.DataFrame(rows, columns=COLUMNS)


def setting_text(row: dict[str, Any]) -> str:
    """``array.adc.bits 6 → 8``, with units."""
    return (
        f"{row['path']} {value_text(row['a'], row['unit'])} → {value_text(row['b'], row['unit'])}"
    )


def _kind(found: Difference) -> str:
    head, *rest = found.path.split(".")
    if head == "seed":
        return "seed"
    one_has_it = head == "tasks" and len(rest) == 1 and None in (found.old, found.new)
    if head in (*VARIED, "ages") or one_has_it:
        return "points"
    return "study" if head in NOT_PHYSICS else "model"


def _unit(path: str, a: Results, b: Results) -> str:
    """SI unit of a setting; ``dimensionless`` where it has none, or its sheet is not there."""
    head, _, key = path.partition(".")
    for study in (a, b) if head == "device" and key else ():
        with suppress(XbarsimError):
            known = device_parameters(study.scenario["device"]["sheet"])
            if key in known:
                return known[key]
    return unit_of(path) or _NO_UNIT
