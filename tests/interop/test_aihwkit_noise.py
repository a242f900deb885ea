"""Devices as noise models of aihwkit's, and the other way: the same statistics of weights.

Means and standard deviations agree within four standard errors, of the difference of two samples.
"""

import copy
import io

import numpy as np
import pytest

import xbarsim as xs
from xbarsim import SpecError
from xbarsim.device.without import without

torch = pytest.importorskip("torch", reason="torch is not installed")
analog = pytest.importorskip("aihwkit.nn", reason="aihwkit is not installed")

from aihwkit.inference import (  # noqa: E402
    BaseNoiseModel,
    CustomDriftPCMLikeNoiseModel,
    PCMLikeNoiseModel,
    ReRamCMONoiseModel,
    ReRamWan2022NoiseModel,
    SingleDeviceConductanceConverter,
    SinglePairConductanceConverter,
    StateIndependentNoiseModel,
)
from aihwkit.inference.converter.conductance import DualPairConductanceConverter  # noqa: E402
from aihwkit.inference.noise.hermes import HermesNoiseModel  # noqa: E402
from aihwkit.simulator.configs import TorchInferenceRPUConfig  # noqa: E402

from xbarsim.interop.aihwkit import device_from_noise_model, noise_model  # noqa: E402

CELLS = 20_000
LEVELS = np.array([-1.0, -0.5, -0.2, 0.0, 0.05, 0.3, 1.0])  # weights, over the largest
WEIGHTS = np.repeat(LEVELS[:, None], CELLS, axis=1)
SINCE_PROGRAMMING = [0.0, 3600.0, 30 * 86400.0]  # s
T_READ = 250e-9
SHEETS = ["ideal", "gaussian", "joshi_2020", "wan_2022"]


def layer(model, weights=WEIGHTS):
    """An analog layer whose weights are all on one tile."""
    config = TorchInferenceRPUConfig(noise_model=model, drift_compensation=None)
    config.mapping.max_input_size = config.mapping.max_output_size = 0
    found = analog.AnalogLinear(*weights.shape[::-1], bias=False, rpu_config=config).eval()
    found.set_weights(torch.tensor(weights, dtype=torch.float32))
    return found


def held(found):
    return found.get_weights()[0].double().numpy()


def weights_there(model):
    """Weights (levels, cells) after programming, and in reads at three ages."""
    found = layer(model)
    found.program_analog_weights()
    yield held(found)
    for t in SINCE_PROGRAMMING:
        found.drift_analog_weights(t)
        yield held(found)


def weights_here(device, streams):
    """The same of a tile."""
    low, high = device.window
    hardware = xs.Hardware(device=device, rows=CELLS, cols=2 * len(LEVELS), t_read=T_READ)
    tile = xs.Tile(WEIGHTS, hardware, streams)
    tile.program()
    decode = tile.partition.encoding.decode
    yield decode(tile.cells.g_programmed)[0, 0].T / (high - low)
    for t in SINCE_PROGRAMMING:
        tile.age(t + device.ages[0])
        read = tile.g + tile.cells.sigma * (streams / "here" / str(t)).normal(tile.g.shape)
        yield decode(read)[0, 0].T / (high - low)


def moments(x):
    """Mean and standard deviation of each row, and the standard errors of both."""
    mean, sigma = x.mean(axis=1), x.std(axis=1)
    fourth = ((x - mean[:, None]) ** 4).mean(axis=1)
    error = np.sqrt(np.maximum(fourth - sigma**4, 0) / x.shape[1]) / (2 * np.maximum(sigma, 1e-12))
    return (mean, sigma), (sigma / np.sqrt(x.shape[1]), error)


def assert_within_four_errors(ours, theirs):
    (values, errors), (others, other_errors) = moments(ours), moments(theirs)
    for value, error, other, other_error in zip(values, errors, others, other_errors, strict=True):
        allowed = 4 * np.hypot(error, other_error) + 1e-6  # rounding of float32
        assert (abs(value - other) < allowed).all(), (value, other, allowed)


@pytest.mark.parametrize("sheet", SHEETS)
def test_weights_on_tiles_of_aihwkit_are_those_of_tiles_here(sheet, streams):
    torch.manual_seed(0)
    device = xs.load_device(sheet)
    there = weights_there(noise_model(device, t_read=T_READ))
    for ours, theirs in zip(weights_here(device, streams), there, strict=True):
        assert_within_four_errors(ours, theirs)
        assert (theirs.std(axis=1) > 1e-3).all() == (sheet != "ideal")


def test_cells_are_those_of_the_device_and_reads_last_as_long_as_told(streams):
    """Not the noise of a read alone: with a read of another length the weights differ."""
    torch.manual_seed(1)
    device = xs.load_device("joshi_2020", error_scale=0, drift_scale=0)
    *_, ours = weights_here(device, streams)
    *_, same = weights_there(noise_model(device, t_read=T_READ))
    *_, longer = weights_there(noise_model(device, t_read=1.0))
    assert_within_four_errors(ours, same)
    assert longer[-1].std() < 0.8 * same[-1].std()


def test_each_cell_has_one_history():
    torch.manual_seed(2)
    device = without(xs.load_device("joshi_2020"), frozenset(["read_noise"]))
    found = layer(noise_model(device), np.linspace(-1, 1, 600).reshape(20, 30))
    found.program_analog_weights()
    seen = [held(found)]
    for t in (0.0, 3600.0, 86400.0, 3600.0):
        found.drift_analog_weights(t)
        seen.append(held(found))
    np.testing.assert_allclose(seen[1], seen[0], rtol=1e-6)
    np.testing.assert_array_equal(seen[2], seen[4])
    assert abs(seen[3]).mean() < 0.9 * abs(seen[2]).mean() < 0.8 * abs(seen[0]).mean()


def test_cells_are_kept_because_weights_alone_age_otherwise():
    """aihwkit finds cells from programmed weights: the pair's errors end in one, higher, cell."""
    torch.manual_seed(3)
    device = xs.load_device("wan_2022")
    model = noise_model(device)
    weights = torch.ones(200, 100)
    noisy, kept = model.apply_programming_noise(weights)
    high, low = (cells[0] for cells in kept[:2])
    assert float(low.std()) == pytest.approx(device.deviation(1e-6, 1.0) * 1e6, rel=0.1)
    torch.testing.assert_close((high - low) / 39.0, noisy.double(), rtol=1e-6, atol=1e-6)
    ours = model.apply_drift_noise(noisy, kept, 86400.0)
    normals = [cells[1].float() for cells in kept[:2]]
    theirs = BaseNoiseModel.apply_drift_noise(model, noisy, normals, 86400.0)
    assert 1.15 < float(theirs.std() / ours.std()) < 1.25


def test_their_phase_change_model_differs_from_our_sheet_after_programming_alone(streams):
    """Same constants; their tiles know no cells, and their exponent follows the target."""
    torch.manual_seed(4)
    ours = list(weights_here(xs.load_device("joshi_2020"), streams))
    theirs = list(weights_there(PCMLikeNoiseModel(g_max=25.0)))
    assert_within_four_errors(ours[0], theirs[0])
    first, _, month = (
        there.std(axis=1) / here.std(axis=1) - 1
        for here, there in zip(ours[1:], theirs[1:], strict=True)
    )
    assert 0.03 < abs(first).max() < 0.07
    assert abs(month).argmax() == list(LEVELS).index(0.0) and -0.2 < month.min() < -0.12
    assert abs(ours[3].mean(axis=1) - theirs[3].mean(axis=1)).max() < 0.003


def test_the_same_generator_gives_the_same_cells_and_tiles_differ():
    def programmed(seed):
        model = noise_model(
            xs.load_device("gaussian"), generator=torch.Generator().manual_seed(seed)
        )
        one, other = (layer(model, np.ones((3, 4))) for _ in range(2))
        for each in (one, other):
            each.program_analog_weights()
            each.drift_analog_weights(10.0)
        return held(one), held(other)

    first, second = programmed(5)
    again, _ = programmed(5)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)  # though aihwkit copies the model for each tile
    assert not np.array_equal(first, programmed(6)[0])


def test_without_a_generator_torch_s_seed_decides():
    model = noise_model(xs.load_device("joshi_2020"))
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(model.apply_noise(torch.ones(3, 4), 100.0))
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])


def test_models_with_it_are_copied_saved_and_loaded():
    generator = torch.Generator().manual_seed(0)
    found = layer(noise_model(xs.load_device("wan_2022"), generator=generator), np.eye(4))
    found.program_analog_weights()
    file = io.BytesIO()
    torch.save(found.state_dict(), file)
    file.seek(0)
    other = layer(PCMLikeNoiseModel(), np.ones((4, 4)))
    other.load_state_dict(torch.load(file, weights_only=False))
    np.testing.assert_array_equal(held(other), held(found))
    np.testing.assert_array_equal(held(copy.deepcopy(found)), held(found))
    other.drift_analog_weights(86400.0)
    assert 0 < abs(held(other) - held(found)).max() < 1


def test_weights_keep_their_type():
    found = noise_model(xs.load_device("gaussian")).apply_noise(torch.ones(2, 2), 0.0)
    assert found.dtype == torch.float32


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_weights_that_hold_nothing_are_refused(shape):
    with pytest.raises(SpecError, match=r"weights have shape \(0,.* hold nothing to program"):
        noise_model(xs.load_device("ideal")).apply_noise(torch.empty(shape), 1.0)


def test_two_pairs_for_each_weight_hold_what_one_cannot():
    device = without(xs.load_device("wan_2022"), frozenset(["programming", "drift"]))
    two = DualPairConductanceConverter([1.0, 3.0], g_min=1.0, g_max=40.0)
    weights = torch.linspace(-1, 1, 41).reshape(1, -1)
    found = noise_model(device, g_converter=two).apply_noise(weights, 100.0)
    torch.testing.assert_close(found, weights, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "ideal"}, "device is 'ideal'; expected one made by load_device"),
        ({"t_read": 0.0}, "t_read is 0 s; it must be above 0 s"),
        ({"t_read": "1 s"}, "t_read is '1 s'; it must be a number, in s"),
        ({"generator": 3}, "generator is 3; expected a torch.Generator or None"),
        ({"g_converter": SinglePairConductanceConverter(g_max=25.0, g_min=1.0)},
         "g_converter.g_max is 25 uS; that of the device is 40 uS, and they must agree"),
        ({"g_converter": SinglePairConductanceConverter(g_max=40.0)},
         "g_converter.g_min is 0 S; that of the device is 1 uS"),
        ({"g_converter": SingleDeviceConductanceConverter(g_max=40.0, g_min=1.0)},
         "g_converter is a SingleDeviceConductanceConverter; known: SinglePair"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(SpecError, match=message):
        noise_model(**{"device": xs.load_device("ideal")} | settings)


def test_what_another_model_programmed_does_not_drift():
    weights = torch.ones(3, 4)
    model = noise_model(xs.load_device("wan_2022"))
    _, exponents = PCMLikeNoiseModel().apply_programming_noise(weights)
    _, others = model.apply_programming_noise(torch.ones(2, 4))
    for kept in (exponents, others, None, []):
        with pytest.raises(SpecError, match="programmed with another noise model, or have another"):
            model.apply_drift_noise(weights, kept, 1.0)
    for age in (-1.0, float("nan"), "day"):
        with pytest.raises(SpecError, match="age is"):
            model.apply_noise(weights, age)


@pytest.mark.parametrize(
    ("model", "sheet", "differs"),
    [
        (PCMLikeNoiseModel(), "joshi_2020", {}),
        (PCMLikeNoiseModel(g_max=12.5), "joshi_2020", {"g_max": 12.5e-6}),
        (HermesNoiseModel(num_devices=1), "legallo_2023_one_device", {}),
        (HermesNoiseModel(num_devices=2), "legallo_2023_two_devices", {}),
        (ReRamWan2022NoiseModel(g_max=40.0), "wan_2022", {"g_min": 0.0}),
    ],
)
def test_models_with_published_numbers_are_our_sheets(model, sheet, differs):
    ours, theirs = vars(xs.load_device(sheet, **differs)), vars(device_from_noise_model(model))
    for key, value in ours.items():
        np.testing.assert_allclose(theirs[key], value, rtol=1e-9, err_msg=key)


@pytest.mark.parametrize("t", SINCE_PROGRAMMING)
@pytest.mark.parametrize("level", [0.05, 0.3, 1.0])
def test_what_knows_no_state_has_the_same_statistics_as_theirs(level, t, streams):
    torch.manual_seed(4)
    model = StateIndependentNoiseModel(
        g_max=30.0, prog_coeff=[0.5, 0.3], read_noise_scale=0.2, drift_scale=0.5, t_0=10.0
    )
    device = device_from_noise_model(model)
    target = torch.full((1, 50_000), 30.0 * level, dtype=torch.float64)
    programmed = model.apply_programming_noise_to_conductance(target)
    exponents = model.generate_drift_coefficients(target)
    theirs = model.apply_drift_noise_to_conductance(programmed, exponents, t).numpy() / 1e6
    z = [(streams / k).normal(target.shape) for k in range(3)]
    g = device.program(target.numpy() / 1e6, z[0])
    aged = device.age(g, t + 10.0, z[1])
    ours = aged + device.read_noise(aged, 250e-9, z[2], t + 10.0, g)
    if level == 0.05:  # theirs stop at zero
        ours = np.maximum(ours, 0.0)
    assert_within_four_errors(1e6 * ours, 1e6 * theirs)


def test_scales_come_along():
    model = PCMLikeNoiseModel(
        [0.1, 0.2], prog_noise_scale=0.5, read_noise_scale=0.25, drift_scale=0.0, t_0=5.0,
        g_converter=SinglePairConductanceConverter(g_max=20.0, g_min=2.0),
    )  # fmt: skip
    found = device_from_noise_model(model)
    assert found.window == (2e-6, 20e-6) and found.ages[0] == 5.0
    assert (found.error_scale, found.noise_scale, found.drift_scale) == (0.5, 0.25, 0.0)
    assert found.error == pytest.approx((0.1e-6, 0.2e-6, 0.0)) and found.g_reference == 20e-6


def test_a_device_comes_back_from_its_noise_model():
    device = xs.load_device("wan_2022")
    assert device_from_noise_model(noise_model(device)) is device


def of_another_range():
    model = PCMLikeNoiseModel()
    model.g_max = 30.0
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "noise_model is a NoneType, which no device is known for; known: PCMLike"),
        (ReRamCMONoiseModel(), "noise_model is a ReRamCMONoiseModel"),
        (CustomDriftPCMLikeNoiseModel(
            {"g_lst": [0.0, 25.0], "nu_mean_lst": [0.1, 0.0], "nu_std_lst": [0.0, 0.0]}),
         "noise_model is a CustomDriftPCMLikeNoiseModel"),
        (PCMLikeNoiseModel([0.1], prog_coeff_g_max_reference=25.0),
         "no prog_coeff_g_max_reference: aihwkit 1.1 forgets one that is given"),
        (of_another_range(), "g_max is 30 uS and that of its g_converter 25 uS"),
        (PCMLikeNoiseModel([0.1, 0.0, 0.0, 1.0]), "prog_coeff has 4 values; the law here takes 3"),
        (PCMLikeNoiseModel([0.1, -1.0]), "a standard deviation of -900 nS; it must be at least"),
    ],
)  # fmt: skip
def test_models_without_a_device_are_refused(model, message):
    with pytest.raises(SpecError, match=message):
        device_from_noise_model(model)


def test_a_reference_that_is_given_is_lost_in_aihwkit_as_the_message_says():
    model = PCMLikeNoiseModel([0.1], prog_coeff_g_max_reference=25.0)
    with pytest.raises(AttributeError, match="prog_coeff_g_max_reference"):
        model.apply_programming_noise_to_conductance(torch.ones(1))
