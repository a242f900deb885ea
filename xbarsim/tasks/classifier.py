"""Classification by a multilayer perceptron trained in software."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import DataError, SpecError
from xbarsim.mapping import Graph
from xbarsim.mapping.graph_file import graph_arrays, graph_digest, graph_from
from xbarsim.parallel import once
from xbarsim.streams import Streams
from xbarsim.tasks.datasets import Dataset, load_dataset
from xbarsim.tasks.networks import Train

_CALIBRATION_INPUTS = 256
_AT_ONCE = 2048  # inputs that are run together
_DATA = ("x_calibrate", "x_test", "y_test")
Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A trained network with the data that a trial reads.

    Parameters
    ----------
    graph : the network.
    x_calibrate : training inputs that set converter ranges, (n, in).
    x_test, y_test : inputs and classes that accuracy is measured on.
    """

    graph: Graph
    x_calibrate: Array
    x_test: Array
    y_test: Array

    @property
    def software_accuracy(self) -> float:
        """Share of the test inputs that the network classifies rightly in software."""
        return accuracy(in_pieces(self.graph.run), self.x_test, self.y_test)

    @once
    def digest(self) -> str:
        """A hash of the network and the data: equal for equal numbers."""
        found = blake2b(graph_digest(self.graph).encode(), digest_size=10)
        for part in (self.x_calibrate, self.x_test, self.y_test):
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()

    def save(self, path: Path) -> None:
        """Write everything to an ``.npz`` file at `path`, whole or not at all."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _DATA}
        arrays |= graph_arrays(self.graph) | {"digest": np.array(self.digest)}
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                np.savez(file, **arrays)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> "Prepared":
        """What `save` wrote to `path`; raises where it is not that to the last bit."""
        with path.open("rb") as file, np.load(file) as arrays:
            graph = graph_from(arrays)
            data = {name: arrays[name] for name in _DATA}
            digest = str(arrays["digest"])
        found = cls(graph=graph, **data)
        if found.digest != digest:
            raise DataError(f"{path}: is damaged")
        return found


def prepare_classifier(
    source: str, train: Train, streams: Streams, *, test_limit: int | None = None
) -> Prepared:
    """A network for a data set, with the data that trials need.

    Parameters
    ----------
    source : as `load_dataset` takes it.
    train : what gives the network: `xbarsim.tasks.networks.mlp`, `lenet5` or `from_file`.
    streams : draws the split of the data and what is random in training.
    test_limit : keep this many of the test inputs, the first ones.

    Raises
    ------
    DataError : the data set is missing or malformed.
    SpecError : `test_limit` asks for more test inputs than there are; the network cannot be made,
        or does not fit the data.
    """
    data = load_dataset(source, (streams / "split").integer())
    if test_limit is not None and test_limit > len(data.x_test):
        raise SpecError(f"test_limit is {test_limit}; {source} has {len(data.x_test)} test inputs")
    graph = train(data, streams / "train")
    _check_fit(graph, data, source)
    return Prepared(
        graph=graph,
        x_calibrate=data.x_train[:_CALIBRATION_INPUTS],
        x_test=data.x_test[:test_limit],
        y_test=data.y_test[:test_limit],
    )


def _check_fit(graph: Graph, data: Dataset, source: str) -> None:
    """Refuse a network that does not classify such data."""
    classes = int(data.y_train.max()) + 1
    try:
        shape = graph.run(data.x_train[:2]).shape
    except (ValueError, TypeError) as error:
        raise SpecError(f"the network cannot be run on {source}: {error}") from None
    if len(shape) != 2 or shape[1] < classes:
        raise SpecError(
            f"the network gives outputs of shape {shape[1:]}; {source} has {classes} classes"
        )


def accuracy(run: Callable[[Array], Array], x: Array, y: Array) -> float:
    """Share of the inputs `x` (n, in) whose largest output is their class `y` (n,)."""
    return float((np.argmax(run(x), axis=-1) == y).mean())


def in_pieces(run: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """`run` on a few inputs at a time, which keeps memory small."""

    def piecewise(x: Array) -> Array:
        return np.concatenate([run(x[k : k + _AT_ONCE]) for k in range(0, len(x), _AT_ONCE)])

    return piecewise
