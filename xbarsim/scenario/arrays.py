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

    r_word: LineResistance = 0.0
    r_bit: LineResistance = 0.0
    r_source: Resistance = 0.0
    r_sense: Resistance = 0.0
    sides: Literal[1, 2] = 1
    sense_sides: Literal[1, 2] = 1


class EncodingSpec(Part):
    """How weights become conductances."""

    kind: Kind = "differential"
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

    bits: Bits = 8
    percentile: Percentile = 100.0
    coding: dac.Coding = "amplitude"
    slice_bits: Bits = Field(default=1, description="of each phase of bit_serial")
    ranging: dac.Ranging = "percentile"
    offset_spread: Share = Field(default=0.0, description="over rows, of full scale")
    gain_spread: Share = 0.0
    inl: Steps = Field(default=0.0, description="peak, in steps")
    noise: Share = Field(default=0.0, description="of each read, of full scale")


class HoldSpec(Part):
    """What holds a column's signal until its conversion."""

    droop: Annotated[float, Quantity("1/second", 0.0, 1e12)] = 0.0
    pedestal: Annotated[float, Field(ge=-1, le=1)] = 0.0
    capacitance: Annotated[float, Quantity("farad", 1e-18, 1e-6)] | None = Field(
        default=None, description="null: no thermal noise"
    )
    v_full_scale: Voltage = 1.0
    temperature: Annotated[float, Quantity("kelvin", 1.0, 1000.0)] = 300.0


class AdcSpec(Part):
    """Output converters; sizes of errors in steps or relative."""

    bits: Bits = 8
    percentile: Percentile = 99.9
    rate: Rate = 100e6
    kind: adc.Kind = "uniform"
    ranging: calibration.Ranging = "percentile"
    range_per: calibration.Per = "layer"
    offset_spread: Steps = 0.0
    gain_spread: Spread = 0.0
    noise: Steps = 0.0
    inl: Steps = 0.0
    capacitor_spread: Spread = 0.0
    ramp_curvature: Annotated[float, Field(ge=-0.25, le=0.25)] = 0.0
    ramp_spread: Spread = 0.0
    comparator_offset: Steps = 0.0
    offset_drift: Steps = Field(default=0.0, description="in each decade of time after 1 s")
    gain_drift: Spread = 0.0
    columns_per_adc: Annotated[int, Field(ge=1)] = 1
    hold: HoldSpec | None = None


class IntegratorSpec(Part):
    """What collects a column's charge in a read."""

    leak: Annotated[float, Quantity("second", 1e-12, 1e6)] | None = Field(
        default=None, description="time constant; null: none"
    )
    saturation: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="over full scale; null: none"
    )
    gain_error: Annotated[float, Field(ge=-1, le=1)] = 0.0
    noise: Share = 0.0


class ArraySpec(Part):
    """Arrays and their periphery; null is ideal."""

    rows: Lines = 128
    cols: Lines = 128
    encoding: Kind | EncodingSpec = "differential"
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
    dac: DacSpec | None = None
    adc: AdcSpec | None = None
    integrator: IntegratorSpec | None = None
    phase_sums: Sums = Field(default="digital", description="of the phases of bit_serial")
    partial_sums: Sums = Field(default="digital", description="of arrays that share outputs")
    v_read: Voltage = 0.2
    t_read: ReadTime = 100e-9
    settling: bool = Field(
        default=False, description="outputs are sampled after t_read, as far as lines have settled"
    )
    noise: Noise = Field(default="first_order", description="how read noise goes through wires")
    compensation: Compensation = "none"
    technology_node: Length = 130e-9
