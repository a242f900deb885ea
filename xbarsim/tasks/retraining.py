"""Training that goes on with the hardware in the loop, by whatever package offers it."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, TypeAlias

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.streams import Streams
from xbarsim.tasks.datasets import Dataset

GROUP = "xbarsim.trainers"

#: a module of PyTorch, trained on with a data set, what is random in it drawn from streams
Retrain: TypeAlias = Callable[[Any, Dataset, Streams], Any]


def hardware_aware(hardware: Hardware, **settings: Any) -> Retrain:
    """Training by the entry point ``hardware_aware`` of the group ``xbarsim.trainers``.

    It is called with a module, the data, the streams and `hardware`, and with `settings` by name.

    Raises
    ------
    SpecError : there is none: the package is not installed as it is.
    """
    found = list(entry_points(group=GROUP, name="hardware_aware"))
    if not found:
        raise SpecError(
            f"network.hardware_aware: no entry point hardware_aware in the group {GROUP}; install "
            "xbarsim anew"
        )

    def retrain(model: Any, data: Dataset, streams: Streams) -> Any:
        return found[0].load()(model, data, streams, hardware, **settings)

    return retrain
