"""What a scenario may say of arrays and their periphery."""

from typing import Annotated, Literal

from pydantic import Field

from xbarsim.encode.code import Kind
from xbarsim.hardware import Compensation, Faults, Noise, Scaling, Sums
from xbarsim.periphery import adc, calibration, dac
from xbarsim.scenario.base import Part, Quantity
from xbarsim.scenario.quantities import (
    Bits,
    Length,
    LineResistance,
    Lines,
    Percentile,
    Rate,
    ReadTime,
    Resistance,
    Voltage,
)

Share = Annotated[float, Field(ge=0, le=1)]
Steps = Annotated[float, Field(ge=0)]
Spread = Annotated[float, Field(ge=0, le=0.5)]


class WiresSpec(Part):
    """Line resistances per cell pitch, and terminal resistances."""

    r_word: LineResistance = Field(default=0.0, description="of one segment of a word line")
    r_bit: LineResistance = Field(default=0.0, description="of one segment of a bit line")
    r_source: Resistance = Field(default=0.0, description="from a source to its first cell")
    r_sense: Resistance = Field(default=0.0, description="from the last cell to the virtual ground")
    sides: Literal[1, 2] = Field(default=1, description="ends of each word line that are driven")
    sense_sides: Literal[1, 2] = Field(
        default=1, description="ends of each bit line that are sensed"
    )


class EncodingSpec(Part):
    """How weights become conductances."""

    kind: Kind = Field(default="differential", description="how signs are held")
    slices: Annotated[int, Field(ge=1, le=16)] = Field(
        default=1, description="cells that a weight is cut into"
    )
    cell_bits: Annotated[int, Field(ge=1, le=8)] | None = Field(
        default=None, description="bits that a cell holds; null: the weight as it is"
    )
    copies: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="cells that hold the same; their currents are averaged"
    )


class DacSpec(Part):
    """Input converters."""

    bits: Bits = Field(default=8, description="resolution")
    percentile: Percentile = Field(
        default=100.0, description="share of the calibration inputs that full scale holds, per cent"
    )
    coding: dac.Coding = Field(
        default="amplitude",
        description="what carries the value: voltage, time, or digits one after the other",
    )
    slice_bits: Bits = Field(default=1, description="of each phase of bit_serial")
    ranging: dac.Ranging = Field(default="percentile", description="how full scale is found")
    offset_spread: Share = Field(default=0.0, description="over rows, of full scale")
    gain_spread: Share = Field(default=0.0, description="over rows, of the slope")
    inl: Steps = Field(default=0.0, description="peak, in steps")
    noise: Share = Field(default=0.0, description="of each read, of full scale")


class HoldSpec(Part):
    """What holds a column's signal until its conversion."""

    droop: Annotated[float, Quantity("1/second", 0.0, 1e12)] = Field(
        default=0.0, description="share of what is held that is lost in a second"
    )
    pedestal: Annotated[float, Field(ge=-1, le=1)] = Field(
        default=0.0, description="error when it is taken over, over full scale"
    )
    capacitance: Annotated[float, Quantity("farad", 1e-18, 1e-6)] | None = Field(
        default=None, description="null: no thermal noise"
    )
    v_full_scale: Voltage = Field(
        default=1.0, description="voltage of full scale, for the thermal noise"
    )
    temperature: Annotated[float, Quantity("kelvin", 1.0, 1000.0)] = Field(
        default=300.0, description="for the thermal noise"
    )


class AdcSpec(Part):
    """Output converters; sizes of errors in steps or relative."""

    bits: Bits = Field(default=8, description="resolution")
    percentile: Percentile = Field(
        default=99.9,
        description="share of the calibration currents that full scale holds, per cent",
    )
    rate: Rate = Field(default=100e6, description="conversions in a second")
    kind: adc.Kind = Field(default="uniform", description="how it converts, and so how it errs")
    ranging: calibration.Ranging = Field(
        default="percentile", description="how full scale is found"
    )
    range_per: calibration.Per = Field(
        default="layer", description="what has a full scale of its own"
    )
    offset_spread: Steps = Field(default=0.0, description="over converters, in steps")
    gain_spread: Spread = Field(default=0.0, description="over converters, of the slope")
    noise: Steps = Field(default=0.0, description="of each conversion, in steps")
    inl: Steps = Field(
        default=0.0, description="of uniform: peak deviation from the line, in steps"
    )
    capacitor_spread: Spread = Field(default=0.0, description="of sar: of the unit capacitor")
    ramp_curvature: Annotated[float, Field(ge=-0.25, le=0.25)] = Field(
        default=0.0, description="of ramp: distance of its middle from the line, over full scale"
    )
    ramp_spread: Spread = Field(default=0.0, description="of ramp: of the slope, over arrays")
    comparator_offset: Steps = Field(
        default=0.0, description="of ramp and flash: over comparators, in steps"
    )
    offset_drift: Steps = Field(default=0.0, description="in each decade of time after 1 s")
    gain_drift: Spread = Field(
        default=0.0, description="of the slope, in each decade of time after 1 s"
    )
    columns_per_adc: Annotated[int, Field(ge=1)] = Field(
        default=1, description="neighbouring columns that share a converter"
    )
    hold: HoldSpec | None = Field(
        default=None, description="what holds columns until their turn; null: exact"
    )


class IntegratorSpec(Part):
    """What collects a column's charge in a read."""

    leak: Annotated[float, Quantity("second", 1e-12, 1e6)] | None = Field(
        default=None, description="time constant; null: none"
    )
    saturation: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="over full scale; null: none"
    )
    gain_error: Annotated[float, Field(ge=-1, le=1)] = Field(
        default=0.0, description="relative, the same for all columns"
    )
    noise: Share = Field(default=0.0, description="of each integration, over full scale")


class ArraySpec(Part):
    """Arrays and their periphery; null is ideal."""

    rows: Lines = Field(default=128, description="word lines of an array, which are driven")
    cols: Lines = Field(default=128, description="bit lines of an array, which are sensed")
    encoding: Kind | EncodingSpec = Field(
        default="differential",
        description="how weights become conductances: a kind, or its settings",
    )
    scaling: Scaling = Field(
        default="layer", description="whose largest weight takes the whole window"
    )
    bias_rows: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=0, description="word lines that hold biases; 0: biases are digital"
    )
    faults: Faults = Field(
        default="ignore", description="what is done about cells that are known to be stuck"
    )
    wires: WiresSpec | Literal["node"] | None = Field(
        default=None, description="null: ideal; node: from technology_node; or resistances"
    )
    dac: DacSpec | None = Field(default=None, description="input converters; null: exact")
    adc: AdcSpec | None = Field(default=None, description="output converters; null: exact")
    integrator: IntegratorSpec | None = Field(
        default=None, description="between bit line and converter; null: ideal"
    )
    phase_sums: Sums = Field(default="digital", description="of the phases of bit_serial")
    partial_sums: Sums = Field(default="digital", description="of arrays that share outputs")
    v_read: Voltage = Field(default=0.2, description="voltage of a full-scale input")
    t_read: ReadTime = Field(
        default=100e-9, description="how long a read, or one phase of it, lasts"
    )
    settling: bool = Field(
        default=False, description="outputs are sampled after t_read, as far as lines have settled"
    )
    noise: Noise = Field(default="first_order", description="how read noise goes through wires")
    compensation: Compensation = Field(
        default="none", description="what is done about drift: outputs scaled by a reference read"
    )
    technology_node: Length = Field(
        default=130e-9, description="of wires, capacitances and converters"
    )
