"""What a scenario may say of its sweep."""

from typing import Annotated, Any

from pydantic import Field

from xbarsim.scenario.axes import Axis
from xbarsim.scenario.base import Part, Written
from xbarsim.scenario.sampling import SampleSpec

Rule = Annotated[dict[str, Any], Field(min_length=1)]


class BlockSpec(Part):
    """Axes that multiply; those of one ``zip`` group, and those of the sample, move together."""

    axes: dict[str, Axis] = Field(
        default={}, description="dotted path → values, each with each of the others"
    )
    zip: list[dict[str, Axis]] = Field(
        default=[], description="groups of axes of one length, whose values go in pairs"
    )
    sample: SampleSpec | None = Field(
        default=None, description="axes that are filled at random or evenly; null: none"
    )


class WhenSpec(BlockSpec, Written):
    """Axes that only some points have."""

    if_: Rule = Field(
        alias="if",
        description="dotted path → value, or a comparison such as '> 64'; a point has the axes "
        "where all of them hold",
    )


class SweepSpec(BlockSpec):
    """Points to run: every combination of the axes, each with `trials` fresh chips."""

    when: list[WhenSpec] = Field(
        default=[], description="more axes for points that meet a condition, in this order"
    )
    exclude: list[dict[str, Any]] = Field(
        default=[],
        description="rules: a point that matches every pair of one, dotted path and value or "
        "comparison such as '> 64', is left out",
    )
    trials: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=1, description="chips at each point, each with devices of its own"
    )
    paired: bool = Field(default=True, description="the same chips at every point")
    max_points: Annotated[int, Field(ge=1)] = Field(
        default=1000, description="a guard: a sweep of more points, before exclusions, is refused"
    )
