"""Volatile devices under pulses and pauses: many at once, each pulse with a scatter of its own."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw, with_parameters
from xbarsim.device.parameters import key_of
from xbarsim.errors import SpecError, suggestion
from xbarsim.transient import simulate

_TOLERANCE = 1e-8  # of laws that are integrated
_HEAT = 1e-7  # tolerance of heat


@dataclass(frozen=True, kw_only=True)
class DynamicMemristor:
    r"""Devices whose state fades, driven by voltages that are constant for a while.

    Laws with a closed form (`flow`) are followed by it, through a pulse and through a pause of any
    length in one step; others are integrated through pulses, and fade by `fade` where they have it.

    In each pulse a parameter p is :math:`p\,\max(1 + \sigma z, 0)`, and not beyond what the law
    allows (ours; from cycle to cycle).

    Parameters
    ----------
    law : a switching law, parameters numbers or (devices,); see `xbarsim.device.sampled`.
    cycle : standard deviation of parameters from pulse to pulse over their value, by their name in
        sheets.

    Raises
    ------
    SpecError : no switching law, one that keeps its state without voltage, unknown parameters in
        `cycle` or negative deviations.
    """

    law: Any
    cycle: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.law, SwitchingLaw):
            raise SpecError(f"a {type(self.law).__name__} has no state that voltages move")
        if not self.law.volatile:
            raise SpecError(
                f"{type(self.law).__name__} keeps its state without voltage; a dynamic device fades"
            )
        known = self._fields()
        for key, sigma in self.cycle.items():
            if key not in known:
                raise SpecError(f"cycle.{key}: unknown parameter{suggestion(key, list(known))}")
            if not 0 <= sigma < np.inf:
                raise SpecError(f"cycle.{key} is {sigma:g}; it must be at least 0")

    def rested(self, n: int, devices: int) -> Array:
        """The state of fresh devices, (states, n, devices)."""
        start = [np.broadcast_to(s, (devices,)) for s in self.law.initial_state()]
        return np.repeat(np.stack(start)[:, None].astype(float), n, axis=1)

    def drawn(self, z: Array | None) -> Any:
        """The law in one pulse of each device.

        Parameters
        ----------
        z : standard normals, (parameters of `cycle`, n, devices); None for no scatter.
        """
        if z is None or not self.cycle:
            return self.law
        known, values = self._fields(), {}
        for (key, sigma), normal in zip(self.cycle.items(), z, strict=True):
            found = getattr(self.law, known[key].name) * np.maximum(1.0 + sigma * normal, 0.0)
            low, high = (known[key].metadata.get(end) for end in ("low", "high"))
            values[known[key].name] = np.clip(found, low, high)
        return with_parameters(self.law, values)

    def _fields(self) -> dict[str, "dataclasses.Field[Any]"]:
        return {key_of(f): f for f in dataclasses.fields(self.law) if "unit" in f.metadata}


def pulsed(law: Any, v: Array, dt: float, state: Array) -> Array:
    """The state after `dt` seconds at constant voltages.

    Parameters
    ----------
    v : (n, devices) V.
    state : (states, n, devices).
    """
    if hasattr(law, "flow"):
        return np.broadcast_to(law.flow(v, dt, state, law.ambient), state.shape)
    return _integrated(law, v, dt, state, _TOLERANCE).state[-1]


def faded(law: Any, dt: float, state: Array) -> Array:
    """The state after `dt` seconds without voltage; shaped like `state`, (states, n, devices)."""
    if not dt:
        return state
    if hasattr(law, "fade"):
        return law.fade(dt, state)
    return pulsed(law, np.zeros((1, 1)), dt, state)


def heat(law: Any, v: Array, dt: float, state: Array) -> Array:
    """Energy that devices take while a pulse stands, the integral of v i, (n, devices) J.

    It is that of `xbarsim.transient.simulate`: of closed forms by Simpson's rule with pieces that
    are halved until they agree, within some 1e-6 of its value.
    """
    return _integrated(law, v, dt, state, _HEAT).energy[-1]


def _integrated(law: Any, v: Array, dt: float, state: Array, tolerance: float) -> Any:
    volts = np.broadcast_to(v, (2, *state.shape[1:]))
    return simulate(law, [0.0, dt], volts, state=state, tolerance=tolerance, record=[-1])
