"""Telegraph, 1/f, thermal and shot noise against their spectra and variances."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import welch
from scipy.stats import kstest

from xbarsim.backend import to_numpy
from xbarsim.effects.noise import flicker, flicker_spread, thermal_shot_spread
from xbarsim.effects.normal import log_normal_sf, normal_cdf
from xbarsim.effects.telegraph import (
    lognormal_amplitude,
    next_state,
    occupancy,
    relative_amplitude,
    spread_times,
    telegraph,
    telegraph_density,
)
from xbarsim.errors import SpecError

TIMES = [(1e-3, 1e-3), (1e-3, 4e-3)]


@pytest.mark.parametrize(("capture", "emission"), TIMES)
def test_density_of_a_trap_integrates_to_its_variance(capture, emission):
    def density(log_f):
        f = np.exp(log_f)
        return telegraph_density(f, 1e-6, capture, emission) * f * 1e12

    total, _ = quad(density, np.log(1e-4), np.log(1e9), limit=200)
    p = occupancy(capture, emission)
    assert total == pytest.approx(p * (1 - p), rel=1e-5)


@pytest.mark.parametrize(("capture", "emission"), TIMES)
def test_density_falls_to_half_at_the_corner(capture, emission):
    corner = (1 / capture + 1 / emission) / (2 * np.pi)
    at = telegraph_density(np.array([0.0, corner]), 1e-6, capture, emission)
    assert at[1] == pytest.approx(at[0] / 2, rel=1e-12, abs=0)


@pytest.mark.parametrize(("capture", "emission"), TIMES)
def test_traces_have_the_stated_spectrum(capture, emission, streams):
    dt, traps = 5e-5, 64
    states = telegraph(streams.normal((16384, traps)), dt, capture, emission)
    f, power = welch(states.astype(float), 1 / dt, nperseg=2048, axis=0)
    measured, averages = power.mean(axis=1), traps * 15
    rate = 1 / capture + 1 / emission
    # sampled every dt: the Lorentzian with its aliases
    p, decay = occupancy(capture, emission), np.exp(-rate * dt)
    sampled = 2 * dt * p * (1 - p) * (1 - decay**2)
    sampled = sampled / (1 - 2 * decay * np.cos(2 * np.pi * f * dt) + decay**2)
    inside = slice(2, -1)
    error = measured[inside] / sampled[inside] - 1
    assert abs(error).max() < 6 / np.sqrt(averages)
    low = f < rate / (2 * np.pi)
    published = telegraph_density(f[low], 1.0, capture, emission)
    np.testing.assert_allclose(measured[low][2:], published[2:], rtol=6 / np.sqrt(averages) + 0.01)


@pytest.mark.parametrize(("capture", "emission"), TIMES)
def test_traps_wait_exponentially(capture, emission, streams):
    dt = 2e-5
    states = telegraph(streams.normal((20000, 20)), dt, capture, emission)
    waits = {False: [], True: []}
    for trap in states.T:
        turns = np.flatnonzero(np.diff(trap)) + 1
        for start, stop in zip(turns[:-1], turns[1:], strict=True):
            waits[bool(trap[start])].append((stop - start) * dt)
    for occupied, tau in ((False, capture), (True, emission)):
        mean = np.mean(waits[occupied])
        # a sampled trace misses waits shorter than dt
        assert mean == pytest.approx(tau, rel=5 / np.sqrt(len(waits[occupied])) + dt / capture)


def test_one_long_step_is_as_many_short_ones(streams):
    """Semigroup of the two-state chain: the probability after two steps, in closed form."""
    n, capture, emission = 400_000, 1.0, 3.0
    start = np.ones(n, dtype=bool)
    half = next_state(start, 0.4, capture, emission, (streams / 1).normal((n,)))
    twice = next_state(half, 0.4, capture, emission, (streams / 2).normal((n,)))
    once = next_state(start, 0.8, capture, emission, (streams / 3).normal((n,)))
    expected = 0.75 + 0.25 * np.exp(-0.8 * 4 / 3)
    for states in (twice, once):
        assert abs(states.mean() - expected) < 5 * np.sqrt(expected * (1 - expected) / n)


def test_no_time_changes_no_trap(streams):
    start = streams.rng().random(1000) < 0.5
    z = streams.normal((1000,))
    np.testing.assert_array_equal(next_state(start, 0.0, 1.0, 2.0, z), start)
    with pytest.raises(SpecError, match="dt is -1 s"):
        next_state(start, -1.0, 1.0, 2.0, z)


def test_traps_of_all_times_make_one_over_f_noise(streams):
    tau = spread_times((streams / "times").normal((4000,)), 1e-6, 1e2)
    f = np.geomspace(1e-1, 1e4, 60)
    density = telegraph_density(f[:, None], 1e-7, tau, tau).sum(axis=1)
    slope, _ = np.polyfit(np.log(f), np.log(density), 1)
    assert slope == pytest.approx(-1, abs=0.1)


def test_spread_times_are_uniform_in_their_logarithm(streams):
    tau = spread_times(streams.normal((100_000,)), 1e-6, 1e2)
    assert kstest(np.log10(tau), "uniform", args=(-6, 8)).pvalue > 1e-4
    with pytest.raises(SpecError, match="rise from above 0"):
        spread_times(np.zeros(3), 1.0, 0.1)


def test_amplitudes_are_lognormal_and_leave_something(streams):
    g = np.full(100_000, 1e-5)
    change = lognormal_amplitude(g, streams.normal(g.shape), 0.01, 0.6)
    log_change = np.log(change / g)
    assert log_change.mean() == pytest.approx(np.log(0.01), abs=0.01)
    assert log_change.std() == pytest.approx(0.6, rel=0.02)
    assert lognormal_amplitude(g[:1], np.array([40.0]), 0.5, 1.0)[0] == g[0]


def test_amplitude_grows_with_the_resistance_and_saturates():
    r = np.array([5e3, 1e4, 1e8])
    np.testing.assert_allclose(relative_amplitude(r, 1e4, 0.02), [0.01, 0.02, 1.0])


def test_flicker_has_its_spectrum(streams):
    dt, amplitude, n = 1e-3, 1e-4, 8192
    x = flicker(streams.normal((n, 200)), dt, amplitude)
    f, power = np.fft.rfftfreq(n, dt), np.abs(np.fft.rfft(x, axis=0)) ** 2
    density = (2 * dt / n * power).mean(axis=1)[1:-1]
    error = density * f[1:-1] / amplitude - 1
    assert abs(error.mean()) < 5 / np.sqrt(error.size * 200)
    slope, _ = np.polyfit(np.log(f[1:-1]), np.log(density), 1)
    assert slope == pytest.approx(-1, abs=0.02)
    assert x.std() == pytest.approx(flicker_spread(amplitude, 1 / (n * dt), 0.5 / dt), rel=0.05)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-15)


def test_flicker_of_odd_length_keeps_its_shape(streams):
    assert flicker(streams.normal((101, 3, 2)), 1.0, 1e-4).shape == (101, 3, 2)
    with pytest.raises(SpecError, match="above 0 s"):
        flicker(np.zeros(4), 0.0, 1.0)


def test_flicker_in_no_band_is_none():
    assert flicker_spread(1e-4, 10.0, 10.0) == 0
    with pytest.raises(SpecError, match="rise from above 0 Hz"):
        flicker_spread(1e-4, 0.0, 1.0)


def test_thermal_noise_stays_without_voltage_and_shot_noise_grows_with_current():
    g, b = np.array([1e-6, 1e-4]), 1e8
    k, q = 1.380649e-23, 1.602176634e-19
    np.testing.assert_allclose(thermal_shot_spread(g, np.zeros(2), b), np.sqrt(4 * k * 300 * g * b))
    both = thermal_shot_spread(g, np.array([0.2, -0.2]), b)
    np.testing.assert_allclose(both**2, 4 * k * 300 * g * b + 2 * q * g * 0.2 * b, rtol=1e-12)


def test_normal_numbers_become_uniform(xp):
    z = xp.linspace(-6.0, 6.0, 50)
    from scipy.stats import norm

    np.testing.assert_allclose(to_numpy(normal_cdf(z)), norm.cdf(to_numpy(z)), rtol=1e-9)
    np.testing.assert_allclose(to_numpy(log_normal_sf(z)), norm.logsf(to_numpy(z)), rtol=1e-9)
