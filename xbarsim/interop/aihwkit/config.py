"""aihwkit's description of arrays as ours, and what of it has no counterpart."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2
from typing import Any, NamedTuple

from aihwkit.inference.compensation.drift import (
    GlobalDriftCompensation,
    PerColumnDriftCompensation,
)
from aihwkit.inference.converter.conductance import SinglePairConductanceConverter
from aihwkit.simulator.configs import InferenceRPUConfig
from aihwkit.simulator.parameters import IOParametersIRDropT

from xbarsim.crossbar import Wires
from xbarsim.device import StatisticalDevice
from xbarsim.errors import SpecError
from xbarsim.hardware import Compensation, Hardware
from xbarsim.interop.aihwkit.devices import device_from_noise_model
from xbarsim.periphery import Adc, Dac
from xbarsim.units import show

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


@dataclass(frozen=True)
class _Off:
    """The value at which a setting of ``forward`` does nothing, and what to say otherwise."""

    value: Any
    say: str = "it has no counterpart"


_FORWARD = {
    "inp_sto_round": _Off(False),
    "inp_asymmetry": _Off(0.0),
    "out_asymmetry": _Off(0.0),
    "out_sto_round": _Off(False),
    "out_noise": _Off(
        0.0, "Adc.noise counts steps of ranges that calibration finds; give it there"
    ),
    "out_noise_std": _Off(0.0),
    "out_scale": _Off(1.0),
    "w_noise": _Off(0.0, "read noise is that of the device"),
    "out_nonlinearity": _Off(0.0, "Adc.inl and Integrator are the nonlinear parts here"),
    "out_nonlinearity_std": _Off(0.0),
    "slope_calibration": _Off(0.0),
    "v_offset_std": _Off(0.0),
    "r_series": _Off(0.0, "Wires.r_sense, in ohm, is a series resistance"),
    "w_read_asymmetry_dtod": _Off(0.0),
    "apply_xdep_pcm_read_noise": _Off(False, "read noise is that of the device"),
    "adc_quantization": _Off(False, "codes are rounded, not cut off"),
    "noise_management": _Off("NONE", "inputs share one range, that of the calibration inputs"),
    "bound_management": _Off("NONE", "signals beyond the converter's range are cut off"),
    "mv_type": _Off("ONE_PASS", "Dac.coding says how inputs are driven"),
}
_MIDDLE = 0.4  # V, between the 0.2 and 0.6 V of rows in aihwkit's analog_mvm_irdrop_t.py
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
    SpecError : another kind of configuration, or a noise model without a device.

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
    mapping, forward = rpu_config.mapping, rpu_config.forward
    scaled = mapping.weight_scaling_omega > 0 and mapping.weight_scaling_columnwise
    settings: dict[str, Any] = _sizes(mapping, left)
    if not forward.is_perfect:
        settings |= {"dac": _dac(forward), "adc": _adc(forward)}
        settings |= _wires(forward, device, left)
        left += [*_converters(forward), *_set(forward)]
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


def _dac(forward: Any) -> Dac | None:
    if forward.inp_res <= 0:
        return None
    bound = forward.inp_bound if forward.inp_bound > 0 else 1.0
    return Dac(bits=_bits(forward.inp_res), noise=forward.inp_noise / bound)


def _adc(forward: Any) -> Adc | None:
    return None if forward.out_res <= 0 else Adc(bits=_bits(forward.out_res))


def _bits(resolution: float) -> int:
    """Bits of the nearest converter.

    aihwkit's 2^b - 2 steps from end to end are the 2^(b-1) - 1 on either side of zero of ours.
    """
    return max(round(log2(_steps(resolution) + 2)), 1)


def _steps(resolution: float) -> float:
    """Steps from end to end: a resolution is their number, or one over it."""
    return resolution if resolution > 1 else 1 / resolution


def _converters(forward: Any) -> Iterator[str]:
    for name in ("inp", "out"):
        bound, resolution = getattr(forward, f"{name}_bound"), getattr(forward, f"{name}_res")
        if bound > 0:
            yield f"forward.{name}_bound is {bound:g}; ranges come from calibration inputs"
        if resolution > 0 and abs(2 ** _bits(resolution) - 2 - _steps(resolution)) > 1e-6:
            yield (
                f"forward.{name}_res makes {_steps(resolution):g} steps; the nearest converter, of "
                f"{_bits(resolution)} bits, has {2 ** _bits(resolution) - 2}"
            )
    if forward.inp_noise and forward.inp_res <= 0:
        yield (
            f"forward.inp_noise is {forward.inp_noise:g}; only a Dac has noise, and inp_res is "
            f"{forward.inp_res:g}, which asks for none"
        )


def _wires(forward: Any, device: StatisticalDevice, left: list[str]) -> dict[str, Any]:
    """Bit-line segments: currents drop along the inputs there, towards the output."""
    if forward.ir_drop <= 0:
        return {}
    if not isinstance(forward, IOParametersIRDropT):
        left.append("forward.ir_drop: the circuit is solved here, which is approximated there")
        r = forward.ir_drop / (forward.ir_drop_g_ratio * device.window[1])
        return {"wires": Wires(r_bit=r)}
    left.append(
        "forward.ir_drop: both cells of a weight share a bit line there, every other of which is "
        "read at the other end; here each has its own, read at the last row"
    )
    if forward.ir_drop_v_read != _MIDDLE:
        left.append(
            f"forward.ir_drop_v_read is {show(forward.ir_drop_v_read, 'volt')}, beside the "
            f"{show(_MIDDLE, 'volt')} about which rows are driven; virtual ground is exact here"
        )
    return {"wires": Wires(r_bit=forward.ir_drop * forward.ir_drop_rs)}


def _set(forward: Any) -> Iterator[str]:
    for name, off in _FORWARD.items():
        value = getattr(forward, name, off.value)
        value = getattr(value, "name", value)  # of an enumeration
        if value != off.value:
            yield f"forward.{name} is {value}; {off.say}"


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
