"""What is left of a conductance as time passes without voltage."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import StatisticalDevice, SwitchingLaw, programmed
from xbarsim.errors import SpecError
from xbarsim.programming.reading import check_one_cell, conductance
from xbarsim.transient import simulate


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Conductance over time.

    Parameters
    ----------
    ages : since the voltage went, or since programming, (ages,) s.
    g : (ages, ...) S; ``...`` are states or targets, and cells of statistical devices.
    """

    ages: Array
    g: Array


def retention(
    law: SwitchingLaw,
    states: Array,
    ages: Array,
    v_read: float,
    *,
    temperature: float | None = None,
    tolerance: float = 1e-6,
) -> Retention:
    """States of a law without voltage.

    Parameters
    ----------
    states : to begin with, (states, ...).
    ages : ascending, 0 or later, (ages,) s.
    v_read : V; reads are taken not to move the state.
    temperature : of the surroundings, K; the law's own by default.

    Raises
    ------
    SpecError : ages that do not ascend from 0 or later; as `xbarsim.transient.simulate`.
    """
    check_one_cell(law)
    ages = _ages(ages)
    t = np.append(0.0, ages[ages > 0])
    state = np.asarray(states, dtype=float)
    if len(t) == 1:
        course = state[None]
    else:
        course = simulate(
            law, t, np.zeros(t.shape), state=state, temperature=temperature, tolerance=tolerance
        ).state
    g = np.stack([conductance(law, s, v_read, temperature) for s in course])
    return Retention(ages=ages, g=g if ages[0] == 0 else g[1:])


def statistical_retention(
    device: StatisticalDevice, targets: Array, ages: Array, z: Array, z_device: Array = 0.0
) -> Retention:
    """Cells of a statistical device, each along one history.

    Parameters
    ----------
    targets : (targets,) S.
    ages : ascending, none before the device's first, (ages,) s.
    z : standard normals of programming and ageing, (2, targets, cells).
    z_device : of what tells written cells apart, (cells,) or one for all.

    Raises
    ------
    SpecError : ages that do not ascend, or that the device does not describe.
    """
    ages = _ages(ages)
    z = np.asarray(z, dtype=float)
    targets = np.asarray(targets, dtype=float)
    first = programmed(device, np.broadcast_to(targets[:, None], z.shape[1:]), z[0], z_device)
    g = np.stack([device.age(first, float(t), z[1]) for t in ages])
    return Retention(ages=ages, g=g)


def _ages(ages: Array) -> Array:
    ages = np.asarray(ages, dtype=float)
    if ages.ndim != 1 or not len(ages) or not np.isfinite(ages).all():
        raise SpecError(f"ages have shape {ages.shape}; they are a list of finite times")
    if ages[0] < 0 or not (np.diff(ages) > 0).all():
        raise SpecError("ages must ascend from 0 s or later")
    return ages
