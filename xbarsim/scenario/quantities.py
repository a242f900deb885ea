"""Quantities of a scenario: each with its unit and its range; and names."""

from typing import Annotated

from pydantic import Field

from xbarsim.scenario.base import Quantity

Name = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_\-]+$", description="by which paths and results call it"),
]
LineResistance = Annotated[float, Quantity("ohm", 0.0, 1e4)]
Resistance = Annotated[float, Quantity("ohm", 0.0, 1e5)]
Voltage = Annotated[float, Quantity("volt", 1e-6, 10.0)]
SignedVoltage = Annotated[float, Quantity("volt", -10.0, 10.0)]
ReadTime = Annotated[float, Quantity("second", 1e-12, 10.0)]
Age = Annotated[float, Quantity("second", 0.0, 1e11)]
Rate = Annotated[float, Quantity("hertz", 1.0, 1e11)]
Steepness = Annotated[float, Quantity("1/volt", 1e-3, 100.0)]
SaturationCurrent = Annotated[float, Quantity("ampere", 1e-18, 1e-3)]
Temperature = Annotated[float, Quantity("kelvin", 200.0, 500.0)]
Length = Annotated[float, Quantity("meter", 1e-9, 1e-6)]
Sigmas = Annotated[float, Field(ge=-6, le=6)]
Percentile = Annotated[float, Field(ge=50, le=100)]
Conductance = Annotated[float, Quantity("siemens", 1e-12, 1.0)]
Bits = Annotated[int, Field(ge=1, le=16)]
Lines = Annotated[int, Field(ge=1, le=1_000_000)]
