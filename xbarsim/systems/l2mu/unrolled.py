"""The populations of an L2MU in PyTorch, step by step; PyTorch must be there to import this."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from xbarsim.systems.l2mu.parameters import POPULATIONS


def counts_of(learn: Mapping[str, Tensor], a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """How often outputs spike, (n, classes), for inputs (n, time, channels).

    Parameters
    ----------
    learn : the fields of `xbarsim.systems.l2mu.parameters.Parameters`.
    a, b : of one step of the state space, (order, order) and (order,).
    """
    n, steps, _ = x.shape
    order, channels = len(b), len(learn["e_x"])
    to_u, to_h = (linear(x, learn[name]).unbind(1) for name in ("e_x", "w_x"))
    of_h, of_m = (torch.cat([learn[f"e_{k}"], learn[f"w_{k}"]]).T for k in "hm")
    u, m, h, o = (_Population(learn, name) for name in POPULATIONS)
    memory, hidden = x.new_zeros(n, channels * order), x.new_zeros(n, len(of_h))
    back, train = x.new_zeros(n, channels), []
    for t in range(steps):
        again = hidden @ of_h
        encoded = u.step(to_u[t] + again[:, :channels] + back)
        held = memory.view(n, channels, order) @ a.T + encoded[..., None] * b
        memory = m.step(held.view(n, -1))
        forth = memory @ of_m
        back = forth[:, :channels]
        hidden = h.step(to_h[t] + again[:, channels:] + forth[:, channels:])
        train.append(hidden)
    counts = x.new_zeros(())
    for current in linear(torch.stack(train), learn["w_o"], learn["b_o"]).unbind():
        counts = counts + o.step(current)
    return counts


class Spike(torch.autograd.Function):
    """1 where membranes are above their threshold, with the gradient of an arc tangent."""

    @staticmethod
    def forward(ctx: Any, above: Tensor) -> Tensor:
        """Spikes of membranes less their threshold."""
        ctx.save_for_backward(above)
        return (above > 0).to(above.dtype)

    @staticmethod
    def backward(ctx: Any, *given: Tensor) -> Tensor:
        """See `xbarsim.systems.l2mu.training`."""
        (above,) = ctx.saved_tensors
        return given[0] / (1 + (math.pi * above) ** 2)


class _Population:
    """LIF neurons with the leak and the threshold of their population."""

    def __init__(self, learn: Mapping[str, Tensor], name: str) -> None:
        k = POPULATIONS.index(name)
        self.beta, self.threshold = learn["beta"][k].clamp(0, 1), learn["threshold"][k]
        self.membrane: Tensor | None = None
        self.spikes: Tensor | None = None

    def step(self, current: Tensor) -> Tensor:
        """Spikes of the next step, (n, neurons)."""
        if self.membrane is None or self.spikes is None:
            self.membrane = current
        else:
            reset = self.threshold * self.spikes.detach()
            self.membrane = self.beta * self.membrane + current - reset
        self.spikes = Spike.apply(self.membrane - self.threshold)
        return self.spikes
