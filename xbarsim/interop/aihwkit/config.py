"""aihwkit's description of arrays as ours, and what of it has no counterpart."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from aihwkit.inference.compensation.drift import (
    GlobalDriftCompensation,
    PerColumnDriftCompensation,
)
from aihwkit.inference.converter.conductance import SinglePairConductanceConverter
from aihwkit.simulator.configs import InferenceRPUConfig

from xbarsim.device import StatisticalDevice
from xbarsim.errors import SpecError
from xbarsim.hardware import Compensation, Hardware
from xbarsim.interop.aihwkit.devices import device_from_noise_model
from xbarsim.interop.aihwkit.forward import periphery_of

_COMPENSATIONS: dict[type, Compensation] = {
    type(None): "none",
    GlobalDriftCompensation: "global",
    PerColumnDriftCompensation: "column",
}


class Translation(NamedTuple):
    """Hardware, and what did not come along.

    Parameters
    ----------
    hardware : arrays and periphery.
    left : settings of aihwkit's that do something there and have no counterpart in `hardware`, one
        sentence each.
    """

    hardware: Hardware
    left: tuple[str, ...]


_TRAINING = ("clip", "remap", "modifier")


def hardware_from(rpu_config: Any, device: StatisticalDevice | None = None) -> Translation:
    """Hardware like that of an inference configuration of aihwkit's.

    Parameters
    ----------
    rpu_config : `InferenceRPUConfig` or one derived from it. Taken over are
        ``mapping.max_input_size`` (rows) and ``max_output_size`` (pairs of columns),
        ``digital_bias`` (`bias_rows`), scaling by columns, ``forward.inp_res``, ``inp_noise`` and
        ``out_res`` (converters), ``ir_drop`` (bit-line segments), ``drift_compensation``, and the
        noise model's ``t_read``.
    device : the cells; by default those of its noise model, see `device_from_noise_model`.

    Returns
    -------
    ``(hardware, left)``: the second names what else the configuration does there.

    Raises
    ------
    SpecError : another kind of configuration, a noise model without a device, or an ``ir_drop``
        from which no resistance follows.

    Notes
    -----
    Converters here know signed and other inputs apart and use all their steps for those that are
    never negative. Ranges come from calibration inputs (`Network.calibrate`). The largest weight of
    a matrix takes the whole window here, there that of each tile.
    """
    if not isinstance(rpu_config, InferenceRPUConfig):
        raise SpecError(
            f"rpu_config is a {type(rpu_config).__name__}; expected an InferenceRPUConfig or one "
            "derived from it, as TorchInferenceRPUConfig: others train on pulsed devices"
        )
    left: list[str] = []
    if device is None:
        device = device_from_noise_model(rpu_config.noise_model)
        converter = rpu_config.noise_model.g_converter
        if type(converter) is not SinglePairConductanceConverter:
            left.append(
                f"noise_model.g_converter is a {type(converter).__name__}; weights are pairs of "
                "cells (encoding differential)"
            )
    mapping = rpu_config.mapping
    scaled = mapping.weight_scaling_omega > 0 and mapping.weight_scaling_columnwise
    settings: dict[str, Any] = _sizes(mapping, left)
    periphery, others = periphery_of(rpu_config.forward, device)
    settings |= periphery
    left += others
    if getattr(rpu_config.noise_model, "t_read", None):
        settings["t_read"] = rpu_config.noise_model.t_read
    left += _elsewhere(rpu_config)
    hardware = Hardware(
        device=device,
        bias_rows=0 if mapping.digital_bias else 1,
        scaling="column" if scaled else "layer",
        compensation=_compensation(rpu_config.drift_compensation, left),
        **settings,
    )
    return Translation(hardware, tuple(left))


def _sizes(mapping: Any, left: list[str]) -> dict[str, int]:
    """Rows and columns, of which an output takes two."""
    found = {}
    for name, ours, each in (("max_input_size", "rows", 1), ("max_output_size", "cols", 2)):
        size = getattr(mapping, name)
        if size > 0:
            found[ours] = size * each
        else:
            left.append(f"mapping.{name} is {size}, no limit; arrays have a number of {ours}")
    return found


def _elsewhere(config: Any) -> Iterator[str]:
    for name in _TRAINING:
        kind = getattr(config, name).type.name
        if kind != "NONE":
            yield f"{name} is {kind}, which acts in training"
    if config.pre_post.input_range.enable:
        yield "pre_post.input_range is enabled; ranges come from calibration"
    quantised = getattr(config.pre_post, "periph_quant", None)
    if quantised is not None and quantised.n_bits > 0:
        yield f"pre_post.periph_quant has {quantised.n_bits} bits; scales and biases are exact"
    if getattr(config, "act_quant_config", None) is not None:
        yield "act_quant_config quantises outputs; digital numbers are exact"


def _compensation(given: Any, left: list[str]) -> Compensation:
    found = _COMPENSATIONS.get(type(given))
    if found is None:
        left.append(f"drift_compensation is a {type(given).__name__}; none is done")
    return found or "none"
