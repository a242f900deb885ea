"""What a read sees of a law's state, and the state behind a conductance."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw, arrays_of
from xbarsim.errors import SpecError
from xbarsim.programming.wired_cells import conductance as between_terminals
from xbarsim.transient.tables import one_state_bounds
from xbarsim.units import show

_GRID = 2001  # states between which a conductance is looked for


def conductance(
    law: SwitchingLaw, state: Array, v_read: float, temperature: float | None = None
) -> Array:
    """Current over voltage at `v_read`, or the channel of a law that has one beside its gate.

    Parameters
    ----------
    state : (states, ...).
    v_read : V; the read is taken not to move the state.
    temperature : of the surroundings, K; the law's own by default.

    Returns
    -------
    (...) S.

    Raises
    ------
    SpecError : the voltage is 0.
    """
    if not abs(v_read) > 0:
        raise SpecError("v_read is 0 V; a read needs a voltage")
    state = np.asarray(state, dtype=float)
    channel = getattr(law, "channel", None)
    if channel is not None:
        return np.asarray(channel(state), dtype=float)
    kelvin = law.ambient if temperature is None else temperature
    return np.asarray(between_terminals(law, state, v_read, kelvin))


def state_of(law: SwitchingLaw, g: float, v_read: float) -> float:
    """The state of a law with one whose conductance at `v_read` (V) is `g` (S); the first of them.

    Raises
    ------
    SpecError : the law has several states, or no state has this conductance.
    """
    check_one_cell(law)
    if len(law.states) != 1:
        raise SpecError(
            f"{type(law).__name__} has states {law.states}; a conductance names the state of laws "
            "with one"
        )
    x = np.linspace(*one_state_bounds(law), _GRID)
    for _ in range(4):  # each time between the two that enclose it
        found = conductance(law, x[None], v_read)
        crossed = np.flatnonzero((found[:-1] - g) * (found[1:] - g) <= 0)
        if not len(crossed):
            raise SpecError(
                f"conductance is {show(g, 'siemens')}; {type(law).__name__} reaches "
                f"{show(float(found.min()), 'siemens')} to {show(float(found.max()), 'siemens')}"
            )
        k = int(crossed[0])
        x = np.linspace(x[k], x[k + 1], 41)
    return float(x[20])


def check_one_cell(law: SwitchingLaw) -> None:
    """Refuse laws whose parameters differ from cell to cell.

    Raises
    ------
    SpecError : names the parameters.
    """
    if names := sorted(arrays_of(law)):
        raise SpecError(
            f"{', '.join(names)} of {type(law).__name__} differ from cell to cell; an experiment "
            "takes one cell, see xbarsim.device.part_of"
        )
