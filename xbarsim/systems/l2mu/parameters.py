"""What an L2MU learns: matrices between its populations, leaks and thresholds."""

from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.streams import Streams
from xbarsim.systems.l2mu.settings import Settings

#: populations, in the order of `Parameters.beta` and `Parameters.threshold`
POPULATIONS = ("u", "m", "h", "o")
#: matrices: from the input, the hidden neurons and the memory, to the encoders (e), the hidden
#: neurons and the outputs (w)
MATRICES = ("e_x", "e_h", "e_m", "w_x", "w_h", "w_m", "w_o")


@dataclass(frozen=True, kw_only=True, eq=False)
class Parameters:
    """All that training changes.

    Parameters
    ----------
    e_x, e_h, e_m : to the encoders u, (memory, ...) from inputs, hidden neurons and the memory,
        whose neurons stand channel by channel (memory * order).
    w_x, w_h, w_m : the same to hidden neurons, (hidden, ...).
    w_o, b_o : from hidden neurons to outputs, (classes, hidden), and what is added, (classes,).
    beta, threshold : what is left of a membrane after a step, and where it spikes, (4,) of
        `POPULATIONS`.
    """

    e_x: Array
    e_h: Array
    e_m: Array
    w_x: Array
    w_h: Array
    w_m: Array
    w_o: Array
    b_o: Array
    beta: Array
    threshold: Array


def shapes(settings: Settings, inputs: int, classes: int) -> dict[str, tuple[int, ...]]:
    """Shape of each field of `Parameters`."""
    m, h = settings.memory, settings.hidden
    sources = {"x": inputs, "h": h, "m": m * settings.order}
    to = {f"{kind}_{k}": (size, n) for kind, size in (("e", m), ("w", h))
          for k, n in sources.items()}  # fmt: skip
    return to | {"w_o": (classes, h), "b_o": (classes,), "beta": (4,), "threshold": (4,)}


def initial(settings: Settings, inputs: int, classes: int, streams: Streams) -> Parameters:
    """Parameters before training, as published.

    ``e_x`` and ``e_h`` are uniform within sqrt(3 / inputs) (LeCun), ``e_m`` is 0, ``w_x``, ``w_h``
    and ``w_m`` are normal with variance 2 / (inputs + outputs) (Glorot), ``w_o`` and ``b_o`` are
    uniform within 1 / sqrt(inputs), as PyTorch draws them.
    """
    drawn: dict[str, Array] = {}
    for name, shape in shapes(settings, inputs, classes).items():
        rng, last = (streams / name).rng(), shape[-1]
        if name in ("e_x", "e_h"):
            drawn[name] = rng.uniform(-1, 1, shape) * (3 / last) ** 0.5
        elif name == "e_m":
            drawn[name] = np.zeros(shape)
        elif name in ("w_o", "b_o"):
            drawn[name] = rng.uniform(-1, 1, shape) / settings.hidden**0.5
        elif name.startswith("w_"):
            drawn[name] = rng.standard_normal(shape) * (2 / sum(shape)) ** 0.5
    for name in ("beta", "threshold"):
        drawn[name] = np.array([getattr(settings, f"{name}_{k}") for k in POPULATIONS])
    return Parameters(**drawn)
