"""Echo-state networks as estimators of scikit-learn."""

from typing import Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count
from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.core import Core
from xbarsim.reservoirs.echo import EchoCore, Neurons
from xbarsim.reservoirs.estimator import Reservoir
from xbarsim.reservoirs.forming import formed_hardware, formed_weights
from xbarsim.reservoirs.layered import Layered
from xbarsim.reservoirs.spectral import scaled_to
from xbarsim.reservoirs.topology import recurrent
from xbarsim.streams import Streams

_INPUT_WEIGHTS = ("uniform", "sign", "normal")


class EchoState(Reservoir):
    r"""Leaky rate neurons with random weights, and a linear readout.

    .. math:: x_t = (1 - a)\,x_{t-1} + a\,f(W x_{t-1} + W_\mathrm{in} u_t + b)

    Parameters
    ----------
    units : neurons; a list for several reservoirs, one after the other or side by side.
    arrangement : of several: ``deep`` or ``parallel``.
    topology : who is connected with whom, see `xbarsim.reservoirs.topology`: ``random``, ``cycle``,
        ``small_world`` or ``block``.
    density : share of the recurrent connections that there are.
    spectral_radius : of the recurrent weights.
    leak : leak rate a, above 0, at most 1; one number, or one for each neuron.
    input_scaling : largest input weight (or standard deviation of ``normal`` ones); one number, or
        one for each channel.
    input_density : share of the input connections that there are.
    input_weights : ``uniform`` up to the scaling, ``sign`` (plus or minus the scaling), ``normal``.
    bias_scaling : largest bias; biases are uniform.
    feedback_scaling : largest weight of outputs that are fed back; 0 feeds none back. Training is
        then with the targets in their place.
    activation : ``tanh``, ``logistic``, ``relu`` or ``identity``.
    weights : ``programmed``, or ``formed``: the device's own, pairs of cells of which forming
        breaks the share `density`, whatever topology and input weights (see
        `xbarsim.reservoirs.forming`). Software draws those of the hardware's device, by default of
        ``wang_2023``, and scales them to `spectral_radius`; on arrays the circular law (J. Ginibre,
        J. Math. Phys. 6, 440 (1965)) says what scale has that radius on the average.
    hardware, readout, readout_hardware, task, pooling, washout, direct, squares, age, dtype,
        random_state : see `xbarsim.reservoirs.estimator`, where attributes and errors are, too.

    Raises
    ------
    SpecError : in `fit`: a parameter out of range, a spectral radius that cannot be reached.
    ConvergenceError : a reservoir without bounds (``relu``, ``identity``) diverged: says which unit
        and when.

    References
    ----------
    H. Jaeger, GMD report 148 (2001); H. Jaeger, M. Lukosevicius, D. Popovici and U. Siewert, Neural
    Networks 20, 335 (2007).

    Examples
    --------
    >>> import numpy as np
    >>> import xbarsim as xs
    >>> u = np.sin(np.arange(301) / 3)[:, None]
    >>> x, y = u[:-1], u[1:, 0]  # the next value
    >>> software = xs.EchoState(units=30, random_state=0).fit(x[:200], y[:200])
    >>> software.score(x[200:], y[200:]) > 0.99  # R^2
    True
    >>> cells = xs.Hardware(device=xs.load_device("wan_2022"), adc=xs.Adc(bits=8))
    >>> on_arrays = xs.EchoState(units=30, hardware=cells, random_state=0).fit(x[:200], y[:200])
    >>> on_arrays.score(x[200:], y[200:]) > 0.9
    True
    """

    def __init__(
        self,
        units: int | list[int] = 500,
        *,
        arrangement: str = "deep",
        topology: str = "random",
        density: float = 0.1,
        spectral_radius: float = 0.9,
        leak: Any = 1.0,
        input_scaling: Any = 1.0,
        input_density: float = 1.0,
        input_weights: str = "uniform",
        bias_scaling: float = 0.0,
        feedback_scaling: float = 0.0,
        activation: str = "tanh",
        weights: str = "programmed",
        hardware: Hardware | None = None,
        readout: Any = "ridge",
        readout_hardware: Hardware | None = None,
        task: str = "auto",
        pooling: Any = 1,
        washout: int = 0,
        direct: bool = False,
        squares: bool = False,
        age: Any = None,
        dtype: Any = "float64",
        random_state: Any = None,
    ) -> None:
        self.units = units
        self.arrangement = arrangement
        self.topology = topology
        self.density = density
        self.spectral_radius = spectral_radius
        self.leak = leak
        self.input_scaling = input_scaling
        self.input_density = input_density
        self.input_weights = input_weights
        self.bias_scaling = bias_scaling
        self.feedback_scaling = feedback_scaling
        self.activation = activation
        self.weights = weights
        self.hardware = hardware
        self.readout = readout
        self.readout_hardware = readout_hardware
        self.task = task
        self.pooling = pooling
        self.washout = washout
        self.direct = direct
        self.squares = squares
        self.age = age
        self.dtype = dtype
        self.random_state = random_state

    def _fed_back(self) -> bool:
        return bool(self.feedback_scaling)

    def _core(self, largest: Array, streams: Streams) -> Core:
        sizes = self.units if isinstance(self.units, list | tuple) else [self.units]
        for size in sizes:
            check_count("units", size, 1)
        if self.arrangement not in ("deep", "parallel"):
            raise SpecError(f"arrangement is {self.arrangement!r}; expected 'deep' or 'parallel'")
        if not sizes:
            raise SpecError("units is an empty list; a reservoir needs at least one neuron")
        given = _scales("input_scaling", self.input_scaling, self.n_features_in_)
        back = _scale("feedback_scaling", self.feedback_scaling)
        scales = np.concatenate([given, np.full(len(largest) - len(given), back)])
        if len(sizes) == 1:
            return self._one(int(sizes[0]), largest, scales, streams)
        cores: list[Core] = []
        for k, size in enumerate(sizes):
            cores.append(self._one(int(size), largest, scales, streams / k))
            if self.arrangement == "deep":  # what it is given is as loud as one input of the first
                largest = np.ones(int(size))
                scales = np.full(int(size), float(given.mean()) / np.sqrt(size))
        return Layered(cores, self.arrangement == "deep")

    def _one(self, n: int, largest: Array, scales: Array, streams: Streams) -> EchoCore:
        """A reservoir of `n` neurons for channels of these magnitudes and scales, (channels,)."""
        if self.weights not in ("programmed", "formed"):
            raise SpecError(f"weights is {self.weights!r}; expected 'programmed' or 'formed'")
        formed, hardware = self.weights == "formed", self.hardware
        if formed:
            w, w_in = self._formed(n, scales, streams)
        else:
            drawn = recurrent(self.topology, n, self.density, (streams / "recurrent").rng())
            w = scaled_to(drawn, self.spectral_radius, streams / "spectral")
            w_in = self._drawn(n, len(scales), (streams / "input").rng()) * scales
        if formed and hardware is not None:
            hardware = formed_hardware(hardware, self.density)
            largest = w[0, 0] / w_in[0]  # every cell stands for the same; inputs are as loud
        bias = _scale("bias_scaling", self.bias_scaling)
        neurons = Neurons(
            recurrent=w,
            inputs=w_in,
            bias=bias * (streams / "bias").rng().uniform(-1, 1, n),
            leak=_leaks(self.leak, n),
            activation=self.activation,
        )
        own = streams / "tile"
        return EchoCore(
            neurons, hardware, own, largest, self.dtype, formed and hardware is not None
        )

    def _formed(self, n: int, scales: Array, streams: Streams) -> tuple[Array, Array]:
        """Weights that forming leaves; on arrays what a mean cell stands for, in every place."""
        share, radius = self.density, _scale("spectral_radius", self.spectral_radius)
        if not (radius > 0 and (scales > 0).all()):
            raise SpecError("weights 'formed' need a spectral_radius and input scales above 0")
        device = load_device("wang_2023") if self.hardware is None else self.hardware.device
        drawn = formed_weights((n, n), 1.0, share, device, streams / "recurrent")
        if self.hardware is not None:
            many = formed_weights((256, 256), 1.0, share, device, streams / "statistics")
            whole = np.ones((n, len(scales)))
            return np.full((n, n), radius / np.sqrt(n * many.var())), whole * scales
        w_in = formed_weights((n, len(scales)), 1.0, share, device, streams / "input") * scales
        return scaled_to(drawn, radius, streams / "spectral"), w_in

    def _drawn(self, n: int, channels: int, rng: np.random.Generator) -> Array:
        """Input weights before they are scaled, (n, channels)."""
        if self.input_weights not in _INPUT_WEIGHTS:
            known = ", ".join(_INPUT_WEIGHTS)
            raise SpecError(f"input_weights is {self.input_weights!r}; known: {known}")
        share = self.input_density
        if not (isinstance(share, int | float | np.number) and 0 < share <= 1):
            raise SpecError(f"input_density is {share!r}; it must be above 0, at most 1")
        shape = n, channels
        if self.input_weights == "uniform":
            drawn = rng.uniform(-1, 1, shape)
        elif self.input_weights == "sign":
            drawn = rng.choice([-1.0, 1.0], shape)
        else:
            drawn = rng.standard_normal(shape)
        found: Array = drawn * (rng.random(shape) < share)
        return found


def _scale(name: str, value: Any) -> float:
    if not (isinstance(value, int | float | np.number) and 0 <= value < np.inf):
        raise SpecError(f"{name} is {value!r}; it must be a finite number of at least 0")
    return float(value)


def _scales(name: str, value: Any, channels: int) -> Array:
    """One number for each channel."""
    array = _numbers(value)
    if array.shape not in ((), (channels,)) or not (np.isfinite(array) & (array >= 0)).all():
        raise SpecError(
            f"{name} is {value!r}; it must be a finite number of at least 0, or one for each of "
            f"the {channels} channels"
        )
    return np.broadcast_to(array, (channels,)).astype(float)


def _numbers(value: Any) -> Array:
    """As an array; a NaN for what is no numbers, which no bounds admit."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return np.asarray(np.nan)


def _leaks(value: Any, n: int) -> Array:
    array = _numbers(value)
    if array.shape not in ((), (n,)) or not ((array > 0) & (array <= 1)).all():
        raise SpecError(f"leak is {value!r}; it must be above 0, at most 1, or {n} such numbers")
    return np.broadcast_to(array, (n,)).astype(float)
