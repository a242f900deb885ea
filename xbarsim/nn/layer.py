"""What every layer on crossbars has: a way to be trained, and a chip that is read."""

import math
from typing import Any, TypedDict, Unpack

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import thinned
from xbarsim.nn.aware import Aware, Held, Probes
from xbarsim.nn.chip import Chip
from xbarsim.nn.training import HardwareAware
from xbarsim.parallel import once
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
    check(hardware, given.get("training"))
    probes = given.get("probes")
    if probes is None:
        probes = Probes(hardware, given.get("training") or HardwareAware(), streams)
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
        name, streams, probes = shared(hardware, settings, type(self).__name__)
        out, inputs = len(self.weight), math.prod(self.weight.shape[1:])
        partition = Partition(
            inputs=inputs * groups,
            outputs=out,
            rows=hardware.rows,
            cols=hardware.cols,
            encoding=hardware.code,
            groups=groups,
        )
        self.seen: list[Array] | None = None  # vectors, while ranges are looked for
        self.aware = Aware(name, probes, partition, streams)
        self.chip = Chip(hardware, streams / "chip", groups)

    @property
    def hardware(self) -> Hardware:
        """What the layer stands on."""
        return self.chip.hardware

    @property
    def name(self) -> str:
        """What errors call it."""
        return self.aware.name

    @property
    def training_spec(self) -> HardwareAware:
        """What passes in training go through."""
        return self.aware.probes.training

    def matrix(self) -> Tensor:
        """The weights as one matrix, (out, in of a group), clipped where training says so."""
        w, clip = self.weight.reshape(len(self.weight), -1), self.training_spec.clip
        if clip is None:
            return w
        most = clip * float(torch.linalg.vector_norm(w.detach())) / math.sqrt(w.numel())
        return w.clamp(-most, most) if math.isfinite(most) and most > 0 else w

    def held(self) -> Held | None:
        """Weights as they are held in the pass that begins now; None of a chip.

        A layer that is read several times in a pass, as in time, holds them meanwhile.
        """
        if not self.training:
            return None
        self._check_precision()
        rows = self.hardware.bias_rows and self.chip.groups == 1
        return self.aware.held(self.matrix(), self.bias if rows else None)

    @once
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

    def _check_precision(self) -> None:
        w, known = self.weight, (torch.float32, torch.float64)
        if w.dtype not in known or torch.is_autocast_enabled(w.device.type):
            kind = "autocast" if w.dtype in known else str(w.dtype)
            raise SpecError(
                f"layer {self.name}: layers on crossbars compute in float32 or float64, not in "
                f"{kind}"
            )

    def width(self, x: Tensor) -> tuple[int, int]:
        """Features that inputs have, and that they should have."""
        raise NotImplementedError

    def check_inputs(self, x: Tensor) -> None:
        """Refuse inputs of another kind than the weights.

        Raises
        ------
        SpecError : names both.
        """
        self._check_precision()
        w = self.weight
        features, wanted = self.width(x)
        if features != wanted:
            raise SpecError(
                f"layer {self.name}: inputs of shape {tuple(x.shape)} have {features} features; it "
                f"takes {wanted}"
            )
        if x.dtype != w.dtype or x.device != w.device:
            raise SpecError(
                f"layer {self.name}: inputs are {x.dtype} on {x.device}, weights {w.dtype} on "
                f"{w.device}; bring both together with .to()"
            )

    def on_chip(self, x: Tensor) -> Tensor:
        """Outputs (..., out) that the chip gives for vectors (..., in), the bias added."""
        if self.seen is not None:
            flat = x.detach().reshape(-1, x.shape[-1]).cpu().numpy()
            self.seen.append(thinned(flat, _VECTORS))
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

    def calibrate(self) -> None:
        """Set the chip's converter ranges on the vectors that were seen, if there were any."""
        if self.seen:
            self.tile().calibrate(thinned(np.concatenate(self.seen), _VECTORS), silent=True)

    def get_extra_state(self) -> dict[str, Any]:
        """What is saved beside weights: ranges, passes, and how to make the same chip again."""
        return {
            "version": _STATE,
            "hardware": self.chip.description,
            "seed": int(self.aware.streams.seed),
            "path": list(self.aware.streams.path),
            "aware": self.aware.state(),
            "chip": self.chip.state(),
        }

    def set_extra_state(self, state: Any) -> None:
        """Go on from what `get_extra_state` gave, drawing from its streams.

        Raises
        ------
        SpecError : a state of another version or hardware; says what differs.
        """
        version = state.get("version") if isinstance(state, dict) else None
        whole = isinstance(state, dict) and set(state) == set(self.get_extra_state())
        if version != _STATE or not whole:
            raise SpecError(
                f"layer {self.name}: its saved state is of version {version!r}"
                f"{'' if version != _STATE else ', and not whole'}; this xbarsim reads version "
                f"{_STATE}"
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
        streams = Streams(state["seed"], tuple(state["path"]))
        self.aware.resume(state["aware"], streams)
        self.chip.resume(state["chip"], streams / "chip")


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
