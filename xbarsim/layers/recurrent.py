"""Recurrent layers: one layer in one direction, over every step of a series.

Input (n, time, in), output (n, time, h): the hidden state after every step, zero at first. Block
``ih`` reads the inputs of all steps, block ``hh`` the hidden state step by step; gates stay
digital. Arrays ``w_ih`` (gates * h, in), ``w_hh`` (gates * h, h) and the biases ``b_ih``, ``b_hh``,
which may be missing. With setting ``reverse`` the series runs from its end; outputs stand where
their inputs do.

References
----------
Hochreiter and Schmidhuber, Neural Computation 9, 1735 (1997), for the LSTM, with forget gates of
Gers et al., Neural Computation 12, 2451 (2000); Cho et al., EMNLP 2014, for the GRU, with the reset
gate after the product, as cuDNN and PyTorch have it.
"""

from collections.abc import Callable
from types import ModuleType

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.layers.node import Block, Node, Product, WeightedOp

States = tuple[Array, ...]  # the hidden one first
#: (library, node, gates of the input, gates of the hidden state, states) -> states
Step = Callable[[ModuleType, Node, Array, Array, States], States]


def _blocks(node: Node) -> dict[str, Block]:
    a = node.arrays
    return {k: Block(weights=a[f"w_{k}"], bias=a.get(f"b_{k}")) for k in ("ih", "hh")}


def logistic(xp: ModuleType, x: Array) -> Array:
    """The logistic function of `x`."""
    return 0.5 * (1 + xp.tanh(0.5 * x))


def _rnn(xp: ModuleType, node: Node, a: Array, b: Array, s: States) -> States:
    """``h = tanh(a + b)``, or the rectifier with setting ``nonlinearity`` ``relu``."""
    if node.settings.get("nonlinearity", "tanh") == "relu":
        return (xp.maximum(a + b, 0),)
    return (xp.tanh(a + b),)


def _lstm(
    xp: ModuleType, node: Node, a: Array, b: Array, s: tuple[Array, ...]
) -> tuple[Array, ...]:
    """``c = f c + i g``, ``h = o tanh(c)``; gates in the order i, f, g, o."""
    i, f, g, o = xp.split(a + b, 4, axis=-1)
    c = logistic(xp, f) * s[1] + logistic(xp, i) * xp.tanh(g)
    return logistic(xp, o) * xp.tanh(c), c


def _gru(xp: ModuleType, node: Node, a: Array, b: Array, s: States) -> States:
    """``h = (1 - z) n + z h``, ``n = tanh(a_n + r b_n)``; gates in the order r, z, n."""
    (ar, az, an), (br, bz, bn) = xp.split(a, 3, axis=-1), xp.split(b, 3, axis=-1)
    z = logistic(xp, az + bz)
    n = xp.tanh(an + logistic(xp, ar + br) * bn)
    return ((1 - z) * n + z * s[0],)


def series(
    node: Node, x: Array, product: Product, step: Callable[[Array, States], States], states: int = 1
) -> Array:
    """The hidden state after each step of a series (n, time, in): (n, time, h).

    Parameters
    ----------
    step : states after a step, from what ``ih`` makes of its input and the states before.
    states : how many there are; zero at first.
    """
    width, size = node.arrays["w_ih"].shape[1], node.arrays["w_hh"].shape[1]
    if x.ndim != 3 or x.shape[2] != width:
        raise SpecError(f"layer {node.name} is given shape {x.shape}; expected (n, time, {width})")
    xp, a = array_namespace(x), product("ih", x)
    out = xp.empty((*a.shape[:2], size), dtype=a.dtype)
    state: States = (xp.zeros((len(a), size), dtype=a.dtype),) * states
    times = range(a.shape[1])
    for t in reversed(times) if node.settings.get("reverse") else times:
        state = step(a[:, t], state)
        out[:, t] = state[0]
    return out


def _layer(step: Step, states: int) -> WeightedOp:
    def run(node: Node, x: list[Array], product: Product) -> Array:
        xp = array_namespace(x[0])

        def one(a: Array, state: States) -> States:
            return step(xp, node, a, product("hh", state[0]), state)

        return series(node, x[0], product, one, states)

    return WeightedOp(blocks=_blocks, run=run)


RNN = _layer(_rnn, 1)
LSTM = _layer(_lstm, 2)
GRU = _layer(_gru, 1)
