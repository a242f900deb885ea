"""Integrated titanium oxide memristors: a measured surface of what pulses do, and the current."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xbarsim.backend import Array, array_namespace
from xbarsim.device import Response, check_parameters, parameter
from xbarsim.errors import SpecError

_ZERO_CELSIUS = 273.15  # K
_CELLS, _PULSES, _WIDTH = 100, 40, 5e-4  # of `responses`, s


@dataclass(frozen=True, kw_only=True, eq=False)
class SwitchingSurface:
    r"""The mean step of a pulse, cells that differ in it, and a cubic current.

    .. math::
        \Delta G_\uparrow &= c_0\,[1 - \tanh c_1(\ln t - c_2)]\,[1 + \tanh(c_3 V - c_4)] \\
        \Delta G_\downarrow &= c_0\,[-1 - \tanh c_1(\ln t - c_2)]\,[\tanh(c_3 V - c_4) - 1] \\
        \sigma &= d_0 + d_1 \ln^2 t + d_2 V \ln t + d_3 V^2 \ln t + d_4 V^3 \\
        G' &= G + \Delta G\,\max(1 + \sigma z, 0) \\
        I &= (A_1 + \sigma_1 z)\,V + (A_3 + \sigma_3 z)\,V^3

    t in s, V in volt; c and d belong to the range of conductance that G lies in. With T in degrees
    Celsius,

    .. math::
        A_1 &= a_{10} + a_{11} G + a_{12} T, &
        \sigma_1 &= b_{10} + b_{11} G + b_{12} T + b_{13} G^2 \\
        A_3 &= a_{30} G + a_{31} G^2 + a_{32} T^{-1.33}, &
        \sigma_3 &= b_{30} + b_{31} G + b_{32} T + b_{33} G^2 + b_{34} G T

    z of pulses and z of the current are standard normal and belong to a cell: the same for all its
    pulses, and the same for all its reads. Positive pulses raise the conductance.

    Parameters
    ----------
    edges : of the ranges of conductance, ascending, S; the law holds between the first and last.
    set_size, set_steepness : c0, S, and c1 of positive pulses, alike in all ranges.
    set_time, set_slope, set_offset : c2, c3 in 1/V and c4 of each range.
    set_spread : d0 to d4 of each range.
    reset_size, reset_slope : c0, S, and c3, 1/V, of negative pulses, alike in all ranges.
    reset_steepness, reset_time, reset_offset : c1, c2 and c4 of each range.
    reset_spread : d0 to d4 of each range.
    mean_1, mean_3 : a10 to a12 and a30 to a32, in SI with T in degrees Celsius.
    spread_1, spread_3 : b10 to b13 and b30 to b34, likewise.
    v_set, v_reset : lowest and highest voltage of positive and of negative pulses, V.
    width : shortest and longest pulse, s.
    v_read : largest voltage of reads, of both signs, V.
    temperature : lowest and highest of the surroundings, K.

    Notes
    -----
    Two places where the surface, as ported, leaves what cells can do are held by us: a pulse moves
    no cell against its sign (the factor of the step does not fall below 0), and the spreads of the
    current do not fall below 0, as they would above 160 to 200 uS.

    References
    ----------
    [nili2020]_, [nili_port]_
    """

    edges: tuple[float, ...] = parameter("siemens", low=1e-9)
    set_size: float = parameter("siemens", low=0.0)
    set_steepness: float = parameter("dimensionless")
    set_time: tuple[float, ...] = parameter("dimensionless")
    set_slope: tuple[float, ...] = parameter("1/volt", low=0.0)
    set_offset: tuple[float, ...] = parameter("dimensionless")
    set_spread: tuple[tuple[float, ...], ...] = parameter("dimensionless")
    reset_size: float = parameter("siemens", high=0.0)
    reset_slope: float = parameter("1/volt", low=0.0)
    reset_steepness: tuple[float, ...] = parameter("dimensionless")
    reset_time: tuple[float, ...] = parameter("dimensionless")
    reset_offset: tuple[float, ...] = parameter("dimensionless")
    reset_spread: tuple[tuple[float, ...], ...] = parameter("dimensionless")
    mean_1: tuple[float, ...] = parameter("dimensionless")
    mean_3: tuple[float, ...] = parameter("dimensionless")
    spread_1: tuple[float, ...] = parameter("dimensionless")
    spread_3: tuple[float, ...] = parameter("dimensionless")
    v_set: tuple[float, ...] = parameter("volt", low=0.0)
    v_reset: tuple[float, ...] = parameter("volt", high=0.0)
    width: tuple[float, ...] = parameter("second", low=1e-12)
    v_read: float = parameter("volt", low=1e-3)
    temperature: tuple[float, ...] = parameter("kelvin", low=_ZERO_CELSIUS)

    def __post_init__(self) -> None:
        check_parameters(self)
        ranges = len(self.edges) - 1
        sizes = {"mean_1": 3, "mean_3": 3, "spread_1": 4, "spread_3": 5, "v_set": 2, "v_reset": 2,
                 "width": 2, "temperature": 2}  # fmt: skip
        for name in ("set_time", "set_slope", "set_offset", "set_spread", "reset_steepness",
                     "reset_time", "reset_offset", "reset_spread"):  # fmt: skip
            sizes[name] = ranges
        faults = [f"{name} has {len(getattr(self, name))} entries; expected {size}"
                  for name, size in sizes.items() if len(getattr(self, name)) != size]  # fmt: skip
        faults += [f"{name} holds a row of {len(row)} numbers; expected 5"
                   for name in ("set_spread", "reset_spread")
                   for row in getattr(self, name) if len(row) != 5]  # fmt: skip
        faults += [f"{name} must ascend" for name in ("edges", "v_set", "v_reset", "width",
                   "temperature") if not (np.diff(getattr(self, name)) > 0).all()]  # fmt: skip
        if faults:
            raise SpecError(faults)

    @property
    def window(self) -> tuple[float, float]:
        """Lowest and highest conductance that pulses reach, S."""
        return self.edges[0], self.edges[-1]

    def step(self, g: Array, v: float, width: float) -> tuple[Array, Array]:
        r"""Mean change by a pulse, S, and :math:`\sigma`, which may have either sign; like `g`.

        Parameters
        ----------
        g : conductance before, S.
        v : amplitude, within `v_set` or `v_reset`, V.
        width : s.

        Raises
        ------
        SpecError : amplitude, width or a conductance is outside what was measured.
        """
        rising = v > 0
        name, (low, high) = ("v_set", self.v_set) if rising else ("v_reset", self.v_reset)
        if not low <= v <= high:
            raise SpecError(f"v is {v:g} V; {name} reaches from {low:g} V to {high:g} V")
        if not self.width[0] <= width <= self.width[1]:
            raise SpecError(
                f"width is {width:g} s; pulses are from {self.width[0]:g} s to {self.width[1]:g} s"
            )
        row = self._range(g)
        xp = array_namespace(g)
        log_t = float(np.log(width))

        def of(values: tuple[float, ...]) -> Array:
            return xp.asarray(values)[row]

        if rising:
            time = xp.tanh(self.set_steepness * (log_t - of(self.set_time)))
            volts = xp.tanh(of(self.set_slope) * v - of(self.set_offset))
            mean, spread = self.set_size * (1.0 - time) * (1.0 + volts), self.set_spread
        else:
            time = xp.tanh(of(self.reset_steepness) * (log_t - of(self.reset_time)))
            volts = xp.tanh(self.reset_slope * v - of(self.reset_offset))
            mean, spread = self.reset_size * (-1.0 - time) * (volts - 1.0), self.reset_spread
        terms = np.array([1.0, log_t**2, v * log_t, v**2 * log_t, v**3])
        return mean, xp.asarray(np.asarray(spread) @ terms)[row]

    def pulse(self, g: Array, v: float, width: float, z: Array) -> Array:
        """Conductance after a pulse of `v` (V) and `width` (s), within `window`; like `g`, S.

        Parameters
        ----------
        z : standard normal of each cell, the same for all its pulses, like `g`.

        Raises
        ------
        SpecError : as `step`.
        """
        xp = array_namespace(g)
        mean, spread = self.step(g, v, width)
        return xp.clip(g + mean * xp.maximum(1.0 + spread * z, 0.0), *self.window)

    def responses(self, normals: Callable[[tuple[int, ...]], Array]) -> tuple[Response, ...]:
        """Pulses of three amplitudes up from the lowest conductance, then down, 0.5 ms each."""
        z, found = normals((_CELLS,)), []
        for share in (0.0, 0.5, 1.0):
            up = self.v_set[0] + share * (self.v_set[1] - self.v_set[0])
            down = self.v_reset[1] + share * (self.v_reset[0] - self.v_reset[1])
            kept = [np.full(_CELLS, self.window[0])]
            for v in [up] * _PULSES + [down] * _PULSES:
                kept.append(self.pulse(kept[-1], v, _WIDTH, z))
            found.append(
                Response(
                    title="Pulses up, then down", label=f"{up:.3g} V, {down:.3g} V",
                    x=np.arange(len(kept)), x_name="pulse", x_unit="", y=np.stack(kept),
                    y_name="conductance", y_unit="S",
                )
            )  # fmt: skip
        return tuple(found)

    def current(self, v: Array, g: Array, temperature: float, z: Array | float = 0.0) -> Array:
        """Current (A) of cells of `g` (S) at `v` (V); shapes broadcast.

        Parameters
        ----------
        temperature : of the surroundings, K.
        z : standard normal of each cell, the same for all its reads.

        Raises
        ------
        SpecError : voltage, conductance or temperature is outside what was measured.
        """
        xp = array_namespace(g)
        self._range(g)
        largest = float(xp.max(xp.abs(v)))
        if not largest <= self.v_read:
            raise SpecError(f"v is {largest:g} V; reads are up to {self.v_read:g} V of both signs")
        low, high = self.temperature
        if not low <= temperature <= high:
            raise SpecError(f"temperature is {temperature:g} K; allowed: {low:g} K to {high:g} K")
        t = temperature - _ZERO_CELSIUS
        a, b, c, d = self.mean_1, self.spread_1, self.mean_3, self.spread_3
        mean_1 = a[0] + a[1] * g + a[2] * t
        mean_3 = c[0] * g + c[1] * g**2 + c[2] * t**-1.33
        spread_1 = xp.maximum(b[0] + b[1] * g + b[2] * t + b[3] * g**2, 0.0)
        spread_3 = d[0] + d[1] * g + d[2] * t + d[3] * g**2 + d[4] * g * t
        spread_3 = xp.maximum(spread_3, 0.0)
        return (mean_1 + spread_1 * z) * v + (mean_3 + spread_3 * z) * v**3

    def _range(self, g: Array) -> Array:
        """Which range each conductance lies in, counted from 0."""
        xp = array_namespace(g)
        low, high = self.window
        wrong = ~((g >= low) & (g <= high))
        if bool(wrong.any()):
            raise SpecError(
                f"g is {float(g[wrong][0]):g} S; it must be from {low:g} S to {high:g} S"
            )
        inner = xp.asarray(self.edges[1:-1])
        return xp.searchsorted(inner, g, side="right")
