"""What the ``search`` table of a scenario may say: objectives, limits, and what is varied."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, field_validator

from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part
from xbarsim.scenario.distributions import Distribution
from xbarsim.scenario.figures import FigureSpec
from xbarsim.scenario.varied import some_axes

Direction = Literal["maximize", "minimize"]
Spec = TypeVar("Spec", bound=FigureSpec)


class ObjectiveSpec(FigureSpec):
    """What is to be as large or as small as can be."""

    direction: Direction


def _form(value: Any) -> str:
    return "short" if isinstance(value, str) else "long"


#: a direction alone, or all of it
Objective = Annotated[
    Annotated[Direction, Tag("short")] | Annotated[ObjectiveSpec, Tag("long")],
    Discriminator(_form),
]


class LimitSpec(FigureSpec):
    """What a point must keep to count."""

    at_least: float | None = None
    at_most: float | None = None

    def excess(self, value: float) -> float:
        """By how much `value` is outside; zero or less where it is not."""
        low = -float("inf") if self.at_least is None else self.at_least - value
        high = -float("inf") if self.at_most is None else value - self.at_most
        return max(low, high)


class SearchSpec(Part):
    """Points that an optimiser chooses, a generation at once, by what earlier ones were worth."""

    objectives: dict[str, Objective] = Field(
        description="metric, and whether to maximize or to minimize it"
    )
    constraints: dict[str, LimitSpec] = Field(
        default={}, description="metric, and what it must be at_least or at_most"
    )
    axes: dict[str, Distribution] = Field(description="dotted path, and the values it may take")
    points: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=100, description="that are proposed in all"
    )
    generation: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=16, description="points that are proposed at once, on however many workers"
    )
    sampler: Literal["tpe", "nsga2", "random"] = "tpe"

    @field_validator("objectives")
    @classmethod
    def _has_objectives(cls, objectives: dict[str, Any]) -> dict[str, Any]:
        if not objectives:
            raise SpecError("give at least one, such as accuracy: maximize")
        return objectives

    @field_validator("axes")
    @classmethod
    def _has_axes(cls, axes: dict[str, Any]) -> dict[str, Any]:
        return some_axes(axes)

    @field_validator("constraints")
    @classmethod
    def _limits_limit(cls, constraints: dict[str, LimitSpec]) -> dict[str, LimitSpec]:
        empty = [k for k, v in constraints.items() if v.at_least is None and v.at_most is None]
        if empty:
            raise SpecError(f"{', '.join(empty)}: give at_least, at_most or both")
        return constraints

    @property
    def goals(self) -> dict[str, ObjectiveSpec]:
        """The objectives in full."""
        given = {
            name: ObjectiveSpec(direction=spec) if isinstance(spec, str) else spec
            for name, spec in self.objectives.items()
        }
        return {name: _named(name, spec) for name, spec in given.items()}

    @property
    def limits(self) -> dict[str, LimitSpec]:
        """The constraints in full."""
        return {name: _named(name, spec) for name, spec in self.constraints.items()}

    @property
    def asked(self) -> dict[str, FigureSpec]:
        """Objectives and constraints by name; of a name that both have, the constraint."""
        return {**self.goals, **self.limits}

    @property
    def figures(self) -> dict[str, FigureSpec]:
        """Objectives and constraints, by their places in a scenario."""
        goals = {f"search.objectives.{name}": spec for name, spec in self.goals.items()}
        return goals | {f"search.constraints.{name}": spec for name, spec in self.limits.items()}


def _named(name: str, spec: Spec) -> Spec:
    return spec if spec.metric else spec.model_copy(update={"metric": name})
