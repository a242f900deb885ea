"""Networks to classify with: trained in software on a data set, or read from a file."""

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping import Graph, read_model
from xbarsim.parallel import single_threaded_torch
from xbarsim.streams import Streams
from xbarsim.tasks.datasets import Dataset
from xbarsim.tasks.retraining import Retrain

#: a network for a data set, what is random in it drawn from streams
Train: TypeAlias = Callable[[Dataset, Streams], Graph]
_LENET5 = [(25, 6), (150, 16), (400, 120), (120, 84), (84, 10)]


def mlp(
    hidden: Sequence[int],
    *,
    activation: str = "relu",
    epochs: int = 60,
    alpha: float = 1e-4,
    retrain: Retrain | None = None,
) -> Train:
    """A multilayer perceptron, trained by scikit-learn with Adam.

    Parameters
    ----------
    hidden : sizes of the hidden layers.
    activation, epochs, alpha : of the hidden layers; passes over the data; L2 penalty.
    retrain : goes on with training, by PyTorch.
    """

    def train(data: Dataset, streams: Streams) -> Graph:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
        from threadpoolctl import threadpool_limits

        model = MLPClassifier(
            hidden_layer_sizes=tuple(hidden),
            activation=activation,
            alpha=alpha,
            max_iter=epochs,
            n_iter_no_change=epochs,
            random_state=streams.integer(),
        )
        with (
            warnings.catch_warnings(),
            threadpool_limits(1),
        ):  # one thread: the same sums everywhere
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", "Training interrupted")
            model.fit(data.x_train, data.y_train)
        if model.n_iter_ < epochs:  # scikit-learn takes Ctrl-C for "enough"; for us it is "stop"
            raise KeyboardInterrupt
        if retrain is None:
            return read_model(model)
        return read_model(retrain(_of_torch(model), data, streams / "retrain"))

    return train


def lenet5(
    *, epochs: int = 5, rate: float = 1e-3, batch: int = 64, retrain: Retrain | None = None
) -> Train:
    """LeNet-5 for images of 28 x 28, trained by PyTorch with Adam.

    LeCun et al., Proc. IEEE 86, 2278 (1998), with what has become usual since: rectifiers, maxima
    in place of subsampling, the second convolution joined to all maps, cross entropy.

    Parameters
    ----------
    epochs, rate, batch : passes over the data, step size, images a step.
    retrain : goes on with training.

    Notes
    -----
    Training raises SpecError where PyTorch is not installed, or images are of another size.
    """

    def train(data: Dataset, streams: Streams) -> Graph:
        if data.x_train.shape[1] != 784:
            raise SpecError(f"lenet5 takes images of 28 x 28; these have {data.x_train.shape[1]}")
        torch = _torch("network.kind lenet5 is")
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(streams.integer())
            model = _lenet5()
            fit(model, data, epochs, rate, batch)
        return read_model(model if retrain is None else retrain(model, data, streams / "retrain"))

    return train


def _torch(what: str) -> Any:
    """PyTorch.

    Raises
    ------
    SpecError : it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise SpecError(
            f"{what} trained by PyTorch, which is not installed: pip install 'xbarsim[torch]'"
        ) from None
    return torch


def _of_torch(model: Any) -> Any:
    """The layers of a perceptron of scikit-learn in PyTorch."""
    torch = _torch("networks with hardware_aware are")
    nn, layers = torch.nn, []
    kinds = {"relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid, "identity": nn.Identity}
    for w, b in zip(model.coefs_, model.intercepts_, strict=True):
        linear = nn.Linear(*w.shape)
        linear.weight.data = torch.from_numpy(w.T.copy()).float()
        linear.bias.data = torch.from_numpy(b.copy()).float()
        layers += [linear, kinds[model.activation]()]
    return nn.Sequential(*layers[:-1])


def _lenet5() -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def fit(model: Any, data: Dataset, epochs: int, rate: float, batch: int) -> None:
    """Adam whose steps shrink to nothing over the epochs (one cosine), in the order drawn."""
    import torch

    x, y = torch.from_numpy(data.x_train).float(), torch.from_numpy(data.y_train)
    steps = epochs * -(-len(x) // batch)
    adam = torch.optim.Adam(model.parameters(), lr=rate)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    model.train()
    with single_threaded_torch():
        for chosen in (part for _ in range(epochs) for part in torch.randperm(len(x)).split(batch)):
            adam.zero_grad()
            torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
            adam.step()
            slower.step()
    model.eval()


def from_file(path: str | Path, shape: Sequence[int] | None = None) -> Train:
    """A network that was trained elsewhere.

    Parameters
    ----------
    path : as `read_model` takes it.
    shape : of one input, where it is not a vector: ``(1, 28, 28)``.
    """

    def read(data: Dataset, streams: Streams) -> Graph:
        graph = read_model(path)
        return graph if shape is None else _shaped(graph, tuple(shape))

    return read


def _shaped(graph: Graph, shape: tuple[int, ...]) -> Graph:
    """`graph` for inputs that come as vectors."""
    if len(graph.inputs) != 1:
        raise SpecError(f"a classifier has one input; this network has {len(graph.inputs)}")
    (name,) = graph.inputs
    vector = f"{name}.vector"
    first = Node(name=name, op="reshape", inputs=(vector,), settings={"shape": (-1, *shape)})
    return Graph(nodes=(first, *graph.nodes), inputs=(vector,), output=graph.output, dt=graph.dt)


def mlp_sizes(first: int, hidden: Sequence[int], last: int) -> list[tuple[int, int]]:
    """Inputs and outputs of each matrix of `mlp`."""
    return list(pairwise([first, *hidden, last]))


def lenet5_sizes() -> list[tuple[int, int]]:
    """Inputs and outputs of each matrix of `lenet5`."""
    return list(_LENET5)
