"""Tensors of an ONNX graph while it is read: known ones, and ones that depend on the input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError

#: batch sizes at which sizes that depend on the batch are found: two primes, so that what differs
#: between them tells how
TRIAL_BATCHES = (101, 103)


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """A tensor known without the input: one array for each trial batch.

    Parameters
    ----------
    name : the tensor's in the file.
    arrays : its value at each of the trial batches; the same unless it depends on the batch.
    """

    name: str
    arrays: tuple[npt.NDArray[Any], ...]

    @property
    def fixed(self) -> bool:
        """Whether it is the same for every batch."""
        first = self.arrays[0]
        return all(a is first or np.array_equal(a, first) for a in self.arrays)

    def each(self, f: Callable[..., Any], *others: "Known") -> "Known":
        """`f` of its value and those of `others`, for each trial batch."""
        arrays = zip(self.arrays, *(o.arrays for o in others), strict=True)
        return Known(name=self.name, arrays=tuple(f(*map(widened, group)) for group in arrays))

    def array(self) -> npt.NDArray[Any]:
        """Its value, 16-bit floats as float32.

        Raises
        ------
        SpecError : the value depends on the size of the batch.
        """
        if not self.fixed:
            raise SpecError(f"{self.name!r} depends on the size of the batch")
        return widened(self.arrays[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Value:
    r"""A tensor that depends on the input, and the node of the network that gives it.

    ONNX lets the batch stand on any axis and merge with others there: ``(time, n * heads, size)``.
    The node's array has it apart and first,

    .. math:: (n, d_0, \dots, d_{b-1}, [p], [q], d_{b+1}, \dots)

    where axis :math:`b` of the tensor has size :math:`p n q`, sample inside `p`; `p` and `q` are
    left out where they are 1.

    Parameters
    ----------
    node : name of the node, or of an input of the network.
    shape : the tensor's; :math:`p q` stands for the axis of the batch.
    batch : b.
    before : p.
    """

    node: str
    shape: tuple[int, ...]
    batch: int = 0
    before: int = 1

    @property
    def after(self) -> int:
        """What varies faster than the sample along the axis of the batch, q."""
        return self.shape[self.batch] // self.before

    @property
    def plain(self) -> bool:
        """Whether the batch has the first axis, alone."""
        return self.batch == 0 and self.shape[0] == 1

    @property
    def merged(self) -> tuple[int, ...]:
        """What is left of p and q."""
        return tuple(n for n in (self.before, self.after) if n != 1)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Shape of the node's array, without the batch."""
        b = self.batch
        return (*self.shape[:b], *self.merged, *self.shape[b + 1 :])

    def at(self, n: int) -> tuple[int, ...]:
        """The tensor's shape for a batch of `n`."""
        return tuple(d * n if i == self.batch else d for i, d in enumerate(self.shape))

    def axis(self, axis: int, what: str = "it works") -> int:
        """The node's axis for an axis of the tensor, which may count from the end.

        Raises
        ------
        SpecError : the axis does not exist, or is that of the batch.
        """
        a = positive(axis, len(self.shape))
        if a == self.batch:
            raise SpecError(f"{what} along the axis of the batch, across samples; not supported")
        return a + 1 if a < self.batch else a + len(self.merged)

    def resized(self, node: str, sizes: dict[int, int]) -> "Value":
        """The value of another node that differs in the sizes of some axes of the tensor."""
        shape = tuple(sizes.get(i, d) for i, d in enumerate(self.shape))
        return Value(node=node, shape=shape, batch=self.batch, before=self.before)

    def without(self, node: str, axes: Sequence[int]) -> "Value":
        """The value of another node in which the tensor has lost some axes."""
        kept = [i for i in range(len(self.shape)) if i not in axes]
        shape = tuple(self.shape[i] for i in kept)
        return Value(node=node, shape=shape, batch=kept.index(self.batch), before=self.before)


def widened(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Floats of fewer than 32 bits as float32; anything else as it is."""
    if array.dtype.kind == "V" or array.dtype.name in ("float16", "bfloat16"):
        return array.astype(np.float32)
    return array


def positive(axis: int, rank: int) -> int:
    """`axis` counted from the front.

    Raises
    ------
    SpecError : there is no such axis.
    """
    if not -rank <= axis < rank:
        raise SpecError(f"there is no axis {axis} in a tensor of {rank} axes")
    return int(axis) % rank


def reshaped(value: Value, shapes: Sequence[Sequence[int]], batches: Sequence[int]) -> Value:
    """`value` seen in another shape; its node's array may need a reshape, but never a transpose.

    Parameters
    ----------
    value : what is reshaped.
    shapes : the new shape at each of the trial batches, without -1.
    batches : the trial batches.

    Raises
    ------
    SpecError : sizes do not fit, or samples would mix.
    """
    p_all = prod(value.shape[: value.batch]) * value.before
    q_all = value.after * prod(value.shape[value.batch + 1 :])
    found = []
    for i in range(len(shapes[0])):
        axes = {tuple(int(d) for k, d in enumerate(shape) if k != i) for shape in shapes}
        factors = {d[i] / n for d, n in zip(shapes, batches, strict=True)}
        pre, post = prod(shapes[0][:i]), prod(shapes[0][i + 1 :])
        if len(axes) == len(factors) == 1 and pre and post and not (p_all % pre or q_all % post):
            p, q = p_all // pre, q_all // post
            if factors == {p * q}:
                found.append((p * q, i, p))
    if not found:
        raise SpecError(
            f"a reshape from {_text(value.at(batches[0]))} to {_text(shapes[0])} with a batch of "
            f"{batches[0]} does not fit or mixes samples"
        )
    k, i, p = min(found)
    shape = tuple(k if j == i else int(d) for j, d in enumerate(shapes[0]))
    return Value(node=value.node, shape=shape, batch=i, before=p)


def _text(shape: Sequence[int]) -> str:
    return f"({', '.join(str(int(d)) for d in shape)})"
