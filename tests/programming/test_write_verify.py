"""Pulses in state space, and write and verify with them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from xbarsim.device import StatisticalDevice, WrittenCells, load_device
from xbarsim.errors import SpecError
from xbarsim.programming import WriteVerify, WrittenDevice, programming_transfer, write_verify
from xbarsim.programming._loop import normal
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
    done = write_verify(transfer, targets, WriteVerify(window=1e-6, pulses=300))
    assert done.verified.all()
    assert (np.abs(done.g - targets) <= 1e-6).all()
    assert (done.reads == done.pulses + 1).all()
    np.testing.assert_allclose(done.time, done.pulses * WIDTH + done.reads * 100e-9)
    np.testing.assert_array_equal(done.g, transfer.read(done.state))


def test_a_narrower_window_takes_more_pulses(transfer, targets):
    means = [
        write_verify(transfer, targets, WriteVerify(window=w, pulses=300)).pulses.mean()
        for w in (4e-6, 2e-6, 1e-6, 0.5e-6)
    ]
    assert (np.diff(means) > 0).all()


def test_energy_counts_pulses_and_reads(transfer):
    x = np.array([0.1])
    scheme = WriteVerify(window=1.0)
    done = write_verify(transfer, np.array([50e-6]), scheme, state=x)
    assert done.pulses[0] == 0 and done.verified[0]
    assert done.energy[0] == pytest.approx(READ**2 * transfer.read(x)[0] * 100e-9)


def test_read_noise_widens_what_is_written(transfer, targets, streams):
    noise = streams.normal(targets.shape)
    scheme = WriteVerify(window=1e-6, read_noise=0.02, pulses=150)
    noisy = write_verify(transfer, targets, scheme, noise)
    error = np.abs(noisy.g - targets)
    assert (error > 1e-6).mean() > 0.1
    assert (error < 1e-6 + 5 * 0.02 * targets)[noisy.verified].all()
    again = write_verify(transfer, targets, replace(scheme, passes=3), noise)
    assert again.reads.mean() > noisy.reads.mean()


def test_too_few_pulses_are_told(transfer, targets):
    done = write_verify(transfer, targets, WriteVerify(window=1e-7, pulses=2))
    assert not done.verified.all()
    assert (done.pulses <= 2).all()
    outside = np.abs(done.g - targets) > 1e-7
    np.testing.assert_array_equal(outside, ~done.verified)


def test_targets_outside_the_window_are_refused_or_clipped(transfer):
    targets = np.array([1e-6, 50e-6, 3e-4])
    scheme = WriteVerify(window=1e-6, pulses=300)
    with pytest.raises(SpecError, match="2 of 3 are outside the window.*2 uS to 100 uS.*1 uS"):
        write_verify(transfer, targets, scheme)
    with pytest.raises(SpecError, match="outside"):
        write_verify(transfer, np.array([np.nan]), scheme, reach="clip")
    done = write_verify(transfer, targets, scheme, reach="clip")
    np.testing.assert_allclose(done.g, [2e-6, 50e-6, 100e-6], atol=1e-6)


def test_pulses_of_one_sign_cannot_verify(law):
    one = programming_transfer(law, [0.05, 0.1], WIDTH, READ, states=101)
    with pytest.raises(SpecError, match="both signs"):
        write_verify(one, np.array([5e-6]), WriteVerify(window=1e-6))


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
    device = WrittenDevice(library=(transfer,), scheme=scheme, g_max=80e-6)
    assert isinstance(device, StatisticalDevice) and isinstance(device, WrittenCells)
    z = streams.normal(targets.shape)
    g = device.program(targets, z)
    np.testing.assert_array_equal(g, device.program(targets, z))
    np.testing.assert_array_equal(g[:3], device.program(targets[:3], z[:3]), "cells are apart")
    with pytest.raises(SpecError, match="within what the law can reach"):
        WrittenDevice(library=(transfer,), scheme=scheme, g_max=1.0)


def by_hand(transfer, target, scheme, z, x):
    """One cell, written as the description says."""
    seed = np.array([z]).view(np.uint64)[0]
    down = np.flatnonzero(transfer.levels > 0)  # of this law, negative voltages raise
    up = np.flatnonzero(transfer.levels < 0)[::-1]
    energy, step, way, k = 0.0, 0, 0, 0
    while True:
        g = float(transfer.read(np.array([x]))[0])
        missing = target - g * (1 + scheme.read_noise * normal(seed, k))
        energy += transfer.v_read**2 * g * scheme.read_time
        if abs(missing) <= scheme.window or k == scheme.pulses:
            return x, k, energy
        wanted = 1 if missing > 0 else -1
        step, way = (step + 1 if way == wanted else 0), wanted
        ladder = up if wanted > 0 else down
        place = x * (len(transfer.g) - 1)
        i = min(int(place), len(transfer.g) - 2)
        level = ladder[min(step, len(ladder) - 1)]
        after, work = transfer.flow.table[level], transfer.energy[level]
        energy += work[i] + (place - i) * (work[i + 1] - work[i])
        x = after[i] + (place - i) * (after[i + 1] - after[i])
        k += 1


def test_the_compiled_loop_is_the_description(transfer, targets, streams):
    scheme = WriteVerify(window=1e-6, read_noise=0.02, pulses=200)
    z = streams.normal((12,))
    x = np.linspace(0.05, 0.95, 12)
    done = write_verify(transfer, targets[0, :12], scheme, z, state=x)
    for k in range(12):
        state, pulses, energy = by_hand(transfer, targets[0, k], scheme, z[k], x[k])
        assert pulses == done.pulses[k]
        assert state == pytest.approx(done.state[k], rel=1e-12)
        assert energy == pytest.approx(done.energy[k], rel=1e-9)


def test_cells_that_differ_follow_each_its_own_transfer(law, transfer, targets, streams):
    other = programming_transfer(
        replace(law, k_off=0.7 * law.k_off, r_off=4e5), LEVELS, WIDTH, READ
    )
    scheme, z = WriteVerify(window=1e-6, read_noise=0.01), streams.normal(targets.shape)
    member = streams.rng().integers(0, 2, targets.shape)
    mixed = write_verify((transfer, other), targets, scheme, z, member=member)
    for k, one in enumerate((transfer, other)):
        alone = write_verify(one, targets, scheme, z)
        np.testing.assert_array_equal(mixed.g[member == k], alone.g[member == k])
        np.testing.assert_array_equal(mixed.pulses[member == k], alone.pulses[member == k])


def test_transfers_that_do_not_go_together_are_refused(law, transfer, targets):
    scheme = WriteVerify(window=1e-6)
    short = programming_transfer(law, LEVELS, 2 * WIDTH, READ, states=4001)
    with pytest.raises(SpecError, match="must share levels, width and read voltage"):
        write_verify((transfer, short), targets, scheme)
    with pytest.raises(SpecError, match="member holds 1; there are transfers 0 to 0"):
        write_verify(transfer, targets, scheme, member=np.ones(targets.shape, int))


def test_noise_without_numbers_is_refused(transfer, targets):
    with pytest.raises(SpecError, match="z is missing"):
        write_verify(transfer, targets, WriteVerify(window=1e-6, read_noise=0.01))


def test_normals_that_follow_are_normal_and_apart(streams):
    z = streams.normal((50_000,))
    seeds = z.view(np.uint64)
    draws = np.stack([z, *(np.array([normal(s, k) for s in seeds]) for k in range(4))])
    n = draws.shape[1]
    assert np.abs(draws.mean(axis=1)).max() < 5 / np.sqrt(n)
    assert np.abs(draws.var(axis=1) - 1).max() < 5 * np.sqrt(2 / n)
    assert np.abs((draws**4).mean(axis=1) - 3).max() < 5 * np.sqrt(96 / n)
    apart = np.corrcoef(draws) - np.eye(5)
    assert np.abs(apart).max() < 5 / np.sqrt(n)
    assert np.abs(np.corrcoef(draws[:, 1:], draws[:, :-1])[:5, 5:]).max() < 5 / np.sqrt(n)


def test_normals_are_the_inverse_of_the_distribution():
    """SplitMix64 written out, and SciPy's inverse of the normal distribution."""
    mask = 2**64 - 1

    def mixed(x):
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        return x ^ (x >> 31)

    for seed in (0, 1, 2**63 + 12345):
        for k in range(300):
            bits = mixed((mixed(seed) + 0x9E3779B97F4A7C15 * (k + 1)) & mask) >> 11
            expected = ndtri((bits + 0.5) * 2.0**-53)
            assert normal(np.uint64(seed), k) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"member": [0, np.nan, 0]}, "member holds nan"), ({"member": 0.5}, "member holds 0.5"),
     ({"member": 2}, "member holds 2; there are transfers 0 to 1"),
     ({"member": [0, 1]}, r"member has shape \(2,\)"), ({"weight": [0.1, 0.2]}, "weight has shape"),
     ({"weight": np.nan}, "weight holds nan"), ({"weight": -0.1}, "weight holds -0.1"),
     ({"z": np.zeros(4)}, r"z has shape \(4,\); cells have \(3,\)"),
     ({"z": np.array([0.0, np.inf, 0.0])}, "z holds inf"),
     ({"state": 1.5}, "state is 1.5; transfers are from 0 to 1"),
     ({"state": np.nan}, "state holds nan")],
)  # fmt: skip
def test_cells_that_are_described_wrongly_are_refused(transfer, settings, told):
    scheme, targets = WriteVerify(window=1e-6, read_noise=0.01), np.full(3, 50e-6)
    with pytest.raises(SpecError, match=told):
        write_verify((transfer, transfer), targets, scheme, **{"z": np.zeros(3)} | settings)


def test_no_transfer_at_all_is_refused():
    with pytest.raises(SpecError, match="no transfer"):
        write_verify((), np.full(3, 50e-6), WriteVerify(window=1e-6))


def test_no_cells_are_written_at_once(transfer):
    assert write_verify(transfer, np.zeros((0, 3)), WriteVerify(window=1e-6)).g.shape == (0, 3)
