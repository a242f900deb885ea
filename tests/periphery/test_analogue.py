import numpy as np
import pytest

from xbarsim.constants import BOLTZMANN
from xbarsim.errors import SpecError
from xbarsim.periphery import Integrator, SampleHold

SIGNAL = np.linspace(-1, 1, 41)


def test_ideal_circuits_change_nothing(xp):
    signal = xp.asarray(SIGNAL, dtype=xp.float32)
    z = xp.ones(41)
    for found in (Integrator().apply(signal, 1e-7, z), SampleHold().apply(signal, 1e-7)):
        assert (found == signal).all()
        assert found.dtype == xp.float32


def test_a_leaky_integrator_solves_its_equation():
    tau, t, n = 2e-7, 3e-7, 20_000
    charge = 0.0
    for _ in range(n):  # midpoint
        half = charge + (0.7 / t - charge / tau) * t / n / 2
        charge += (0.7 / t - half / tau) * t / n
    found = Integrator(leak=tau).apply(np.array([0.7]), t)
    assert found[0] == pytest.approx(charge, rel=1e-8)


def test_an_integrator_errs_in_gain():
    np.testing.assert_allclose(Integrator(gain_error=-0.01).apply(SIGNAL, 1e-7), 0.99 * SIGNAL)


def test_an_integrator_saturates_at_its_swing(streams):
    found = Integrator(saturation=0.5, noise=0.1).apply(SIGNAL, 1e-7, streams.normal((41,)))
    assert (found.min(), found.max()) == (-0.5, 0.5)


def test_each_integration_has_noise_of_its_own(streams):
    noise = Integrator(noise=0.03).apply(np.zeros(20_000), 1e-7, streams.normal((20_000,)))
    assert noise.std() == pytest.approx(0.03, rel=0.03)


def test_a_held_signal_decays_with_time():
    hold = SampleHold(droop=2e5, pedestal=0.01)
    found = hold.apply(SIGNAL, 1e-6)
    np.testing.assert_allclose(found, (SIGNAL + 0.01) * np.exp(-0.2))
    assert (np.diff(hold.apply(np.ones(5), np.arange(5) * 1e-6)) < 0).all()


def test_a_sampling_capacitor_has_the_noise_of_its_temperature():
    hold = SampleHold(capacitance=5e-15, v_full_scale=0.8, temperature=350.0)
    assert hold.noise == pytest.approx(np.sqrt(BOLTZMANN * 350 / 5e-15) / 0.8)
    four = SampleHold(capacitance=20e-15, v_full_scale=0.8, temperature=350.0)
    assert four.noise == pytest.approx(hold.noise / 2)


def test_numbers_keep_their_precision(xp):
    signal, z = xp.zeros(3, dtype=xp.float32), xp.ones(3)
    integrator = Integrator(leak=1e-6, saturation=1.0, gain_error=0.1, noise=0.1)
    hold = SampleHold(droop=1e5, pedestal=0.1, capacitance=1e-15)
    assert integrator.apply(signal, 1e-7, z).dtype == xp.float32
    assert hold.apply(signal, xp.arange(3.0)).dtype == xp.float32


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Integrator(leak=0.0), "integrator.leak is 0 s"),
        (lambda: Integrator(saturation=-1.0), "integrator.saturation is -1"),
        (lambda: Integrator(noise=2.0), "integrator.noise is 2"),
        (lambda: SampleHold(capacitance=0.0), "hold.capacitance is 0 F"),
        (lambda: SampleHold(pedestal=2.0), "hold.pedestal is 2"),
        (lambda: SampleHold(temperature=float("inf")), "hold.temperature is inf K"),
    ],
)
def test_settings_out_of_range_are_named(make, named):
    with pytest.raises(SpecError, match=named):
        make()
