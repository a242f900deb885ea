"""A statistical device as one of aihwkit's noise models."""

from copy import copy, deepcopy
from typing import Any

import torch
from aihwkit.inference.converter.conductance import (
    DualPairConductanceConverter,
    NPairConductanceConverter,
    SinglePairConductanceConverter,
)
from aihwkit.inference.noise.base import BaseNoiseModel
from torch import Tensor

from xbarsim.checks import check_above_zero, check_age
from xbarsim.device import StatisticalDevice
from xbarsim.device.protocols import programmed
from xbarsim.errors import SpecError
from xbarsim.units import show

MICRO = 1e6  # aihwkit's unit of conductance in one S
_PAIRS = (
    SinglePairConductanceConverter,
    DualPairConductanceConverter,
    NPairConductanceConverter,
)


def noise_model(
    device: StatisticalDevice,
    *,
    t_read: float = 100e-9,
    g_converter: Any = None,
    generator: torch.Generator | None = None,
) -> "DeviceNoiseModel":
    """A noise model of aihwkit's whose cells are those of `device`.

    For the ``noise_model`` of aihwkit's inference configurations. Cells are programmed, age and are
    read as in arrays here. aihwkit's ``t_inference`` counts from the end of programming, when cells
    have the device's first age: an age here is ``t_inference + device.ages[0]``.

    Parameters
    ----------
    device : as `xbarsim.load_device` makes it.
    t_read : how long a read takes, s, which read noise may depend on; the default is that of
        `xbarsim.Hardware`.
    g_converter : how weights become conductances, one of aihwkit's converters into pairs of cells
        with the window of `device`; by default one pair for each weight, as the ``differential``
        encoding here.
    generator : where random numbers come from; by default torch's own generator, which
        ``torch.manual_seed`` sets, as in aihwkit's models. Copies of the noise model draw from the
        same one, because aihwkit copies it for each tile.

    Raises
    ------
    SpecError : names the parameter, its value and what is allowed.

    Notes
    -----
    aihwkit draws the noise of a read once each time weights are drifted and holds it until the
    next; here every read has its own. Its tiles know only the weights that came out of programming;
    models of this kind keep the conductance of each cell beside them, so that the two cells of a
    pair age each from where they are.
    """
    if not isinstance(device, StatisticalDevice):
        raise SpecError(f"device is {device!r}; expected one made by load_device")
    if not isinstance(t_read, int | float):
        raise SpecError(f"t_read is {t_read!r}; it must be a number, in s")
    check_above_zero("t_read", t_read, "s")
    if not isinstance(generator, torch.Generator | None):
        raise SpecError(f"generator is {generator!r}; expected a torch.Generator or None")
    low, high = device.window
    if g_converter is None:
        g_converter = SinglePairConductanceConverter(g_max=high * MICRO, g_min=low * MICRO)
    _check_window(g_converter, device)
    return DeviceNoiseModel(device, t_read, g_converter, generator)


class DeviceNoiseModel(BaseNoiseModel):  # type: ignore[misc]
    """See `noise_model`. Conductances in its methods are aihwkit's, in uS."""

    def __init__(
        self,
        device: StatisticalDevice,
        t_read: float,
        g_converter: Any,
        generator: torch.Generator | None,
    ) -> None:
        super().__init__(g_converter)
        self.device = device
        self.t_read = t_read
        self.generator = generator
        self.g_max = g_converter.g_max

    def __deepcopy__(self, memo: dict[int, Any]) -> "DeviceNoiseModel":
        twin = copy(self)
        twin.g_converter = deepcopy(self.g_converter, memo)
        return twin

    def apply_noise(self, weights: Tensor, t_inference: float) -> Tensor:
        """Weights that are programmed and `t_inference` seconds later read; shape of `weights`."""
        return self.apply_drift_noise(*self.apply_programming_noise(weights), t_inference)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def apply_programming_noise(self, weights: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Weights after programming, and what `apply_drift_noise` must know of the cells.

        That is, for the cells of each conductance of a weight, where they are and the normals of
        their drift, (2, ...); and last the conductance that stands for a weight of 1, uS.

        Raises
        ------
        SpecError : there are no weights.
        """
        if not weights.numel():
            raise SpecError(
                f"weights have shape {tuple(weights.shape)} and hold nothing to program; expected "
                "at least one weight"
            )
        targets, how = self.g_converter.convert_to_conductances(weights.double())
        cells = [self.apply_programming_noise_to_conductance(g) for g in targets]
        kept = [torch.stack([g, self.generate_drift_coefficients(g)]) for g in cells]
        noisy = self.g_converter.convert_back_to_weights(cells, how).to(weights)
        return noisy, [*kept, how["scale_ratio"]]

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def apply_drift_noise(
        self, weights: Tensor, drift_noise_parameters: list[Tensor], t_inference: float
    ) -> Tensor:
        """Weights in one read, `t_inference` seconds after programming; shape of `weights`.

        Raises
        ------
        SpecError : the parameters are not what `apply_programming_noise` gave with weights of this
            shape, or the device says nothing of such an age.
        """
        try:
            *kept, scale = drift_noise_parameters
            shapes = {tuple(each.shape) for each in kept}
        except (TypeError, ValueError, AttributeError):
            shapes = set()
        if shapes != {(2, *weights.shape)}:
            raise SpecError(
                "weights were programmed with another noise model, or have another shape; program "
                "them with this one before they drift"
            )
        cells = [self.apply_drift_noise_to_conductance(g, z, t_inference) for g, z in kept]
        _, how = self.g_converter.convert_to_conductances(weights.double())
        how["scale_ratio"] = scale.to(weights.device)
        return self.g_converter.convert_back_to_weights(cells, how).to(weights)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def apply_programming_noise_to_conductance(self, g_target: Tensor) -> Tensor:
        """Conductances right after programming; shape of `g_target`, uS."""
        target = _siemens(g_target)
        z, z_device = (self._normals(g_target).numpy() for _ in range(2))
        return _micro(programmed(self.device, target, z, z_device), g_target)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def generate_drift_coefficients(self, g_target: Tensor) -> Tensor:
        """The standard normals from which the ageing of each cell follows; shape of `g_target`."""
        return self._normals(g_target).to(g_target)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def apply_drift_noise_to_conductance(
        self, g_prog: Tensor, drift_noise_param: Tensor, t_inference: float
    ) -> Tensor:
        """Conductances in one read `t_inference` seconds later; shape of `g_prog`, uS.

        Raises
        ------
        SpecError : the device says nothing of such an age.
        """
        check_age(t_inference)
        t, before = t_inference + self.device.ages[0], _siemens(g_prog)
        z = drift_noise_param.detach().cpu().double().numpy()
        aged = self.device.age(before, t, z)
        z_read = self._normals(g_prog).numpy()
        noise = self.device.read_noise(aged, self.t_read, z_read, t, before)
        return _micro(aged + noise, g_prog)

    def _normals(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, dtype=torch.float64, generator=self.generator)


def _siemens(g: Tensor) -> Any:
    return g.detach().cpu().double().numpy() / MICRO


def _micro(g: Any, like: Tensor) -> Tensor:
    return torch.from_numpy(g * MICRO).to(like)


def _check_window(g_converter: Any, device: StatisticalDevice) -> None:
    if type(g_converter) not in _PAIRS:
        known = ", ".join(kind.__name__ for kind in _PAIRS)
        raise SpecError(f"g_converter is a {type(g_converter).__name__}; known: {known}")
    for name, ours in zip(("g_min", "g_max"), device.window, strict=True):
        theirs = getattr(g_converter, name) / MICRO
        if abs(theirs - ours) > 1e-6 * device.window[1]:
            raise SpecError(
                f"g_converter.{name} is {show(theirs, 'siemens')}; that of the device is "
                f"{show(ours, 'siemens')}, and they must agree"
            )
