"""Frozen liquids: what they are built from, and the features that they give of recordings."""

from collections import Counter
from typing import Any

import numpy as np
from scipy.special import ndtri

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs import DecayLIF, FormedWiring, GaussianWiring, LiquidState
from xbarsim.reservoirs.forming import formed_cells
from xbarsim.reservoirs.wiring import Wiring
from xbarsim.streams import Streams
from xbarsim.systems.zero_shot.recordings import Kind
from xbarsim.systems.zero_shot.settings import Settings

_RANGED = 200  # recordings on which converters are ranged
_BLOCK = 1000  # recordings that run together
_METERED = 32  # recordings that the energy is the mean over
_QUANTILES = 4096


def pair_deviation(device: Any, share: float) -> float:
    """Standard deviation of the difference of two formed cells, over the mean of broken ones.

    Parameters
    ----------
    device : of the cells, see `xbarsim.reservoirs.forming.Formable`.
    share : of them that forming breaks.

    Raises
    ------
    SpecError : a device whose cells do not break.
    """
    cells = formed_cells(device, share)
    z = ndtri((np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    g = cells.program(np.zeros_like(z), z) / cells.window[1]
    return float(np.sqrt(2) * g.std())


class FrozenLiquid:
    """A liquid that nothing is trained in.

    Parameters
    ----------
    settings : which.
    kind : of recordings that it is for.
    hardware : of its arrays; None is software with normal weights.
    streams : which liquid of all; software and programmed arrays have the same weights of the same.
    usual : recordings on which converters are ranged, of which some are taken.

    Raises
    ------
    SpecError : ``formed`` weights on a device whose cells do not break, or with levels.
    """

    def __init__(
        self,
        settings: Settings,
        kind: Kind,
        hardware: Hardware | None,
        streams: Streams,
        usual: list[Array],
    ) -> None:
        decay, scale = settings.image_decay, settings.image_weight
        if kind == "sounds":
            decay, scale = settings.sound_decay, settings.sound_weight
        wiring: Wiring = GaussianWiring(inputs=scale, recurrent=settings.recurrent * scale)
        if hardware is not None and settings.weights == "formed":
            wiring = _formed(hardware, scale, settings)
        self.estimator = LiquidState(
            settings.neurons,
            wiring=wiring,
            neuron=DecayLIF(decay=decay),
            hardware=hardware,
            dtype="float32",
            random_state=streams.integer(),
        )
        some = np.unique(np.linspace(0, len(usual) - 1, _RANGED).astype(int))
        self.estimator.fit([usual[k] for k in some])

    def features(self, x: list[Array], age: float | None = None) -> Array:
        """Spikes of each neuron a step, (n, neurons), at an age (s); None as devices begin."""
        self.estimator.set_params(age=age)
        out = np.empty((len(x), self.estimator.units))
        for a in range(0, len(x), _BLOCK):
            block = self.estimator.transform(x[a : a + _BLOCK])
            out[a : a + _BLOCK] = [spikes.mean(axis=0, dtype=float) for spikes in block]
        return out

    def costs(self, x: list[Array], age: float | None = None) -> dict[str, float]:
        """What a recording costs at an age (s), the mean of some: spikes, reads, energy.

        ``reads`` are those of single arrays; without arrays there are neither these nor ``energy``
        (J).
        """
        self.estimator.set_params(age=age)
        some = [x[k] for k in np.unique(np.linspace(0, len(x) - 1, _METERED).astype(int))]
        before = Counter(self.estimator.ledger)
        spikes = sum(float(part.sum(dtype=float)) for part in self.estimator.transform(some))
        found = {"spikes": spikes / len(some)}
        if self.estimator.hardware is not None:
            reads = self.estimator.ledger["array_reads"] - before["array_reads"]
            steps = sum(len(part) for part in some) / len(some)
            found["reads"] = reads / len(some)
            found["energy"] = steps * self.estimator.energy(some).totals()["total"]
        return found


def _formed(hardware: Hardware, scale: float, settings: Settings) -> FormedWiring:
    """Weights that forming leaves, of a standard deviation."""
    levels = None if hardware.effects is None else hardware.effects.levels
    if levels is not None:
        raise SpecError(
            f"effects.levels is {levels}, but weights are formed, which takes no levels; set "
            "weights to 'programmed', or levels to None"
        )
    cell = scale / pair_deviation(hardware.device, settings.share)
    return FormedWiring(inputs=cell, recurrent=settings.recurrent * cell, share=settings.share)
