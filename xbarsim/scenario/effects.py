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
    emission: TrapTimes = Field(description="the same until it is empty again")
    share: Fraction = Field(default=1.0, description="of cells that have a trap")
    spread: LogSpread = Field(default=0.0, description="of the logarithm of the drop")
    activation_energy: Energy = Field(default=0.0, description="of both times")


class FlickerSpec(Part):
    """1/f noise of the conductance."""

    amplitude: Fraction = Field(description="A in S_G / G^2 = A / f")


class RetentionSpec(Part):
    """Cells that lose their state."""

    t_infinity: Annotated[float, Quantity("second", 1e-40, 1e20)] = Field(
        description="median time at infinite temperature"
    )
    activation_energy: Energy = Field(description="of the time")
    spread: Annotated[float, Field(ge=0, le=20)] = Field(
        default=0.0, description="of the logarithm of the time, from cell to cell"
    )
    g_lost: Annotated[float, Quantity("siemens", 0.0, 1.0)] | None = Field(
        default=None, description="null: the lowest of the window"
    )


class EnduranceSpec(Part):
    """Cells that wear out."""

    cycles: Annotated[float, Field(ge=0, le=1e18)] = Field(
        default=0.0, description="programmings endured before the first"
    )
    scale: Cycles | None = Field(default=None, description="cycles to failure; null: none fails")
    shape: Annotated[float, Field(ge=0.01, le=100)] = Field(
        default=1.0, description="of the Weibull distribution of cycles to failure"
    )
    failed: Literal["low", "high"] = Field(
        default="low", description="end of the window at which failed cells stand"
    )
    start: Cycles | None = Field(default=None, description="null: the window stays open")
    exponent: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.0, description="power of cycles with which the window closes"
    )


class ThermalActivationSpec(Part):
    """What a temperature other than that of the device's data changes."""

    conductance: Energy = Field(default=0.0, description="of the conductance while cells are read")
    drift: Energy = Field(default=0.0, description="of the drift: ages pass faster or slower")


class EffectsSpec(Part):
    """Effects in the order in which they act."""

    levels: Annotated[int, Field(ge=2, le=1_000_000)] | None = Field(
        default=None, description="conductances that cells can be programmed to; null: any"
    )
    cycle_to_cycle: LogSpread = Field(
        default=0.0, description="of the logarithm of a factor that each programming draws anew"
    )
    spread: CellSpreadSpec | None = Field(default=None, description="differences from cell to cell")
    endurance: EnduranceSpec | None = Field(default=None, description="wear")
    stuck: StuckSpec | None = Field(default=None, description="cells that never switch")
    retention: RetentionSpec | None = Field(default=None, description="loss of the state")
    thermal_activation: ThermalActivationSpec | None = Field(
        default=None, description="what temperature changes"
    )
    telegraph: TelegraphSpec | None = Field(default=None, description="traps that come and go")
    flicker: FlickerSpec | None = Field(default=None, description="1/f noise")
    johnson: bool = Field(default=False, description="whether currents have thermal noise")
    shot: bool = Field(default=False, description="whether currents have shot noise")


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
