"""Statistical devices of aihwkit's noise models."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from aihwkit.inference.noise.custom import StateIndependentNoiseModel
from aihwkit.inference.noise.hermes import HermesNoiseModel
from aihwkit.inference.noise.pcm import PCMLikeNoiseModel
from aihwkit.inference.noise.reram import ReRamWan2022NoiseModel

from xbarsim.device import StatisticalDevice, load_device
from xbarsim.errors import SpecError
from xbarsim.interop.aihwkit.noise import MICRO, DeviceNoiseModel
from xbarsim.units import show

Values = dict[str, Any]


def device_from_noise_model(noise_model: Any) -> StatisticalDevice:
    """The device whose cells one of aihwkit's noise models describes.

    Parameters
    ----------
    noise_model : `PCMLikeNoiseModel`, `HermesNoiseModel`, `ReRamWan2022NoiseModel`,
        `StateIndependentNoiseModel`, or what `noise_model` here made.

    Raises
    ------
    SpecError : another kind, one that lacks what it needs itself, or whose conductances disagree.

    Notes
    -----
    Programming errors are theirs. Of phase-change cells the drift exponent follows here the
    conductance that was programmed, there its target. The spread of `ReRamWan2022NoiseModel` is
    drawn anew there at each age; here each cell has one history with nearly that spread, see
    ``device_models.relaxing_rram``. Their conductances in a read stay above zero; here read noise
    is not cut off. The time of a read is a property of the array here, `Hardware.t_read`. Reads
    after the age to which a model was measured extrapolate; nothing was measured for
    `StateIndependentNoiseModel`, so that all of its reads do.

    References
    ----------
    Joshi et al., Nat. Commun. 11, 2473 (2020), Methods; Nandakumar et al., ICECS 2019; Le Gallo et
    al., Nat. Electron. 6, 680 (2023); Wan et al., Nature 608, 504 (2022), Extended Data Fig. 3d;
    with the fits of aihwkit 1.1, whose code the drift laws that take no parameters come from.
    """
    if type(noise_model) is DeviceNoiseModel:
        return noise_model.device
    reader = READERS.get(type(noise_model))
    if reader is None:
        known = ", ".join(kind.__name__ for kind in READERS)
        raise SpecError(
            f"noise_model is a {type(noise_model).__name__}, which no device is known for; known: "
            f"{known}"
        )
    _check_range(noise_model)
    sheet, values = reader(noise_model)
    low = getattr(noise_model.g_converter, "g_min", 0.0)
    found: StatisticalDevice = load_device(
        sheet, g_min=low / MICRO, g_max=noise_model.g_max / MICRO, **values
    )
    return found


def _check_range(model: Any) -> None:
    theirs = getattr(model.g_converter, "g_max", None)
    if theirs != model.g_max:
        shown = "none" if theirs is None else show(theirs / MICRO, "siemens")
        raise SpecError(
            f"noise_model.g_max is {show(model.g_max / MICRO, 'siemens')} and that of its "
            f"g_converter {shown}; they must agree"
        )


def _reference(model: Any, name: str) -> float:
    """The range for which a polynomial stands, S; the models forget it where it is given."""
    if not hasattr(model, name):
        raise SpecError(
            f"noise_model has no {name}: aihwkit 1.1 forgets one that is given, so that the model "
            f"cannot be applied either. Set noise_model.{name} after making it, in uS"
        )
    return float(getattr(model, name) / MICRO)


def _error(model: Any, count: int | None = None) -> list[float]:
    """Coefficients of the programming error, S."""
    given = [float(c) for c in model.prog_coeff]
    if count is not None:
        given += [0.0] * (count - len(given))
        if len(given) > count and any(given[count:]):
            raise SpecError(
                f"noise_model.prog_coeff has {len(given)} values; the law here takes {count}"
            )
        given = given[:count]
    x = np.linspace(0.0, 1.0, 101)
    lowest = np.polynomial.polynomial.polyval(x, given).min()
    if lowest < 0:
        raise SpecError(
            f"noise_model.prog_coeff makes a standard deviation of "
            f"{show(lowest / MICRO, 'siemens')}; it must be at least 0 S between 0 and g_max"
        )
    return [c / MICRO for c in given]


def _scales(model: Any) -> Values:
    return {
        "error_scale": model.prog_noise_scale,
        "drift_scale": model.drift_scale,
        "noise_scale": model.read_noise_scale,
        "t_first": model.t_0,
    }


def _pcm(model: Any) -> tuple[str, Values]:
    reference = _reference(model, "prog_coeff_g_max_reference")
    return "joshi_2020", {"error": _error(model, 3), "g_reference": reference} | _scales(model)


def _hermes(model: Any) -> tuple[str, Values]:
    sheet = {1: "legallo_2023_one_device", 2: "legallo_2023_two_devices"}[model.num_devices]
    reference = _reference(model, "prog_coeff_g_max_reference")
    return sheet, {"error": _error(model), "g_reference": reference} | _scales(model)


def _state_independent(model: Any) -> tuple[str, Values]:
    """Its exponent knows no conductance; its noise is absolute, `read_noise_scale` uS at g_max."""
    mean, spread, depth = model.drift_nu_mean, model.drift_nu_std, 1.0 / model.g_max
    return "joshi_2020", _scales(model) | {
        "error": _error(model, 3),
        "g_reference": model.g_max / MICRO,
        "drift_mean": [0.0, mean, mean, mean],
        "drift_spread": [0.0, spread, spread, spread],
        "noise": [depth, 0.0, depth],
        "t_measured": model.t_0,
    }


def _rram(model: Any) -> tuple[str, Values]:
    times = sorted(model.coeff_dic)
    return "wan_2022", {
        "times": times,
        "relaxation_spread": [[c / MICRO for c in model.coeff_dic[t]] for t in times],
        "g_reference": _reference(model, "coeff_g_max_reference"),
        "spread_scale": model.noise_scale,
    }


#: what reads each kind: a sheet, and what differs from it
READERS: Mapping[type, Callable[[Any], tuple[str, Values]]] = {
    PCMLikeNoiseModel: _pcm,
    HermesNoiseModel: _hermes,
    StateIndependentNoiseModel: _state_independent,
    ReRamWan2022NoiseModel: _rram,
}
