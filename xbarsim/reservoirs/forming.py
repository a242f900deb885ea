r"""Random weights that are the device's own: cells broken by a forming voltage, never programmed.

Both cells of a pair stand under the forming voltage; each breaks or stays whole by its own
breakdown voltage and keeps the conductance that its breakdown leaves. A weight is

.. math:: W = s\,(G^+ - G^-) / G_m

with :math:`G_m` the mean conductance of broken cells. The share of broken cells, and so how sparse
weights are, is set by the voltage.

References
----------
N. Lin et al., arXiv 2307.00771; [wang2023]_ in ``device_models/references.bib``.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from scipy.special import ndtr, ndtri

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.checks import check_number
from xbarsim.device import load_device
from xbarsim.device.like import Like
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.wiring import Connections
from xbarsim.streams import Streams


@runtime_checkable
class Formable(Protocol):
    """A device whose cells break at a voltage of their own."""

    @property
    def window(self) -> tuple[float, float]:
        """Conductance of whole cells, and the mean of broken ones, S."""

    def voltage_for(self, fraction: float) -> float:
        """Voltage that breaks the `fraction` of cells, V."""

    def fraction_broken(self, v: float) -> float:
        """Share of cells that `v` (V) breaks."""

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance of cells, those with a target broken, S."""


@dataclass(frozen=True, kw_only=True)
class FormedCells(Like):
    """Cells that programming only forms: all stand under `v_form`, whatever their target.

    Parameters
    ----------
    device : of the cells.
    v_form : V.
    """

    device: Any
    v_form: float

    @property
    def window(self) -> tuple[float, float]:
        """Conductance of whole cells, and the mean of broken ones, S."""
        low, high = self.device.window
        return float(low), float(high)

    def program(self, g_target: Array, z: Array) -> Array:
        r"""Conductance after forming; shape of `z`, S.

        One normal tells both what a cell's breakdown voltage is and what conductance it leaves:
        with p the share that breaks, a cell breaks where :math:`u = \Phi(z) < p`, and then u / p
        is as uniform as u was.
        """
        xp, p = array_namespace(z), self.device.fraction_broken(self.v_form)
        u = ndtr(to_numpy(z))
        broken = u < p
        inner = np.clip(u / p, np.finfo(float).tiny, 1 - 2.0**-53)
        own = xp.asarray(ndtri(np.where(broken, inner, 0.5)))
        return self.device.program(xp.where(xp.asarray(broken), self.window[1], 0.0), own)


def formed_cells(device: Any, share: float) -> FormedCells:
    """Cells of `device` at the voltage that breaks a `share` of them.

    Raises
    ------
    SpecError : a share outside 0 to 1, or a device whose cells do not break.
    """
    if not (isinstance(share, int | float | np.number) and 0 < share < 1):
        raise SpecError(
            f"the share of cells that forming breaks (density, or wiring.share) is {share!r}; it "
            "must be above 0 and below 1"
        )
    if not isinstance(device, Formable):
        raise SpecError(
            f"device is a {type(device).__name__}, which says nothing of forming; random weights "
            "of the device's own need one such as load_device('wang_2023')"
        )
    return FormedCells(device=device, v_form=device.voltage_for(share))


def formed_hardware(hardware: Hardware, share: float) -> Hardware:
    """`hardware` on which programming forms a `share` of the cells, whatever the weights.

    Raises
    ------
    SpecError : as `formed_cells`; an encoding other than pairs of one cell each side, of which a
        reference column would be as random as the cells.
    """
    code = hardware.code
    if code.kind != "differential" or code.cell_bits is not None:
        raise SpecError(
            f"array.encoding is {code.kind!r}; weights that forming leaves need 'differential' "
            "with whole weights in a pair of cells (encoding.cell_bits None)"
        )
    return replace(hardware, device=formed_cells(hardware.device, share))


def formed_weights(
    shape: tuple[int, int], scale: float, share: float, device: Any, streams: Streams
) -> Array:
    """Weights (out, in) that forming leaves, of ideal circuits; `scale` stands for a mean cell.

    Raises
    ------
    SpecError : as `formed_cells`.
    """
    cells = formed_cells(device, share)
    z = (streams / "formed").normal((2, *shape))
    positive, negative = cells.program(np.zeros_like(z), z)
    found: Array = scale * (positive - negative) / cells.window[1]
    return found


@dataclass(frozen=True, kw_only=True)
class FormedWiring:
    """Everything with everything, by weights that forming leaves.

    Parameters
    ----------
    inputs, recurrent : what a mean broken cell stands for, in units of the neuron's potential.
    share : of cells that are broken.
    device : sheet whose statistics count in software; on arrays it is that of the hardware.
    """

    inputs: float = 0.2
    recurrent: float = 0.15
    share: float = 0.5
    device: str = "wang_2023"

    def __post_init__(self) -> None:
        for name in ("inputs", "recurrent"):
            check_number(f"wiring.{name}", getattr(self, name), 0.0)
        check_number("wiring.share", self.share, 0.0, 1.0)

    def draw(self, neurons: int, channels: int, streams: Streams) -> Connections:
        """What software has for `neurons` neurons with `channels` inputs."""
        how = self.share, load_device(self.device)
        own = streams / "inputs"
        return Connections(
            inputs=formed_weights((neurons, channels), self.inputs, *how, own),
            recurrent=formed_weights((neurons, neurons), self.recurrent, *how, streams),
        )

    def everywhere(self, neurons: int, channels: int) -> Connections:
        """What tiles of `formed_hardware` are given: their scale, in each place."""
        return Connections(
            inputs=np.full((neurons, channels), self.inputs),
            recurrent=np.full((neurons, neurons), self.recurrent),
        )
