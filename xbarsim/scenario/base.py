"""What every part of a scenario is made of: quantities with a unit and a range, known keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import core_schema

from xbarsim.errors import SpecError
from xbarsim.units import quantity, show


@dataclass(frozen=True)
class Quantity:
    """Annotates a float as a quantity: in the SI unit `unit`, from `low` to `high`."""

    unit: str
    low: float
    high: float

    @property
    def limits(self) -> str:
        """The range in words."""
        return f"from {show(self.low, self.unit)} to {show(self.high, self.unit)}"

    def parse(self, value: Any) -> float:
        """`value`, a number or text with a unit, in SI; raises SpecError."""
        number = quantity(value, self.unit)
        if not self.low <= number <= self.high:
            raise SpecError(f"{value!r} is {show(number, self.unit)}; it must lie {self.limits}")
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": f"in {self.unit}, {self.limits}: a number in SI, or text with a unit",
        }


@dataclass(frozen=True)
class Checked:
    """Annotates plain data that `check` takes as they are or refuses; `schema` is for editors."""

    check: Callable[[Any], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return dict(self.schema)

    def __hash__(self) -> int:
        return id(self)


class Part(BaseModel):
    """A part of a scenario: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The usual, with the unit and range of a quantity beside what its field says of it."""
        schema = handler(core)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, field in cls.model_fields.items():
            found = quantity_in(field)
            if found and field.description:
                told = f"{field.description}; in {found.unit}, {found.limits}"
                properties[field.alias or name]["description"] = told
        return schema


def quantity_in(field: FieldInfo) -> Quantity | None:
    """What quantity a field takes, itself or as one of several things; None for none."""
    return _quantity(field.annotation, tuple(field.metadata))


def _quantity(annotation: Any, metadata: tuple[Any, ...] = ()) -> Quantity | None:
    from typing import get_args

    found = [
        m for m in (*metadata, *getattr(annotation, "__metadata__", ())) if type(m) is Quantity
    ]
    if found:
        return found[0]
    inner = (_quantity(arg) for arg in get_args(annotation) if not isinstance(arg, Quantity))
    return next((q for q in inner if q), None)


class Written(Part):
    """A part that stands in results as it was written: what was not given is left out."""

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        fields, given = type(self).model_fields, self.model_fields_set
        return {
            f.alias or name: _plain(getattr(self, name))
            for name, f in fields.items()
            if name in given
        }


def _plain(value: Any) -> Any:
    """`value` with the parts in it as they were written."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.model_dump() if isinstance(value, BaseModel) else value


def _one_form(schema: dict[str, Any]) -> None:
    """Says in JSON Schema that one key is given beside those that are required."""
    for told in schema["properties"].values():
        if "default" in told and told["default"] is None:
            del told["default"]
    number = len(schema.get("required", [])) + 1
    schema.update(minProperties=number, maxProperties=number)


#: default of the keys that there are to choose from
NOT_GIVEN: Any = None


class OneOf(Written):
    """A part that has one of several keys, those that are null by default."""

    model_config = ConfigDict(json_schema_extra=_one_form)

    @classmethod
    def forms(cls) -> list[str]:
        """The keys that there are to choose from."""
        return [name for name, field in cls.model_fields.items() if field.default is None]

    @property
    def form(self) -> str:
        """The key that is given."""
        return next(name for name in self.forms() if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _has_one(self) -> "OneOf":
        given = [name for name in self.forms() if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise SpecError(f"expected one of {', '.join(self.forms())}; found {found}")
        return self
