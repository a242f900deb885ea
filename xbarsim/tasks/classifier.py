"""Classification by a multilayer perceptron trained in software."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import DataError, SpecError
from xbarsim.layers import ACTIVATIONS
from xbarsim.mapping import Dense, read_model
from xbarsim.parallel import once
from xbarsim.streams import Streams
from xbarsim.tasks.datasets import load_dataset

_CALIBRATION_INPUTS = 256
Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A trained network with the data that a trial reads.

    Parameters
    ----------
    layers : the network.
    x_calibrate : training inputs that set converter ranges, (n, in).
    x_test, y_test : inputs and classes that accuracy is measured on.
    """

    layers: list[Dense]
    x_calibrate: Array
    x_test: Array
    y_test: Array

    @property
    def software_accuracy(self) -> float:
        """Share of the test inputs that the network classifies rightly in software."""
        return accuracy(self._run, self.x_test, self.y_test)

    @once
    def digest(self) -> str:
        """A hash of the network and the data: equal for equal numbers."""
        parts = [self.x_calibrate, self.x_test, self.y_test]
        parts += [array for layer in self.layers for array in (layer.weights, layer.bias)]
        found = blake2b(digest_size=10)
        for part in parts:
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()

    def _run(self, x: Array) -> Array:
        for layer in self.layers:
            x = ACTIVATIONS[layer.activation](x @ layer.weights.T + layer.bias)
        return x

    def save(self, path: Path) -> None:
        """Write everything to an ``.npz`` file at `path`, whole or not at all."""
        data = ("x_calibrate", "x_test", "y_test")
        arrays: dict[str, Any] = {name: getattr(self, name) for name in data}
        for k, layer in enumerate(self.layers):
            arrays |= {f"weights{k}": layer.weights, f"bias{k}": layer.bias}
        arrays["names"] = np.array([layer.name for layer in self.layers])
        arrays["activations"] = np.array([layer.activation for layer in self.layers])
        arrays["digest"] = np.array(self.digest)
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
            layers = [
                Dense(
                    name=str(name),
                    weights=arrays[f"weights{k}"],
                    bias=arrays[f"bias{k}"],
                    activation=str(arrays["activations"][k]),
                )
                for k, name in enumerate(arrays["names"])
            ]
            data = {name: arrays[name] for name in ("x_calibrate", "x_test", "y_test")}
            digest = str(arrays["digest"])
        found = cls(layers=layers, **data)
        if found.digest != digest:
            raise DataError(f"{path}: is damaged")
        return found


def prepare_classifier(
    source: str,
    hidden: Sequence[int],
    streams: Streams,
    *,
    activation: str = "relu",
    epochs: int = 60,
    alpha: float = 1e-4,
    test_limit: int | None = None,
) -> Prepared:
    """Train a multilayer perceptron (scikit-learn's, Adam) on a data set.

    Parameters
    ----------
    source : as `load_dataset` takes it.
    hidden : sizes of the hidden layers.
    streams : draws the split of the data and the initial weights.
    activation, epochs, alpha : of the hidden layers; passes over the data; L2 penalty.
    test_limit : keep this many of the test inputs, the first ones.

    Raises
    ------
    DataError : the data set is missing or malformed.
    SpecError : `test_limit` asks for more test inputs than there are.
    """
    data = load_dataset(source, (streams / "split").integer())
    if test_limit is not None and test_limit > len(data.x_test):
        raise SpecError(f"test_limit is {test_limit}; {source} has {len(data.x_test)} test inputs")
    model = _train(data, hidden, streams, activation, epochs, alpha)
    return Prepared(
        layers=read_model(model),
        x_calibrate=data.x_train[:_CALIBRATION_INPUTS].astype(float),
        x_test=data.x_test[:test_limit].astype(float),
        y_test=data.y_test[:test_limit],
    )


def _train(
    data: Any, hidden: Sequence[int], streams: Streams, activation: str, epochs: int, alpha: float
) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    model = MLPClassifier(
        hidden_layer_sizes=tuple(hidden),
        activation=activation,
        alpha=alpha,
        max_iter=epochs,
        n_iter_no_change=epochs,
        random_state=(streams / "train").integer(),
    )
    with warnings.catch_warnings(), threadpool_limits(1):  # one thread: the same sums everywhere
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Training interrupted")
        model.fit(data.x_train, data.y_train)
    if model.n_iter_ < epochs:  # scikit-learn takes Ctrl-C for "enough"; for us it is "stop"
        raise KeyboardInterrupt
    return model


def accuracy(run: Callable[[Array], Array], x: Array, y: Array) -> float:
    """Share of the inputs `x` (n, in) whose largest output is their class `y` (n,)."""
    return float((np.argmax(run(x), axis=-1) == y).mean())
