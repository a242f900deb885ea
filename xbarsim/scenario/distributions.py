"""Named distributions of a swept or searched value, by their quantile functions.

A distribution is written as a mapping with one key, ``{uniform: {from: 1 ohm, to: 3 ohm}}``.
`quantile` turns a number u of [0, 1) into a value as it may stand in a scenario file: a number,
text with the unit of the first amount, or one of the choices. Where u is uniform the value follows
the distribution, whether u is random, of a Latin hypercube or of a low-discrepancy sequence.
"""

import math
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from xbarsim.documents import parsed
from xbarsim.errors import SpecError
from xbarsim.scenario.amounts import Amount, Positive, in_unit, joined, plain_number, split
from xbarsim.scenario.base import NOT_GIVEN, Checked, OneOf, Written

#: how near to 0 and 1 a quantile is taken: normal values lie within 8.3 standard deviations
_TAIL = 2.0**-54
_LOG_MOST = math.log(1e300)

_Whole = Annotated[int, Field(strict=True, ge=-(2**53), le=2**53)]


class _Amounts(Written):
    """Amounts in one unit, that of the first."""

    @property
    def unit(self) -> str:
        """The unit of the first amount; empty for plain numbers."""
        return split(getattr(self, next(iter(type(self).model_fields))))[1]

    def number(self, name: str, *, difference: bool = False) -> float:
        """The amount called `name` in that unit."""
        return in_unit(getattr(self, name), self.unit, difference=difference)


class _Between(_Amounts):
    from_: Amount = Field(alias="from", description="lowest value, with or without a unit")
    to: Amount = Field(description="highest value, in the same kind of unit")

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value, in the unit."""
        return self.number("from_"), self.number("to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ascending(self, self.ends)
        return self


def _ascending(spec: Any, ends: tuple[float, float]) -> None:
    if not ends[0] < ends[1]:
        raise SpecError(f"from is {spec.from_!r} and to {spec.to!r}; from must be the lower")
    if not math.isfinite(ends[1] - ends[0]):
        raise SpecError(f"from {spec.from_!r} to {spec.to!r}: too far apart for a number")


class Uniform(_Between):
    """Every value between two ends is as likely."""

    def at(self, u: float) -> Any:
        """The quantile of u."""
        low, high = self.ends
        return joined(low + u * (high - low), self.unit)


class LogUniform(_Between):
    """Every factor between two ends above zero is as likely."""

    @model_validator(mode="after")
    def _above_zero(self) -> Self:
        if self.number("from_") <= 0:
            raise SpecError(f"from is {self.from_!r}; it must be above zero")
        return self

    def at(self, u: float) -> Any:
        """The quantile of u."""
        low, high = map(math.log, self.ends)
        return joined(math.exp(low + u * (high - low)), self.unit)


class Triangular(_Between):
    """Likeliest at `mode`, and less so in proportion down to nothing at two ends."""

    mode: Amount = Field(description="likeliest value, between the ends")

    @model_validator(mode="after")
    def _between(self) -> Self:
        (low, high), mode = self.ends, self.number("mode")
        if not low <= mode <= high:
            raise SpecError(
                f"mode is {self.mode!r}; it must lie from {self.from_!r} to {self.to!r}"
            )
        return self

    def at(self, u: float) -> Any:
        """The quantile of u."""
        (low, high), mode = self.ends, self.number("mode")
        if u * (high - low) < mode - low:
            return joined(low + math.sqrt(u * (high - low) * (mode - low)), self.unit)
        return joined(high - math.sqrt((1 - u) * (high - low) * (high - mode)), self.unit)


class Normal(_Amounts):
    """The bell curve."""

    mean: Amount = Field(description="in the middle, with or without a unit")
    sd: Amount = Field(description="standard deviation, above zero")

    @model_validator(mode="after")
    def _spread(self) -> Self:
        if self.number("sd", difference=True) <= 0:
            raise SpecError(f"sd is {self.sd!r}; it must be above zero")
        return self

    def at(self, u: float) -> Any:
        """The quantile of u."""
        z = _normal(u)
        return joined(self.number("mean") + z * self.number("sd", difference=True), self.unit)


class TruncNormal(Normal):
    """The part of the bell curve between two ends; `mean` and `sd` are those of the whole curve."""

    from_: Amount = Field(alias="from", description="lowest value")
    to: Amount = Field(description="highest value")

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value, in the unit."""
        return self.number("from_"), self.number("to")

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        _ascending(self, self.ends)
        below, above = self._shares()
        if not above > below:
            raise SpecError("from and to lie so far from mean that nothing of the curve is between")
        return self

    def _shares(self) -> tuple[float, float]:
        """Shares of the curve below both ends, mirrored where both lie above the mean."""
        from scipy.special import ndtr

        mean, sd = self.number("mean"), self.number("sd", difference=True)
        low, high = ((end - mean) / sd for end in self.ends)
        low, high = (low, high) if low < 0 else (-high, -low)
        return float(ndtr(low)), float(ndtr(high))

    def at(self, u: float) -> Any:
        """The quantile of u."""
        from scipy.special import ndtri

        low, high = self.ends
        mean, sd = self.number("mean"), self.number("sd", difference=True)
        mirror = -1.0 if low >= mean else 1.0
        below, above = self._shares()
        share = below + (u if mirror > 0 else 1 - u) * (above - below)
        return joined(min(max(mean + mirror * sd * float(ndtri(share)), low), high), self.unit)


class LogNormal(_Amounts):
    """The logarithm follows the bell curve."""

    median: Amount = Field(description="above zero; half of the values lie below")
    sigma: Positive = Field(description="standard deviation of the natural logarithm")

    @model_validator(mode="after")
    def _above_zero(self) -> Self:
        if self.number("median") <= 0:
            raise SpecError(f"median is {self.median!r}; it must be above zero")
        if abs(math.log(self.number("median"))) + self.sigma * -_normal(0) > _LOG_MOST:
            raise SpecError(
                f"median is {self.median!r} and sigma {self.sigma!r}; rare values are too large or "
                "small for a number"
            )
        return self

    def at(self, u: float) -> Any:
        """The quantile of u."""
        return joined(self.number("median") * math.exp(self.sigma * _normal(u)), self.unit)


class Beta(_Between):
    """The beta distribution with exponents a - 1 and b - 1, stretched between two ends."""

    from_: Amount = Field(default=0, alias="from", description="lowest value")
    to: Amount = Field(default=1, description="highest value")
    a: Positive = Field(description="exponent at the low end, plus 1")
    b: Positive = Field(description="exponent at the high end, plus 1")

    def at(self, u: float) -> Any:
        """The quantile of u."""
        from scipy.special import betaincinv

        low, high = self.ends
        return joined(low + float(betaincinv(self.a, self.b, u)) * (high - low), self.unit)


class Integers(Written):
    """Whole numbers from one to another, both included."""

    from_: _Whole = Field(alias="from", description="lowest value")
    to: _Whole = Field(description="highest value")
    log: bool = Field(
        default=False, description="k is as likely as log((k + 1) / k): small ones are likelier"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ > self.to:
            raise SpecError(f"from is {self.from_} and to {self.to}; from must not be the higher")
        if self.log and self.from_ < 1:
            raise SpecError(f"from is {self.from_}; with log it must be at least 1")
        return self

    def at(self, u: float) -> int:
        """The quantile of u."""
        low, end = self.from_, self.to + 1
        number = low * (end / low) ** u if self.log else low + u * (end - low)
        return min(max(math.floor(number), low), self.to)


def _weights(value: Any) -> list[float]:
    if not isinstance(value, list):
        raise SpecError(f"{value!r} is no list of numbers")
    numbers = [plain_number(weight) for weight in value]
    if any(weight < 0 for weight in numbers) or not sum(numbers) > 0:
        raise SpecError(f"{value!r}: weights must not be below zero, and one must be above")
    return numbers


_WEIGHTS = {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 1}


class Choice(Written):
    """One of several values, of any kind; a list stands for values that are as likely."""

    values: list[Any] = Field(min_length=1, description="what is chosen from")
    weights: Annotated[list[float], Checked(_weights, _WEIGHTS)] | None = Field(
        default=None, description="how likely each value is, in any unit; null: all alike"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_a_list(cls, data: Any) -> Any:
        return {"values": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _one_weight_each(self) -> Self:
        if self.weights is not None and len(self.weights) != len(self.values):
            raise SpecError(f"{len(self.weights)} weights for {len(self.values)} values")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"type": "array", "minItems": 1}, handler(core)]}

    def at(self, u: float) -> Any:
        """The quantile of u."""
        weights = self.weights or [1.0] * len(self.values)
        total, reached = sum(weights), 0.0
        for value, weight in zip(self.values, weights, strict=True):
            reached += weight
            if u * total < reached:
                return value
        return next(v for v, w in zip(self.values[::-1], weights[::-1], strict=True) if w > 0)


class Distribution(OneOf):
    """How a value is distributed: one of these keys."""

    uniform: Uniform = NOT_GIVEN
    loguniform: LogUniform = NOT_GIVEN
    normal: Normal = NOT_GIVEN
    lognormal: LogNormal = NOT_GIVEN
    truncnormal: TruncNormal = NOT_GIVEN
    triangular: Triangular = NOT_GIVEN
    beta: Beta = NOT_GIVEN
    integers: Integers = NOT_GIVEN
    choice: Choice = NOT_GIVEN

    @property
    def shape(self) -> Any:
        """What stands under the key."""
        return getattr(self, self.form)


def parse_distribution(data: Any, path: str = "distribution") -> Distribution:
    """The distribution that a mapping describes.

    Raises
    ------
    SpecError : every fault, under its path, which begins with `path`.
    """
    return parsed(Distribution, data, path)


def quantile(distribution: Distribution, u: float) -> Any:
    """The value below which the share `u` of a distribution lies, as a scenario file writes it.

    Parameters
    ----------
    u : in [0, 1); of distributions without ends taken no nearer to 0 and 1 than 2**-54.

    Raises
    ------
    SpecError : `u` lies elsewhere.
    """
    if not 0 <= u < 1:
        raise SpecError(f"u is {u!r}; a quantile is taken of a number from 0 to below 1")
    return distribution.shape.at(float(u))


def _normal(u: float) -> float:
    """The quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(min(max(u, _TAIL), 1 - 2 * _TAIL)))
