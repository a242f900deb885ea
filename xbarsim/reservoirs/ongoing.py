"""Where series are in a liquid between two steps, and how its neurons behaved."""

from typing import Any, NamedTuple

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import ConvergenceError
from xbarsim.reservoirs.neuron_models import NeuronState


class Ongoing(NamedTuple):
    """Where series are between two steps.

    Parameters
    ----------
    neurons : each array is (n, neurons).
    trace : spikes, filtered, (n, neurons); stays 0 where it is no feature.
    pending : what will arrive in the next steps on each line, (n, longest delay, lines) of uint8.
    """

    neurons: NeuronState
    trace: Array
    pending: Array

    def taken(self, order: Array) -> "Ongoing":
        """A copy, series in another order."""
        neurons = NeuronState(*(part[order] for part in self.neurons))
        return Ongoing(neurons, self.trace[order], self.pending[order])

    def checked(self) -> "Ongoing":
        """Itself.

        Raises
        ------
        ConvergenceError : a potential that is no number.
        """
        v = self.neurons.v
        bad = ~np.isfinite(v)
        if bad.any():
            k, j = (int(i) for i in np.argwhere(bad)[0])
            raise ConvergenceError(
                f"the potential of neuron {j} is {v[k, j]} at the end of series {k} "
                f"({int(bad.sum())} such potentials): weights or inputs are too large for {v.dtype}"
            )
        return self


class Activity(NamedTuple):
    """How the neurons of a liquid behaved in a run.

    Parameters
    ----------
    rate : mean over neurons, spikes a step.
    silent : share of neurons that never spiked.
    saturated : share that spiked nine times in ten that they could.
    """

    rate: float
    silent: float
    saturated: float


def activity_of(counts: Any, steps: int, refractory: int) -> Activity:
    """Of spikes (neurons,) in a number of steps of all series."""
    most = steps / (refractory + 1)
    return Activity(
        rate=float(counts.mean() / max(steps, 1)),
        silent=float((counts == 0).mean()),
        saturated=float((counts >= max(0.9 * most, 1)).mean()),
    )
