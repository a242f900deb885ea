"""One operator of an ONNX graph, as the functions that read it see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.tape import Tape
from xbarsim.mapping.onnx.value import Known, Value

Tensor: TypeAlias = Value | Known


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """An operator, what it is given and where its nodes go.

    Parameters
    ----------
    opset : version of the operators.
    inputs : its inputs; None for one that is left out.
    outputs : how many outputs it has.
    attributes : those that have not been looked at yet; what is left at the end is refused.
    tape : the network so far.
    """

    opset: int
    inputs: Sequence[Tensor | None]
    outputs: int
    attributes: dict[str, Any]
    tape: Tape

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute's value, which counts as looked at."""
        return self.attributes.pop(name, default)

    def only(self, name: str, default: Any, *allowed: Any) -> Any:
        """An attribute of which only some values are supported.

        Raises
        ------
        SpecError : it has another.
        """
        value = self.attribute(name, default)
        supported = (default, *allowed)
        if value not in supported:
            raise SpecError(
                f"attribute {name} is {value!r}; supported: {', '.join(map(repr, supported))}"
            )
        return value

    def given(self, k: int) -> Tensor | None:
        """Input `k`, None if it is left out."""
        return self.inputs[k] if k < len(self.inputs) else None

    def tensor(self, k: int = 0) -> Tensor:
        """Input `k`.

        Raises
        ------
        SpecError : it is left out.
        """
        found = self.given(k)
        if found is None:
            raise SpecError(f"input {k} is missing")
        return found

    def value(self, k: int = 0) -> Value:
        """Input `k`, which must depend on the network's input."""
        found = self.tensor(k)
        if isinstance(found, Known):
            raise SpecError(f"input {k}, {found.name!r}, is a constant; not supported")
        return found

    def known(self, k: int) -> Known | None:
        """Input `k`, which must not depend on the network's input; None if left out."""
        found = self.given(k)
        if isinstance(found, Value):
            raise SpecError(f"input {k} depends on the network's input; only a constant will do")
        return found

    def array(self, k: int) -> npt.NDArray[Any] | None:
        """The value of input `k`; None if left out."""
        found = self.known(k)
        return None if found is None else found.array()

    def needed(self, k: int) -> npt.NDArray[Any]:
        """The value of input `k`, which must be there."""
        self.tensor(k)
        array = self.array(k)
        assert array is not None
        return array

    def ints(self, k: int, name: str) -> tuple[int, ...] | None:
        """Whole numbers, by input `k` or, in older operators, by an attribute; None if neither."""
        array = self.array(k)
        found = self.attribute(name) if array is None else array.reshape(-1).tolist()
        return None if found is None else tuple(int(i) for i in found)

    def number(self, k: int, name: str) -> float | None:
        """A number, by input `k` or, in older operators, by an attribute; None if neither."""
        array = self.array(k)
        found = self.attribute(name) if array is None else np.asarray(array).reshape(-1)[0]
        return None if found is None else float(found)


#: the tensors that an operator gives; None for one that is not supported
Handler: TypeAlias = Callable[[Operation], Sequence[Tensor | None]]
