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
