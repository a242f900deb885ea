"""Data, trained networks and metrics: what "accuracy" means for each benchmark."""

from typing import TYPE_CHECKING

from xbarsim.lazy import looked_up

if TYPE_CHECKING:
    from xbarsim.tasks.classifier import Prepared as Prepared
    from xbarsim.tasks.classifier import accuracy as accuracy
    from xbarsim.tasks.classifier import in_pieces as in_pieces
    from xbarsim.tasks.classifier import prepare_classifier as prepare_classifier
    from xbarsim.tasks.datasets import Dataset as Dataset
    from xbarsim.tasks.datasets import load_dataset as load_dataset

_HOMES = {
    "Prepared": "classifier",
    "accuracy": "classifier",
    "in_pieces": "classifier",
    "prepare_classifier": "classifier",
    "Dataset": "datasets",
    "load_dataset": "datasets",
}

__all__ = [*_HOMES]  # noqa: PLE0604

__getattr__ = looked_up(__name__, _HOMES)
