"""Rules of pairs and triplets of spikes against their closed forms."""

import numpy as np
import pytest
from plastic import DT, FINE, driven, on_cells, spikes

from xbarsim.errors import SpecError
from xbarsim.plasticity import (
    VISUAL_CORTEX_MINIMAL,
    Astrocyte,
    AstrocyteSTDP,
    InhibitorySTDP,
    PairSTDP,
    SymmetricSTDP,
    TripletSTDP,
)

DELAYS = np.array([-40, -15, -3, -1, 0, 1, 3, 15, 40])  # steps
RULES = (PairSTDP(), TripletSTDP(), SymmetricSTDP(), InhibitorySTDP(target=5.0, rate=0.01))


def one_pair(rule, delay, **more):
    before, behind = spikes([[50]], 101), spikes([[50 + delay]], 101)
    return driven(rule, before, behind, **more)[0, 0]


@pytest.mark.parametrize("pairing", ["all", "nearest"])
def test_a_pair_changes_the_weight_by_the_window(pairing):
    rule = PairSTDP(a_plus=0.03, a_minus=0.02, tau_plus=17e-3, tau_minus=34e-3, pairing=pairing)
    found = [one_pair(rule, k) for k in DELAYS]
    late = 0.03 * np.exp(-DELAYS[5:] * DT / 17e-3)
    early = -0.02 * np.exp(DELAYS[:4] * DT / 34e-3)
    np.testing.assert_allclose(found, [*early, 0.0, *late], rtol=1e-12)
    np.testing.assert_allclose(found, rule.window(DELAYS * DT), rtol=1e-12)


def test_spikes_of_one_step_depress_where_told():
    rule = PairSTDP(a_plus=0.03, a_minus=0.02, together="depress")
    assert one_pair(rule, 0) == rule.window(0.0) == -0.02
    before, behind = spikes([[10, 12]], 20), spikes([[12]], 20)
    wanted = 0.03 * np.exp(-2 * DT / 20e-3) - 0.02
    assert driven(rule, before, behind)[0, 0] == pytest.approx(wanted, rel=1e-12)


def test_all_spikes_make_a_geometric_sum_of_pairs_and_the_nearest_one():
    before, behind = spikes([range(0, 100, 10)], 101), spikes([[95]], 101)
    terms = np.exp(-np.arange(5, 100, 10) * DT / 20e-3)
    for pairing, wanted in (("all", terms.sum()), ("nearest", terms[0])):
        rule = PairSTDP(a_plus=1.0, a_minus=0.0, pairing=pairing)
        assert driven(rule, before, behind)[0, 0] == pytest.approx(wanted, rel=1e-12)


def test_a_window_on_ideal_cells_is_the_window(streams):
    """To one pulse of cells with 20,001 levels."""
    rule = PairSTDP(a_plus=0.03, a_minus=0.02)
    before = spikes([[50]], 101)
    behind = spikes([[50 + k] for k in DELAYS], 101)
    cells = on_cells(FINE, (1, len(DELAYS)), streams)
    start = cells.matrix()
    driven(rule, before, behind, synapses=cells)
    moved = (cells.matrix() - start)[0]
    np.testing.assert_allclose(moved, rule.window(DELAYS * DT), atol=1.01 * cells.weights.step)


@pytest.mark.parametrize("rule", [TripletSTDP(), VISUAL_CORTEX_MINIMAL])
@pytest.mark.parametrize("frequency", [1.0, 10.0, 40.0, 50.0])
@pytest.mark.parametrize("delay", [10, -10])
def test_triplets_depend_on_frequency_as_their_closed_form(rule, frequency, delay):
    """Pairs at a frequency, the protocol of the publication, by geometric sums of traces."""
    period, pairs = round(1 / (frequency * DT)), 15
    first = 20
    times = first + period * np.arange(pairs)
    steps = times[-1] + 50
    before, behind = spikes([times], steps), spikes([times + delay], steps)

    def trace(tau, k, lag):
        """Of spikes each period, seen `lag` steps after the last of k."""
        gone = np.arange(k) * period
        return np.exp(-(gone + lag) * DT / tau).sum()

    wanted, lag = 0.0, abs(delay)
    for k in range(pairs):
        own, other = k + 1, k  # earlier spikes of the side that comes first, of the other
        r, o = (own, other) if delay > 0 else (other, own)
        if delay > 0:
            r1, o2 = trace(rule.tau_plus, r, lag), trace(rule.tau_y, o, period)
            o1, r2 = trace(rule.tau_minus, o, period - lag), trace(rule.tau_x, k, period)
        else:
            r1, o2 = trace(rule.tau_plus, r, period - lag), trace(rule.tau_y, k, period)
            o1, r2 = trace(rule.tau_minus, o, lag), trace(rule.tau_x, r, period)
        wanted += r1 * (rule.a2_plus + rule.a3_plus * o2)
        wanted -= o1 * (rule.a2_minus + rule.a3_minus * r2)
    assert driven(rule, before, behind)[0, 0] == pytest.approx(wanted, rel=1e-9)


@pytest.mark.long
def test_triplets_turn_depression_into_potentiation_at_high_frequency():
    """As in visual cortex: 10 ms after gives little at 1 Hz, much at 50; 10 ms before turns."""
    rule, found = TripletSTDP(), {}
    for frequency in (1, 50):
        times = 20 + round(1000 / frequency) * np.arange(60)
        for delay in (10, -10):
            trains = spikes([times], times[-1] + 50), spikes([times + delay], times[-1] + 50)
            found[frequency, delay] = driven(rule, *trains)[0, 0]
    assert abs(found[1, 10]) < 0.02 < 0.3 < found[50, 10]
    assert found[1, -10] < -0.2 < 0 < found[50, -10]


def test_random_spikes_move_triplets_by_the_mean_of_their_traces(streams):
    """Within four standard errors over synapses, beside what steps of 1 ms leave out (5 %)."""
    rule, rng, pre, post = TripletSTDP(), streams.rng(), 40, 40
    before, behind = rng.random((6000, pre)) < 5e-3, rng.random((6000, post)) < 20e-3
    found = driven(rule, before[:, :], behind) / 6.0
    error = 4 * found.std() / np.sqrt(min(pre, post))
    assert found.mean() == pytest.approx(
        rule.drift(5.0, 20.0), abs=error + 0.05 * abs(found.mean())
    )
    assert rule.drift(5.0, 5.0) < 0 < rule.drift(5.0, 40.0)


def test_symmetric_pairs_potentiate_in_either_order():
    rule = SymmetricSTDP(rate=0.04, tau_post=30e-3)
    found = [one_pair(rule, k) for k in DELAYS]
    tau = np.where(DELAYS > 0, 20e-3, 30e-3)
    wanted = 0.04 * 0.1 * np.exp(-abs(DELAYS) * DT / tau) * (DELAYS != 0)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_allclose(found, [rule.window(k * DT) for k in DELAYS], rtol=1e-12)


def test_an_astrocyte_sets_depression_and_turns_inhibition_round():
    """Traces decay in the step of their spike: n steps later e^-n/10 is left, times the mark."""
    rule, inhibitory = AstrocyteSTDP(), np.array([False, True])
    before, behind = spikes([[50], [50]], 101), spikes([[53], [44]], 101)
    found = driven(rule, before, behind, depression=0.4, inhibitory=inhibitory)
    late, early = 0.1 * np.exp(-0.3), 0.1 * np.exp(-0.6)
    wanted = [[0.15 * late, -0.4 * early], [0.4 * late, -0.15 * early]]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_an_astrocyte_relaxes_to_the_activity_beyond_its_input():
    astrocyte, a, found = Astrocyte(), 0.15, []
    for _ in range(300):
        a = astrocyte.step(a, 30, 10, DT)
        found.append(a)
    end = 0.15 + 0.015 * 20
    np.testing.assert_allclose(found, end - 0.3 * 0.99 ** np.arange(1, 301), rtol=1e-12)


def test_inhibition_follows_spikes_and_stands_still_at_its_target(streams):
    """One pair: potentiation beside the depression of the single spike; no drift at the target."""
    rule = InhibitorySTDP(target=5.0, rate=0.01)
    assert rule.alpha == pytest.approx(0.2)
    for delay in (-15, 15):
        wanted = 0.01 * (np.exp(-15 * DT / 20e-3) - 0.2)
        assert one_pair(rule, delay) == pytest.approx(wanted, rel=1e-12)
    rng = streams.rng()
    for rate in (2.0, 10.0):
        before, behind = rng.random((5000, 60)) < 10e-3, rng.random((5000, 60)) < rate * DT
        found = driven(rule, before, behind) / 5.0
        error = 4 * found.std() / np.sqrt(60)
        assert found.mean() == pytest.approx(rule.drift(10.0, rate), abs=error)
    assert rule.drift(10.0, 5.0) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_spikes_that_do_not_fit_are_refused(rule):
    state = rule.begin(2, 3)
    with pytest.raises(SpecError, match=r"pre has shape \(3,\); there are 2 neurons"):
        rule.step(state, np.zeros(3, bool), np.zeros(3, bool), DT)
    with pytest.raises(SpecError, match="post holds float64 that is not 0 or 1"):
        rule.step(state, np.zeros(2, bool), np.full(3, np.nan), DT)
    with pytest.raises(SpecError, match="post is 2.5; it must be a whole number from 1"):
        rule.begin(2, 2.5)
    with pytest.raises(SpecError, match="dt is 0 s; it must be above 0 s"):
        rule.step(state, np.zeros(2, bool), np.zeros(3, bool), 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PairSTDP(tau_plus=-1e-3), "tau_plus is -1 ms; it must be above 0 s"),
        (lambda: PairSTDP(a_plus=np.nan), "a_plus is nan; it must be a finite number"),
        (lambda: PairSTDP(pairing="closest"), "pairing is 'closest'; known: all, nearest"),
        (lambda: PairSTDP(together="both"), "together is 'both'; known: depress, none"),
        (lambda: TripletSTDP(tau_x=0.0), "tau_x is 0 s"),
        (lambda: SymmetricSTDP(rate=-1), "rate is -1; it must be at least 0"),
        (lambda: AstrocyteSTDP(tau="10 ms"), "tau is '10 ms'; it must be a number, in seconds"),
        (lambda: Astrocyte().step(0.1, 0, 0, 0.2), "dt is 200 ms; it must be at most tau, 100 ms"),
        (lambda: InhibitorySTDP(target=0.0, rate=1), "target is 0 Hz; it must be above 0 Hz"),
        (
            lambda: InhibitorySTDP(target=400.0, rate=1).check_reachable(1e-3, 2e-3),
            "target is 400 Hz, which cannot be reached: .* 333.3 Hz at the most",
        ),
        (
            lambda: driven(InhibitorySTDP(target=2e3, rate=1), *[np.zeros((1, 1), bool)] * 2),
            "target is 2 kHz, which cannot be reached",
        ),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(SpecError, match=message):
        call()
