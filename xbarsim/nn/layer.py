"""What every layer on crossbars has: a way to be trained, and a chip that is read."""

import math
from typing import Any, TypedDict, Unpack

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import thinned
from xbarsim.nn.aware import Aware, Held, Probes
from xbarsim.nn.chip import Chip
from xbarsim.nn.training import HardwareAware
from xbarsim.partition import Partition
from xbarsim.streams import Streams
from xbarsim.tile import Tile

_STATE = 1  # version of what is saved beside weights
_VECTORS = 4096  # that ranges are set on, evenly spread


class Settings(TypedDict, total=False):
    """What layers take beside their hardware.

    Parameters
    ----------
    training : what passes in training mode go through; `HardwareAware` as it is by default.
    seed : root of the random streams, or the streams themselves; 0 by default.
    name : of the layer, in errors; that of its class by default.
    probes : what layers of one hardware share; of its own by default.
    """

    training: HardwareAware | None
    seed: int | Streams
    name: str
    probes: Probes | None


def check(hardware: Any, training: Any) -> None:
    """Refuse what is no hardware, or no training.

    Raises
    ------
    SpecError : says what it is.
    """
    if not isinstance(hardware, Hardware):
        raise SpecError(f"hardware is {hardware!r}; expected an xbarsim.Hardware")
    if training is not None and not isinstance(training, HardwareAware):
        raise SpecError(f"training is {training!r}; expected an xbarsim.nn.HardwareAware")


def shared(hardware: Hardware, given: Settings, name: str) -> tuple[str, Streams, Probes]:
    """What the parts of one layer share: its name, streams and probes."""
    seed = given.get("seed", 0)
    streams = seed if isinstance(seed, Streams) else Streams(seed)
    probes = given.get("probes") or Probes(hardware, given.get("training") or HardwareAware())
    return given.get("name") or name, streams, probes


class Crossbar(nn.Module):
    """Mixed into layers of PyTorch with `weight` (out, ...) and `bias`.

    In training mode (``train()``) a pass goes through `HardwareAware`. In evaluation (``eval()``)
    it reads the layer's chip, which is programmed when it is first read and again, with fresh
    devices, when weights have changed since.
    """

    weight: nn.Parameter
    bias: nn.Parameter | None

    def set_up(
        self,
        hardware: Hardware,
        *,
        groups: int = 1,
        **settings: Unpack[Settings],
    ) -> None:
        """Give the layer its hardware; called once, after PyTorch's own set-up.

        Raises
        ------
        SpecError : no hardware, or one that cannot hold the layer.
        """
        check(hardware, settings.get("training"))
        self.hardware = hardware
        self.name, streams, probes = shared(hardware, settings, type(self).__name__)
        out, inputs = len(self.weight), math.prod(self.weight.shape[1:])
        partition = Partition(
            inputs=inputs * groups,
            outputs=out,
            rows=hardware.rows,
            cols=hardware.cols,
            encoding=hardware.code,
            groups=groups,
        )
        self.seen: list[Tensor] | None = None  # vectors, while ranges are looked for
        self.aware = Aware(self.name, probes, partition, streams)
        self.chip = Chip(hardware, streams / "chip", groups)

    @property
    def training_spec(self) -> HardwareAware:
        """What passes in training go through."""
        return self.aware.probes.training

    def matrix(self) -> Tensor:
        """The weights as one matrix, (out, in of a group)."""
        return self.weight.reshape(len(self.weight), -1)

    def held(self) -> Held | None:
        """Weights as they are held in the pass that begins now; None of a chip.

        A layer that is read several times in a pass, as in time, holds them meanwhile.
        """
        if not self.training:
            return None
        clip = self.training_spec.clip
        if clip is not None:
            with torch.no_grad():
                most = clip * float(self.weight.std()) if self.weight.numel() > 1 else math.inf
                self.weight.clamp_(-most, most)
        return self.aware.held(self.matrix())

    @property
    def rows(self) -> list[int]:
        """Inputs of a group on each of the arrays on top of each other."""
        part = self.aware.partition
        if part.together > 1 or part.down == 1:
            return [part.inputs // part.groups]
        return [len(p.inputs) for p in part.pieces if p.column == 0][: part.down]

    @property
    def splits(self) -> int:
        """Arrays on top of each other that convert their part of an output by themselves."""
        return 1 if self.hardware.partial_sums == "analog" else len(self.rows)

    def check_inputs(self, x: Tensor) -> None:
        """Refuse inputs of another kind than the weights.

        Raises
        ------
        SpecError : names both.
        """
        w = self.weight
        if x.dtype != w.dtype or x.device != w.device:
            raise SpecError(
                f"layer {self.name}: inputs are {x.dtype} on {x.device}, weights {w.dtype} on "
                f"{w.device}; bring both together with .to()"
            )

    def on_chip(self, x: Tensor) -> Tensor:
        """Outputs (..., out) that the chip gives for vectors (..., in), the bias added."""
        if self.seen is not None:
            self.seen.append(x.detach().reshape(-1, x.shape[-1]))
            return self.exact(x)
        found: Tensor = _OnChip.apply(x, self.matrix(), self.bias, self.chip)
        return found

    def exact(self, x: Tensor) -> Tensor:
        """The product with the weights as they are, (..., out), the bias added."""
        if (groups := self.chip.groups) == 1:
            return nn.functional.linear(x, self.matrix(), self.bias)
        w = self.matrix().reshape(groups, len(self.weight) // groups, -1)
        y = torch.einsum("...gi,goi->...go", x.reshape(*x.shape[:-1], groups, -1), w).flatten(-2)
        return y if self.bias is None else y + self.bias

    def tile(self) -> Tile:
        """The chip, programmed with the weights as they are now."""
        return self.chip.tile(self.matrix(), self.bias)

    def program(self) -> None:
        """Program fresh devices."""
        self.chip.program(self.matrix(), self.bias)

    def calibrate(self, x: Tensor) -> None:
        """Set the chip's converter ranges on vectors `x` (n, in)."""
        self.tile().calibrate(thinned(x.cpu().numpy(), _VECTORS), silent=True)

    def get_extra_state(self) -> dict[str, Any]:
        """What is saved beside weights: ranges, passes, and how to make the same chip again."""
        return {
            "version": _STATE,
            "hardware": self.chip.description,
            "aware": self.aware.state(),
            "chip": self.chip.state(),
        }

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_extra_state` gave.

        Raises
        ------
        SpecError : a state of another version or hardware; says what differs.
        """
        if not isinstance(state, dict) or state.get("version") != _STATE:
            version = state.get("version") if isinstance(state, dict) else None
            raise SpecError(
                f"layer {self.name}: its saved state is of version {version!r}; this xbarsim reads "
                f"version {_STATE}"
            )
        ours, theirs = self.chip.description, state["hardware"]
        faults = [
            f"layer {self.name}: was saved with hardware.{key} {theirs.get(key)}; this has "
            f"{ours.get(key)}"
            for key in dict.fromkeys([*ours, *theirs])
            if ours.get(key) != theirs.get(key)
        ]
        if faults:
            raise SpecError(faults)
        self.aware.resume(state["aware"])
        self.chip.resume(state["chip"])


class _OnChip(torch.autograd.Function):
    """A read of a chip. Backwards it is the product with the weights that its cells hold."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, chip: Chip) -> Tensor:
        y = chip.read(x.detach(), w.detach(), None if bias is None else bias.detach())
        held = chip.held(w) if ctx.needs_input_grad[0] else None
        ctx.save_for_backward(x, held)
        ctx.groups, ctx.shape = chip.groups, w.shape
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, held = ctx.saved_tensors
        g, flat = grad.reshape(-1, grad.shape[-1]), x.reshape(-1, x.shape[-1])
        of_x = of_w = of_bias = None
        groups = ctx.groups
        outs = g.reshape(len(g), groups, -1).transpose(0, 1)
        ins = flat.reshape(len(g), groups, -1).transpose(0, 1)
        if ctx.needs_input_grad[0]:
            w = held.reshape(groups, -1, ctx.shape[1])
            of_x = (outs @ w).transpose(0, 1).reshape(x.shape)
        if ctx.needs_input_grad[1]:
            of_w = (outs.transpose(1, 2) @ ins).reshape(ctx.shape)
        if ctx.needs_input_grad[2]:
            of_bias = g.sum(dim=0)
        return of_x, of_w, of_bias, None
