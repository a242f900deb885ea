"""The nodes of a network while an ONNX graph is read, and the shapes of their arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.layers import DIGITAL, WEIGHTED, Node
from xbarsim.mapping.onnx.file import ModelInput
from xbarsim.mapping.onnx.value import TRIAL_BATCHES, Known, Value, positive, reshaped


class Tape:
    """Nodes in running order; every one is tried on zeros as it is added, so its shape is known.

    Parameters
    ----------
    inputs : of the network.

    Attributes
    ----------
    batches : trial batches: the one that the model fixes, or `TRIAL_BATCHES`.
    names : what to call the next node, the best first.
    nodes : by name.
    """

    def __init__(self, inputs: Sequence[ModelInput]) -> None:
        fixed = {i.batch for i in inputs if i.batch is not None}
        if len(fixed) > 1:
            raise SpecError(f"inputs have batches of different sizes: {sorted(fixed)}")
        self.batches = tuple(fixed) or TRIAL_BATCHES
        self.names: tuple[str, ...] = ()
        self.nodes: dict[str, Node] = {}
        self._homes: dict[Any, str] = {}
        self._samples = {i.name: ((1, *i.sizes), np.dtype(i.dtype)) for i in inputs}

    def known(self, name: str, array: npt.NDArray[Any]) -> Known:
        """A tensor that is the same for every batch."""
        return Known(name=name, arrays=(array,) * len(self.batches))

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a node's array for one sample, the batch included."""
        return self._samples[name][0]

    def dtype(self, name: str) -> np.dtype[Any]:
        """Type of a node's values."""
        return self._samples[name][1]

    def add(
        self,
        op: str,
        *inputs: str,
        part: str = "",
        settings: Mapping[str, Any] | None = None,
        arrays: Mapping[str, Array] | None = None,
    ) -> str:
        """Append a node; returns its name.

        Parameters
        ----------
        op : what it does.
        inputs : nodes that it takes.
        part : set behind the name, for a node beside the one that the operator itself becomes.
        settings, arrays : the node's.

        Raises
        ------
        SpecError : shapes do not fit.
        """
        node = Node(
            name=self._free(part),
            op=op,
            inputs=inputs,
            settings=settings or {},
            arrays={} if arrays is None else arrays,
        )
        shapes = [self.shape(name) for name in inputs]
        try:
            with np.errstate(all="ignore"):
                y = _dry(node, [np.zeros(s, self.dtype(i)) for s, i in zip(shapes, inputs)])  # noqa: B905
        except (ValueError, IndexError, ArithmeticError, MemoryError) as fault:
            raise SpecError(f"shapes {shapes} do not fit: {fault}") from None
        self.nodes[node.name] = node
        self._samples[node.name] = (y.shape, y.dtype)
        return node.name

    def weighted(
        self,
        op: str,
        x: str,
        *tensors: Known | None,
        part: str = "",
        settings: Mapping[str, Any] | None = None,
        arrays: Mapping[str, Array],
    ) -> str:
        """Append a node with matrices; on tiles of an earlier node if made of the same tensors."""
        laid = [(settings or {}).get(key) for key in ("transposed", "groups")]
        used = (op, part, *laid, *(None if t is None else t.name for t in tensors))
        shared = {"shared": self._homes[used]} if used in self._homes else {}
        settings = {**(settings or {}), **shared}
        name = self.add(op, x, part=part, settings=settings, arrays=arrays)
        self._homes.setdefault(used, name)
        return name

    def _free(self, part: str) -> str:
        taken = self._samples
        tries = [f"{name}.{part}" if part else name for name in self.names]
        count = 2
        while all(name in taken for name in tries):
            tries = [f"{self.names[-1]}.{part}_{count}" if part else f"{self.names[-1]}_{count}"]
            count += 1
        return next(name for name in tries if name not in taken)

    def view(self, value: Value, part: str = "") -> Value:
        """`value` with its node's array brought to `value.sizes`."""
        shape, name = (1, *value.sizes), value.node
        node = self.nodes.get(name)
        if self.shape(name) != shape and node is not None and node.op == "reshape":
            name = node.inputs[0]
        if self.shape(name) != shape:
            name = self.add("reshape", name, part=part, settings={"shape": (-1, *value.sizes)})
        return value.resized(name, {})

    def reshape(self, value: Value, shapes: Sequence[Sequence[int]], part: str = "") -> Value:
        """`value` in a shape given for each trial batch."""
        return self.view(reshaped(value, shapes, self.batches), part)

    def transpose(self, value: Value, order: Sequence[int], part: str = "") -> Value:
        """`value` with its axes in another order."""
        order = [positive(a, len(value.shape)) for a in order]
        b, extra = value.batch, len(value.merged)
        axes = [0]
        for a in order:
            axes += range(b + 1, b + 1 + extra) if a == b else [value.axis(a)]
        name, node = value.node, self.nodes.get(value.node)
        if axes != sorted(axes):
            if node is not None and node.op == "transpose":
                name, axes = node.inputs[0], [node.settings["axes"][a] for a in axes]
            if axes != sorted(axes):
                name = self.add("transpose", name, part=part, settings={"axes": tuple(axes)})
        shape = tuple(value.shape[a] for a in order)
        return Value(node=name, shape=shape, batch=order.index(b), before=value.before)

    def to_last(self, value: Value, axis: int) -> tuple[Value, list[int]]:
        """`value` with `axis` moved to the end, and the order that moves it back."""
        rank = len(value.shape)
        order = [a for a in range(rank) if a != positive(axis, rank)] + [positive(axis, rank)]
        back = [order.index(a) for a in range(rank)]
        value.axis(axis)
        return self.transpose(value, order, "to_last"), back

    def lifted(self, value: Value, rank: int) -> Value:
        """`value` with axes of size 1 in front, as broadcasting sees it."""
        more = rank - len(value.shape)
        if not more:
            return value
        shape = (1,) * more + value.shape
        batch = value.batch + more
        lifted = Value(node=value.node, shape=shape, batch=batch, before=value.before)
        return self.view(lifted, "lift")

    def level(self, operands: Sequence[Value | Known]) -> tuple[list[Value | Known], Value]:
        """Operands of equally many axes, and the value that they broadcast to, its node missing.

        Raises
        ------
        SpecError : the batch does not stand on the same axis of all, or shapes do not fit.
        """
        rank = max(len(o.shape) if isinstance(o, Value) else o.arrays[0].ndim for o in operands)
        ready = [self.lifted(o, rank) if isinstance(o, Value) else o for o in operands]
        values = [o for o in ready if isinstance(o, Value)]
        places = {(v.batch, v.before, v.after) for v in values}
        if len(places) > 1:
            raise SpecError("its operands have the batch on different axes; samples would mix")
        first = values[0]
        shapes = [o.shape if isinstance(o, Value) else _with_one(o, first) for o in ready]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            raise SpecError(f"shapes {shapes} do not broadcast") from None
        return ready, Value(node="", shape=shape, batch=first.batch, before=first.before)

    def pair(self, op: str, a: Value | Known, b: Value | Known, part: str = "") -> Value:
        """The value of an operation on two operands that broadcast; one may be known."""
        ready, value = self.level([a, b])
        names = [o.node for o in ready if isinstance(o, Value)]
        arrays = {
            key: self.beside(o, value)
            for key, o in zip("ab", ready, strict=True)
            if isinstance(o, Known)
        }
        return value.resized(self.add(op, *names, part=part, arrays=arrays), {})

    def beside(self, known: Known, value: Value) -> npt.NDArray[Any]:
        """A known tensor, of as many axes as `value` or fewer, as its node's array has it.

        Returns
        -------
        (1, ...), the batch, p and q of `value` first to broadcast with the node's array.

        Raises
        ------
        SpecError : it differs between samples.
        """
        found = [
            _laid_out(a, value, n, known.name)
            for a, n in zip(known.arrays, self.batches, strict=True)
        ]
        return Known(name=known.name, arrays=tuple(found)).array()


def _with_one(known: Known, value: Value) -> tuple[int, ...]:
    shape = [1] * (len(value.shape) - known.arrays[0].ndim) + list(known.arrays[0].shape)
    shape[value.batch] = 1
    return tuple(shape)


def _laid_out(array: npt.NDArray[Any], value: Value, batch: int, name: str) -> npt.NDArray[Any]:
    rank, b = len(value.shape), value.batch
    shape = (1,) * (rank - array.ndim) + array.shape
    array = array.reshape(shape)
    p, q = value.before, value.after
    if shape[b] not in (1, p * batch * q):
        raise SpecError(f"{name!r} of shape {array.shape} does not fit {value.at(batch)}")
    split = (1, 1, 1) if shape[b] == 1 else (p, batch, q)
    array = array.reshape(*shape[:b], *split, *shape[b + 1 :])
    array = np.moveaxis(array, b + 1, 0)
    if array.shape[0] > 1 and not np.array_equal(array, np.broadcast_to(array[:1], array.shape)):
        raise SpecError(f"{name!r} differs between samples of the batch; not supported")
    kept = [i for i, n in enumerate((p, q)) if n != 1]
    sizes = [array.shape[b + 1 + i] for i in kept]
    return array[:1].reshape(1, *shape[:b], *sizes, *shape[b + 1 :])


def _dry(node: Node, x: list[Array]) -> Any:
    """The shape and type of a node's value, in zeros, its products left out."""
    if node.op in DIGITAL:
        return DIGITAL[node.op](node, x)
    blocks = WEIGHTED[node.op].blocks(node)

    def product(name: str, vectors: Array) -> Array:
        block = blocks[name]
        if vectors.shape[-1] != block.inputs:
            raise SpecError(f"weights take {block.inputs} inputs, but are given {vectors.shape}")
        return np.zeros((*vectors.shape[:-1], block.outputs), vectors.dtype)

    return WEIGHTED[node.op].run(node, x, product)
