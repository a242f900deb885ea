"""What a rule is asked for: pulses of each cell, from inputs and derivatives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import SpecError

_MOST = 2**31 - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Update:
    """One update of one layer.

    Parameters
    ----------
    x : inputs, (n, in).
    delta : derivative of the loss by the outputs, (n, out).
    lr : learning rate.
    step : weight by which one pulse moves a cell, mean of up and down.
    kept : cells that may be written, (out, in); None for all.
    seed : of what is random in the rule.
    """

    x: Array
    delta: Array
    lr: float
    step: float
    kept: Array | None
    seed: Any

    @property
    def wanted(self) -> Array:
        """Change of the weights by gradient descent, where cells may be written, (out, in)."""
        with np.errstate(over="ignore", invalid="ignore"):  # refused by `whole`
            change = -self.lr * (self.delta.T @ self.x).astype(float)
        return change if self.kept is None else np.where(self.kept, change, 0.0)


def whole(pulses: Array) -> Array:
    """Whole numbers of pulses as integers.

    Raises
    ------
    SpecError : one is not finite, or more than a cell can be given.
    """
    most = float(np.abs(pulses).max(initial=0.0))
    if not most <= _MOST:
        raise SpecError(f"a cell would need {most:.3g} pulses; a lower learning rate may help")
    return pulses.astype(np.int64)


@runtime_checkable
class Rule(Protocol):
    """How an update becomes pulses."""

    def start(self, shape: tuple[int, int]) -> Array:
        """What the rule remembers of a layer (out, in) between updates."""

    def pulses(self, update: Update, memory: Array) -> Array | Iterator[Array]:
        """Signed numbers of pulses, (out, in) or (n, out, in); `memory` may change.

        Or several such arrays one after another, which are not all there at once.
        """
