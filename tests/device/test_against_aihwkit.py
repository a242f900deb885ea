"""The same statistics as aihwkit's noise models, where aihwkit is installed."""

import numpy as np
import pytest
from moments import N, assert_same_moments, column, theirs

from xbarsim import load_device

pytest.importorskip("torch", reason="torch is not installed")
pcm = pytest.importorskip("aihwkit.inference.noise.pcm", reason="aihwkit is not installed")
reram = pytest.importorskip("aihwkit.inference.noise.reram", reason="aihwkit is not installed")

LEVELS = [2.5, 10.0, 20.0]  # uS


@pytest.mark.parametrize("level", LEVELS)
def test_phase_change_programming_agrees(level, streams):
    model = pcm.PCMLikeNoiseModel(g_max=25.0)
    others = theirs(model.apply_programming_noise_to_conductance, column(level))
    ours = load_device("joshi_2020").program(np.full(N, level * 1e-6), streams.normal((N,)))
    assert_same_moments(ours * 1e6, others)


@pytest.mark.parametrize("level", LEVELS)
def test_phase_change_drift_exponents_agree(level, streams):
    model = pcm.PCMLikeNoiseModel(g_max=25.0)
    others = theirs(model.generate_drift_coefficients, column(level))
    device = load_device("joshi_2020")
    ours = device.drift_exponent(np.full(N, level * 1e-6), streams.normal((N,)))
    assert_same_moments(ours, others)


@pytest.mark.parametrize("level", LEVELS)
def test_phase_change_reads_after_a_day_agree(level, streams):
    import torch

    t = 86400.0
    model = pcm.PCMLikeNoiseModel(g_max=25.0)
    nu = torch.full((N,), 0.05, dtype=torch.float64)
    others = theirs(model.apply_drift_noise_to_conductance, column(level), nu, t - 20.0)
    g = np.full(N, level * 1e-6)
    aged = g * (t / 20.0) ** -0.05
    noise = load_device("joshi_2020").read_noise(aged, 250e-9, streams.normal((N,)), t, g)
    assert_same_moments((aged + noise) * 1e6, others)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("t", [1.0, 86400.0, 172800.0])
def test_rram_spread_agrees(level, t):
    model = reram.ReRamWan2022NoiseModel(g_max=40.0)
    if t == 1.0:
        others = theirs(model.apply_programming_noise_to_conductance, column(level))
    else:
        others = theirs(model.apply_drift_noise_to_conductance, None, column(level), t)
    ours = load_device("wan_2022").deviation(np.array([level * 1e-6]), t) * 1e6
    clipped = np.maximum(level + ours * np.random.default_rng(0).standard_normal(N), 0.0)
    assert_same_moments(clipped, others)


def test_rram_of_another_range_is_not_rescaled_there():
    """It sets prog_coeff_g_max_reference to 40 uS and reads coeff_g_max_reference, its own range.

    So cells of 20 uS get the spread in uS of cells of 40 uS; ours get half of it.
    """
    model, device = reram.ReRamWan2022NoiseModel(g_max=20.0), load_device("wan_2022", g_max="20 uS")
    others = theirs(model.apply_programming_noise_to_conductance, column(10.0))
    g = np.array([10e-6])
    assert others.std() == pytest.approx(2 * device.deviation(g, 1.0)[0] * 1e6, rel=0.01)
    whole = load_device("wan_2022").deviation(2 * g, 1.0)
    np.testing.assert_allclose(device.deviation(g, 1.0), whole / 2, rtol=1e-12)
    mended = reram.ReRamWan2022NoiseModel(g_max=20.0)
    mended.coeff_g_max_reference = mended.prog_coeff_g_max_reference
    others = theirs(mended.apply_programming_noise_to_conductance, column(10.0))
    assert others.std() == pytest.approx(device.deviation(g, 1.0)[0] * 1e6, rel=0.01)


@pytest.mark.parametrize("level", [1.25, 5.0, 10.0])
def test_phase_change_of_another_range_agrees(level, streams):
    model, device = pcm.PCMLikeNoiseModel(g_max=12.5), load_device("joshi_2020", g_max="12.5 uS")
    others = theirs(model.apply_programming_noise_to_conductance, column(level))
    z = streams.normal((N,))
    assert_same_moments(device.program(np.full(N, level * 1e-6), z) * 1e6, others)
    others = theirs(model.generate_drift_coefficients, column(level))
    assert_same_moments(device.drift_exponent(np.full(N, level * 1e-6), z), others)


@pytest.mark.parametrize(
    ("name", "preset"), [("tang_2018", "EcRamPresetDevice"), ("kim_2019", "EcRamMOPresetDevice")]
)
def test_electrochemical_cells_have_the_numbers_of_its_presets(name, preset):
    presets = pytest.importorskip("aihwkit.simulator.presets.devices")
    theirs, ours = getattr(presets, preset)(), load_device(name)
    assert theirs.mult_noise and theirs.mean_bound_reference and theirs.write_noise_std == 0
    same = {
        "dw_min": "dw_min", "asymmetry": "up_down", "w_max": "w_max", "w_min": "w_min",
        "gamma_up": "gamma_up", "gamma_down": "gamma_down", "sigma_step": "dw_min_std",
        "dw_min_spread": "dw_min_dtod", "asymmetry_spread": "up_down_dtod",
        "gamma_spread": "gamma_up_dtod", "w_spread": "w_max_dtod",
    }  # fmt: skip
    for key, value in same.items():
        assert getattr(ours, key) == getattr(theirs, value), key
    assert theirs.gamma_down_dtod == theirs.gamma_up_dtod
    assert theirs.w_min_dtod == theirs.w_max_dtod
