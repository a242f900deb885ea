"""What a scenario may say. Every key has a type, a unit where it is a quantity, and a range."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import core_schema

from xbarsim.device import is_sheet_file
from xbarsim.documents import fields_at
from xbarsim.errors import SpecError, suggestion
from xbarsim.tasks.datasets import SOURCES
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


LineResistance = Annotated[float, Quantity("ohm", 0.0, 1e4)]
Resistance = Annotated[float, Quantity("ohm", 0.0, 1e5)]
Voltage = Annotated[float, Quantity("volt", 1e-6, 10.0)]
ReadTime = Annotated[float, Quantity("second", 1e-12, 10.0)]
Age = Annotated[float, Quantity("second", 0.0, 1e11)]
Rate = Annotated[float, Quantity("hertz", 1.0, 1e11)]
Steepness = Annotated[float, Quantity("1/volt", 1e-3, 100.0)]
SaturationCurrent = Annotated[float, Quantity("ampere", 1e-18, 1e-3)]
Temperature = Annotated[float, Quantity("kelvin", 200.0, 500.0)]
Length = Annotated[float, Quantity("meter", 1e-9, 1e-6)]
Percentile = Annotated[float, Field(ge=50, le=100)]
Bits = Annotated[int, Field(ge=1, le=16)]
Lines = Annotated[int, Field(ge=1, le=1_000_000)]


class Part(BaseModel):
    """A part of a scenario: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WriteSpec(Part):
    """How cells of a switching law are written: pulses of growing amplitude, and verify reads."""

    positive: Annotated[list[Voltage], Field(min_length=2, max_length=2)] = Field(
        description="weakest and strongest positive pulse"
    )
    negative: Annotated[list[Voltage], Field(min_length=2, max_length=2)] = Field(
        description="the same of negative ones, without their sign"
    )
    steps: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=64, description="amplitudes of each sign"
    )
    width: ReadTime
    window: Annotated[float, Quantity("siemens", 1e-12, 1e-2)] = Field(
        description="largest distance of a verified read from the target"
    )
    g_min: Annotated[float, Quantity("siemens", 0.0, 1.0)] | None = None
    g_max: Annotated[float, Quantity("siemens", 0.0, 1.0)] | None = None
    read_noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    t_read: ReadTime = 100e-9
    pulses: Annotated[int, Field(ge=1, le=100_000)] = 100
    passes: Annotated[int, Field(ge=1, le=100)] = 1


class DeviceSpec(BaseModel):
    """A device sheet; keys beside ``sheet`` replace its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True)
    sheet: str
    write: WriteSpec | None = Field(
        default=None, description="of a switching law, which must be written; else null"
    )

    @property
    def overrides(self) -> dict[str, Any]:
        """The keys beside ``sheet`` and ``write``."""
        return dict(self.model_extra or {})


class WiresSpec(Part):
    """Line resistances per cell pitch, and terminal resistances."""

    r_word: LineResistance = 0.0
    r_bit: LineResistance = 0.0
    r_source: Resistance = 0.0
    r_sense: Resistance = 0.0
    sides: Literal[1, 2] = 1
    sense_sides: Literal[1, 2] = 1


class DacSpec(Part):
    """Input converters."""

    bits: Bits = 8
    percentile: Percentile = 100.0


class AdcSpec(Part):
    """Output converters."""

    bits: Bits = 8
    percentile: Percentile = 99.9
    rate: Rate = 100e6


class ArraySpec(Part):
    """Arrays and their periphery; null is ideal."""

    rows: Lines = 128
    cols: Lines = 128
    encoding: Literal["differential", "offset"] = "differential"
    wires: WiresSpec | Literal["node"] | None = Field(
        default=None, description="null: ideal; node: from technology_node; or resistances"
    )
    dac: DacSpec | None = None
    adc: AdcSpec | None = None
    v_read: Voltage = 0.2
    t_read: ReadTime = 100e-9
    compensation: Literal["none", "global"] = "none"
    technology_node: Length = 130e-9


class DatasetSpec(Part):
    """Where a task's data come from."""

    source: Literal[SOURCES]  # type: ignore[valid-type]
    test_limit: Annotated[int, Field(ge=1)] | None = None


class MlpSpec(Part):
    """A multilayer perceptron trained in software."""

    kind: Literal["mlp"]
    hidden: list[Annotated[int, Field(ge=1, le=100_000)]] = [64]
    activation: Literal["relu", "tanh", "logistic", "identity"] = "relu"
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 200
    alpha: Annotated[float, Field(ge=0)] = 1e-4


class ClassifierSpec(Part):
    """Classification of a data set; the metric is accuracy on its test inputs."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$")]
    kind: Literal["classifier"]
    dataset: DatasetSpec
    network: MlpSpec


class SinhLawSpec(Part):
    """Hyperbolic sine; the conductance that is programmed is that at 0 V."""

    kind: Literal["sinh"]
    beta: Steepness


class SelectorLawSpec(Part):
    """A threshold selector; the conductance that is programmed is that of the open cell."""

    kind: Literal["selector"]
    threshold: Voltage
    width: Annotated[float, Quantity("volt", 1e-3, 1.0)]
    leakage: Annotated[float, Quantity("dimensionless", 1e-12, 1.0)]


class DiodeLawSpec(Part):
    """A diode in series, forward from word line to bit line; the cell itself is ohmic."""

    kind: Literal["diode"]
    saturation_current: SaturationCurrent
    ideality: Annotated[float, Field(ge=1, le=10)] = 1.0
    temperature: Temperature = 300.0


LawSpec = Annotated[SinhLawSpec | SelectorLawSpec | DiodeLawSpec, Field(discriminator="kind")]


class ArrayTaskSpec(Part):
    """One cell of a passive array among unselected lines; the metrics are those of the array."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$")]
    kind: Literal["array"]
    scheme: Literal["V/2", "V/3", "floating", "grounded"] = "V/2"
    v_write: Voltage = 1.0
    t_write: ReadTime = 100e-9
    law: LawSpec | None = Field(default=None, description="of the cells; null: ohmic")


TaskSpec = Annotated[ClassifierSpec | ArrayTaskSpec, Field(discriminator="kind")]


class SweepSpec(Part):
    """Points to run: every combination of the axes, each with `trials` fresh chips."""

    axes: dict[str, Any] = {}
    zip: list[dict[str, Any]] = []
    exclude: list[dict[str, Any]] = []
    trials: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    paired: bool = Field(default=True, description="the same chips at every point")
    max_points: Annotated[int, Field(ge=1)] = 1000


class EnergySpec(Part):
    """How many test inputs the energy estimate solves exactly."""

    inputs: Annotated[int, Field(ge=1)] = 16


class RunSpec(Part):
    """How trials are run; nothing here changes a result."""

    engine: Literal["processes", "inline"] = "processes"
    workers: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = "auto"


class OutputSpec(Part):
    """Where results go and how intervals are stated."""

    directory: str = Field(default="reports/{name}", description="{name} is the scenario's name")
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95

    @field_validator("directory")
    @classmethod
    def _holds_only_the_name(cls, directory: str) -> str:
        try:
            directory.format(name="")
        except (LookupError, ValueError, AttributeError) as error:
            raise SpecError(f"{directory!r}: the only field in braces is {{name}}") from error
        return directory


Figure = Literal["accuracy", "energy_breakdown", "pareto", "programming", "tile_map", "access",
                 "device_card"]  # fmt: skip


class ReportSpec(Part):
    """Which figures the page shows; all by default."""

    figures: list[Figure] = list(get_args(Figure))


class Scenario(Part):
    """A question to the simulator."""

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    device: DeviceSpec
    array: ArraySpec = ArraySpec()
    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    ages: list[Age] | None = Field(default=None, description="null: the device's first age")
    sweep: SweepSpec = SweepSpec()
    energy: EnergySpec = EnergySpec()
    run: RunSpec = RunSpec()
    output: OutputSpec = OutputSpec()
    report: ReportSpec = ReportSpec()

    @field_validator("tasks")
    @classmethod
    def _names_differ(cls, tasks: list[TaskSpec]) -> list[TaskSpec]:
        names = [task.name for task in tasks]
        if len(set(names)) < len(names):
            raise SpecError(f"two tasks share a name: {', '.join(names)}")
        return tasks


def json_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file, for editors."""
    schema = Scenario.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def unit_of(path: str) -> str | None:
    """SI unit of the quantity at the dotted `path` of a scenario; None for what is no quantity."""
    fields = fields_at(Scenario, path.split("."))
    found = [
        extra
        for field in fields
        for source in (field, *get_args(field.annotation))
        for extra in getattr(source, "metadata", getattr(source, "__metadata__", ()))
    ]
    return next((extra.unit for extra in found if isinstance(extra, Quantity)), None)


def check_sheet(sheet: str, known: list[str]) -> None:
    """Refuse a device sheet that no pack has.

    Raises
    ------
    SpecError : names the nearest sheet.
    """
    if sheet not in known and not is_sheet_file(sheet):  # files are read where the device is made
        raise SpecError(f"no device sheet '{sheet}'{suggestion(sheet, known)}")
