"""How rules are driven in tests, and the cells that they write."""

import numpy as np

from xbarsim.device import load_device
from xbarsim.plasticity import Synapses
from xbarsim.programming import LevelPulses, StepPulses

DT = 1e-3
FINE = LevelPulses(levels=20_001, on_off=np.inf)


def ecram(name="tang_2018"):
    """A published step, from 0 S to 100 uS at the ends of its own range."""
    return StepPulses(law=load_device(name), g_min=20e-6, g_max=100e-6)


def spikes(times, steps):
    """Trains (steps, neurons) of neurons that spike in these steps."""
    found = np.zeros((steps, len(times)), dtype=bool)
    for k, one in enumerate(times):
        found[list(one), k] = True
    return found


def driven(rule, before, behind, dt=DT, synapses=None, **more):
    """Sum of the changes that a rule wants, each carried out on `synapses` if there are."""
    state = rule.begin(before.shape[1], behind.shape[1])
    total = np.zeros((before.shape[1], behind.shape[1]))
    for pre, post in zip(before, behind, strict=True):
        state, wanted = rule.step(state, pre, post, dt, **more)
        total += wanted
        if synapses is not None:
            synapses.change(wanted)
    return total


def on_cells(device, shape, streams, w=0.5):
    return Synapses(device, np.full(shape, w), w_max=1.0, streams=streams)
