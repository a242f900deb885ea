"""What every part of a scenario is made of: quantities with a unit and a range, known keys."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import core_schema

from xbarsim.errors import SpecError
from xbarsim.units import quantity, show


@dataclass(frozen=True)
class Quantity:
    """Annotates a float as a quantity: in the SI unit `unit`, from `low` to `high`."""

    unit: str
    low: float
    high: float

    def parse(self, value: Any) -> float:
        """`value`, a number or text with a unit, in SI; raises SpecError."""
        number = quantity(value, self.unit)
        if not self.low <= number <= self.high:
            raise SpecError(
                f"{value!r} is {show(number, self.unit)}; it must lie from "
                f"{show(self.low, self.unit)} to {show(self.high, self.unit)}"
            )
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        limits = f"from {show(self.low, self.unit)} to {show(self.high, self.unit)}"
        return {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": f"in {self.unit}, {limits}: a number in SI, or text with a unit",
        }


class Part(BaseModel):
    """A part of a scenario: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
