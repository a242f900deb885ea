"""The chip around the arrays, for its energy, time and area."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from xbarsim.energy.machine import Links, Machine
from xbarsim.energy.pulses import PRESETS
from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part, Quantity


class ChipSpec(Part):
    """What stands around the arrays; see `xbarsim.energy.Machine`.

    With it, results hold ``chip.*``: energy, latency, area and efficiency of the whole chip; with
    `writing` also what programming takes, how long weights keep, and the share of an inference.
    """

    components: dict[str, str | dict[str, Any]] = Field(
        default={},
        description="models in place of the usual ones, by kind: a name, module:Class, or numbers",
    )
    word: Annotated[int, Field(ge=1, le=64)] = 8
    weight_bits: Annotated[int, Field(ge=1, le=64)] | None = None
    buffer: Annotated[int, Field(ge=1, le=1 << 30)] | None = Field(
        default=None, description="bytes of an array's buffers; null: two of each of its vectors"
    )
    access: Annotated[int, Field(ge=1, le=4096)] = 64
    links: Links = "mesh"
    arrays_per_router: Annotated[int, Field(ge=1, le=1 << 20)] = 16
    off_chip: bool = True
    clock: Annotated[float, Quantity("hertz", 1e3, 1e11)] = 1e9
    overlap: bool = False
    pipelined: bool = True
    routing: Annotated[float, Field(ge=1, le=10)] = Machine.routing
    digital_reuse: Annotated[float, Field(ge=1, le=1e6)] = 128.0
    extrapolate: bool = False
    writing: Literal[tuple(PRESETS)] | None = Field(  # type: ignore[valid-type]
        default=None,
        description="how cells are written, to know what programming and refresh cost; null: not",
    )
    tolerance: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.01, description="growth of the rms error of weights that calls for a refresh"
    )

    @property
    def machine(self) -> dict[str, Any]:
        """What `xbarsim.energy.Machine` takes."""
        return self.model_dump(exclude={"writing", "tolerance"})


class EnergySpec(Part):
    """How energy is estimated, and of what.

    Of a reservoir: `inputs` is how many series with a class it is the mean over; of one long series
    it is that of all its test steps, or, where devices stand alone, of the first 32 of them, from
    rest.
    """

    inputs: Annotated[int, Field(ge=1)] = Field(
        default=16, description="test inputs that it is the mean over"
    )
    mode: Literal["exact", "ideal", "stat"] = Field(
        default="exact",
        description="how energy of arrays is found: solved, by admittances, or by statistics",
    )
    chip: ChipSpec | None = Field(
        default=None, description="null: arrays and their converters alone"
    )


def plug_in_modules(energy: EnergySpec) -> list[str]:
    """Names of the modules with components of the user's own (``module:Class``)."""
    chosen = [] if energy.chip is None else list(energy.chip.components.values())
    named = [given.get("model") if isinstance(given, dict) else given for given in chosen]
    return [name.partition(":")[0] for name in named if isinstance(name, str) and ":" in name]


def plug_in_code(energy: EnergySpec) -> list[str]:
    """Content, in hexadecimal, of those modules.

    What trials give depends on it as on the scenario.
    """
    return [code for module in plug_in_modules(energy) if (code := module_code(module))]


def module_code(module: str) -> str:
    """Content of a module's file, in hexadecimal; empty for one that has none."""
    file = getattr(import_module(module), "__file__", None)
    return Path(file).read_bytes().hex() if file else ""


def machine_of(chip: ChipSpec) -> Machine:
    """The machine that a scenario describes.

    Raises
    ------
    SpecError : a component that is not known, or numbers that cannot be, under their path.
    """
    try:
        return Machine(**chip.machine)
    except SpecError as error:
        raise SpecError([f.replace("machine.", "energy.chip.", 1) for f in error.faults]) from None


def check_chip(energy: EnergySpec) -> None:
    """Refuse a chip that cannot be.

    Raises
    ------
    SpecError : as `machine_of`.
    """
    if energy.chip is not None:
        machine_of(energy.chip)
