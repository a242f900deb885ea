"""The state that gives a conductance, for laws with one state."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.wired_cells import conductance
from xbarsim.units import show

_NODES = 1001  # at which a law is held to be monotone
_HALVINGS = 60


def reach(law: SwitchingLaw, v_read: float) -> tuple[float, float]:
    """Lowest and highest conductance at `v_read` (V) between the bounds of the state, S.

    Raises
    ------
    SpecError : the law has several states or no finite bounds, cells differ, or its conductance
        does not rise or fall all the way.
    """
    ends = conductance(law, _nodes(law, v_read)[None, [0, -1]], v_read, law.ambient)
    return float(ends.min()), float(ends.max())


def state_of(law: SwitchingLaw, g: Array, v_read: float) -> Array:
    """States (1, ...) of cells that conduct `g` (...) S at `v_read` (V).

    Raises
    ------
    SpecError : as `reach`; a conductance beyond it.
    """
    low, high = reach(law, v_read)
    g = np.asarray(g, dtype=float)
    outside = ~((g >= low * (1 - 1e-12)) & (g <= high * (1 + 1e-12)))
    if outside.any():
        raise SpecError(
            f"a cell of {show(float(g[outside].flat[0]), 'siemens')} is beyond what "
            f"{type(law).__name__} reaches at {show(v_read, 'volt')}: {show(low, 'siemens')} to "
            f"{show(high, 'siemens')}"
        )
    nodes = _nodes(law, v_read)
    first, last = conductance(law, nodes[None, [0, -1]], v_read, law.ambient)
    below, above = np.full(g.shape, nodes[0]), np.full(g.shape, nodes[-1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (below + above)
        short = (conductance(law, middle[None], v_read, law.ambient) < g) == (first < last)
        below, above = np.where(short, middle, below), np.where(short, above, middle)
    return 0.5 * (below + above)[None]


def _nodes(law: SwitchingLaw, v_read: float) -> Array:
    """States from bound to bound, (n,); checks the law."""
    low, high = (np.asarray(b, dtype=float).reshape(-1) for b in law.bounds(np.zeros(1)))
    if len(law.states) != 1 or len(low) != 1 or not np.isfinite([low, high]).all():
        raise SpecError(
            f"{type(law).__name__} has states {', '.join(law.states)}; a conductance stands for a "
            "state where there is one, between finite bounds, alike in all cells"
        )
    nodes = np.linspace(low[0], high[0], _NODES)
    steps = np.diff(conductance(law, nodes[None], v_read, law.ambient))
    if not ((steps > 0).all() or (steps < 0).all()):
        raise SpecError(
            f"the conductance of {type(law).__name__} at {show(v_read, 'volt')} does not rise or "
            "fall all the way from bound to bound, so that it stands for no state"
        )
    return nodes
