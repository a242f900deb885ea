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
    of_m = of_m.view(channels, order, -1).transpose(0, 1).reshape(channels * order, -1)
    u, m, h, o = (_Population(learn, name) for name in POPULATIONS)
    state, memory = torch.column_stack([a, b]), x.new_zeros(order, n, channels)  # order first
    hidden, back, train = x.new_zeros(n, len(of_h)), x.new_zeros(n, channels), []
    for t in range(steps):
        again = hidden @ of_h
        encoded = u.step(to_u[t] + again[:, :channels] + back)
        held = state @ torch.cat([memory, encoded[None]]).view(order + 1, -1)
        memory = m.step(held.view(order, n, channels))
        forth = memory.transpose(0, 1).reshape(n, -1) @ of_m
        back = forth[:, :channels]
        hidden = h.step(to_h[t] + again[:, channels:] + forth[:, channels:])
        train.append(hidden)
    counts = x.new_zeros(())
    for current in linear(torch.stack(train), learn["w_o"], learn["b_o"]).unbind():
        counts = counts + o.step(current)
    return counts


class Lif(torch.autograd.Function):
    """A step of LIF neurons; spikes have the gradient of an arc tangent, resets have none."""

    @staticmethod
    def forward(ctx: Any, *given: Tensor) -> tuple[Tensor, Tensor]:
        """Membranes and spikes, of currents, of both one step ago, of a leak and a threshold."""
        current, membrane, spikes, beta, threshold = given
        new = (beta * membrane).add_(current).sub_(threshold * spikes)
        above = new - threshold
        ctx.save_for_backward(above, membrane, spikes, beta)
        return new, (above > 0).to(above.dtype)

    @staticmethod
    def backward(ctx: Any, *given: Tensor) -> tuple[Tensor | None, ...]:
        """See `xbarsim.systems.l2mu.training`."""
        above, membrane, spikes, beta = ctx.saved_tensors
        of_spikes = given[1] / above.mul_(math.pi).square_().add_(1)
        of_membrane = of_spikes + given[0]
        of_beta = of_threshold = None
        if ctx.needs_input_grad[3]:
            of_beta = torch.dot(of_membrane.flatten(), membrane.flatten())
        if ctx.needs_input_grad[4]:
            of_threshold = -torch.dot(of_membrane.flatten(), spikes.flatten()) - of_spikes.sum()
        return of_membrane, beta * of_membrane, None, of_beta, of_threshold


class _Population:
    """LIF neurons with the leak and the threshold of their population."""

    def __init__(self, learn: Mapping[str, Tensor], name: str) -> None:
        k = POPULATIONS.index(name)
        self.beta, self.threshold = learn["beta"][k].clamp(0, 1), learn["threshold"][k]
        self.before: tuple[Tensor, Tensor] | None = None

    def step(self, current: Tensor) -> Tensor:
        """Spikes of the next step, of the shape of `current`."""
        if self.before is None:
            self.before = torch.zeros_like(current), torch.zeros_like(current)
        membrane, spikes = self.before
        self.before = Lif.apply(current, membrane, spikes.detach(), self.beta, self.threshold)
        return self.before[1]
