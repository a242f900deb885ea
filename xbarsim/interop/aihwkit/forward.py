"""What the arrays of aihwkit do in a forward pass, as converters and wires of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2
from typing import Any

from aihwkit.simulator.parameters import IOParametersIRDropT

from xbarsim.crossbar import Wires
from xbarsim.device import StatisticalDevice
from xbarsim.errors import SpecError
from xbarsim.periphery import Adc, Dac
from xbarsim.units import show


@dataclass(frozen=True)
class _Off:
    """The value at which a setting of ``forward`` does nothing, and what to say otherwise."""

    value: Any
    say: str = "it has no counterpart"


_SETTINGS = {
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
    "adc_quantization": _Off(
        False, "codes are rounded, not cut off, and adc_frequency has no counterpart"
    ),
    "noise_management": _Off("NONE", "inputs share one range, that of the calibration inputs"),
    "bound_management": _Off("NONE", "signals beyond the converter's range are cut off"),
    "mv_type": _Off("ONE_PASS", "Dac.coding says how inputs are driven"),
}
_MIDDLE = 0.4  # V, between the 0.2 and 0.6 V of rows in aihwkit's analog_mvm_irdrop_t.py
_SOLVED = "forward.ir_drop: the circuit is solved here, which is approximated there"


def periphery_of(forward: Any, device: StatisticalDevice) -> tuple[dict[str, Any], list[str]]:
    """Converters and wires, settings of `Hardware`, and what else `forward` does, in sentences.

    Parameters
    ----------
    forward : aihwkit's ``IOParameters``, or ``IOParametersIRDropT``.
    device : the cells, whose window sets the scale of resistances.

    Raises
    ------
    SpecError : wires whose resistance does not follow.
    """
    if forward.is_perfect:
        return {}, []
    left: list[str] = []
    settings = {"dac": _dac(forward), "adc": _adc(forward), **_wires(forward, device, left)}
    return settings, [*left, *_converters(forward), *_set(forward)]


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
        left.append(_SOLVED)
        if not forward.ir_drop_g_ratio > 0:
            raise SpecError(
                f"rpu_config.forward.ir_drop_g_ratio is {forward.ir_drop_g_ratio:g}; it must be "
                "above 0, since it is one over the resistance of a segment in units of the lowest "
                "of a cell"
            )
        r = forward.ir_drop / (forward.ir_drop_g_ratio * device.window[1])
        return {"wires": Wires(r_bit=r)}
    left.append(
        f"{_SOLVED}, in ir_drop_segments and steps of time (ir_drop_time_step_resolution_scale, "
        "ir_drop_integration_sum)"
    )
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
    for name, off in _SETTINGS.items():
        value = getattr(forward, name, off.value)
        value = getattr(value, "name", value)  # of an enumeration
        if value != off.value:
            yield f"forward.{name} is {value}; {off.say}"
