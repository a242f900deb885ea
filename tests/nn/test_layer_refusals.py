"""What cannot be: each is refused with the layer's name and what to do."""

import pytest

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.errors import SpecError

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from xbarsim import nn as xnn  # noqa: E402

IDEAL = xs.Hardware(device=xs.load_device("ideal"), rows=16, cols=16)
RRAM = xs.Hardware(
    device=xs.load_device("wan_2022"), rows=16, cols=16, dac=xs.Dac(bits=8), adc=xs.Adc(bits=8)
)


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return self.first(x) * self.scale


NO_FORM = {
    "parameters of its own": (Own, r"layer Own: Own holds scale and has no crossbar form"),
    "attention": (
        lambda: nn.Sequential(nn.MultiheadAttention(8, 2)),
        r"layer 0: MultiheadAttention multiplies by the weights of its layers itself",
    ),
    "transformer": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16),
        r"layer TransformerEncoderLayer: .* itself",
    ),
    "transposed": (
        lambda: nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2, 2, 2)),
        r"layer 1: ConvTranspose2d holds weight, bias and has no crossbar form",
    ),
    "bilinear": (lambda: nn.Bilinear(2, 2, 2), r"layer Bilinear: Bilinear holds weight, bias"),
    "projected": (lambda: nn.LSTM(4, 4, proj_size=2), r"proj_size is 2; supported: 0"),
    "padding": (
        lambda: nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"),
        r"padding_mode is 'reflect'; supported: 'zeros'",
    ),
    "nothing": (nn.ReLU, r"ReLU has no layers for crossbars; known: Conv1d, "),
}


@pytest.mark.parametrize("name", NO_FORM)
def test_layers_without_crossbar_form_are_named(name):
    make, message = NO_FORM[name]
    with pytest.raises(SpecError, match=message):
        xnn.convert(make(), IDEAL)


def test_all_of_them_are_named_at_once_and_can_stay_digital():
    def make():
        return nn.Sequential(nn.Bilinear(2, 2, 2), nn.Linear(2, 2), nn.ConvTranspose1d(2, 2, 2))

    with pytest.raises(SpecError) as caught:
        xnn.convert(make(), IDEAL)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["layer 0", "layer 2"]
    kept = xnn.convert(make(), IDEAL, digital=("0", "2"))
    assert [type(m).__name__ for m in kept] == ["Bilinear", "CrossbarLinear", "ConvTranspose1d"]
    with pytest.raises(SpecError, match=r"digital: no submodule 'bilinear'"):
        xnn.convert(make(), IDEAL, digital=("bilinear",))


@pytest.mark.parametrize("given", [None, "wan_2022", xs.load_device("ideal")])
def test_hardware_must_be_hardware(given):
    with pytest.raises(SpecError, match=r"hardware is .*; expected an xbarsim.Hardware"):
        xnn.convert(nn.Linear(2, 2), given)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cells": "some"}, r"training.cells is 'some'; known: moments, each, circuit"),
        ({"ages": (-1.0,)}, r"training.ages is \(-1.0,\)"),
        ({"ages": ()}, r"training.ages is \(\)"),
        ({"amplify": -1}, r"training.amplify is -1"),
        ({"clip": 0}, r"training.clip is 0; it must be above 0, or None"),
        ({"read_noise": "yes"}, r"training.read_noise is 'yes'; it must be true or false"),
    ],
)
def test_training_is_checked(settings, message):
    with pytest.raises(SpecError, match=message):
        xnn.HardwareAware(**settings)


def test_training_at_an_age_that_the_device_does_not_describe():
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"))
    with pytest.raises(SpecError, match=r"training.ages holds 1 s; .*described from 20 s on"):
        xnn.convert(nn.Linear(2, 2), hardware, xnn.HardwareAware(ages=(1.0,)))


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_mixed_precision_is_refused_by_name(mode):
    module = xnn.convert(nn.Sequential(nn.Linear(4, 2)), RRAM).train(mode == "train")
    with pytest.raises(SpecError, match=r"layer 0: inputs are torch.float64 on cpu, weights torch"):
        module(torch.zeros(1, 4, dtype=torch.float64))


def test_a_loss_that_is_not_finite_names_the_layer_and_the_pass():
    module = xnn.convert(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), RRAM)
    x = torch.rand(5, 4)
    module(x).sum().backward()
    with pytest.raises(SpecError, match=r"layer 2, pass 2 of training: the gradient .* 10 values"):
        (module(x).sum() * float("nan")).backward()


def test_weights_that_are_not_finite_name_the_layer_and_the_pass():
    module = xnn.convert(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), RRAM)
    with torch.no_grad():
        module[2].weight[1, 1] = float("nan")
    with pytest.raises(SpecError, match=r"layer 2, pass 1 of training: 1 weights are not finite"):
        module(torch.rand(5, 4))


def test_inputs_that_are_not_finite_are_named():
    module = xnn.convert(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), RRAM)
    x = torch.rand(5, 4)
    x[0, 0] = float("inf")
    with pytest.raises(SpecError, match=r"layer 0, pass 1 of training: 1 inputs are not finite"):
        module(x)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_second_derivatives_are_refused(mode):
    module = xnn.convert(nn.Linear(4, 3), RRAM).train(mode == "train")
    x = torch.rand(5, 4, requires_grad=True)
    (grad,) = torch.autograd.grad(module(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        (
            xs.Encoding(cell_bits=2, slices=2),
            r"encoding.cell_bits is 2: digits of a weight have no",
        ),
        ("single", r"encoding single holds magnitudes"),
    ],
)
def test_encodings_without_a_gradient_are_named(encoding, message):
    hardware = xs.Hardware(
        device=xs.load_device("ideal"), wires=Wires(r_word=1.0), encoding=encoding
    )
    module = xnn.convert(nn.Linear(4, 3), hardware, xnn.HardwareAware(cells="circuit"))
    with torch.no_grad():
        module.weight.abs_()
    with pytest.raises(SpecError, match=message):
        module(torch.rand(2, 4))


def test_a_module_without_crossbars_has_no_chips():
    with pytest.raises(SpecError, match=r"Linear has no layers on crossbars; .*convert"):
        xnn.age(nn.Linear(2, 2), 1.0)


def test_an_age_before_the_devices_first_is_refused():
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"))
    module = xnn.convert(nn.Linear(2, 2), hardware)
    with pytest.raises(SpecError, match="20 s"):
        xnn.age(module, 1.0)


@pytest.mark.parametrize("ages", [3600.0, [True], (1e30,), ("1 s",)])
def test_ages_must_be_ages(ages):
    with pytest.raises(SpecError, match=r"training.ages is .*; expected a sequence of ages in s"):
        xnn.HardwareAware(ages=ages)


def test_training_must_be_a_description():
    with pytest.raises(SpecError, match=r"training is \{'cells': 'each'\}; expected an xbarsim"):
        xnn.convert(nn.Linear(2, 2), RRAM, {"cells": "each"})
    with pytest.raises(SpecError, match=r"hardware is None"):
        xnn.CrossbarLSTM(3, 4, hardware=None)


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_half_precision_and_autocast_are_refused(mode):
    module = xnn.convert(nn.Linear(4, 2), RRAM).train(mode == "train")
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(SpecError, match="not in autocast"):
        module(torch.rand(3, 4))
    with pytest.raises(SpecError, match=r"float32 or float64, not in torch.bfloat16"):
        module.bfloat16()(torch.rand(3, 4).bfloat16())


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_inputs_of_another_width_are_named(mode):
    dense = xnn.convert(nn.Linear(4, 2), RRAM).train(mode == "train")
    with pytest.raises(SpecError, match=r"layer Linear: inputs of shape \(3, 5\) have 5 features"):
        dense(torch.rand(3, 5))
    conv = xnn.convert(nn.Conv2d(2, 2, 3), RRAM).train(mode == "train")
    with pytest.raises(SpecError, match=r"layer Conv2d: inputs .* have 3 features; it takes 2"):
        conv(torch.rand(1, 3, 5, 5))


def test_signs_that_one_cell_cannot_hold_are_named_in_the_first_pass():
    module = xnn.convert(
        nn.Linear(4, 3), xs.Hardware(device=xs.load_device("ideal"), encoding="single")
    )
    with pytest.raises(
        SpecError, match=r"pass 1 of training: encoding single needs weights of one"
    ):
        module(torch.rand(2, 4))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bias_rows": 1}, "array.bias_rows is 1: biases on word lines have no gradient"),
        ({"faults": "mend"}, "array.faults is 'mend': cells that make up for stuck ones"),
        ({"settling": True, "wires": Wires(r_word=1.0)}, "array.settling: how far lines settle"),
    ],
)
def test_what_has_no_gradient_through_the_circuit_is_named(settings, message):
    hardware = xs.Hardware(device=xs.load_device("ideal"), **settings)
    module = xnn.convert(nn.Linear(4, 3), hardware, xnn.HardwareAware(cells="circuit"))
    with pytest.raises(SpecError, match=message):
        module(torch.rand(2, 4))


def test_weights_computed_from_others_are_named():
    from torch.nn.utils import prune

    pruned = nn.Sequential(prune.l1_unstructured(nn.Linear(4, 3), "weight", 0.5))
    pruned[0].weight = pruned[0].weight.detach()  # so that it can be copied
    with pytest.raises(SpecError, match=r"layer 0: weight is computed from other parameters"):
        xnn.convert(pruned, RRAM)


def test_what_is_on_crossbars_is_not_converted_again():
    once = xnn.convert(nn.Sequential(nn.Linear(4, 3)), RRAM)
    with pytest.raises(SpecError, match=r"layer 0: is on crossbars already; .*plain"):
        xnn.convert(once, RRAM)


def test_a_state_that_is_not_whole_is_refused():
    module = xnn.convert(nn.Linear(4, 3), RRAM)
    state = module.state_dict()
    del state["_extra_state"]["chip"]
    with pytest.raises(SpecError, match=r"is of version 1, and not whole"):
        module.load_state_dict(state)


def test_a_gradient_names_the_pass_that_it_belongs_to():
    module = xnn.convert(nn.Linear(4, 3), RRAM)
    first = module(torch.rand(2, 4))
    module(torch.rand(2, 4))
    with pytest.raises(SpecError, match="pass 1 of training"):
        (first.sum() * float("nan")).backward()


def test_layers_that_pulses_train_are_converted_from_their_plain_form():
    from xbarsim.nn.in_situ import in_situ
    from xbarsim.programming import FittedPulses
    from xbarsim.programming.step_fits import StepFit

    step = StepFit(kind="SoftBounds", d=(0.01, 0.01), gamma=(1.0, 1.0), a=(0.0, 0.0), error=0.0)
    device = FittedPulses(fit=step, g_min=1e-6, g_max=9e-6)
    pulsed = in_situ(nn.Sequential(nn.Linear(3, 3, bias=False)), device)
    with pytest.raises(SpecError, match=r"layer 0: is on crossbars already; .*plain"):
        xnn.convert(pulsed, RRAM)
    assert type(xnn.convert(xnn.plain(pulsed), RRAM)[0]) is xnn.CrossbarLinear
