"""A small reservoir, and devices that it is tried on."""

from dataclasses import replace

import xbarsim as xs
from xbarsim.programming import StepPulses
from xbarsim.systems.balance import Settings

SMALL = Settings(
    neurons=100,
    degree=20,
    gain=4.0,
    steps_first=300,
    steps_last=300,
    train=1500,
    test=1000,
    max_delay=60,
)
PULSES = StepPulses(law=xs.load_device("tang_2018"), g_min=5e-6, g_max=25e-6, energy=1e-12)


def straight(step):
    """Pulses of one size for all cells, without noise, of a window from 1 to 21 uS."""
    law = replace(
        xs.load_device("tang_2018"), dw_min=step, gamma_up=0.0, gamma_down=0.0, w_max=1.0,
        w_min=-1.0, sigma_step=0.0, dw_min_spread=0.0, asymmetry_spread=0.0, gamma_spread=0.0,
        w_spread=0.0,
    )  # fmt: skip
    return StepPulses(law=law, g_min=1e-6, g_max=21e-6, energy=2e-12)
