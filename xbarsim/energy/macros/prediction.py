"""What the models say of a macro's points, and how its own constants are fitted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xbarsim.energy.macros.array import memory
from xbarsim.energy.macros.curves import CURVES
from xbarsim.energy.macros.description import Macro, Point, load, published
from xbarsim.errors import SpecError, suggestion

MODELS = {"memory": memory, **CURVES}
_POWER = 3  # of a residual, that is squared on top; see `fit`


def predicted(
    macro: Macro, point: Point, constants: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Quantities of `point` by name; `constants` in place of those of the file.

    Raises
    ------
    SpecError : the macro's model is not known, or lacks a setting of the point or a constant.
    """
    if macro.model not in MODELS:
        raise SpecError(
            f"{macro.name}: model is {macro.model!r}{suggestion(macro.model, list(MODELS))}"
        )
    values = {name: c.value for name, c in macro.constants.items()}
    try:
        return MODELS[macro.model](macro, point, values if constants is None else constants)
    except KeyError as error:
        raise SpecError(f"{macro.name} ({point.label}): {error.args[0]} is missing") from None


def compared(
    macro: Macro, point: Point, constants: Mapping[str, float] | None = None
) -> dict[str, tuple[float, float]]:
    """Model and published value of every quantity that was published of `point`.

    Raises
    ------
    SpecError : as `predicted`, or the model has no such quantity.
    """
    model, found = predicted(macro, point, constants), published(macro, point)
    for name in found:
        if name not in model:
            raise SpecError(
                f"{macro.name} ({point.label}): model {macro.model} has no "
                f"{name}{suggestion(name, list(model))}"
            )
    return {name: (model[name], value) for name, value in found.items()}


def log_errors(
    macro: Macro, constants: Mapping[str, float] | None = None
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """ln(model / published) of every value that counts."""
    errors = []
    for point in macro.points:
        if point.left_out is not None:
            continue
        pairs = compared(macro, point, constants).values()
        errors += [np.log(model / value) for model, value in pairs]
    return np.array(errors)


def fit(source: str | Path) -> dict[str, float]:
    """The constants of a calibrated macro, fitted to its points that count.

    Least squares of the log errors, then the least sum of their sixth powers, in which the largest
    errors count most.

    Raises
    ------
    SpecError : the macro has no constants, more than five, or more than a third of its points.
    """
    from scipy.optimize import least_squares

    macro = load(source)
    names = list(macro.constants)
    check_constants(macro)

    def errors(logs: Any) -> Any:
        return log_errors(macro, dict(zip(names, np.exp(logs), strict=True)))

    start = np.log([macro.constants[name].value for name in names])
    first = least_squares(errors, start).x
    scale = max(float(np.abs(errors(first)).max()), 1e-12)

    def powers(logs: Any) -> Any:
        e = errors(logs) / scale
        return np.sign(e) * np.abs(e) ** _POWER

    found = least_squares(powers, first, xtol=1e-12, ftol=1e-12, gtol=1e-12).x
    return dict(zip(names, (float(v) for v in np.exp(found)), strict=True))


def check_constants(macro: Macro) -> None:
    """Refuse a macro that has no constants to fit, or too many for its points.

    Raises
    ------
    SpecError : tells how many there are and how many are allowed.
    """
    count, allowed = len(macro.constants), min(5, macro.counted // 3)
    if not 0 < count <= allowed:
        raise SpecError(
            f"{macro.name}: constants are {count}; with {macro.counted} points there must be 1 to "
            f"{allowed}"
        )
