"""The sheet of a fitted device."""

import re
from pathlib import Path
from typing import Any

from xbarsim.device import Sheet, SheetParameter, load_sheet
from xbarsim.documents import yaml_text
from xbarsim.errors import StudyError
from xbarsim.programming.fit import Estimate, Fit
from xbarsim.units import show


def fitted_sheet(fit: Fit) -> Sheet:
    """The sheet that `fit` began from, with the values found and how they came about.

    What was not fitted keeps value and source; the law is named in full, so that the sheet can lie
    in any pack or in none.
    """
    old = load_sheet(fit.sheet)
    names = ", ".join(name for name, _ in fit.data.files) or "measurements"
    kind = type(fit.device)
    parameters = dict(old.parameters)
    for key, value in fit.overrides.items():
        parameters[key] = SheetParameter(value=value, source="set before the fit", status="assumed")
    for key, estimates in _by_key(fit).items():
        parameters[key] = SheetParameter(
            value=_value(fit, key),
            source="; ".join(_source(fit, e) for e in estimates),
            status="computed",
        )
    return Sheet(
        title=f"{old.title}, fitted to {names}",
        model=f"{kind.__module__}:{kind.__qualname__}",
        cite=old.cite,
        notes=_notes(fit, old),
        sweep=old.sweep,
        parameters=parameters,
    )


def write_sheet(fit: Fit, path: Path) -> None:
    """Write `fitted_sheet` as YAML.

    Raises
    ------
    StudyError : there is such a file already, or it cannot be written.
    """
    text = yaml_text(fitted_sheet(fit).model_dump(exclude_none=True), width=100)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise StudyError(f"{path} exists already; choose another name") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be written: {error.strerror or error}") from None


def _by_key(fit: Fit) -> dict[str, list[Estimate]]:
    """Estimates by the key of their parameter; a list has one for each fitted number."""
    found: dict[str, list[Estimate]] = {}
    for estimate in fit.estimates:
        found.setdefault(estimate.name.split("[")[0], []).append(estimate)
    return found


def _value(fit: Fit, key: str) -> Any:
    value = vars(fit.device)[_field(fit.device, key)]
    return list(value) if isinstance(value, tuple) else value


def _field(device: Any, key: str) -> str:
    fields = type(device).__dataclass_fields__
    return key if key in fields else next(n for n, f in fields.items()
                                          if f.metadata.get("key") == key)  # fmt: skip


def _source(fit: Fit, estimate: Estimate) -> str:
    files = ", ".join(f"{name} (sha256 {digest})" for name, digest in fit.data.files)
    low, high = show(estimate.low, estimate.unit), show(estimate.high, estimate.unit)
    which = f"{estimate.name} " if "[" in estimate.name else ""
    return (
        f"{which}fitted to {files or 'measurements'}, {100 * fit.confidence:g} % interval "
        f"[{low}, {high}]"
    )


def _notes(fit: Fit, old: Sheet) -> str:
    began = Path(fit.sheet).stem
    told = (
        f"Fitted from the sheet {began} on {fit.scale}: {len(fit.data)} rows, residual rms "
        f"{fit.rms:.3g}, R^2 {fit.r_squared:.6g}."
    )
    warned = " ".join(f"Warning: {warning}." for warning in fit.warnings)
    before = f"Of that sheet: {old.notes}" if old.notes else ""
    return re.sub(r"\s+", " ", f"{told} {warned} {before}").strip()
