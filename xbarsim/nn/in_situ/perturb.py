"""Derivatives without a backward pass: outputs are nudged, and the loss is watched."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.nn.in_situ.layer import PulsedLayer
from xbarsim.programming.pulsed_devices import check_number


def perturbed(
    model: Any,
    layers: list[PulsedLayer],
    x: Tensor,
    losses: Callable[[Tensor], Tensor],
    amplitude: float,
    generator: Any,
    times: int = 1,
) -> float:
    r"""Estimate the derivative of the mean loss by all outputs of `layers`, and record it there.

    .. math:: \hat\delta = \frac{L(y + c s) - L(y - c s)}{2c}\, s, \qquad s = \pm 1

    Every output of all layers is nudged at once, up or down by chance and for each sample on its
    own, in two passes forward: the simultaneous perturbation of [spall1992]_, on the inputs of
    neurons in place of weights [flower1993]_, so that nothing is written to find out. Inputs of a
    layer are the mean of both passes. The mean estimate is the derivative, but for terms of
    c squared. Biases get their ``grad`` from it. Layers that do not learn are not nudged.

    Both passes draw the same numbers from torch's generators, so that dropout has one mask for
    both. Where samples share statistics, as in batch normalisation that trains, the estimate leaves
    out what a sample does to the losses of others, and running statistics see both passes.

    Parameters
    ----------
    x : a batch, (n, ...).
    losses : of outputs of the model, one for each sample, (n,).
    amplitude : c, in units of the outputs.
    generator : of torch, for the signs.
    times : how often this is done, with fresh signs; the estimate is the mean of all.

    Returns
    -------
    Mean of the losses of all passes.

    Raises
    ------
    SpecError : an amplitude or a number of times of nothing, an empty batch, losses that are not
        one a sample, or not finite.
    """
    check_number("amplitude", amplitude)
    check_count("times", times, 1, 2**31 - 1)
    if not 0 < amplitude < float("inf") or not len(x):
        raise SpecError(
            f"amplitude is {amplitude:g} and x has {len(x)} samples; both must be above 0"
        )
    layers = [
        one for one in layers if one.trained or any(p.requires_grad for p in one.parameters())
    ]
    found = [_once(model, layers, x, losses, amplitude, generator, times) for _ in range(times)]
    return sum(found) / times


def _once(
    model: Any,
    layers: list[PulsedLayer],
    x: Tensor,
    losses: Callable[[Tensor], Tensor],
    amplitude: float,
    generator: Any,
    share: int,
) -> float:
    """One pair of passes, whose estimate counts as one of `share`; the mean of its losses."""
    seen: list[tuple[PulsedLayer, Tensor, Tensor]] = []
    others: list[Tensor] = []
    samples = len(x)

    def up(layer: PulsedLayer, x: Tensor, y: Tensor) -> Tensor:
        if len(y) != samples:
            raise SpecError(
                f"layer '{layer.name}' makes {len(y)} outputs of {samples} samples; it cannot be "
                "told which sample's loss an output moves"
            )
        signs = 2.0 * torch.randint(0, 2, y.shape, generator=generator).to(y) - 1.0
        seen.append((layer, x, signs))
        return y + amplitude * signs

    def down(layer: PulsedLayer, x: Tensor, y: Tensor) -> Tensor:
        others.append(x)
        return y - amplitude * seen[len(others) - 1][2]

    with torch.no_grad():
        with torch.random.fork_rng(devices=[x.device] if x.is_cuda else []):
            above = _losses(model, layers, x, losses, up)
        below = _losses(model, layers, x, losses, down)
        slope = (above - below) / (2.0 * amplitude * samples * share)
        for (layer, first, signs), second in zip(seen, others, strict=True):
            delta = slope.reshape(-1, *[1] * (signs.ndim - 1)) * signs
            if layer.trained:
                layer.record(0.5 * (first + second), delta)
            if layer.bias is not None and layer.bias.requires_grad:
                grad = layer.rows(first, delta)[1].sum(dim=0)
                layer.bias.grad = grad if layer.bias.grad is None else layer.bias.grad + grad
    return float(0.5 * (above + below).mean())


def _losses(
    model: Any,
    layers: list[PulsedLayer],
    x: Tensor,
    losses: Callable[[Tensor], Tensor],
    nudge: Callable[[PulsedLayer, Tensor, Tensor], Tensor],
) -> Tensor:
    try:
        for layer in layers:
            layer.nudge = nudge
        found = losses(model(x))
    finally:
        for layer in layers:
            layer.nudge = None
    if found.shape != (len(x),):
        raise SpecError(
            f"losses has shape {tuple(found.shape)}; it takes one loss a sample, ({len(x)},): give "
            "the criterion reduction='none'"
        )
    if not bool(torch.isfinite(found).all()):
        raise SpecError(
            f"losses holds {float(found[~torch.isfinite(found)][0])}; it must be finite"
        )
    return found
