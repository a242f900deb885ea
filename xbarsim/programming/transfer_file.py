"""Programming transfers as files: arrays with their units, and where they come from."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.programming.transfer import ProgrammingTransfer
from xbarsim.transient.tables import FlowMap

FORMAT = "xbarsim programming transfer 1"

#: name in the file, which ends in its unit, and number of its axes
_ARRAYS = {"levels_volt": 1, "width_second": 0, "v_read_volt": 0, "state_low": 0, "state_high": 0,
           "state_after": 2, "state_error": 1, "energy_joule": 2, "g_siemens": 1}  # fmt: skip


def save_transfer(
    path: Path | str, transfer: ProgrammingTransfer, provenance: Mapping[str, Any]
) -> None:
    """Write a transfer to an ``.npz`` file.

    Parameters
    ----------
    path : ends in ``.npz``; a file that is there is replaced.
    provenance : what the numbers come from: the sheet, what was changed in it, the name of the
        state, versions; anything that JSON holds.

    Raises
    ------
    SpecError : another ending, or provenance that JSON cannot hold.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise SpecError(f"{path}: a transfer is written to a file that ends in .npz")
    try:
        told = json.dumps({"format": FORMAT, "provenance": dict(provenance)}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise SpecError(f"provenance cannot be written as JSON: {error}") from None
    flow = transfer.flow
    np.savez_compressed(
        path,
        about=np.array(told),
        levels_volt=transfer.levels,
        width_second=transfer.width,
        v_read_volt=transfer.v_read,
        state_low=flow.low,
        state_high=flow.high,
        state_after=flow.table,
        state_error=np.array(flow.error),
        energy_joule=transfer.energy,
        g_siemens=transfer.g,
    )


def load_transfer(path: Path | str) -> tuple[ProgrammingTransfer, dict[str, Any]]:
    """Read what `save_transfer` wrote: the transfer, and its provenance.

    Raises
    ------
    SpecError : no such file, not one of a transfer, or numbers in it that are none.
    """
    path = Path(path)
    if not path.is_file():
        raise SpecError(f"{path}: no such file")
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            held = {name: np.asarray(file[name], dtype=float) for name in _ARRAYS}
    except (ValueError, KeyError, OSError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise SpecError(f"{path}: not a programming transfer ({error})") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise SpecError(f"{path}: not a programming transfer of the format '{FORMAT}'")
    _check(path, held)
    return (
        ProgrammingTransfer(
            levels=held["levels_volt"],
            width=float(held["width_second"]),
            flow=FlowMap(
                float(held["state_low"]),
                float(held["state_high"]),
                np.ascontiguousarray(held["state_after"]),
                (float(held["state_error"][0]), float(held["state_error"][1])),
            ),
            energy=held["energy_joule"],
            v_read=float(held["v_read_volt"]),
            g=held["g_siemens"],
        ),
        dict(about["provenance"]),
    )


def _check(path: Path, held: Mapping[str, Array]) -> None:
    faults = [
        f"{path}: {name} has shape {held[name].shape}; it must have {axes} axes and finite numbers"
        for name, axes in _ARRAYS.items()
        if held[name].ndim != axes or not np.isfinite(held[name]).all()
    ]
    if faults:
        raise SpecError(faults)
    table = held["state_after"]
    low, high = held["state_low"], held["state_high"]
    levels = held["levels_volt"]
    if (
        table.shape != (len(levels), len(held["g_siemens"]))
        or held["energy_joule"].shape != table.shape
        or held["state_error"].shape != (2,)
        or table.shape[1] < 2
        or not low < high
        or not (np.diff(levels) > 0).all()
        or table.min() < low
        or table.max() > high
    ):
        raise SpecError(
            f"{path}: levels, states and tables do not belong together; the file is damaged"
        )
