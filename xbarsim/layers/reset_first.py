r"""The GRU as first published: its reset gate acts on the state before the product, not after it.

.. math::

    r = \sigma(W_r x + U_r h), \quad z = \sigma(W_z x + U_z h), \quad
    n = \tanh(W_n x + U_n (r h)), \quad h' = (1 - z) n + z h

with biases beside every product. Input (n, time, in), output (n, time, h). Arrays and settings are
those of ``gru`` in `xbarsim.layers.recurrent`. As :math:`U_n` multiplies by another vector than
:math:`U_r` and :math:`U_z`, it is a block of its own, ``hn``; they are ``hh``.

References
----------
Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014, section 2.3.
"""

from xbarsim.backend import Array, array_namespace
from xbarsim.layers.node import Block, Node, Product, WeightedOp
from xbarsim.layers.recurrent import States, logistic, series


def _blocks(node: Node) -> dict[str, Block]:
    w, bias = node.arrays["w_hh"], node.arrays.get("b_hh")
    rows = {"hh": slice(None, 2 * w.shape[1]), "hn": slice(2 * w.shape[1], None)}
    hidden = {
        name: Block(weights=w[part], bias=None if bias is None else bias[part])
        for name, part in rows.items()
    }
    return {"ih": Block(weights=node.arrays["w_ih"], bias=node.arrays.get("b_ih")), **hidden}


def _run(node: Node, x: list[Array], product: Product) -> Array:
    xp, size = array_namespace(x[0]), node.arrays["w_hh"].shape[1]

    def step(a: Array, state: States) -> States:
        (h,) = state
        gates = logistic(xp, a[:, : 2 * size] + product("hh", h))
        r, z = gates[:, :size], gates[:, size:]
        n = xp.tanh(a[:, 2 * size :] + product("hn", r * h))
        return ((1 - z) * n + z * h,)

    return series(node, x[0], product, step)


GRU_RESET_FIRST = WeightedOp(blocks=_blocks, run=_run)
