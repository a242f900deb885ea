"""What a scenario may say. Every key has a type, a unit where it is a quantity, and a range."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from xbarsim.device import has_sheet, is_sheet_file, list_devices
from xbarsim.documents import fields_at
from xbarsim.errors import SpecError, suggestion
from xbarsim.scenario.arrays import ArraySpec
from xbarsim.scenario.base import Part, Quantity, quantity_in
from xbarsim.scenario.chips import EnergySpec
from xbarsim.scenario.clusters import ClusterSpec, Memory
from xbarsim.scenario.effects import EffectsSpec
from xbarsim.scenario.quantities import (
    Age,
    Conductance,
    Name,
    ReadTime,
    SaturationCurrent,
    Sigmas,
    SignedVoltage,
    Steepness,
    Temperature,
    Voltage,
)
from xbarsim.scenario.reservoirs import ReservoirTaskSpec
from xbarsim.scenario.searches import SearchSpec
from xbarsim.scenario.sensitivities import SensitivitySpec
from xbarsim.scenario.sweep_spec import SweepSpec
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.tasks.datasets import SOURCES


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
    width: ReadTime = Field(description="of every pulse")
    window: Annotated[float, Quantity("siemens", 1e-12, 1e-2)] = Field(
        description="largest distance of a verified read from the target"
    )
    g_min: Annotated[float, Quantity("siemens", 0.0, 1.0)] | None = Field(
        default=None,
        description="lowest conductance that is written; null: the lowest that the pulses reach",
    )
    g_max: Annotated[float, Quantity("siemens", 0.0, 1.0)] | None = Field(
        default=None, description="highest one; null: the highest that the pulses reach"
    )
    read_noise: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="of one verify read, over the conductance"
    )
    t_read: ReadTime = Field(default=100e-9, description="of one verify read")
    pulses: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=100, description="most that a cell gets in one pass"
    )
    passes: Annotated[int, Field(ge=1, le=100)] = Field(
        default=1, description="how often cells are read and, where outside the window, written"
    )
    relaxation: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="relative standard deviation after each pass"
    )
    through_wires: bool = Field(
        default=False, description="through the array's lines, other cells cut off by transistors"
    )


class SpreadSpec(Part):
    """How a parameter differs from device to device; `xbarsim.device.Spread` says how."""

    relative: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="standard deviation over the value"
    )
    absolute: float | str | None = Field(default=None, description="in the parameter's unit")
    low: float | str | None = Field(
        default=None, description="no device lies below, in the parameter's unit"
    )
    high: float | str | None = Field(
        default=None, description="no device lies above, in the parameter's unit"
    )
    fast: Literal[-1, 0, 1] = Field(default=0, description="side on which devices are fast")


class DeviceSpec(BaseModel):
    """A device sheet; keys beside those named here replace its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True)
    sheet: str = Field(description="name of a sheet (xbarsim list), or a file that ends in .yaml")
    spread: dict[str, Annotated[float, Field(ge=0)] | SpreadSpec] | None = Field(
        default=None,
        description="how parameters differ from device to device, before what the sheet says: a "
        "standard deviation over the value, or more",
    )
    corner: Literal["slow", "typical", "fast"] | Sigmas | None = Field(
        default=None, description="standard deviations to the fast side; slow is -3, fast 3"
    )
    library: Annotated[int, Field(ge=2, le=4096)] | None = Field(
        default=None, description="parameter sets that the cells of a law are sampled from"
    )
    write: WriteSpec | None = Field(
        default=None, description="of a switching law, which must be written; else null"
    )

    @property
    def overrides(self) -> dict[str, Any]:
        """The keys that replace parameters of the sheet."""
        return dict(self.model_extra or {})

    @property
    def sigmas(self) -> float:
        """The corner as standard deviations to the fast side."""
        named = {None: 0.0, "slow": -3.0, "typical": 0.0, "fast": 3.0}
        return named[self.corner] if not isinstance(self.corner, float | int) else self.corner

    @property
    def chosen_spread(self) -> dict[str, Any]:
        """``spread`` as `xbarsim.device.spreads_of` takes it."""
        return {
            key: value.model_dump() if isinstance(value, SpreadSpec) else value
            for key, value in (self.spread or {}).items()
        }


class DatasetSpec(Part):
    """Where a task's data come from."""

    source: Literal[SOURCES] = Field(  # type: ignore[valid-type]
        description="which data set"
    )
    test_limit: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="test inputs that are used, the first ones; null: all"
    )


class HardwareAwareSpec(Part):
    """Training that goes on with the hardware in the loop, by PyTorch with Adam.

    Keys beside `epochs`, `rate` and `batch` are those of `xbarsim.nn.HardwareAware`.
    """

    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=5, description="passes over the training data"
    )
    rate: Annotated[float, Field(gt=0, le=1)] = Field(default=1e-3, description="of learning")
    batch: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=64, description="inputs of one step"
    )
    cells: Literal["moments", "each", "circuit"] = Field(
        default="moments",
        description="how weights become what arrays hold: by moments, each cell, or through wires",
    )
    ages: list[Age] | None = Field(
        default=None, description="null: five from the device's first age to a year"
    )
    amplify: Annotated[float, Field(ge=0, le=100)] = Field(
        default=1.0, description="factor of the spread of moments"
    )
    read_noise: bool = Field(
        default=True, description="whether outputs have the read noise of their cells"
    )
    converters: bool = Field(
        default=True,
        description="whether inputs and outputs are clipped and rounded as by converters",
    )
    clip: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="times the root mean square that weights are clipped to"
    )


class MlpSpec(Part):
    """A multilayer perceptron trained in software."""

    kind: Literal["mlp"]
    hidden: list[Annotated[int, Field(ge=1, le=100_000)]] = Field(
        default=[64], description="neurons of each hidden layer"
    )
    activation: Literal["relu", "tanh", "logistic", "identity"] = Field(
        default="relu", description="of the hidden neurons"
    )
    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=200, description="most passes over the training data"
    )
    alpha: Annotated[float, Field(ge=0)] = Field(
        default=1e-4, description="strength of the L2 penalty on weights"
    )
    hardware_aware: HardwareAwareSpec | None = Field(
        default=None, description="then trained on with the hardware, by PyTorch"
    )


class LeNet5Spec(Part):
    """LeNet-5 for images of 28 x 28, trained in software by PyTorch."""

    kind: Literal["lenet5"]
    epochs: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=5, description="passes over the training data"
    )
    rate: Annotated[float, Field(gt=0, le=1)] = Field(default=1e-3, description="of learning")
    batch: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=64, description="inputs of one step"
    )
    hardware_aware: HardwareAwareSpec | None = Field(
        default=None, description="then trained on with the hardware"
    )


class NetworkFileSpec(Part):
    """A network that was trained elsewhere."""

    kind: Literal["file"]
    path: str = Field(description="an .onnx or .nir file; from where xbarsim is run")
    shape: list[Annotated[int, Field(ge=1)]] | None = Field(
        default=None, description="of one input, where it is not a vector"
    )


NetworkSpec = Annotated[MlpSpec | LeNet5Spec | NetworkFileSpec, Field(discriminator="kind")]


class ClassifierSpec(Part):
    """Classification of a data set; the metric is accuracy on its test inputs."""

    name: Name
    kind: Literal["classifier"]
    dataset: DatasetSpec = Field(description="what is learned")
    network: NetworkSpec = Field(description="what learns it")
    specification: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="accuracy that a chip must reach; the yield is the share that does",
    )
    diagnosis: Annotated[int, Field(ge=0, le=100)] = Field(
        default=0, description="orders in which effects are switched off, to see what each costs"
    )


class SinhLawSpec(Part):
    """Hyperbolic sine; the conductance that is programmed is that at 0 V."""

    kind: Literal["sinh"]
    beta: Steepness = Field(description="b of I = G sinh(b V) / b")


class SelectorLawSpec(Part):
    """A threshold selector; the conductance that is programmed is that of the open cell."""

    kind: Literal["selector"]
    threshold: Voltage = Field(description="voltage at which the selector opens")
    width: Annotated[float, Quantity("volt", 1e-3, 1.0)] = Field(
        description="of the transition, in voltage"
    )
    leakage: Annotated[float, Quantity("dimensionless", 1e-12, 1.0)] = Field(
        description="of the closed selector, over the open one"
    )


class DiodeLawSpec(Part):
    """A diode in series, forward from word line to bit line; the cell itself is ohmic."""

    kind: Literal["diode"]
    saturation_current: SaturationCurrent = Field(description="of the diode in series")
    ideality: Annotated[float, Field(ge=1, le=10)] = Field(
        default=1.0, description="of the diode, 1 if ideal"
    )
    temperature: Temperature | None = Field(
        default=None, description="null: the scenario's; 300 K where it gives none"
    )


LawSpec = Annotated[SinhLawSpec | SelectorLawSpec | DiodeLawSpec, Field(discriminator="kind")]


class ArrayTaskSpec(Part):
    """One cell of a passive array among unselected lines; the metrics are those of the array."""

    name: Name
    kind: Literal["array"]
    scheme: Literal["V/2", "V/3", "floating", "grounded"] = Field(
        default="V/2", description="at what unselected lines are held"
    )
    v_write: Voltage = Field(default=1.0, description="across the selected cell")
    t_write: ReadTime = Field(default=100e-9, description="duration of a write")
    law: LawSpec | None = Field(default=None, description="of the cells; null: ohmic")


class HeatSpec(Part):
    """Heat from cell to cell: the next cell sees the share `coupling` of a cell's own heating."""

    coupling: Annotated[float, Field(ge=0, lt=1)] = Field(
        description="share of a cell's heating that its next neighbour sees"
    )
    r_thermal: Annotated[float, Quantity("kelvin/watt", 0.0, 1e12)] | None = Field(
        default=None, description="of a cell to its surroundings; null: the law's own temperature"
    )
    reach: Annotated[int, Field(ge=1, le=20)] = Field(
        default=2, description="cells in each direction that are warmed"
    )
    time_constant: Annotated[float, Quantity("second", 0.0, 1.0)] = Field(
        default=0.0, description="of the heating; 0: at once"
    )


class DisturbSpec(Part):
    """One cell of a switching law is written through the wires; the metrics are of the others."""

    name: Name
    kind: Literal["disturb"]
    scheme: Literal["V/2", "V/3", "floating", "grounded"] = Field(
        default="V/2", description="at what unselected lines are held"
    )
    v_write: SignedVoltage = Field(description="of the selected word line; its bit line is at 0 V")
    width: ReadTime = Field(description="of a pulse")
    edge: Annotated[float, Quantity("second", 0.0, 1.0)] = Field(
        default=0.0, description="time to rise, and to fall; 0: rectangular"
    )
    pulses: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1, description="how many pulses there are"
    )
    level: Conductance | None = Field(
        default=None, description="conductance that all cells hold; null: as levels says"
    )
    levels: Annotated[list[Conductance], Field(min_length=2, max_length=2)] | None = Field(
        default=None,
        description="cells hold conductances at random between these; null: all within reach",
    )
    g_start: Conductance | None = Field(
        default=None, description="of the cell that is written, before; null: the lowest"
    )
    cell: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)] | None = (
        Field(default=None, description="row and column; null: farthest from its drivers")
    )
    window: Annotated[float, Field(gt=0, le=100)] = Field(
        default=0.05, description="relative change from which a cell counts as lost"
    )
    heat: HeatSpec | None = Field(default=None, description="null: no cell warms another")
    epsilon: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="move of a conductance's logarithm between solutions"
    )


TaskSpec = Annotated[
    ClassifierSpec | ArrayTaskSpec | DisturbSpec | ReservoirTaskSpec | SystemTaskSpec,
    Field(discriminator="kind"),
]


class RunSpec(Part):
    """How trials are run; nothing here changes a result."""

    engine: Literal["processes", "inline"] = Field(
        default="processes", description="where trials run: in worker processes, or in this one"
    )
    workers: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = Field(
        default="auto", description="how many processes; auto: as many as there are cores"
    )
    memory: Memory | None = Field(
        default=None,
        description="of a worker process, which is replaced when it holds more after some trials; "
        "null: its part of 80 % of the machine's memory",
    )
    cluster: ClusterSpec | None = Field(
        default=None, description="null: this machine; --workers and --cluster come before it"
    )

    @field_validator("cluster")
    @classmethod
    def _has_no_other_engine(
        cls, cluster: ClusterSpec | None, info: ValidationInfo
    ) -> ClusterSpec | None:
        if cluster is not None and info.data.get("engine") == "inline":
            raise SpecError("engine: inline runs no cluster; leave one of both out")
        return cluster


class OutputSpec(Part):
    """Where results go and how intervals are stated."""

    directory: str = Field(default="reports/{name}", description="{name} is the scenario's name")
    confidence: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.95, description="level of all intervals that are stated"
    )

    @field_validator("directory")
    @classmethod
    def _holds_only_the_name(cls, directory: str) -> str:
        try:
            directory.format(name="")
        except (LookupError, ValueError, AttributeError) as error:
            raise SpecError(f"{directory!r}: the only field in braces is {{name}}") from error
        return directory


Figure = Literal[
    "accuracy", "losses", "energy_breakdown", "pareto", "programming", "tile_map", "access",
    "disturb", "reservoir", "system", "chip", "sensitivity", "tornado", "parallel", "ir_drop",
    "drift", "wear", "device_card",
]  # fmt: skip


class ReportSpec(Part):
    """Which figures the page shows; all by default."""

    figures: list[Figure] | None = Field(
        default=None, description="those to draw, where the results have them; null: all"
    )


class Scenario(Part):
    """A question to the simulator."""

    schema_version: Literal[1] = Field(default=1, description="of this format")
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")] = Field(
        description="by which results are called"
    )
    description: str = Field(default="", description="the question, in a sentence")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=0, description="of everything random"
    )
    device: DeviceSpec = Field(description="the cells")
    temperature: Temperature | None = Field(
        default=None, description="of the surroundings; null: that of the device's data"
    )
    array: ArraySpec = Field(default=ArraySpec(), description="arrays, wires and converters")
    effects: EffectsSpec | None = Field(default=None, description="beside the device's own")
    tasks: Annotated[list[TaskSpec], Field(min_length=1)] = Field(
        description="what is run on the arrays; each has a name of its own"
    )
    ages: list[Age] | None = Field(default=None, description="null: the device's first age")
    sweep: SweepSpec = Field(default=SweepSpec(), description="the points to run")
    search: SearchSpec | None = Field(
        default=None, description="points that an optimiser finds, in place of a sweep; null: none"
    )
    sensitivity: SensitivitySpec | None = Field(
        default=None,
        description="a sample that says which axis decides, in place of a sweep; null: none",
    )
    energy: EnergySpec = Field(default=EnergySpec(), description="how energy is found")
    run: RunSpec = Field(default=RunSpec(), description="how trials are run")
    output: OutputSpec = Field(default=OutputSpec(), description="where results go")
    report: ReportSpec = Field(default=ReportSpec(), description="what the page shows")

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
    found = [quantity_in(field) for field in fields_at(Scenario, path.split("."))]
    return next((quantity.unit for quantity in found if quantity), None)


def check_sheet(sheet: str) -> None:
    """Refuse a device sheet that no pack has.

    Raises
    ------
    SpecError : names the nearest sheet.
    """
    if not (is_sheet_file(sheet) or has_sheet(sheet)):  # files are read where the device is made
        raise SpecError(f"no device sheet '{sheet}'{suggestion(sheet, list_devices())}")
