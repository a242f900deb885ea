"""aihwkit's description of arrays as Hardware, and a list of what has no counterpart."""

from dataclasses import fields

import pytest

import xbarsim as xs
from xbarsim import SpecError
from xbarsim.crossbar import Wires

pytest.importorskip("torch", reason="torch is not installed")
configs = pytest.importorskip("aihwkit.simulator.configs", reason="aihwkit is not installed")

from aihwkit.inference import (  # noqa: E402
    BaseDriftCompensation,
    PCMLikeNoiseModel,
    ReRamCMONoiseModel,
    ReRamWan2022NoiseModel,
)
from aihwkit.inference.compensation.drift import PerColumnDriftCompensation  # noqa: E402
from aihwkit.inference.converter.conductance import DualPairConductanceConverter  # noqa: E402
from aihwkit.simulator.parameters import IOParameters, IOParametersIRDropT  # noqa: E402
from aihwkit.simulator.parameters.enums import (  # noqa: E402
    NoiseManagementType,
    WeightClipType,
    WeightModifierType,
)
from aihwkit.simulator.parameters.quantization import ActivationQuantConfig  # noqa: E402

from xbarsim.interop.aihwkit import hardware_from  # noqa: E402


def config(kind=configs.TorchInferenceRPUConfig, perfect=True, **forward):
    """A configuration in which nothing happens in ``forward`` but what is said."""
    found = kind()
    off = {"out_noise": 0.0, "inp_res": -1, "out_res": -1, "inp_bound": 0, "out_bound": 0,
           "noise_management": NoiseManagementType.NONE, "is_perfect": perfect,
           "bound_management": configs.BoundManagementType.NONE}  # fmt: skip
    for name, value in (off | forward).items():
        setattr(found.forward, name, value)
    return found


def test_a_perfect_forward_pass_is_cells_alone():
    hardware, left = hardware_from(config())
    assert left == ()
    assert hardware == xs.Hardware(
        device=hardware.device, rows=512, cols=1024, compensation="global", t_read=250e-9
    )
    assert hardware.device.window == (0.0, 25e-6)


def test_arrays_are_as_large_as_tiles_and_a_weight_takes_two_columns():
    given = config()
    given.mapping.max_input_size, given.mapping.max_output_size = 100, 40
    hardware, left = hardware_from(given)
    assert (hardware.rows, hardware.cols, left) == (100, 80, ())
    given.mapping.max_input_size = given.mapping.max_output_size = 0
    hardware, left = hardware_from(given)
    assert (hardware.rows, hardware.cols) == (128, 128)
    assert left[0] == "mapping.max_input_size is 0, no limit; arrays have a number of rows"


@pytest.mark.parametrize("resolution", [2**7 - 2, 1 / (2**7 - 2)])
def test_converters_have_the_steps_of_theirs(resolution):
    import torch
    from aihwkit.simulator.tiles.utils import UniformQuantize

    hardware, left = hardware_from(config(perfect=False, inp_res=resolution, out_res=2**9 - 2))
    assert (hardware.dac, hardware.adc, left) == (xs.Dac(bits=7), xs.Adc(bits=9), ())
    x = torch.linspace(-1, 1, 1001)
    theirs = UniformQuantize.apply(x, resolution, 1.0, False)
    ours = hardware.dac.convert(x.numpy(), signed=True)
    assert abs(theirs.numpy() - ours).max() < 1e-6


def test_a_converter_between_ours_is_named():
    hardware, left = hardware_from(config(perfect=False, inp_res=1 / 255))
    assert hardware.dac == xs.Dac(bits=8)
    assert left == ("forward.inp_res makes 255 steps; the nearest converter, of 8 bits, has 254",)


def test_noise_of_inputs_is_that_of_the_dac():
    given = config(perfect=False, inp_res=126, inp_noise=0.02, inp_bound=2.0)
    hardware, left = hardware_from(given)
    assert hardware.dac == xs.Dac(bits=7, noise=0.01)
    assert left == ("forward.inp_bound is 2; ranges come from calibration inputs",)
    hardware, left = hardware_from(config(perfect=False, inp_noise=0.02))
    assert hardware.dac is None and "only a Dac has noise" in left[0]


def test_currents_drop_along_the_inputs():
    hardware, left = hardware_from(
        config(perfect=False, ir_drop=2.0, ir_drop_g_ratio=1 / 0.35 / 25e-6)
    )
    assert hardware.wires.r_bit == pytest.approx(0.7) and hardware.wires.r_word == 0
    assert len(left) == 1 and "forward.ir_drop" in left[0]
    given = config(configs.TorchInferenceRPUConfigIRDropT, False, ir_drop_rs=0.15, ir_drop=1.0)
    given.forward.adc_quantization = False
    hardware, left = hardware_from(given)
    assert vars(hardware.wires) == vars(Wires(r_bit=0.15))
    assert len(left) == 3 and "solved here" in left[0] and "read at the other end" in left[1]
    assert left[2].startswith("forward.ir_drop_v_read is 400.5 mV, beside the 400 mV")
    given = config(configs.TorchInferenceRPUConfigIRDropT, False, ir_drop=0.0)
    given.forward.apply_xdep_pcm_read_noise = True
    hardware, left = hardware_from(given)
    assert hardware.wires is None
    assert left == (
        "forward.apply_xdep_pcm_read_noise is True; read noise is that of the device",
        "forward.adc_quantization is True; codes are rounded, not cut off, and "
        "adc_frequency has no counterpart",
    )


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan")])
def test_wires_without_a_resistance_are_refused(ratio):
    given = config(perfect=False, ir_drop=1.0, ir_drop_g_ratio=ratio)
    with pytest.raises(SpecError, match=r"rpu_config.forward.ir_drop_g_ratio is .*above 0"):
        hardware_from(given)


def test_what_the_array_does_digitally_comes_along():
    given = config()
    given.mapping.digital_bias = False
    given.mapping.weight_scaling_columnwise = True
    assert hardware_from(given).hardware.scaling == "layer"  # nothing is scaled yet
    given.mapping.weight_scaling_omega = 1.0
    given.drift_compensation = PerColumnDriftCompensation()
    hardware, left = hardware_from(given)
    assert (hardware.bias_rows, hardware.scaling, hardware.compensation) == (1, "column", "column")
    given.drift_compensation = None
    assert hardware_from(given).hardware.compensation == "none" and left == ()


def test_the_cells_are_those_of_the_noise_model_unless_given():
    given = config()
    given.noise_model = ReRamWan2022NoiseModel(g_max=40.0)
    assert hardware_from(given).hardware.device.window == (0.0, 40e-6)
    device = xs.load_device("gaussian")
    assert hardware_from(given, device).hardware.device is device
    given.noise_model = ReRamCMONoiseModel()
    assert hardware_from(given, device).hardware.device is device
    with pytest.raises(SpecError, match="ReRamCMONoiseModel, which no device is known for"):
        hardware_from(given)


#: what `forward` can hold that Hardware cannot, each with a value at which it does something
NOT_OURS = {
    "inp_sto_round": True, "inp_asymmetry": 0.1, "out_asymmetry": 0.1, "out_sto_round": True,
    "out_noise": 0.06, "out_noise_std": 0.1, "out_scale": 2.0, "w_noise": 0.01,
    "out_nonlinearity": 0.1, "out_nonlinearity_std": 0.1, "slope_calibration": 0.5,
    "v_offset_std": 0.1, "r_series": 0.1, "w_read_asymmetry_dtod": 0.1,
    "noise_management": NoiseManagementType.ABS_MAX,
    "bound_management": configs.BoundManagementType.ITERATIVE,
    "mv_type": configs.AnalogMVType.BIT_WISE,
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_OURS)
def test_what_has_no_counterpart_is_named(name):
    _, left = hardware_from(config(perfect=False, **{name: NOT_OURS[name]}))
    assert len(left) == 1 and left[0].startswith(f"forward.{name} is "), left


def test_every_setting_of_theirs_is_taken_over_or_named_or_belongs_to_one_that_is():
    taken = {"is_perfect", "inp_res", "out_res", "inp_noise", "inp_bound", "out_bound", "ir_drop"}
    with_others = {
        "ir_drop_g_ratio", "w_noise_type", "max_bm_factor", "max_bm_res", "bm_test_negative_bound",
        "nm_thres", "v_offset_w_min",
    }  # fmt: skip
    assert {field.name for field in fields(IOParameters)} == taken | with_others | set(NOT_OURS)


def test_every_setting_of_their_circuit_is_taken_over_or_named():
    given = config(configs.TorchInferenceRPUConfigIRDropT, perfect=False)
    given.forward.apply_xdep_pcm_read_noise = True
    left = " ".join(hardware_from(given).left)
    own = {field.name for field in fields(IOParametersIRDropT)}
    own -= {field.name for field in fields(IOParameters)}
    named = {name for name in own if name in left}
    assert own - named == {"ir_drop_rs", "xdep_pcm_read_noise_scale"}  # taken over; with `apply_`


def test_what_acts_elsewhere_is_named():
    given = config(configs.QuantizedTorchInferenceRPUConfig)
    given.clip.type = WeightClipType.LAYER_GAUSSIAN
    given.modifier.type = WeightModifierType.ADD_NORMAL
    given.pre_post.input_range.enable = True
    given.pre_post.periph_quant.n_bits = 8
    given.act_quant_config = ActivationQuantConfig()
    given.noise_model = PCMLikeNoiseModel(
        g_converter=DualPairConductanceConverter([1.0, 3.0], g_max=25.0)
    )

    class Other(BaseDriftCompensation):
        pass

    given.drift_compensation = Other()
    first = [sentence.split(" ")[0] for sentence in hardware_from(given).left]
    assert sorted(first) == [
        "act_quant_config", "clip", "drift_compensation", "modifier", "noise_model.g_converter",
        "pre_post.input_range", "pre_post.periph_quant",
    ]  # fmt: skip


@pytest.mark.parametrize("given", [None, configs.SingleRPUConfig(), IOParameters()])
def test_another_configuration_is_refused(given):
    with pytest.raises(SpecError, match=f"rpu_config is a {type(given).__name__}; expected an Inf"):
        hardware_from(given)
