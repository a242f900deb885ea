"""Reservoirs of ideal devices beside their equations in double precision.

Arrays are 64 x 64 cells without wires, noise or converters; volatile devices stand beside the
integration of their law, rotors beside the cyclic reservoir that they stand for.
"""

import numpy as np
from figures import Figure

import xbarsim as xs
from xbarsim.reservoirs import (
    EchoState,
    GaussianWiring,
    LiquidState,
    RcNeuron,
    RotatingReservoir,
)
from xbarsim.tasks.pulse_digits import DIGIT_TRAIN, READ, digit_streams, wox_reservoir
from xbarsim.transient import pulses, simulate

ARRAYS = xs.Hardware(device=xs.load_device("ideal"), rows=64, cols=64)
ECHO = {
    "10 % of the connections": {},
    "all connections": {"density": 1.0},
    "a cycle": {"topology": "cycle"},
    "three reservoirs, deep": {"units": [50, 50, 50]},
    "three reservoirs, parallel": {"units": [50, 50, 50], "arrangement": "parallel"},
}
STEPS = 500


def ideal(_: bool) -> list[Figure]:
    """Layers of ideal devices beside their equations."""
    u = np.random.default_rng(0).uniform(-1, 1, (STEPS, 2))
    spikes = (np.random.default_rng(0).random((STEPS, 40)) < 0.1).astype(float)
    wiring = GaussianWiring(inputs=0.5, recurrent=0.1)
    liquid = {"units": 200, "wiring": wiring, "feature": "membrane"}
    off = {f"echo states, {name}": states_off(EchoState, u, **{"units": 150} | more)
           for name, more in ECHO.items()}  # fmt: skip
    off["a liquid's potentials"] = states_off(LiquidState, spikes, **liquid)
    off["a readout"] = readout_off(u)
    off["volatile devices"] = volatile_off()
    found = [Figure(f"ideal devices: {name}, largest difference", value, "", "<=", 1e-6)
             for name, value in off.items()]  # fmt: skip
    return [*found, Figure("rotors less a cyclic reservoir", rotors_off(u), "", "<=", 1e-10)]


def states_off(kind: type, u: np.ndarray, **settings: object) -> float:
    """Largest difference of states on arrays to those in software, over the largest state."""
    on, soft = (kind(hardware=h, random_state=0, **settings).fit(u).transform(u)
                for h in (ARRAYS, None))  # fmt: skip
    return float(np.abs(on - soft).max() / np.abs(soft).max())


def readout_off(u: np.ndarray) -> float:
    """The same of what readouts say."""
    y = np.roll(u, 1, axis=0) * u
    on, soft = (EchoState(100, readout_hardware=h, random_state=0).fit(u, y).predict(u)
                for h in (ARRAYS, None))  # fmt: skip
    return float(np.abs(on - soft).max() / np.abs(soft).max())


def volatile_off() -> float:
    """Largest difference of currents to those of the integrated law, over the largest current."""
    x, y = digit_streams(1)
    quiet = {"spread": {}, "cycle": {}, "read": type(READ)(v=READ.v, width=READ.width, noise=0.0)}
    core = wox_reservoir(random_state=0, **quiet).fit(x, y).core_
    found = np.concatenate(core.run(list(x))[0]) * core.full_scale
    law = xs.load_device("du_2017")
    rest = DIGIT_TRAIN.period - DIGIT_TRAIN.pulse - READ.width
    wanted = np.empty_like(found)
    for image, row in np.ndindex(10, 5):
        volts = 1.5 * x[image, 0, 4 * row : 4 * row + 4]
        t, v = pulses(volts, DIGIT_TRAIN.pulse, period=DIGIT_TRAIN.period, edge=1e-9)
        before = t <= 3 * DIGIT_TRAIN.period + DIGIT_TRAIN.pulse + rest
        t = np.append(t[before], 3 * DIGIT_TRAIN.period + DIGIT_TRAIN.pulse + rest)
        v = np.append(v[before], 0.0)
        t, v = np.append(t, [t[-1] + 1e-9, t[-1] + READ.width]), np.append(v, [READ.v, READ.v])
        w = simulate(law, t, v).state[-1, 0]
        wanted[image, row] = law.current(READ.v, [w], law.ambient)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def rotors_off(u: np.ndarray) -> float:
    """Largest difference of rotors' outputs to the states of a cyclic reservoir."""
    neuron = RcNeuron()
    made = RotatingReservoir(100, neuron=neuron, random_state=0).fit(u)
    found, s = made.transform(u), np.zeros(100)
    wanted = []
    for now in u:
        s = neuron(neuron.decay * np.roll(s, 1) + neuron.gain * np.roll(made.core_.w_in @ now, 1))
        wanted.append(s)
    return float(np.abs(found - np.array(wanted)).max())
