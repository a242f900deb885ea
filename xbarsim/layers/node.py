"""One operation of a network: what mapping reads, places and runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from xbarsim.backend import Array

#: outputs (..., out) of the block of a name for vectors (..., in), its bias added
Product: TypeAlias = Callable[[str, Array], Array]


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """An operation in a network.

    Parameters
    ----------
    name : what tables call it, and what other nodes name as their input.
    op : a key of `xbarsim.layers.WEIGHTED`, `DIGITAL` or `STATEFUL`, which say what it does.
    inputs : names of the nodes, or inputs of the network, that it is given, in order.
    settings : plain numbers, texts, and tuples of them.
    arrays : weights and other constants.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def __repr__(self) -> str:
        held = "".join(f", {name} {np.shape(array)}" for name, array in self.arrays.items())
        return f"Node({self.name}: {self.op} of {', '.join(self.inputs)}{held})"

    @property
    def home(self) -> str:
        """Name of the node whose tiles this one is read on: its own, unless it shares another's."""
        return str(self.settings.get("shared", self.name))


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """A matrix of a node that stands on tiles.

    Parameters
    ----------
    weights : (out, in); of `groups` matrices that share no input and no output, on top of each
        other: (groups * out of one, in of one). They take vectors of ``groups * in`` inputs.
    bias : (out,), or None.
    groups : how many independent matrices `weights` holds.
    """

    weights: Array
    bias: Array | None = None
    groups: int = 1

    @property
    def inputs(self) -> int:
        """Inputs of all groups."""
        return int(self.groups * self.weights.shape[1])

    @property
    def outputs(self) -> int:
        """Outputs of all groups."""
        return int(self.weights.shape[0])


@dataclass(frozen=True, kw_only=True)
class WeightedOp:
    """An operation whose matrices stand on tiles.

    Parameters
    ----------
    blocks : the matrices of a node, by name; a single one is called ``""``.
    run : the node's output from its inputs, given what multiplies by its blocks.
    """

    blocks: Callable[[Node], dict[str, Block]]
    run: Callable[[Node, list[Array], Product], Array]
