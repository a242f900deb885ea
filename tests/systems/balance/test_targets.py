from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from small import PULSES, SMALL

from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.streams import Streams
from xbarsim.systems.balance import run
from xbarsim.systems.balance.flips import alternation, check_settled, following, multiplier
from xbarsim.systems.balance.network import network_of
from xbarsim.systems.balance.targets import check_reachable, designed, reachable, targets_of

FIXED = replace(SMALL, gain=10.0, threshold=0.05, heterogeneous=True)


def test_the_design_has_the_targets_as_its_fixed_point(streams):
    network, targets = network_of(FIXED, streams), targets_of(FIXED, streams)
    made = designed(network, FIXED, targets, u_mean=0.3, most=2.0)
    excite, inhibit = made.excitatory.matrix(), made.inhibitory.matrix()
    v = excite @ targets[:80] - inhibit @ targets[80:] + made.inputs * 0.3
    np.testing.assert_allclose(expit(FIXED.gain * (v - FIXED.threshold)), targets, atol=1e-12)


def test_reach_is_that_of_all_inhibition_and_of_none(streams):
    network, targets = network_of(FIXED, streams), targets_of(FIXED, streams)
    low, high = reachable(network, FIXED, targets, u_mean=0.0, most=0.7)
    drive = network.excitatory.matrix() @ targets[:80] - FIXED.threshold
    there = network.inhibitory.matrix() > 0
    np.testing.assert_allclose(high, expit(FIXED.gain * drive))
    np.testing.assert_allclose(low, expit(FIXED.gain * (drive - 0.7 * there @ targets[80:])))


def test_targets_out_of_reach_are_told_with_what_is_reachable(streams):
    settings = replace(SMALL, gain=2.0)
    network, targets = network_of(settings, streams), np.full(100, 0.5)
    targets[17] = 0.9
    _, high = reachable(network, settings, targets, 0.0, 1.0)
    told = rf"1 of 100 .* neuron 17 is to have the rate 0.9 and reaches .* to {high[17]:.6g}"
    with pytest.raises(SpecError, match=told):
        check_reachable(network, settings, targets, 0.0, 1.0)
    with pytest.raises(SpecError, match="neuron 17 "):
        designed(network, settings, targets, 0.0, 1.0)


def test_a_design_that_needs_larger_connections_is_refused():
    with pytest.raises(SpecError, match=r"headroom is 1.2, so that connections reach 0.3; neuron"):
        run(replace(SMALL, headroom=1.2, adaptation="design"), PULSES, Streams(0))


@pytest.mark.parametrize("threshold", [0.0, 0.1])
def test_the_multiplier_of_equal_targets_has_a_closed_form(threshold, streams):
    settings = replace(SMALL, rate=0.3, threshold=threshold, spread=0.0)
    network = network_of(settings, streams)
    made = designed(network, settings, np.full(100, 0.3), 0.0, 1.0)
    wanted = 0.7 * (np.log(0.3 / 0.7) + settings.gain * threshold)
    assert multiplier(made, settings, np.full(100, 0.3)) == pytest.approx(wanted)


def test_low_targets_flip_however_small_delta_is():
    for factor in (1.0, 0.1):
        settings = replace(
            SMALL, rate=0.1, delta_first=1e-2 * factor, delta_last=1e-3 * factor, steps_first=2000
        )
        with pytest.raises(ConvergenceError, match=r"flip with a period of 2.*by -1\.98 a step"):
            run(settings, None, Streams(0))


def test_a_rule_that_is_too_fast_is_told_so():
    with pytest.raises(ConvergenceError, match=r"smaller delta_first \(it is 0.5\)"):
        run(replace(SMALL, gain=10.0, delta_first=0.5, delta_last=0.5), None, Streams(0))


def test_heterogeneous_targets_follow_beta_2_2():
    settings = replace(SMALL, neurons=1000, heterogeneous=True, train=2000)
    targets = targets_of(settings, Streams(3))
    assert targets.mean() == pytest.approx(0.5, abs=0.02)
    assert targets.std() == pytest.approx(0.05**0.5, abs=0.01)
    assert 0.03 < targets.min() < targets.max() < 0.97
    assert np.ptp(targets_of(SMALL, Streams(3))) == 0


def test_rates_that_strong_inputs_drive_do_not_flip():
    """Their means at 100 even and 100 odd steps differ by chance, in some seeds by much."""
    driven = replace(SMALL, gain=10.0, input_scale=10.0, input_share=1.0)
    for seed in range(4):
        (row,) = run(driven, None, Streams(seed))
        assert row["memory.capacity"] > 0
    noise = 0.5 + 0.5 * np.sign(np.random.default_rng(1).normal(size=(200, 1))) * np.ones(50)
    assert alternation(noise) > 0.05 and abs(following(noise)) < 0.2
    check_settled(noise, 0.0, driven, np.full(50, 0.5))
    flip = 0.3 * noise + np.tile([0.0, 0.6], 100)[:, None]
    assert following(flip) < -0.5
    with pytest.raises(ConvergenceError, match="flip with a period of 2"):
        check_settled(flip, 0.0, driven, np.full(50, 0.5))


@pytest.mark.parametrize("rate", [0.2, 0.8])
def test_heterogeneous_targets_have_about_the_mean_that_is_asked_for(rate):
    settings = replace(SMALL, neurons=1000, heterogeneous=True, train=2000, rate=rate)
    assert targets_of(settings, Streams(3)).mean() == pytest.approx(rate, abs=0.05)
    with pytest.raises(SpecError, match="rate is 0.1; where targets are heterogeneous"):
        replace(settings, rate=0.1)
