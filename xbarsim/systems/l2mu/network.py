"""Spiking populations step by step, in NumPy; what multiplies is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array
from xbarsim.systems.l2mu.parameters import MATRICES, POPULATIONS, Parameters

Product = Callable[[Array], Array]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """Spikes that a network gave.

    Parameters
    ----------
    counts : of each output, over time, (n, classes).
    trains : of the populations u, m and h, (n, time, neurons) of bool.
    spikes : of all four populations and all recordings together.
    """

    counts: Array
    trains: Mapping[str, Array]
    spikes: int

    @property
    def classes(self) -> Array:
        """The class that spiked most often, the first of several, (n,)."""
        return self.counts.argmax(axis=1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """An L2MU whose matrices are functions: products in software, or reads of arrays.

    Parameters
    ----------
    products : for each of `MATRICES`, vectors (n, in) to (n, out); ``w_o`` adds its bias.
    state_space : spikes of a channel's memory and, last, of its encoder, (n, order + 1), to what
        its memory is given, (n, order).
    beta, threshold : (4,) of `POPULATIONS`.
    channels, order, hidden : of the memory; neurons.
    """

    products: Mapping[str, Product]
    state_space: Product
    beta: Array
    threshold: Array
    channels: int
    order: int
    hidden: int

    def __call__(self, x: Array) -> Run:
        """Let it hear inputs (n, time, channels); what is computed has their type."""
        n, steps, _ = x.shape
        give, of_all = self.products, n * self.channels
        to_u, to_h = (_over_time(give[name], x) for name in ("e_x", "w_x"))
        sizes = {"u": self.channels, "m": self.channels * self.order, "h": self.hidden}
        u, m, h = (self._population(name, (n, size), x.dtype) for name, size in sizes.items())
        trains = {name: np.zeros((n, steps, size), bool) for name, size in sizes.items()}
        window = np.zeros((n, self.channels, self.order + 1), x.dtype)
        for t in range(steps):
            u.step(to_u[:, t] + give["e_h"](h.spikes) + give["e_m"](m.spikes))
            window[..., :-1] = m.spikes.reshape(n, self.channels, self.order)
            window[..., -1] = u.spikes
            m.step(self.state_space(window.reshape(of_all, -1)).reshape(n, -1))
            h.step(to_h[:, t] + give["w_h"](h.spikes) + give["w_m"](m.spikes))
            for name, population in (("u", u), ("m", m), ("h", h)):
                trains[name][:, t] = population.spikes
        counts = self._outputs(trains["h"].astype(x.dtype))
        spikes = sum(int(train.sum()) for train in trains.values()) + int(counts.sum())
        return Run(counts=counts, trains=trains, spikes=spikes)

    def _outputs(self, hidden: Array) -> Array:
        """How often outputs spike, (n, classes)."""
        current = _over_time(self.products["w_o"], hidden)
        o = self._population("o", (len(current), current.shape[2]), hidden.dtype)
        counts = np.zeros((len(current), current.shape[2]), np.int64)
        for t in range(current.shape[1]):
            o.step(current[:, t])
            counts += o.spikes > 0
        return counts

    def _population(self, name: str, shape: tuple[int, int], dtype: np.dtype) -> "_Population":
        k = POPULATIONS.index(name)
        return _Population(dtype.type(self.beta[k]), dtype.type(self.threshold[k]), shape, dtype)


class _Population:
    """LIF neurons: membranes, and spikes of the last step, 0 or 1, (n, neurons) each."""

    def __init__(
        self, beta: float, threshold: float, shape: tuple[int, int], dtype: np.dtype
    ) -> None:
        self.beta, self.threshold = beta, threshold
        self.membrane = np.zeros(shape, dtype)
        self.spikes = np.zeros(shape, dtype)

    def step(self, current: Array) -> None:
        """Membranes and spikes of the next step, see `xbarsim.systems.l2mu.Settings`."""
        self.membrane = self.beta * self.membrane + current - self.threshold * self.spikes
        self.spikes = (self.membrane > self.threshold).astype(self.membrane.dtype)


def _over_time(product: Product, x: Array) -> Array:
    """Of vectors (n, time, in) all at once: (n, time, out)."""
    n, steps, inputs = x.shape
    return product(x.reshape(n * steps, inputs)).reshape(n, steps, -1)


def in_software(parameters: Parameters, a: Array, b: Array) -> Network:
    """A network that multiplies exactly.

    Parameters
    ----------
    a, b : of one step of the state space, (order, order) and (order,).
    """
    products = {name: multiplied(getattr(parameters, name)) for name in MATRICES}
    outputs = products["w_o"]
    products["w_o"] = lambda x: outputs(x) + parameters.b_o.astype(x.dtype)
    return network(parameters, products, multiplied(np.column_stack([a, b])))


def network(
    parameters: Parameters, products: Mapping[str, Product], state_space: Product
) -> Network:
    """A network of these sizes, leaks and thresholds, whose products are given."""
    channels = len(parameters.e_x)
    return Network(
        products=products,
        state_space=state_space,
        beta=parameters.beta,
        threshold=parameters.threshold,
        channels=channels,
        order=parameters.e_m.shape[1] // channels,
        hidden=len(parameters.w_x),
    )


def multiplied(w: Array) -> Product:
    """Multiply vectors (n, in) with a matrix (out, in), in the type of the vectors."""
    kept = {np.dtype(dtype): np.ascontiguousarray(w.T, dtype) for dtype in (np.float32, np.float64)}
    return lambda x: x @ kept[x.dtype]
