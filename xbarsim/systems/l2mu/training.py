r"""Learning by surrogate gradients through time, in PyTorch.

Spikes count as :math:`\arctan(\pi v) / \pi` of the membrane above its threshold, v, when gradients
are formed, so that a spike changes by :math:`1 / (1 + (\pi v)^2)` with it; the reset by a spike has
no gradient but that of the threshold (W. Fang et al., "Incorporating learnable membrane time
constants to enhance learning of spiking neural networks", ICCV (2021), with :math:`\alpha = 2`: the
defaults of snnTorch's leaky neuron, J. K. Eshraghian et al., Proceedings of the IEEE 111, 1016
(2023)). What outputs spiked over time is held against the class by cross entropy, as published.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.parallel import single_threaded_torch
from xbarsim.streams import Streams
from xbarsim.systems.l2mu.parameters import Parameters, initial
from xbarsim.systems.l2mu.settings import Settings
from xbarsim.systems.l2mu.state_space import discrete

if TYPE_CHECKING:
    from torch import Tensor


def torch_of() -> Any:
    """PyTorch.

    Raises
    ------
    SpecError : it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise SpecError(
            "an L2MU is trained by PyTorch, which is not installed: pip install 'xbarsim[torch]'; "
            "what was trained elsewhere is read from a file, see trained"
        ) from None
    return torch


def learned(settings: Settings, x: Array, y: Array, classes: int, streams: Streams) -> Parameters:
    """What an L2MU learns from recordings.

    Parameters
    ----------
    x, y : (n, time, channels) and the class of each, (n,).
    classes : how many there are.
    streams : ``initial`` and ``order``, of recordings, are drawn from them.

    Raises
    ------
    SpecError : PyTorch is not installed.
    ConvergenceError : training ends with numbers that are none.

    Notes
    -----
    In single precision and, so that sums are the same everywhere, on one thread.
    """
    torch = torch_of()
    with single_threaded_torch(), torch.enable_grad():
        return _fitted(settings, x, y, classes, streams)


def _fitted(settings: Settings, x: Array, y: Array, classes: int, streams: Streams) -> Parameters:
    import torch

    from xbarsim.systems.l2mu.unrolled import counts_of

    start = initial(settings, x.shape[2], classes, streams / "initial")
    learn = {each.name: torch.tensor(getattr(start, each.name)).float() for each in fields(start)}
    for name, tensor in learn.items():
        tensor.requires_grad_(settings.learn_neurons or name not in ("beta", "threshold"))
    a, b = (torch.tensor(each).float() for each in discrete(settings.order, settings.theta))
    given, told = torch.tensor(x).float(), torch.tensor(y)
    adam = torch.optim.Adam([w for w in learn.values() if w.requires_grad], lr=settings.rate)
    steps = settings.epochs * -(-len(x) // settings.batch)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    rng = (streams / "order").rng()
    for _ in range(settings.epochs):
        for chosen in torch.tensor(rng.permutation(len(x))).split(settings.batch):
            adam.zero_grad()
            counts = counts_of(learn, a, b, given[chosen])
            torch.nn.functional.cross_entropy(counts, told[chosen]).backward()
            if settings.gradient is not None:
                torch.nn.utils.clip_grad_norm_(list(learn.values()), settings.gradient)
            adam.step()
            if settings.schedule == "cosine":
                slower.step()
    return as_parameters(learn)


def as_parameters(learn: "dict[str, Tensor]") -> Parameters:
    """Parameters as arrays of double precision; leaks as they act, from 0 to 1.

    Raises
    ------
    ConvergenceError : one is not finite.
    """
    arrays = {name: w.detach().numpy().astype(float) for name, w in learn.items()}
    for name, w in arrays.items():
        if not np.isfinite(w).all():
            raise ConvergenceError(
                f"training an L2MU left {int((~np.isfinite(w)).sum())} values of {name} that are "
                "not finite; a smaller rate may help"
            )
    arrays["beta"] = arrays["beta"].clip(0, 1)
    return Parameters(**arrays)
