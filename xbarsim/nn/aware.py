"""What a layer's weights and signals go through while it is trained."""

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.nn.draws import Draws
from xbarsim.nn.effective import perturbed, straight
from xbarsim.nn.moments import Moments, moments
from xbarsim.nn.ranges import Ranges
from xbarsim.nn.rounding import Conversion, converted
from xbarsim.nn.saved import to_array, to_tensor
from xbarsim.nn.through_cells import Arrays, arrays, through_cells
from xbarsim.nn.training import HardwareAware
from xbarsim.parallel import once
from xbarsim.partition import Partition
from xbarsim.periphery import Adc
from xbarsim.streams import Streams

_SCHEDULE = 10_000  # passes, after which their ages come again
_FEW = 4096  # weights that stand for all of a matrix in a reference read


class Held(NamedTuple):
    """Weights as they are held in a pass, (out, in of a group), and their variance in a read."""

    mean: Tensor
    variance: Tensor | None


#: a layer's product of inputs and weights, linear in both: what arrays on top of each other give,
#: (down, ..., out)
Parts: TypeAlias = Callable[[Tensor, Tensor], Tensor]


class Probes:
    """What layers of one hardware have in common.

    Parameters
    ----------
    hardware, training : of the layers.
    streams : the ages of passes are drawn from ``ages``: passes of one number have one age in all
        layers.
    """

    def __init__(self, hardware: Hardware, training: HardwareAware, streams: Streams) -> None:
        self.hardware = hardware
        self.training = training
        self.ages = training.ages_of(hardware)
        self._chosen = (streams / "ages").rng().integers(len(self.ages), size=_SCHEDULE)

    def chosen(self, step: int) -> int:
        """Which age a pass has."""
        return int(self._chosen[step % _SCHEDULE])

    @once
    def moments(self) -> list[Moments]:
        """Of weights at each age."""
        return moments(self.hardware, self.ages, Streams(0) / "probes")

    @once
    def tables(self) -> list[Array]:
        """The same as they are looked up."""
        return [at.tables(self.training.amplify) for at in self.moments]


class Aware:
    """Training of one layer.

    Parameters
    ----------
    name : of the layer, in errors.
    probes : of its hardware.
    partition : which weight stands where.
    streams : of the layer; it draws from ``training``.
    """

    def __init__(self, name: str, probes: Probes, partition: Partition, streams: Streams) -> None:
        self.name = name
        self.probes = probes
        self.partition = partition
        self.streams = streams
        self.ranges = Ranges()
        self.steps = 0  # passes
        self.reads = 0  # sets of normals that outputs took

    @once
    def _arrays(self) -> Arrays:
        probes, streams = self.probes, self.streams / "chip"
        return arrays(probes.hardware, self.partition, streams, probes.training.cells)

    @once
    def _keys(self) -> tuple[Any, Any]:
        """Names of the streams of weights and of outputs."""
        streams = self.streams / "training"
        return (streams / "weights").words(4), (streams / "outputs").words(4)

    def held(self, w: Tensor, bias: Tensor | None = None) -> Held:
        """Weights (out, in of a group) as they are held in the pass that begins now.

        `bias` is what stands on word lines of its own beside them, if anything does.

        Raises
        ------
        SpecError : weights that are not finite, or that the hardware does not train.
        """
        self.steps += 1
        training, ages = self.probes.training, self.probes.ages
        chosen = self.probes.chosen(self.steps)
        at, tables = self.probes.moments[chosen], self.probes.tables[chosen]
        largest = self._largest(w, bias)
        mean, variance = self._drawn(w.detach(), largest.detach(), at, tables)
        if training.cells == "moments":
            return Held(w if mean is None else straight(w, mean), variance)
        most = largest[:, None] if largest.ndim else largest
        u = through_cells(w / most, self._arrays, self.steps, ages[chosen])
        return Held(u * most, variance)

    def _drawn(
        self, w: Tensor, largest: Tensor, at: Moments, tables: Array
    ) -> tuple[Tensor | None, Tensor | None]:
        """Weights by their moments, and their variance in a read; None where nothing is drawn."""
        training = self.probes.training
        drawn = training.cells == "moments" and not at.exact
        noisy = training.read_noise and at.noisy
        if not (drawn or noisy):
            return None, None
        most = largest.expand(len(w)).contiguous()
        compensated = self.probes.hardware.compensation != "none"
        factor = at.factor(_few(w, most)) if compensated else 1.0
        draws = Draws(self._keys[0], self.steps)
        mean, variance = perturbed(w, most, tables, draws, factor, noisy)
        return mean if drawn else None, variance

    def _largest(self, w: Tensor, bias: Tensor | None) -> Tensor:
        """What stands for the whole window: one number, or one for each output, with gradient."""
        hardware = self.probes.hardware
        by_column = hardware.scaling == "column"
        if self.probes.training.cells == "moments":
            w = w.detach()
        along = (1,) if by_column else ()  # no aminmax: not all of PyTorch's have its derivative
        most = torch.maximum(-w.amin(along), w.amax(along))
        if not isfinite(most.detach().sum().item()):
            bad = int((~torch.isfinite(w)).sum())
            raise SpecError(
                f"layer {self.name}, pass {self.steps} of training: {bad} weights are not finite; "
                "the loss or a gradient was not, or the step size is too large"
            )
        if bias is not None:  # its rows share it
            size = bias.detach().abs() / hardware.bias_rows
            most = torch.maximum(most, size if by_column else size.max())
        if hardware.code.kind == "single":
            self._check_signs(w.detach())
        return torch.where(most > 0, most, torch.ones_like(most))

    def _check_signs(self, w: Tensor) -> None:
        """Refuse inputs with weights of both signs, where a cell has but one (Dale's law)."""
        blocks = w.reshape(self.partition.groups, -1, w.shape[1])
        both = int(((blocks.amax(dim=1) > 0) & (blocks.amin(dim=1) < 0)).sum())
        if both:
            raise SpecError(
                f"layer {self.name}, pass {self.steps} of training: encoding single needs weights "
                f"of one sign for each input (Dale's law); {both} inputs have both"
            )

    def read(self, x: Tensor, held: Held, parts: Parts) -> Tensor:
        """Outputs (..., out) for inputs `x`, with noise and converters of a read in training.

        Raises
        ------
        SpecError : inputs, or later a gradient that arrives, that are not finite.
        """
        if x.numel() == 0:
            return parts(x, held.mean).sum(dim=0)
        signed = self._check_inputs(x)
        hardware, converters = self.probes.hardware, self.probes.training.converters
        dac, adc = (hardware.dac, hardware.adc) if converters else (None, None)
        due = self.ranges.due(self.steps) or signed > self.ranges.signed
        if dac is not None:
            if due:
                self.ranges.see_inputs(x, dac, signed)
            top = dac.steps(self.ranges.signed)
            low = -top if self.ranges.signed else 0
            x = converted(x[None], Conversion(top / self.ranges.inputs, low, top))
        y = parts(x, held.mean)
        if adc is not None and due:
            self.ranges.see_outputs(y, adc)
        self.ranges.looks += due
        with torch.no_grad():
            variance = None if held.variance is None else parts(x * x, held.variance)
        if adc is None:
            total = self._noisy(y, variance).sum(dim=0)
        else:
            total = self._converted(y, variance, adc)
        if total.requires_grad:
            total.register_hook(partial(self._check_gradient, self.steps))
        return total

    def _check_inputs(self, x: Tensor) -> bool:
        """Refuse inputs that are not finite; whether one is negative."""
        low, high = (end.item() for end in torch.aminmax(x.detach()))
        if not isfinite(low + high):
            raise SpecError(
                f"layer {self.name}, pass {self.steps} of training: "
                f"{int((~torch.isfinite(x)).sum())} inputs are not finite"
            )
        return bool(low < 0)

    def _noisy(self, y: Tensor, variance: Tensor | None, own: Any = 0.0) -> Tensor:
        """Signals with their noise, and with that of converters (`own`, its deviation)."""
        if variance is None and not own:
            return y
        z = torch.from_numpy(self._draws().block(len(y), y[0].numel())).to(y).reshape(y.shape)
        cells = 0.0 if variance is None else variance.clamp_min(0.0)
        return y + z * (cells + own**2) ** 0.5

    def _converted(self, y: Tensor, variance: Tensor | None, adc: Adc) -> Tensor:
        """Sums of signals as converters give them."""
        full = self.ranges.outputs
        if isinstance(full, np.ndarray):
            full = torch.from_numpy(full).to(y)
            full = full.reshape(len(full), *(1,) * (y.ndim - 2), full.shape[-1])
        if adc.bits == 1:  # the sign
            found = self._noisy(y.detach(), variance, adc.noise * full if adc.noise else 0.0)
            sign = torch.where(found < 0, -1.0, 1.0).to(y) * full
            return straight(y.clamp(-full, full), sign).sum(dim=0)
        draws = self._draws() if adc.noise or variance is not None else None
        how = Conversion(adc.steps / full, -adc.steps, adc.steps, adc.noise, draws)
        return converted(y, how, variance)

    def _draws(self) -> Draws:
        self.reads += 1
        return Draws(self._keys[1], self.reads)

    def _check_gradient(self, step: int, grad: Tensor | None) -> None:
        """Refuse gradients that are not finite as they arrive."""
        if grad is not None and not isfinite(grad.sum().item()):
            raise SpecError(
                f"layer {self.name}, pass {step} of training: the gradient that arrives at "
                f"its outputs holds {int((~torch.isfinite(grad)).sum())} values that are not "
                "finite, or their sum overflows; look at the loss and at what stands behind this "
                "layer"
            )

    def state(self) -> dict[str, Any]:
        """What training goes on from, as plain data and tensors."""
        ranges = {name: to_tensor(value) for name, value in vars(self.ranges).items()}
        return {"ranges": ranges, "steps": self.steps, "reads": self.reads}

    def resume(self, state: dict[str, Any], streams: Streams) -> None:
        """Go on from what `state` gave, drawing from `streams`."""
        self.ranges = Ranges(**{name: to_array(value) for name, value in state["ranges"].items()})
        self.steps, self.reads, self.streams = state["steps"], state["reads"], streams
        for derived in ("_keys", "_arrays"):
            self.__dict__.pop(derived, None)


def _few(w: Tensor, most: Tensor) -> Array:
    """A few thousand of the weights over the largest."""
    u = (w / most[:, None]).reshape(-1)
    found: Array = u[:: max(1, len(u) // _FEW)].cpu().numpy()
    return found
