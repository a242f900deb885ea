"""What a scenario may say of effects; each part is off unless it is given."""

from typing import Annotated, Literal

from pydantic import Field

from xbarsim import effects
from xbarsim.scenario.base import Part, Quantity

Fraction = Annotated[float, Field(ge=0, le=1)]
LogSpread = Annotated[float, Field(ge=0, le=5)]
Energy = Annotated[float, Quantity("electron_volt", 0.0, 5.0)]
TrapTime = Annotated[float, Quantity("second", 1e-12, 1e11)]
TrapTimes = Annotated[list[TrapTime], Field(min_length=2, max_length=2)]
Cycles = Annotated[float, Field(ge=1, le=1e18)]


class StuckSpec(Part):
    """Cells that never switch."""

    low: Fraction = Field(default=0.0, description="stuck at the lowest conductance")
    high: Fraction = Field(default=0.0, description="stuck at the highest conductance")
    cluster_length: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=0.0, description="distance over which faults gather, in cells"
    )
    lines: Literal["none", "word", "bit"] = Field(
        default="none", description="whole lines fail; the fractions are of lines"
    )


class CellSpreadSpec(Part):
    """Differences from cell to cell; standard deviations of logarithms."""

    factor: LogSpread = Field(default=0.0, description="of a factor on what is programmed")
    g_min: LogSpread = Field(default=0.0, description="of the low end of each cell's window")
    g_max: LogSpread = Field(default=0.0, description="of its high end")


class TelegraphSpec(Part):
    """A trap in some of the cells."""

    amplitude: Fraction = Field(description="drop over the conductance while it is occupied")
    capture: TrapTimes = Field(description="shortest and longest mean time until capture")
    emission: TrapTimes
    share: Fraction = Field(default=1.0, description="of cells that have a trap")
    spread: LogSpread = Field(default=0.0, description="of the logarithm of the drop")
    activation_energy: Energy = 0.0


class FlickerSpec(Part):
    """1/f noise of the conductance."""

    amplitude: Fraction = Field(description="A in S_G / G^2 = A / f")


class RetentionSpec(Part):
    """Cells that lose their state."""

    t_infinity: Annotated[float, Quantity("second", 1e-40, 1e20)]
    activation_energy: Energy
    spread: Annotated[float, Field(ge=0, le=20)] = 0.0
    g_lost: Annotated[float, Quantity("siemens", 0.0, 1.0)] | None = Field(
        default=None, description="null: the lowest of the window"
    )


class EnduranceSpec(Part):
    """Cells that wear out."""

    cycles: Annotated[float, Field(ge=0, le=1e18)] = Field(
        default=0.0, description="programmings endured before the first"
    )
    scale: Cycles | None = Field(default=None, description="cycles to failure; null: none fails")
    shape: Annotated[float, Field(ge=0.01, le=100)] = 1.0
    failed: Literal["low", "high"] = "low"
    start: Cycles | None = Field(default=None, description="null: the window stays open")
    exponent: Annotated[float, Field(ge=0, le=10)] = 0.0


class ThermalActivationSpec(Part):
    """What a temperature other than that of the device's data changes."""

    conductance: Energy = 0.0
    drift: Energy = 0.0


class EffectsSpec(Part):
    """Effects in the order in which they act."""

    levels: Annotated[int, Field(ge=2, le=1_000_000)] | None = None
    cycle_to_cycle: LogSpread = 0.0
    spread: CellSpreadSpec | None = None
    endurance: EnduranceSpec | None = None
    stuck: StuckSpec | None = None
    retention: RetentionSpec | None = None
    thermal_activation: ThermalActivationSpec | None = None
    telegraph: TelegraphSpec | None = None
    flicker: FlickerSpec | None = None
    johnson: bool = False
    shot: bool = False


_PARTS = {
    "spread": effects.CellSpread,
    "endurance": effects.Endurance,
    "stuck": effects.Stuck,
    "retention": effects.Retention,
    "thermal_activation": effects.ThermalActivation,
    "telegraph": effects.Telegraph,
    "flicker": effects.Flicker,
}


def effects_of(spec: EffectsSpec | None) -> effects.Effects | None:
    """The effects that a scenario describes.

    Raises
    ------
    SpecError : values that do not fit each other; the message begins with the path of one.
    """
    if spec is None:
        return None
    given = {name: getattr(spec, name) for name in EffectsSpec.model_fields}
    parts = {
        name: make(**{k: _plain(v) for k, v in given[name].model_dump().items()})
        for name, make in _PARTS.items()
        if given[name] is not None
    }
    return effects.Effects(**given | parts)


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
