"""Drivers and converters: what each does to a signal (what it costs is the energy part's)."""

from xbarsim.periphery.adc import Adc as Adc
from xbarsim.periphery.calibration import full_scale as full_scale
from xbarsim.periphery.dac import Dac as Dac
