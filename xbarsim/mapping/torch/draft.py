"""A graph in the making, and one call of the model that adds to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.torch.trace import Batch

_GIVE_EXAMPLE = "give from_torch an example of the model's input"


@dataclass(frozen=True)
class Value:
    """What a node gives; its shape where an example was run."""

    name: str
    shape: tuple[Any, ...] | None = None

    @property
    def batch_axis(self) -> int:
        """Axis that holds the batch, the first where shapes are not known; -1 for none."""
        if self.shape is None:
            return 0
        axes = [k for k, size in enumerate(self.shape) if isinstance(size, Batch)]
        return axes[0] if len(axes) == 1 else -1


@dataclass(frozen=True)
class Missing:
    """An output of a layer that a graph does not have."""

    what: str


@dataclass(frozen=True)
class Stacked:
    """Values that the model sees as one, stacked along a new first axis."""

    parts: tuple[Value, ...]
    shape: tuple[Any, ...] | None = None


def array(tensor: Any) -> npt.NDArray[Any]:
    """A tensor in host memory, halves as floats of 32 bits."""
    tensor = tensor.detach().cpu()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()
    return np.array(tensor.resolve_conj().resolve_neg().numpy())


@dataclass
class Draft:
    """Nodes so far.

    Parameters
    ----------
    nodes : in the order in which they run.
    inputs : names of the network's inputs.
    owners : which node brought the tensors of a matrix first.
    """

    inputs: tuple[str, ...]
    nodes: list[Node] = field(default_factory=list)
    owners: dict[Any, Node] = field(default_factory=dict)
    _named: set[str] = field(default_factory=set)
    _kept: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._named.update(self.inputs)

    def add(
        self,
        name: str,
        op: str,
        x: Sequence[Value],
        settings: Mapping[str, Any],
        arrays: Mapping[str, Any],
    ) -> Value:
        """A node more; its name gets a number if it is taken."""
        number, plain = 1, name
        while name in self._named:
            number += 1
            name = f"{plain}#{number}"
        self._named.add(name)
        inputs = tuple(value.name for value in x)
        node = Node(name=name, op=op, inputs=inputs, settings=settings, arrays=arrays)
        self.nodes.append(node)
        return Value(name)

    def add_weighted(
        self,
        name: str,
        op: str,
        x: Value,
        settings: Mapping[str, Any],
        tensors: Mapping[str, Any],
    ) -> Value:
        """A node with matrices; the same tensors again stand on the tiles of the first node."""
        tensors = {k: t for k, t in tensors.items() if t is not None}
        key = (op, settings.get("transposed"), settings.get("groups")) + tuple(
            (k, t.data_ptr(), t.shape, t.stride()) for k, t in tensors.items()
        )
        self._kept.append(tensors)  # their addresses stay theirs
        if key in self.owners:
            first = self.owners[key]
            return self.add(name, op, [x], {**settings, "shared": first.name}, first.arrays)
        value = self.add(name, op, [x], settings, {k: array(t) for k, t in tensors.items()})
        self.owners[key] = self.nodes[-1]
        return value


@dataclass(frozen=True, kw_only=True)
class Call:
    """A layer or function of the model that runs, once.

    Parameters
    ----------
    draft : the graph in the making.
    name : of the layer in the model, or of the function's result.
    kind : type of the layer, or the function's name.
    shape : of its result, where it is a tensor and an example was run.
    """

    draft: Draft
    name: str
    kind: str
    shape: tuple[Any, ...] | None = None

    def add(
        self,
        op: str,
        *x: Any,
        part: str = "",
        arrays: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> Value:
        """A digital node."""
        name = f"{self.name}.{part}" if part else self.name
        return self.draft.add(name, op, [self.value(v) for v in x], settings, arrays or {})

    def weighted(
        self, op: str, x: Any, tensors: Mapping[str, Any], part: str = "", **settings: Any
    ) -> Value:
        """A node with matrices."""
        for name, tensor in tensors.items():
            if isinstance(tensor, Value):
                self.refuse(f"its {name} depend on the model's input; only constants go on tiles")
        name = f"{self.name}.{part}" if part else self.name
        return self.draft.add_weighted(name, op, self.value(x), settings, tensors)

    def value(self, x: Any) -> Value:
        """`x`, which must be a value of the graph."""
        if isinstance(x, Missing):
            self.refuse(f"{x.what} is not available")
        if isinstance(x, Stacked):
            if x.shape is None:
                self.need_example("the states of a recurrent layer have the batch on axis 1")
            return Value(self.add("stack", *x.parts, part="stacked", axis=0).name, x.shape)
        if not isinstance(x, Value):
            self.refuse(
                f"it is given a {type(x).__name__} where a value of the network is expected"
            )
        return x

    def constant(self, x: Any, what: str) -> npt.NDArray[Any]:
        """`x`, which must not depend on the model's input, as an array."""
        import torch

        if isinstance(x, torch.Tensor):
            return array(x)
        if isinstance(x, int | float) and not isinstance(x, bool):
            return np.asarray(x, dtype=float)
        return self.refuse(f"its {what} must be a constant, not a {type(x).__name__}")

    def refuse(self, why: str) -> NoReturn:
        """Raise an error that names the layer."""
        raise SpecError(f"layer {self.name} ({self.kind}): {why}")

    def need_example(self, why: str) -> NoReturn:
        """Raise an error that asks for an example."""
        self.refuse(f"{why}; {_GIVE_EXAMPLE}")

    def not_batch(self, x: Value, axes: Sequence[int]) -> None:
        """Refuse to work along the axis that holds the batch."""
        own = [axis % len(x.shape) if x.shape else axis for axis in axes]
        if x.batch_axis in own:
            hint = "" if x.shape else f"; if it holds something else, {_GIVE_EXAMPLE}"
            self.refuse(f"axis {x.batch_axis} holds the batch, whose items stay apart{hint}")

    def only(self, **given: Any) -> None:
        """Refuse arguments that are set, unless they are None or False."""
        for name, value in given.items():
            if value is not None and value is not False:
                self.refuse(f"{name}={value!r} is not supported")


Handler = Callable[..., Any]
