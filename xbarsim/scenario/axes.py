"""The forms of one swept axis, and the values that each stands for."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from xbarsim.errors import SpecError
from xbarsim.scenario.amounts import MOST, Amount, Num, in_unit, joined, split
from xbarsim.scenario.base import NOT_GIVEN, OneOf, Written
from xbarsim.scenario.distributions import Distribution, quantile
from xbarsim.streams import Streams


class _Spaced(Written):
    from_: Amount = Field(alias="from", description="first value, with or without a unit")
    to: Amount = Field(description="last value, in the same kind of unit")
    num: Num = Field(description="how many values, both ends included")

    @property
    def ends(self) -> tuple[float, float, str]:
        """First and last value in the unit of the first, and that unit."""
        start, unit = split(self.from_)
        return start, in_unit(self.to, unit), unit

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        start, stop, _ = self.ends
        if not math.isfinite(stop - start):
            raise SpecError(f"from {self.from_!r} to {self.to!r}: too far apart for a number")
        return self


class Linspace(_Spaced):
    """Values at equal distances."""

    def values(self) -> list[Any]:
        """The values, as a scenario writes them."""
        import numpy as np

        start, stop, unit = self.ends
        return [joined(float(x), unit) for x in np.linspace(start, stop, self.num)]


class Logspace(_Spaced):
    """Values at equal ratios."""

    @model_validator(mode="after")
    def _above_zero(self) -> Self:
        start, stop, _ = self.ends
        if not (start > 0 and stop > 0):
            raise SpecError(f"{self.from_!r} and {self.to!r} must both be above zero")
        return self

    def values(self) -> list[Any]:
        """The values, as a scenario writes them."""
        import numpy as np

        start, stop, unit = self.ends
        return [joined(float(x), unit) for x in np.geomspace(start, stop, self.num)]


class Range(Written):
    """Values from one to at most another; whole ones where all three numbers are whole."""

    from_: Amount = Field(alias="from", description="first value, with or without a unit")
    to: Amount = Field(description="end, which is a value where a step leads to it")
    step: Amount = Field(description="from value to value; below zero it leads down")

    @property
    def _numbers(self) -> tuple[float, float, float, str]:
        start, unit = split(self.from_)
        return start, in_unit(self.to, unit), in_unit(self.step, unit, difference=True), unit

    @model_validator(mode="after")
    def _leads_there(self) -> Self:
        start, stop, step, _ = self._numbers
        if step == 0 or (stop - start) * step < 0:
            raise SpecError(
                f"a step of {self.step!r} never leads from {self.from_!r} to {self.to!r}"
            )
        if self.num > MOST:
            raise SpecError(f"an axis has at most {MOST} values")
        return self

    @property
    def num(self) -> int:
        """How many values there are."""
        start, stop, step, _ = self._numbers
        return math.floor(min((stop - start) / step * (1 + 1e-12), MOST)) + 1

    def values(self) -> list[Any]:
        """The values, as a scenario writes them."""
        start, _, step, unit = self._numbers
        whole = all(isinstance(x, int) for x in (self.from_, self.to, self.step))
        numbers = [start + k * step for k in range(self.num)]
        return [int(x) for x in numbers] if whole else [joined(x, unit) for x in numbers]


class RandomAxis(Distribution):
    """Independent random values of one distribution; the scenario's seed decides them."""

    num: Num = Field(description="how many values")


def _some(values: list[Any]) -> list[Any]:
    if not values:
        raise SpecError("an axis needs at least one value")
    return values


Values = Annotated[list[Any], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})]


class AxisForm(OneOf):
    """Values that are described rather than listed: one of these keys."""

    values: Values = Field(
        default=NOT_GIVEN, description="the values themselves, as a list would give them"
    )
    linspace: Linspace = NOT_GIVEN
    logspace: Logspace = NOT_GIVEN
    range: Range = NOT_GIVEN
    random: RandomAxis = NOT_GIVEN


def _kind(axis: Any) -> str | None:
    if isinstance(axis, list):
        return "list"
    return "form" if isinstance(axis, Mapping | AxisForm) else None


Axis = Annotated[
    Annotated[Values, Tag("list")] | Annotated[AxisForm, Tag("form")],
    Discriminator(
        _kind,
        custom_error_type="form",
        custom_error_message=f"expected a list, or one of {', '.join(AxisForm.forms())}",
    ),
]


def count(axis: list[Any] | AxisForm) -> int:
    """How many values an axis has."""
    if isinstance(axis, list):
        return len(axis)
    chosen = getattr(axis, axis.form)
    return len(chosen) if isinstance(chosen, list) else int(chosen.num)


def is_drawn(axis: list[Any] | AxisForm) -> bool:
    """Whether the values of an axis are random."""
    return isinstance(axis, AxisForm) and axis.random is not None


def values(axis: list[Any] | AxisForm, stream: Streams) -> list[Any]:
    """The values of an axis; random ones come from `stream`."""
    if isinstance(axis, list):
        return axis
    if axis.random is not None:
        return [quantile(axis.random, float(u)) for u in stream.rng().random(axis.random.num)]
    chosen = getattr(axis, axis.form)
    return list(chosen) if isinstance(chosen, list) else list(chosen.values())
