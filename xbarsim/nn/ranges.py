"""Ranges of converters that follow what training shows them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from xbarsim.backend import Array
from xbarsim.periphery import Adc, Dac, full_range

_EVERY = 16  # passes between two looks, after as many in a row
_LOOKED_AT = 4096  # values of a pass
_RATE = 0.1  # of what a look counts, once there were ten


@dataclass
class Ranges:
    """Full scales of a layer's converters in training.

    Parameters
    ----------
    inputs, outputs : full scales; the latter one number, or (down, columns).
    signed : whether an input was ever negative.
    looks : how often they were measured.

    Notes
    -----
    A mean over looks, ten of which count; each is `xbarsim.periphery.full_range`'s of 4,096 values.
    Both numbers are ours.
    """

    inputs: float = 0.0
    outputs: Any = 0.0
    signed: bool = False
    looks: int = 0

    def due(self, step: int) -> bool:
        """Whether it is time to look."""
        return step < _EVERY or step % _EVERY == 0 or not self.looks

    def see_inputs(self, x: Tensor, dac: Dac, signed: bool) -> None:
        """Look at a pass's inputs; `signed`: one is negative."""
        some = _thinned(x.detach().reshape(-1, 1))
        self.signed = self.signed or signed
        full = full_range(some, dac.ranging, dac.percentile, dac.bits, signed=self.signed)
        self.inputs = _mean(self.inputs, float(full), self.looks)

    def see_outputs(self, y: Tensor, adc: Adc) -> None:
        """Look at its signals, (down, ..., columns)."""
        columns = y.shape[-1] if adc.range_per == "column" else 1
        how = adc.ranging, adc.percentile, adc.bits
        parts = y.detach().reshape(len(y), -1, columns)
        if columns == 1:
            found: Any = float(full_range(_thinned(parts.reshape(-1, 1)), *how))
        else:
            each = [full_range(_thinned(part), *how, per="column") for part in parts]
            found = np.stack(each)
        self.outputs = _mean(self.outputs, found, self.looks)


def _mean(before: Any, now: Any, looks: int) -> Any:
    return before + (now - before) * max(_RATE, 1 / (looks + 1))


def _thinned(x: Tensor) -> Array:
    """At most so many values of (n, columns), evenly spread."""
    step = max(1, x.numel() // _LOOKED_AT)
    step += step % 2 == 0 and step > 1  # an even stride may meet the same places of every image
    found: Array = x[::step].cpu().numpy()
    return found
