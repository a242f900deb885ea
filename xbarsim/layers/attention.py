"""Digital operations of attention: products of two values, softmax, and looking up vectors."""

from collections.abc import Mapping
from types import ModuleType

from xbarsim.backend import Array, array_namespace, transposed
from xbarsim.errors import SpecError
from xbarsim.layers.elementwise import DigitalOp, constant, operands, unary
from xbarsim.layers.node import Node


def softmax(xp: ModuleType, x: Array, *, axis: int = -1) -> Array:
    """Positive shares that sum to 1 along `axis`."""
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


def _log_softmax(xp: ModuleType, x: Array, *, axis: int = -1) -> Array:
    x = x - xp.max(x, axis=axis, keepdims=True)
    return x - xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=True))


def _matmul(node: Node, x: list[Array]) -> Array:
    a, b = operands(node, x)
    return a @ b


def _attention(node: Node, x: list[Array]) -> Array:
    """``softmax(q k^T scale + bias) v`` of queries (..., l, d), keys and values (..., s, d).

    Settings: ``scale``, 1/sqrt(d) by default; ``causal``, where query k sees keys up to k.
    Arrays (..., l, s): ``keep``, true where a query sees a key; ``bias``, added to the scores.
    """
    q, k, v = x
    xp = array_namespace(q)
    scores = q @ transposed(k) * node.settings.get("scale", float(q.shape[-1]) ** -0.5)
    if "bias" in node.arrays:
        scores = scores + constant(node.arrays["bias"], scores)
    keep = xp.ones(scores.shape[-2:], dtype=bool)
    if node.settings.get("causal"):
        keep = xp.tril(keep)
    if "keep" in node.arrays:
        keep = keep & xp.asarray(node.arrays["keep"])
    hidden = xp.asarray(-float("inf"), dtype=scores.dtype)
    return softmax(xp, xp.where(keep, scores, hidden)) @ v


def _embedding(node: Node, x: list[Array]) -> Array:
    """Rows of array ``table`` (words, features) at whole numbers (...).

    Raises
    ------
    SpecError : a number that stands for no row.
    """
    xp = array_namespace(x[0])
    table, places = xp.asarray(node.arrays["table"]), x[0].astype(int)
    if places.size and not 0 <= int(places.min()) <= int(places.max()) < len(table):
        raise SpecError(
            f"layer {node.name} is given numbers from {int(places.min())} to {int(places.max())}; "
            f"its table holds rows 0 to {len(table) - 1}"
        )
    return table[places]


ATTENTION: Mapping[str, DigitalOp] = {
    "softmax": unary(softmax),
    "log_softmax": unary(_log_softmax),
    "matmul": _matmul,
    "attention": _attention,
    "embedding": _embedding,
}
