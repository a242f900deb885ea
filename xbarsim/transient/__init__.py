"""Switching laws under voltages that change: many cells at once."""

from xbarsim.transient.simulate import Trace, simulate
from xbarsim.transient.waveform import pulses

__all__ = ["Trace", "pulses", "simulate"]
