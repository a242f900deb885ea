"""One cell of a wired array is written while the others see what their lines leave over."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.crossbar.iteration import Ends
from xbarsim.crossbar.passive import Cell, Scheme, half_select
from xbarsim.crossbar.wires import Wires
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.coupled import Coupled, couple
from xbarsim.programming.crosstalk import Crosstalk
from xbarsim.units import show


def write_through_wires(
    law: SwitchingLaw,
    state: Array,
    wires: Wires,
    selected: Cell,
    v_write: float,
    width: float,
    scheme: Scheme = "V/2",
    *,
    edge: float = 0.0,
    epsilon: float = 0.05,
    v_read: float = 0.2,
    crosstalk: Crosstalk | None = None,
    temperature: Array | float | None = None,
    tolerance: float = 1e-6,
) -> Coupled:
    """One pulse on one cell, through the wires and past all the others.

    Parameters
    ----------
    law, state, epsilon, v_read, crosstalk, temperature, tolerance : as `couple` takes them.
    wires : line and terminal resistances; where `wires` has no source or sense end, the line ends
        there.
    selected : row and column of the cell that is written.
    v_write : voltage of its word line, V, of either sign; its bit line stands at 0 V.
    width : time at full voltage, s.
    scheme : what the other lines do, as `xbarsim.crossbar.passive.half_select` takes it.
    edge : time to rise and to fall, s; all lines together. 0 is a rectangle.

    Raises
    ------
    SpecError, ConvergenceError : as `half_select` and `couple` say; a width that is not above 0.
    """
    if not 0 < width < np.inf or not 0 <= edge < np.inf:
        raise SpecError(
            f"width is {show(width, 'second')} and edge {show(edge, 'second')}; they must be "
            "finite, the one above 0 s, the other at least 0 s"
        )
    state = np.asarray(state, dtype=float)
    if state.ndim != 3:
        raise SpecError(f"state has shape {state.shape}; expected (states, rows, cols)")
    rows, cols = state.shape[1:]
    bias = half_select(rows, cols, selected, v_write, scheme)
    t, height = np.array([0.0, width]), np.ones(2)
    if edge:
        t = np.array([0.0, edge, edge + width, 2 * edge + width])
        height = np.array([0.0, 1.0, 1.0, 0.0])
    word, bit = height[:, None] * bias.v_word, height[:, None] * bias.v_bit
    return couple(
        law,
        state,
        bias.lines(wires),
        t,
        Ends(left=word, right=word, top=bit, bottom=bit),
        epsilon=epsilon,
        v_read=v_read,
        crosstalk=crosstalk,
        temperature=temperature,
        tolerance=tolerance,
    )
