"""Pulses in state space, and write and verify with them."""

from dataclasses import replace

import numpy as np
import pytest

from xbarsim.device import StatisticalDevice, WrittenCells, load_device
from xbarsim.errors import SpecError
from xbarsim.programming import WriteVerify, WrittenDevice, programming_transfer, write_verify
from xbarsim.programming.written import normals_after
from xbarsim.transient import simulate

LEVELS = np.concatenate([-np.linspace(0.21, 0.35, 64)[::-1], np.linspace(0.025, 0.1, 64)])
WIDTH, READ = 10e-9, 15e-3


@pytest.fixture(scope="module")
def law():
    return load_device("kvatinsky_2015_generic", r_on="10 kohm", r_off="500 kohm")


@pytest.fixture(scope="module")
def transfer(law):
    return programming_transfer(law, LEVELS, WIDTH, READ)


@pytest.fixture
def targets(streams):
    return streams.rng().uniform(3e-6, 80e-6, (60, 50))


def none(k, cells):
    return np.zeros(len(cells))


def test_a_pulse_is_what_the_integrator_says(law, transfer, streams):
    """State and heat of random trains of pulses that the tables were not made from."""
    rng = streams.rng()
    x = rng.uniform(0, 1, 50)
    start, energy = x.copy(), np.zeros(50)
    levels = rng.integers(0, len(LEVELS), 8)
    for level in levels:
        energy += transfer.pulse(x, np.full(50, level))
    heat, state = 0.0, start[None]
    for level in levels:
        v = LEVELS[level]
        trace = simulate(law, [0.0, WIDTH], [v, v], state=state)
        state, heat = trace.state[-1], heat + trace.energy[-1]
    assert np.abs(x - state[0]).max() < 2e-4
    np.testing.assert_allclose(energy, heat, rtol=5e-3)


def test_reads_are_the_law(law, transfer):
    x = np.linspace(0, 1, 77)
    exact = law.current(np.full(77, READ), x[None], 300.0) / READ
    np.testing.assert_allclose(transfer.read(x), exact, rtol=1e-4)
    np.testing.assert_allclose(transfer.read(transfer.state_of(exact)), exact, rtol=1e-4)
    assert transfer.window == pytest.approx((2e-6, 1e-4))


def test_without_noise_every_cell_ends_in_its_window(transfer, targets):
    done = write_verify(transfer, targets, WriteVerify(window=1e-6, pulses=300), none)
    assert done.verified.all()
    assert (np.abs(done.g - targets) <= 1e-6).all()
    assert (done.reads == done.pulses + 1).all()
    np.testing.assert_allclose(done.time, done.pulses * WIDTH + done.reads * 100e-9)
    np.testing.assert_array_equal(done.g, transfer.read(done.state))


def test_a_narrower_window_takes_more_pulses(transfer, targets):
    means = [
        write_verify(transfer, targets, WriteVerify(window=w, pulses=300), none).pulses.mean()
        for w in (4e-6, 2e-6, 1e-6, 0.5e-6)
    ]
    assert (np.diff(means) > 0).all()


def test_energy_counts_pulses_and_reads(transfer):
    x = np.array([0.1])
    scheme = WriteVerify(window=1.0)
    done = write_verify(transfer, np.array([50e-6]), scheme, none, state=x)
    assert done.pulses[0] == 0 and done.verified[0]
    assert done.energy[0] == pytest.approx(READ**2 * transfer.read(x)[0] * 100e-9)


def test_read_noise_widens_what_is_written(transfer, targets, streams):
    z = streams.normal((200,) + targets.shape)

    def noise(k, cells):
        return z[k % 200].reshape(-1)[cells]

    scheme = WriteVerify(window=1e-6, read_noise=0.02, pulses=150)
    noisy = write_verify(transfer, targets, scheme, noise)
    error = np.abs(noisy.g - targets)
    assert (error > 1e-6).mean() > 0.1
    assert (error < 1e-6 + 5 * 0.02 * targets)[noisy.verified].all()
    again = write_verify(transfer, targets, replace(scheme, passes=3), noise)
    assert again.reads.mean() > noisy.reads.mean()


def test_too_few_pulses_are_told(transfer, targets):
    done = write_verify(transfer, targets, WriteVerify(window=1e-7, pulses=2), none)
    assert not done.verified.all()
    assert (done.pulses <= 2).all()
    outside = np.abs(done.g - targets) > 1e-7
    np.testing.assert_array_equal(outside, ~done.verified)


def test_targets_outside_the_window_are_refused_or_clipped(transfer):
    targets = np.array([1e-6, 50e-6, 3e-4])
    scheme = WriteVerify(window=1e-6, pulses=300)
    with pytest.raises(SpecError, match="2 of 3 are outside the window.*2 uS to 100 uS.*1 uS"):
        write_verify(transfer, targets, scheme, none)
    with pytest.raises(SpecError, match="outside"):
        write_verify(transfer, np.array([np.nan]), scheme, none, clip=True)
    done = write_verify(transfer, targets, scheme, none, clip=True)
    np.testing.assert_allclose(done.g, [2e-6, 50e-6, 100e-6], atol=1e-6)


def test_pulses_of_one_sign_cannot_verify(law):
    one = programming_transfer(law, [0.05, 0.1], WIDTH, READ, states=101)
    with pytest.raises(SpecError, match="both signs"):
        write_verify(one, np.array([5e-6]), WriteVerify(window=1e-6), none)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 0.0}, "window is 0 S"),
        ({"window": 1e-6, "read_noise": -1.0}, "read_noise is -1"),
        ({"window": 1e-6, "pulses": 0}, "pulses is 0"),
        ({"window": 1e-6, "read_time": -1.0}, "read_time"),
    ],
)
def test_schemes_that_are_none_are_refused(settings, message):
    with pytest.raises(SpecError, match=message):
        WriteVerify(**settings)


def test_a_written_law_is_a_statistical_device(transfer, targets, streams):
    scheme = WriteVerify(window=1e-6, read_noise=0.01)
    device = WrittenDevice(transfer=transfer, scheme=scheme, g_max=80e-6)
    assert isinstance(device, StatisticalDevice) and isinstance(device, WrittenCells)
    z = streams.normal(targets.shape)
    g = device.program(targets, z)
    np.testing.assert_array_equal(g, device.program(targets, z))
    np.testing.assert_array_equal(g[:3], device.program(targets[:3], z[:3]), "cells are apart")
    with pytest.raises(SpecError, match="within what the law can reach"):
        WrittenDevice(transfer=transfer, scheme=scheme, g_max=1.0)


def test_normals_that_follow_are_normal_and_apart(streams):
    z = streams.normal((200_000,))
    draws = np.stack([z, *(normals_after(z, k) for k in range(4))])
    n = draws.shape[1]
    assert np.abs(draws.mean(axis=1)).max() < 5 / np.sqrt(n)
    assert np.abs(draws.var(axis=1) - 1).max() < 5 * np.sqrt(2 / n)
    assert np.abs((draws**4).mean(axis=1) - 3).max() < 5 * np.sqrt(96 / n)
    apart = np.corrcoef(draws) - np.eye(5)
    assert np.abs(apart).max() < 5 / np.sqrt(n)
    assert np.abs(np.corrcoef(draws[:, 1:], draws[:, :-1])[:5, 5:]).max() < 5 / np.sqrt(n)
