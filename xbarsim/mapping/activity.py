"""What a network does in one inference: the reads of each matrix, the size of each value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from xbarsim.backend import Array, array_namespace
from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.graph import Graph, Key, software


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """What a network does in one inference.

    Parameters
    ----------
    calls : of each matrix, how often it is given how many vectors at once. Such vectors do not
        depend on each other: the positions of a convolution, the steps of a series that an input
        matrix is given; a recurrent matrix is given one vector at a time.
    signed : whether any of a matrix's inputs is negative.
    values : numbers that each node gives.
    shapes : of each input and of what each node gives, (1, ...); in time, of one step.
    """

    calls: Mapping[Key, Counter[int]]
    signed: Mapping[Key, bool]
    values: Mapping[str, int]
    shapes: Mapping[str, tuple[int, ...]]

    def reads(self, key: Key) -> int:
        """Vectors that a matrix is given."""
        return sum(number * vectors for vectors, number in self.calls[key].items())


def activity_of(graph: Graph, *example: Array) -> Activity:
    """What `graph` does with one input, run once in software.

    Parameters
    ----------
    example : for each input of the network an array (1, ...).

    Raises
    ------
    SpecError : another number of inputs, a batch of more than one, or shapes that do not fit.
    """
    if len(example) != len(graph.inputs):
        raise SpecError(
            f"the network has {len(graph.inputs)} inputs, {', '.join(graph.inputs)}; the example "
            f"holds {len(example)}"
        )
    for name, x in zip(graph.inputs, example, strict=True):
        if getattr(x, "ndim", 0) < 1 or x.shape[0] != 1:
            raise SpecError(
                f"the example for input {name} has shape {getattr(x, 'shape', ())}; it must hold "
                "one inference: (1, ...)"
            )
    exact = software(graph)
    calls: dict[Key, Counter[int]] = {key: Counter() for key in graph.blocks()}
    signed = dict.fromkeys(calls, False)
    values: Counter[str] = Counter()
    shapes = {name: tuple(x.shape) for name, x in zip(graph.inputs, example, strict=True)}

    def multiply(node: Node, name: str, x: Array) -> Array:
        key = node.home, name
        calls[key][x.size // x.shape[-1]] += 1
        signed[key] |= bool(array_namespace(x).min(x) < 0)
        return exact(node, name, x)

    def see(node: Node, value: Array) -> None:
        values[node.name] += value.size
        shapes[node.name] = tuple(value.shape)

    try:
        graph.run(*example, multiply=multiply, see=see)
    except (ValueError, IndexError) as error:
        given = ", ".join(str(x.shape) for x in example)
        raise SpecError(f"the network does not take an example of {given}: {error}") from None
    return Activity(calls=calls, signed=signed, values=values, shapes=shapes)
