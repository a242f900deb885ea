"""Rules that keep rates, sums and resources, against their closed forms."""

import numpy as np
import pytest
from plastic import DT

from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.plasticity import (
    AdaptiveThreshold,
    ExponentialRates,
    Normalisation,
    NormalRates,
    ShortTerm,
    SynapticScaling,
    TargetRates,
)


@pytest.mark.parametrize(
    "synapse",
    [
        ShortTerm(),
        ShortTerm(use=0.04, recovery=0.1, facilitation=1.0),
        ShortTerm(use=0.2, recovery=0.3, facilitation=0.05),
    ],
)
@pytest.mark.parametrize("rate", [5.0, 20.0, 50.0])
def test_a_long_regular_train_reaches_the_steady_state_of_tsodyks_and_markram(synapse, rate):
    state, found = synapse.begin(1), []
    period = round(1 / (rate * DT))
    for k in range(200 * period):
        state, efficacy = synapse.step(state, np.array([k % period == 0]), DT)
        if k % period == 0:
            found.append(efficacy[0])
    assert found[0] == pytest.approx(synapse.use)
    assert found[-1] == pytest.approx(synapse.steady(rate), rel=1e-6)


def test_depressing_synapses_saturate_at_one_over_rate_and_recovery():
    """Beyond 1 / (U tau_rec): E r goes to 1 / tau_rec, their limiting frequency."""
    synapse = ShortTerm()
    assert synapse.steady(500.0) * 500.0 == pytest.approx(1 / 0.8, rel=0.01)


@pytest.mark.parametrize("rule", [ExponentialRates(rate=1e-6), NormalRates(rate=1e-6)])
def test_intrinsic_plasticity_goes_down_the_gradient_of_the_divergence(rule, streams):
    """One sample's part of the divergence, -ln dy/dx - ln q(y), differentiated numerically."""
    x, gain, bias = streams.normal((3, 50))
    gain = 0.5 + np.abs(gain)

    def divergence(gain, bias):
        if isinstance(rule, ExponentialRates):
            y = 1 / (1 + np.exp(-(gain * x + bias)))
            return -np.log(gain * y * (1 - y)) + y / rule.mean
        y = np.tanh(gain * x + bias)
        return -np.log(gain * (1 - y * y)) + (y - rule.mean) ** 2 / (2 * rule.sigma**2)

    moved = rule.step(gain, bias, x)
    h = 1e-5
    by_gain = (divergence(gain + h, bias) - divergence(gain - h, bias)) / (2 * h)
    by_bias = (divergence(gain, bias + h) - divergence(gain, bias - h)) / (2 * h)
    np.testing.assert_allclose((moved[0] - gain) / rule.rate, -by_gain, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose((moved[1] - bias) / rule.rate, -by_bias, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rule", [ExponentialRates(mean=0.2, rate=0.01), NormalRates(rate=1e-3)])
def test_intrinsic_plasticity_brings_rates_to_their_distribution(rule, streams):
    """From far off, over 20,000 samples: mean and spread to a tenth of the spread."""
    x = streams.normal((20_000, 20))
    gain, bias, rates = np.full(20, 2.0), np.full(20, 0.5), []
    for one in x:
        gain, bias, y = rule.step(gain, bias, one)
        rates.append(y)
    late = np.array(rates[-5000:])
    mean = rule.mean
    sigma = rule.mean if isinstance(rule, ExponentialRates) else rule.sigma
    assert late.mean() == pytest.approx(mean, abs=0.1 * sigma)
    assert late.std() == pytest.approx(sigma, rel=0.1)


def test_a_gain_that_overshoots_is_told():
    with pytest.raises(ConvergenceError, match="the gain of neuron 0 left .*rate is 10, take less"):
        ExponentialRates(rate=10.0).step(np.ones(1), np.zeros(1), np.array([5.0]))


def test_thresholds_rise_as_the_root_of_their_spikes():
    """Without decay (theta - 10)^2 grows by 20 x rise a spike, but for the step's square."""
    rule = AdaptiveThreshold(tau=1e12)
    theta = rule.begin(2)
    for _ in range(5000):
        theta = rule.step(theta, np.array([True, False]), 0.5e-3)
    assert theta[0] == pytest.approx(10 + np.sqrt(100 + 20 * 0.07 * 5000), rel=1e-3)
    assert theta[1] == pytest.approx(20.0)


def test_thresholds_decay_and_are_told_at_the_pole():
    rule = AdaptiveThreshold(tau=1.0)
    theta = rule.begin(1)
    for _ in range(500):
        theta = rule.step(theta, np.array([False]), 1e-3)
    np.testing.assert_allclose(theta, 20 * np.exp(-0.5), rtol=1e-9)
    at_pole = np.array([10.0]) * np.exp(1e-3)
    with pytest.raises(ConvergenceError, match="a threshold has decayed to 10"):
        rule.step(at_pole, np.array([True]), 1e-3)


def test_scaling_grows_silent_neurons_by_one_factor():
    """Silent from its target on a = a_0 e^(-t/tau); the exponent integrates beta (a_0 - a)."""
    rule = SynapticScaling(target=5.0, rate=1e-4, tau=10.0)
    w, state = np.array([[0.2, 0.2], [0.4, 0.4]]), rule.begin(2)
    for k in range(20_000):
        state, wanted = rule.step(state, np.array([False, k % 200 == 0]), w, DT)
        w = w + wanted
    t = 20.0
    grown = np.exp(1e-4 * 5.0 * (t - 10.0 * (1 - np.exp(-t / 10.0))))
    np.testing.assert_allclose(w[:, 0], np.array([0.2, 0.4]) * grown, rtol=1e-4)
    np.testing.assert_allclose(w[:, 1], [0.2, 0.4], rtol=1e-4)


def test_the_integral_of_scaling_goes_on_where_the_rate_is_off():
    rule = SynapticScaling(target=5.0, rate=0.0, integral=1e-4, tau=1e-3)
    w, state = np.ones((1, 1)), rule.begin(1)
    for _ in range(2000):
        state, wanted = rule.step(state, np.array([False]), w, DT)
        w = w + wanted
    assert w[0, 0] == pytest.approx(np.exp(1e-4 * 5.0 * 2.0**2 / 2), rel=1e-5)


def test_normalised_weights_sum_to_their_total(streams):
    rule, w = Normalisation(total=78.4), streams.rng().random((784, 7))
    np.testing.assert_allclose((w + rule.wanted(w)).sum(axis=0), 78.4, rtol=1e-12)
    ratio = (w + rule.wanted(w)) / w
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0], w.shape), rtol=1e-12)
    np.testing.assert_allclose((w + rule.by_line(w)).sum(axis=0), 78.4, rtol=1e-12)
    present = streams.rng().random(w.shape) < 0.5
    some = np.where(present, w, 0.0)
    np.testing.assert_allclose(
        np.where(present, some + rule.by_line(some, present), 0).sum(axis=0), 78.4, rtol=1e-12
    )


def test_targets_of_logistic_neurons_lie_between_0_and_1():
    rule = TargetRates(rate=0.01)
    np.testing.assert_allclose(rule.wanted(np.array([0.7, 0.2]), 0.5), [0.002, -0.003])
    assert (rule.targets(0.5, 3) == 0.5).all()
    for wrong in (0.0, 1.0, 1.4, np.nan):
        with pytest.raises(SpecError, match="cannot be reached: rates lie between 0 and 1"):
            rule.targets(np.array([0.5, wrong]), 2)
    with pytest.raises(SpecError, match=r"targets have shape \(3,\); there are 2 neurons"):
        rule.targets(np.full(3, 0.5), 2)


@pytest.mark.parametrize("mean", [0.05, 0.2, 0.45])
def test_exponential_rates_have_the_mean_of_what_ends_at_1(mean):
    y = np.linspace(0, 1, 200_001)
    weight = np.exp(-y / mean)
    assert ExponentialRates(mean=mean).reached == pytest.approx(
        (y * weight).sum() / weight.sum(), rel=1e-4
    )
    assert ExponentialRates(mean=1e-4).reached == 1e-4


def test_intrinsic_plasticity_brings_rates_to_the_mean_that_is_reached(streams):
    rule = ExponentialRates(mean=0.4, rate=0.01)
    x, found = streams.normal((20_000, 20)), []
    gain, bias = np.full(20, 1.0), np.zeros(20)
    for one in x:
        gain, bias, y = rule.step(gain, bias, one)
        found.append(y)
    assert np.mean(found[-5000:]) == pytest.approx(rule.reached, abs=0.01)
    assert abs(rule.reached - rule.mean) > 0.08


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ExponentialRates(mean=0.5), "mean is 0.5, which cannot be reached: .* below 0.5"),
        (lambda: NormalRates(mean=-1.0), "mean is -1, which cannot be reached: .* -1 and 1"),
        (
            lambda: ExponentialRates().step(np.ones(3), np.zeros(3), np.ones((5, 3))),
            r"shapes \(3,\), \(3,\) and \(5, 3\); all take \(neurons,\)",
        ),
        (lambda: NormalRates().step(np.zeros(2), np.zeros(2), np.ones(2)), "a gain is 0; gains"),
        (
            lambda: NormalRates().step(np.ones(2), np.zeros(2), np.array([1.0, np.nan])),
            "what a neuron receives is nan",
        ),
        (
            lambda: SynapticScaling(target=2000, rate=1).check_reachable(1e-3),
            "target is 2 kHz, which cannot be reached: .* 1 kHz at the most",
        ),
        (
            lambda: SynapticScaling(target=2000, rate=1).step(
                SynapticScaling(target=2000, rate=1).begin(2), np.zeros(2), np.ones((3, 2)), 1e-3
            ),
            "target is 2 kHz, which cannot be reached",
        ),
        (
            lambda: SynapticScaling(target=5, rate=1).step(
                SynapticScaling(target=5, rate=1).begin(2), np.zeros(2), np.full((3, 2), np.nan), DT
            ),
            "a weight is nan",
        ),
        (
            lambda: TargetRates().wanted(np.ones((3, 1)), np.full(3, 0.5)),
            r"rates have shape \(3, 1\) and targets \(3,\); both take \(neurons,\)",
        ),
        (lambda: ShortTerm(use=1.5), "use is 1.5; it must be above 0 and at most 1"),
        (lambda: ShortTerm(recovery=0.0), "recovery is 0 s; it must be above 0 s"),
        (lambda: ExponentialRates(mean=0.0), "mean is 0; it must be above 0 and at most 1"),
        (lambda: NormalRates(sigma=-1), "sigma is -1"),
        (lambda: AdaptiveThreshold(start=9.0), "start is 9; it must be above 10"),
        (lambda: TargetRates(rate=0.0), "rate is 0; it must be above 0"),
        (lambda: TargetRates(lowest=1.0), "lowest is 1 and highest 1; they must ascend"),
        (lambda: SynapticScaling(target=-5, rate=1), "target is -5 Hz; it must be above 0 Hz"),
        (lambda: Normalisation(total=0), "total is 0; it must be above 0"),
        (
            lambda: Normalisation(total=1.0).wanted(np.array([[1.0, 0.0], [1.0, 0.0]])),
            "the weights onto neuron 1 sum to 0; only a sum above 0 can be scaled",
        ),
        (
            lambda: SynapticScaling(target=5, rate=1).step(
                SynapticScaling(target=5, rate=1).begin(2), np.zeros(2), np.zeros((3, 3)), DT
            ),
            r"w has shape \(3, 3\); it takes \(pre, 2\)",
        ),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(SpecError, match=message):
        call()
