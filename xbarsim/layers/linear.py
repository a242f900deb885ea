"""A dense layer: one matrix, for every vector along the last axis."""

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.layers.node import Block, Node, Product, WeightedOp


def _blocks(node: Node) -> dict[str, Block]:
    return {"": Block(weights=node.arrays["weights"], bias=node.arrays.get("bias"))}


def _run(node: Node, x: list[Array], product: Product) -> Array:
    if x[0].ndim != node.settings.get("axes", x[0].ndim):
        raise SpecError(
            f"layer {node.name} is given shape {x[0].shape}; the normalisation folded into it "
            "took it to be (n, in): read the model with an example of its input"
        )
    width = node.arrays["weights"].shape[1]
    if x[0].shape[-1:] != (width,):
        raise SpecError(
            f"layer {node.name} is given shape {x[0].shape}; expected (n, ..., {width})"
        )
    return product("", x[0])


LINEAR = WeightedOp(blocks=_blocks, run=_run)
