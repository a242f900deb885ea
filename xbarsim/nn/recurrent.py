"""One step of recurrent layers on crossbars: inputs and states each have a matrix."""

from collections.abc import Callable
from typing import Any, Unpack

import torch
from torch import Tensor, nn

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.nn.aware import Held
from xbarsim.nn.layer import Settings, shared
from xbarsim.nn.linear import CrossbarLinear

Pair = tuple[Held | None, Held | None]  # weights of inputs and of states in a pass
States = tuple[Tensor, ...]


class Cell(nn.Module):
    """What recurrent cells share.

    Parameters
    ----------
    input_size, hidden_size, bias, device, dtype : as of `torch.nn.RNNCell`.
    hardware, settings : as of `xbarsim.nn.CrossbarLinear`.
    """

    gates = 1
    states = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        hardware: Hardware,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        name, streams, probes = shared(hardware, settings, type(self).__name__)

        def matrix(inputs: int, part: str) -> CrossbarLinear:
            made = CrossbarLinear(
                inputs, self.gates * hidden_size, bias, device, dtype,
                hardware=hardware, seed=streams / part, name=f"{name}.{part}", probes=probes,
            )  # fmt: skip
            for parameter in made.parameters():
                nn.init.uniform_(parameter, -(hidden_size**-0.5), hidden_size**-0.5)
            return made

        self.ih = matrix(input_size, "ih")
        self.hh = matrix(hidden_size, "hh")

    def held(self) -> Pair:
        """Weights as they are held in the pass that begins now."""
        return self.ih.held(), self.hh.held()

    def step(self, a: Tensor, b: Tensor, states: States) -> States:
        """States after a step, of what inputs and states come to, (n, gates * hidden) each."""
        raise NotImplementedError

    @torch.compiler.disable
    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The state after a step, (n, hidden), or (hidden,) of an input without n."""
        if input.ndim == 1:
            given = None if hx is None else each_state(hx, lambda h: h[None])
            return each_state(self.forward(input[None], given), lambda h: h[0])
        states = self.begin(input, hx)
        held = self.held()
        found = self.step(self.ih.read(input, held[0]), self.hh.read(states[0], held[1]), states)
        return found if self.states > 1 else found[0]

    def begin(self, x: Tensor, hx: Any) -> States:
        """The states that a series (n, ...) begins with.

        Raises
        ------
        SpecError : states of another shape.
        """
        if hx is None:
            return (x.new_zeros(len(x), self.hidden_size),) * self.states
        return states_of(self.ih.name[:-3], hx, self.states, (len(x), self.hidden_size))


def states_of(name: str, hx: Any, number: int, shape: tuple[int, ...]) -> States:
    """States of a layer, one or several as a tuple or a list.

    Raises
    ------
    SpecError : there are more or fewer than `number`, or one has another shape.
    """
    found: States = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
    if len(found) != number or any(h.shape != shape for h in found):
        shapes = ", ".join(str(tuple(h.shape)) for h in found)
        raise SpecError(f"layer {name}: states have shape {shapes}; expected {number} of {shape}")
    return found


def each_state(states: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """A function of one state, or of each of several."""
    several = isinstance(states, tuple | list)
    return tuple(map(function, states)) if several else function(states)


class CrossbarRNNCell(Cell):
    """`torch.nn.RNNCell` on crossbars; `nonlinearity` is ``tanh`` or ``relu``."""

    def __init__(
        self, *args: Any, nonlinearity: str = "tanh", hardware: Hardware, **kwargs: Any
    ) -> None:
        super().__init__(*args, hardware=hardware, **kwargs)
        if nonlinearity not in ("tanh", "relu"):
            raise SpecError(f"nonlinearity is {nonlinearity!r}; known: tanh, relu")
        self.nonlinearity = nonlinearity

    def step(self, a: Tensor, b: Tensor, states: States) -> States:
        """``h = f(a + b)``."""
        return (getattr(torch, self.nonlinearity)(a + b),)


class CrossbarLSTMCell(Cell):
    """`torch.nn.LSTMCell` on crossbars."""

    gates = 4
    states = 2

    def step(self, a: Tensor, b: Tensor, states: States) -> States:
        """``c = f c + i g``, ``h = o tanh(c)``; gates in the order i, f, g, o."""
        i, f, g, o = (a + b).chunk(4, dim=-1)
        c = torch.sigmoid(f) * states[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class CrossbarGRUCell(Cell):
    """`torch.nn.GRUCell` on crossbars."""

    gates = 3

    def step(self, a: Tensor, b: Tensor, states: States) -> States:
        """``h = (1 - z) n + z h``, ``n = tanh(a_n + r b_n)``; gates in the order r, z, n."""
        (ar, az, an), (br, bz, bn) = a.chunk(3, dim=-1), b.chunk(3, dim=-1)
        z, n = torch.sigmoid(az + bz), torch.tanh(an + torch.sigmoid(ar + br) * bn)
        return ((1 - z) * n + z * states[0],)
