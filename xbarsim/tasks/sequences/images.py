"""Images as series: one row of pixels a step."""

from xbarsim.backend import Array
from xbarsim.tasks.datasets import load_dataset
from xbarsim.tasks.sequences.dataset import SequenceDataset

_SIDE = 28
_CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat",
            "sandal", "shirt", "sneaker", "bag", "ankle boot")  # fmt: skip


def mnist() -> SequenceDataset:
    """MNIST from its first row to its last: 60,000 and 10,000 series (28, 28) in [0, 1].

    Raises
    ------
    DataError : files are missing or are not what they should be.
    """
    return _rows("mnist", tuple("0123456789"))


def fashion_mnist() -> SequenceDataset:
    """Fashion-MNIST, read like MNIST.

    Raises
    ------
    DataError : files are missing or are not what they should be.
    """
    return _rows("fashion_mnist", _CLOTHES)


def _rows(source: str, classes: tuple[str, ...]) -> SequenceDataset:
    data = load_dataset(source)

    def series(x: Array) -> list[Array]:
        return list(x.reshape(-1, _SIDE, _SIDE))

    return SequenceDataset(
        x_train=series(data.x_train),
        y_train=data.y_train,
        x_test=series(data.x_test),
        y_test=data.y_test,
        channels=tuple(f"column {k + 1}" for k in range(_SIDE)),
        classes=classes,
    )
