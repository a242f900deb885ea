"""Hardware-aware training of classifiers, as scenarios ask for it."""

from typing import Any

import torch
from torch import nn

from xbarsim.hardware import Hardware
from xbarsim.nn.convert import convert
from xbarsim.nn.plain import plain
from xbarsim.nn.training import HardwareAware
from xbarsim.streams import Streams
from xbarsim.tasks.datasets import Dataset
from xbarsim.tasks.networks import fit


def retrain(
    model: nn.Module,
    data: Dataset,
    streams: Streams,
    hardware: Hardware,
    *,
    epochs: int,
    rate: float,
    batch: int,
    **training: Any,
) -> nn.Module:
    """`model` as it is after training on `hardware`, in plain layers.

    Parameters
    ----------
    model : trained in software; it is left as it is.
    epochs, rate, batch : passes over the data, step size of Adam, inputs a step.
    training : of `xbarsim.nn.HardwareAware`.
    """
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed((streams / "order").integer())
        ours = convert(model, hardware, HardwareAware(**training), seed=streams / "hardware")
        fit(ours, data, epochs, rate, batch)
    return plain(ours)
