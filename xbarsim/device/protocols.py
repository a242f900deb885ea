"""What arrays, circuits and the integrator ask of a cell."""

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from xbarsim.backend import Array, array_namespace


@runtime_checkable
class StatisticalDevice(Protocol):
    """A cell as an array sees it: its window, and its error, ageing and noise as distributions.

    Noise is an argument: `z` is standard normal and independent in each cell, so that a law is
    deterministic and agrees on every array library.
    """

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that can be programmed, S."""

    @property
    def ages(self) -> tuple[float, float]:
        """First age that the model describes and the last that was measured, s.

        Reads before the first are refused; reads after the last extrapolate.
        """

    def program(self, g_target: Array, z: Array) -> Array:
        """Conductance right after programming, at age ``ages[0]``; shape of `g_target`, S."""

    def age(self, g: Array, t: float, z: Array) -> Array:
        """Conductance `t` seconds after programming to `g`; shape of `g`, S.

        The same `z` at two ages gives two points of one cell's history.
        """

    def read_noise(
        self,
        g: Array,
        t_read: float,
        z: Array,
        t: float | None = None,
        g_programmed: Array | None = None,
    ) -> Array:
        """Change of the conductance `g` (S) during one read of `t_read` seconds; linear in `z`.

        `t` is the age (s) and `g_programmed` the conductance (S) before ageing; without them the
        cell is read right after programming.
        """


@runtime_checkable
class SwitchingLaw(Protocol):
    """A cell whose state moves under voltage: ds/dt = `rate`, i = `current`.

    States stand in the first axis of an array, cells in the others. Parameters are numbers, or
    arrays of the cells' shape where cells differ.
    """

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, each with its unit."""

    @property
    def valid(self) -> tuple[float, float]:
        """Lowest and highest voltage that the law describes, V."""

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Voltages at which the rate or the current has a kink, V."""

    @property
    def ambient(self) -> Any:
        """Temperature of the surroundings for which the parameters stand, K."""

    @property
    def volatile(self) -> bool:
        """Whether the state moves without voltage."""

    def initial_state(self) -> Array:
        """Where a fresh cell begins, (states,) or (states, ...)."""

    def bounds(self, v: Array) -> tuple[Array, Array]:
        """Where states stop at the voltage `v`, lowest and highest: (states, ...) each.

        A state that is beyond a bound stays where it is, or comes back.
        """

    def current(self, v: Array, state: Array, temperature: Array) -> Array:
        """Current (A) at `v` (V), shaped like it; `state` (states, ...), `temperature` K."""

    def rate(self, v: Array, state: Array, temperature: Array) -> Array:
        """Change of the state within a second, shaped like `state`."""


def interval(low: Array | float, high: Array | float, v: Array) -> tuple[Array, Array]:
    """Bounds of one state that know no voltage, for `SwitchingLaw.bounds`: (1, cells or 1) each.

    Parameters
    ----------
    low, high : one number each, or (cells,).
    v : any array of the library that is wanted.
    """
    xp = array_namespace(v, low, high)
    return tuple(xp.asarray(end, dtype=float).reshape(1, -1) for end in (low, high))


@runtime_checkable
class WrittenCells(Protocol):
    """A statistical device whose cells are written one by one, which costs pulses and energy."""

    def write(self, g_target: Array, z: Array, z_device: Array, wires: Any) -> Any:
        """Cells written to `g_target`: `g`, `pulses`, `energy`, `verified`, of its shape.

        `z` is drawn for each write, `z_device` once for each cell; `wires` are those of the array.
        """


def programmed(
    device: "StatisticalDevice", g_target: Array, z: Array, z_device: Array, wires: Any = None
) -> Array:
    """Conductances right after programming, S; written cells differ by `z_device`.

    Parameters are those of `WrittenCells.write`; a device that is not written takes `z` alone.
    """
    if isinstance(device, WrittenCells):
        return device.write(g_target, z, z_device, wires).g
    return device.program(g_target, z)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Response:
    """What many cells do along a course of pulses, steps or whatever else moves them.

    Parameters
    ----------
    title : what is done to them, in a few words; responses of one title belong into one plot.
    label : what tells this response from others of its title.
    x, x_name, x_unit : along the course, (points,) in SI, what it is, and the symbol of its unit.
    y, y_name, y_unit : of each cell, (points, cells), likewise.
    grows : whether `x` spans decades.
    """

    title: str
    label: str = ""
    x: Array
    x_name: str
    x_unit: str
    y: Array
    y_name: str
    y_unit: str
    grows: bool = False


@runtime_checkable
class SteppingCells(Protocol):
    """A weight that a pulse moves by a step which is straight in the weight.

    Numbers are those of one cell, or arrays of the cells' shape where they differ.
    """

    @property
    def normals(self) -> int:
        """How many standard normals `drawn` takes for each cell."""

    @property
    def w_min(self) -> Any:
        """Lowest weight."""

    @property
    def w_max(self) -> Any:
        """Highest weight."""

    @property
    def sigma_step(self) -> Any:
        """Standard deviation of one step over the step."""

    def step(self, w: Array, up: Array | bool) -> Array:
        """Change of the weight under one pulse without noise, as if it did not end anywhere."""

    def drawn(self, z: Array) -> "SteppingCells":
        """The law of cells that differ, from standard normals `z` (normals, ...)."""

    def conductance(self, w: Array, g_min: float, g_max: float) -> Array:
        """Conductance (S) where the range of this law's own weights is `g_min` to `g_max`."""


@runtime_checkable
class RespondingCells(Protocol):
    """Pulsed and stepped cells, which have no method in common, show what pulses do to them."""

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Courses that show the law at work; `normals` gives standard normals of a shape."""
