"""What the ``sensitivity`` table of a scenario may say, and the points that it stands for."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part
from xbarsim.scenario.distributions import Distribution
from xbarsim.scenario.varied import dimensions, point_at, some_axes
from xbarsim.streams import Streams


class SensitivitySpec(Part):
    """Which share of a metric's variance each axis explains (Sobol indices)."""

    method: Literal["sobol"] = Field(default="sobol", description="indices of variance")
    axes: dict[str, Distribution] = Field(description="dotted path, and the values it may take")
    num: Annotated[int, Field(ge=2, le=2**20)] = Field(
        default=256, description="size of the base sample, a power of two"
    )
    second_order: bool = Field(default=False, description="also of pairs of axes")
    metrics: list[str] | None = Field(
        default=None, description="whose indices are found; null: all there are"
    )

    @field_validator("num")
    @classmethod
    def _power_of_two(cls, num: int) -> int:
        if num & (num - 1):
            below = 1 << (num.bit_length() - 1)
            raise SpecError(f"{num} is no power of two; the nearest are {below} and {2 * below}")
        return num

    @field_validator("axes")
    @classmethod
    def _has_axes(cls, axes: dict[str, Any]) -> dict[str, Any]:
        return some_axes(axes)

    @field_validator("metrics")
    @classmethod
    def _has_metrics(cls, metrics: list[str] | None) -> list[str] | None:
        if metrics == []:
            raise SpecError("give at least one, such as accuracy, or null for all")
        return metrics

    @property
    def count(self) -> int:
        """Points of the sample."""
        axes = len(self.axes)
        return self.num * (2 * axes + 2 if self.second_order else axes + 2)


def sample(spec: SensitivitySpec, seed: int) -> list[dict[str, Any]]:
    """Saltelli's sample: a point for each row of its unit cube.

    Raises
    ------
    SpecError : SALib is not installed.

    References
    ----------
    Saltelli, Annoni, Azzini, Campolongo, Ratto, Tarantola, "Variance based sensitivity analysis of
    model output", Computer Physics Communications 181 (2010), 259.
    """
    try:
        from SALib.sample import sobol
    except ImportError:
        raise SpecError(
            "sensitivity: needs SALib, which is not installed: pip install 'xbarsim[sensitivity]'"
        ) from None
    rows = sobol.sample(
        problem_of(spec),
        spec.num,
        calc_second_order=spec.second_order,
        seed=(Streams(seed) / "sensitivity" / "sample").integer(),
    )
    return [point_at(spec.axes, row) for row in rows.tolist()]


def problem_of(spec: SensitivitySpec) -> dict[str, Any]:
    """The unit cube over the axes, as SALib describes it."""
    axes = dimensions(spec.axes)
    return {"num_vars": len(axes), "names": axes, "bounds": [[0.0, 1.0]] * len(axes)}
