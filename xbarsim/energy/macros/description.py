"""Published macros: a file for each with what was built, what was measured, where it is told."""

from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from xbarsim.documents import read_yaml, read_yaml_file, validate
from xbarsim.errors import SpecError, suggestion
from xbarsim.units import quantity

Volts = Annotated[float, BeforeValidator(partial(quantity, unit="volt")), Field(gt=0)]
Seconds = Annotated[float, BeforeValidator(partial(quantity, unit="second")), Field(gt=0)]
Metres = Annotated[float, BeforeValidator(partial(quantity, unit="meter")), Field(gt=0)]
Ohms = Annotated[float, BeforeValidator(partial(quantity, unit="ohm")), Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Bits = Annotated[float, Field(gt=0, le=64)]
Published = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Constant(_Strict):
    """A constant that is fitted to the points of its macro alone.

    Parameters
    ----------
    value : in `unit`, as the fit gives it.
    unit : of the value.
    meaning : what it is physically.
    """

    value: Published
    unit: str
    meaning: str


class Point(_Strict):
    """One operating point that was measured.

    Parameters
    ----------
    at : settings that curves are drawn over, by name, with the unit in the name.
    published : quantities with the unit in the name, e.g. ``tops_per_watt``, ``pj_per_mvm``.
    left_out : why it counts in no statistics; None: it does.
    input_bits, weight_bits : of one product.
    cycle_time : of one invocation of the array with its conversions.
    cycles : invocations for all bits of an input.
    pulses : that a word line is given in one invocation.
    conversions_per_weight : conversions that make up all bits of a weight.
    columns_per_conversion : columns whose currents are added before they are converted.
    converter_bits : None: those of the macro.
    """

    at: dict[str, float] = {}
    published: Annotated[dict[str, Published], Field(min_length=1)]
    left_out: str | None = None
    input_bits: Bits | None = None
    weight_bits: Bits | None = None
    cycle_time: Seconds | None = None
    cycles: Count = 1
    pulses: Count = 1
    conversions_per_weight: Count = 1
    columns_per_conversion: Count = 1
    converter_bits: Count | None = None

    @property
    def label(self) -> str:
        """A few words."""
        if self.at:
            return ", ".join(f"{name} {value:g}" for name, value in self.at.items())
        if self.input_bits is None or self.weight_bits is None:
            return "a point without settings"
        return f"{self.input_bits:g}b x {self.weight_bits:g}b"


class Macro(_Strict):
    """A published macro.

    Parameters
    ----------
    name : of its file.
    set : ``calibrated``: curves with constants of its own; ``development``: macros that the model
        of arrays was worked out on; ``blind``: others; ``later``: others that were added when the
        model was ready.
    model : ``memory`` (`array.memory`) or one of `curves.CURVES`.
    converter : one of `array.CONVERTERS`; what it is otherwise.
    convention : of published TOPS/W: ``native``, or ``normalised`` to 1 bit by 1 bit, which is the
        native figure times both numbers of bits.
    cell : a class of `cells.CELLS`, for its resistances; what the cell is otherwise.
    r_on, r_off : of the cells' low and high state, where they were published.
    v_read : across a cell; 0.2 V is assumed where it was not published.
    rows_on : products that one conversion adds up.
    rows_per_weight : word lines of one weight, of which an input drives one.
    cores : arrays that work at once.
    """

    name: str
    title: str
    citation: str
    sources: Annotated[list[str], Field(min_length=1)]
    set: Literal["calibrated", "development", "blind", "later"]
    model: str
    convention: Literal["native", "normalised"] = "native"
    technology_node: Metres
    v_dd: Volts
    rows: Count
    cols: Count
    cores: Count = 1
    converters: Count
    converter_bits: Count
    converter: str = "sense"
    cell: str | None = None
    r_on: Ohms | None = None
    r_off: Ohms | None = None
    v_read: Volts = 0.2
    rows_on: Count
    rows_per_weight: Count = 1
    constants: dict[str, Constant] = {}
    notes: list[str] = []
    points: Annotated[list[Point], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> "Macro":
        if self.rows_on * self.rows_per_weight > self.rows:
            raise ValueError(
                f"rows_on is {self.rows_on} with {self.rows_per_weight} rows a weight; "
                f"the array has {self.rows}"
            )
        if self.set != "calibrated":
            self._check_blind()
        return self

    def _check_blind(self) -> None:
        if self.constants:
            raise ValueError(f"constants are given; a {self.set} macro has none")
        if (self.r_on is None) != (self.r_off is None):
            raise ValueError("r_on and r_off are given together or not at all")
        if self.r_on is not None and self.r_off is not None and self.r_off < self.r_on:
            raise ValueError(f"r_off is {self.r_off:g} ohm, below r_on of {self.r_on:g} ohm")
        if self.cell is None and self.r_on is None:
            raise ValueError("cell is missing, and so are r_on and r_off")
        for index, point in enumerate(self.points):
            for name in ("input_bits", "weight_bits", "cycle_time"):
                if getattr(point, name) is None:
                    raise ValueError(f"points.{index}.{name} is missing")

    @property
    def counted(self) -> int:
        """Published values that count."""
        return sum(len(p.published) for p in self.points if p.left_out is None)


def native(tops_per_watt: float, input_bits: float, weight_bits: float) -> float:
    """TOPS/W of whole products, from that normalised to 1 bit by 1 bit."""
    return tops_per_watt / (input_bits * weight_bits)


def published(macro: Macro, point: Point) -> dict[str, float]:
    """What was published of `point`, TOPS/W in the native convention."""
    found = dict(point.published)
    if macro.convention == "normalised" and "tops_per_watt" in found:
        if point.input_bits is None or point.weight_bits is None:
            raise SpecError(f"{macro.name}: a normalised TOPS/W needs input_bits and weight_bits")
        found["tops_per_watt"] = native(found["tops_per_watt"], point.input_bits, point.weight_bits)
    return found


def _folder() -> Any:
    return files("xbarsim.scenarios") / "validation"


def names() -> list[str]:
    """Every macro that is shipped."""
    return sorted(f.name[:-5] for f in _folder().iterdir() if f.name.endswith(".yaml"))


def load(source: str | Path) -> Macro:
    """A macro that is shipped, by its name, or in a file of the user's, by its path.

    Raises
    ------
    SpecError : there is none, or it is incomplete; the message gives line and column.
    """
    if Path(source).suffix in {".yaml", ".yml"}:
        return validate(Macro, read_yaml_file(Path(source)))
    return _shipped(str(source))


@cache
def _shipped(name: str) -> Macro:
    known = names()
    if name not in known:
        raise SpecError(f"macro is {name!r}{suggestion(name, known)}")
    text = (_folder() / f"{name}.yaml").read_text("utf-8")
    return validate(Macro, read_yaml(text, f"{name}.yaml"))


def with_constants() -> list[str]:
    """Names of the macros that ship with constants of their own."""
    return [name for name in names() if load(name).set == "calibrated"]
