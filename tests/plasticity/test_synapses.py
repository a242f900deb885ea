"""Wanted changes carried out by pulses: counted exactly, right in the mean, as the device's law."""

import numpy as np
import pytest
from plastic import FINE, driven, ecram, on_cells, spikes

from xbarsim import Hardware
from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.plasticity import (
    AstrocyteSTDP,
    InhibitorySTDP,
    Normalisation,
    PairSTDP,
    SymmetricSTDP,
    Synapses,
    SynapticScaling,
    TargetRates,
    TripletSTDP,
    whole_pulses,
)
from xbarsim.programming import LevelPulses

SHAPE = (30, 40)


def synapses(streams, w=0.5, **changes):
    device = LevelPulses(**({"levels": 11, "energy": 2e-12} | changes))
    return Synapses(device, np.full(SHAPE, w), w_max=1.0, streams=streams)


def test_pulses_are_rounded_to_the_right_mean(streams):
    """Within four standard errors; whole numbers of pulses are exact."""
    u = streams.rng().random((4, 10_000))
    wanted = np.array([0.03, -0.23, 0.5, -1.0])[:, None] * np.ones_like(u)
    found = whole_pulses(wanted, (0.1, 0.2), u)
    mean, error = found.mean(axis=1), 4 * found.std(axis=1) / 100
    assert (abs(mean - [0.3, -1.15, 5, -5]) <= error + 1e-12).all()
    assert (found[2:] == [[5], [-5]]).all()


def test_writes_and_their_energy_are_counted_exactly(streams):
    rng, cells = streams.rng(), synapses(streams)
    given = [cells.change(0.2 * rng.standard_normal(SHAPE)) for _ in range(20)]
    given += [cells.change_rows(0.2 * rng.standard_normal(SHAPE[0])) for _ in range(5)]
    given += [cells.change_columns(0.2 * rng.standard_normal(SHAPE[1])) for _ in range(5)]
    up = np.sum([np.maximum(one, 0) for one in given], axis=0)
    down = np.sum([np.maximum(-one, 0) for one in given], axis=0)
    held, setup = cells.weights, cells.weights.setup
    np.testing.assert_array_equal(held.up + held.down - setup, up + down)
    np.testing.assert_array_equal(held.down, down)  # cells began at the lowest
    ledger = cells.ledger()
    assert ledger["pulses"] == (up + down).mean()
    assert ledger["most"] == (up + down).max()
    assert ledger["energy"] == pytest.approx(2e-12 * (up + down + setup).sum())


def test_a_line_gets_one_train(streams):
    cells = synapses(streams)
    rows = cells.change_rows(np.linspace(-0.3, 0.3, SHAPE[0]))
    assert (rows == rows[:, :1]).all()
    assert len(np.unique(rows)) > 3
    columns = cells.change_columns(np.linspace(-0.3, 0.3, SHAPE[1]))
    assert (columns == columns[:1]).all()


def test_cells_that_are_not_there_get_no_pulse_and_weigh_nothing(streams):
    present = streams.rng().random(SHAPE) < 0.3
    device = LevelPulses(levels=11, energy=1e-12)
    cells = Synapses(device, np.full(SHAPE, 0.5), w_max=1.0, streams=streams, present=present)
    differing = Synapses(
        LevelPulses(levels=101, window_spread=0.3, energy=1e-12), np.zeros(SHAPE), w_max=1.0,
        streams=streams, present=present,
    )  # fmt: skip
    held = differing.weights
    for counts in (held.up, held.down, held.setup, held.energy):
        assert (counts[~present] == 0).all()
    assert held.setup[present].any()
    assert differing.ledger()["setup"] == pytest.approx(held.setup[present].mean())
    cells.change(np.full(SHAPE, 0.2))
    cells.change_columns(np.full(SHAPE[1], 0.1))
    assert (cells.matrix()[~present] == 0).all()
    np.testing.assert_allclose(cells.matrix()[present], 0.8)
    assert (cells.weights.up[~present] == 0).all()
    assert cells.ledger()["pulses"] == pytest.approx(3)
    assert cells.ledger()["cells"] == present.sum()


def test_one_seed_gives_the_same_weights_and_another_others(streams):
    wanted, found = streams.normal(SHAPE) * 0.05, []
    for k in (0, 0, 1):
        cells = synapses(streams / k, noise=0.3)
        cells.change(wanted)
        found.append(cells.matrix())
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def cases():
    """Rules, and trains or weights that they move up or down by about a tenth of the window."""
    times = 20 + 100 * np.arange(30)
    late, early = spikes([times], 3100), spikes([times + 10], 3100)
    a, no_depression = 0.1 / 30 * np.exp(0.5), {"a2_minus": 0.0, "a3_minus": 0.0}
    return {
        "pair up": (PairSTDP(a_plus=a, a_minus=0.0), late, early, {}),
        "pair down": (PairSTDP(a_plus=0.0, a_minus=a), early, late, {}),
        "triplet": (TripletSTDP(a2_plus=a / 2, a3_plus=a / 2, **no_depression), late, early, {}),
        "symmetric": (SymmetricSTDP(rate=10 * a), late, early, {}),
        "inhibitory": (InhibitorySTDP(target=0.5, rate=0.6 * a), late, early, {}),
        "astrocyte": (AstrocyteSTDP(rate=10 * a), late, early, {"depression": 0.0}),
    }


def to_target_rates(cells):
    """Rates a half above their targets, ten times."""
    for _ in range(10):
        wanted = TargetRates(rate=0.02).wanted(np.full(600, 0.9), np.full(600, 0.4))
        cells.change_columns(wanted)
    return 0.1


def to_a_sum(cells):
    """A tenth of the window more than weights sum to."""
    rule, start = Normalisation(total=0.6), cells.matrix()
    cells.change(rule.wanted(start))
    return 0.6 - start.mean()


def to_an_activity(cells):
    """Neurons that are silent for a second: weights grow by what `a` has missed."""
    rule = SynapticScaling(target=5.0, rate=0.06, tau=1.0)
    state, total = rule.begin(600), 0.0
    for _ in range(100):
        state, wanted = rule.step(state, np.zeros(600, bool), cells.matrix(), 0.01)
        cells.change(wanted)
        total += wanted.mean()
    return total


def by_spikes(case):
    """The same of a rule of spikes."""

    def change(cells):
        rule, before, behind, more = cases()[case]
        behind = np.repeat(behind, 600, axis=1)
        return driven(rule, before, behind, synapses=cells, **more)[0, 0]

    return change


CHANGES = {case: by_spikes(case) for case in cases()} | {
    "target rates": to_target_rates,
    "normalisation": to_a_sum,
    "scaling": to_an_activity,
}


@pytest.mark.parametrize("sheet", ["tang_2018", "kim_2019"])
@pytest.mark.parametrize("case", CHANGES)
def test_what_cells_of_a_sheet_make_of_a_rule_is_their_own_law(case, sheet, streams):
    """600 cells: the mean is that of the law for so many pulses, to 4 standard errors.

    So it is off what the rule wants, by at most the slope of the law's step over the way: gamma
    times the change (of a range of 2) over the end's distance from 0, half of it in the mean.
    """
    law, cells = load_device(sheet), on_cells(ecram(sheet), (1, 600), streams)
    start, setup = cells.matrix(), cells.weights.setup.copy()
    wanted = CHANGES[case](cells)
    assert 0.05 < abs(wanted) < 0.2
    moved = cells.matrix() - start
    pulses = (cells.weights.up + cells.weights.down - setup).mean() * np.sign(wanted)
    error = 4 * moved.std() / np.sqrt(600)
    middle = 0.5 * (law.w_min + law.w_max)
    of_law = 0.5 * (law.after(np.array(middle), np.array(pulses)) - middle)
    assert moved.mean() == pytest.approx(float(of_law), abs=error + 0.02 * abs(of_law))
    slope = max(law.gamma_up / law.w_max, law.gamma_down / -law.w_min)
    bound = slope * abs(wanted)
    assert moved.mean() == pytest.approx(wanted, abs=error + bound * abs(wanted))


def test_the_law_of_a_sheet_bends_what_a_rule_wants(streams):
    """Half the window up on tang_2018 falls short, and as far as the law says."""
    law, cells = load_device("tang_2018"), on_cells(ecram(), (1, 600), streams)
    start = cells.matrix()
    for _ in range(10):
        cells.change_rows(np.array([-0.04]))
    moved = (cells.matrix() - start).mean()
    short = 1 - moved / -0.4
    assert 0.1 < short < 0.25
    pulses = 0.4 / cells.weights.steps[1]
    middle = 0.5 * (law.w_min + law.w_max)
    of_law = 0.5 * (law.after(np.array(middle), np.array(-pulses)) - middle)
    assert moved == pytest.approx(float(of_law), rel=0.03)


def test_normalisation_and_scaling_are_carried_out(streams):
    """On fine ideal cells to a pulse a cell; a train for each column keeps the sum, too."""
    w = 0.1 + 0.3 * streams.rng().random(SHAPE)
    rule = Normalisation(total=6.0)
    for by_line in (False, True):
        cells = Synapses(FINE, w, w_max=1.0, streams=streams)
        held = cells.matrix()
        if by_line:
            cells.change_columns(rule.by_line(held))
        else:
            cells.change(rule.wanted(held))
        np.testing.assert_allclose(cells.matrix().sum(axis=0), 6.0, atol=SHAPE[0] / 20_000)
    scaling = SynapticScaling(target=5.0, rate=0.01, tau=1.0)
    held, state = cells.matrix(), scaling.begin(SHAPE[1])
    for _ in range(50):
        state, wanted = scaling.step(state, np.zeros(SHAPE[1], bool), cells.matrix(), 0.02)
        cells.change(wanted)
    grown = cells.matrix().sum() / held.sum()
    t = 1.0
    assert grown == pytest.approx(np.exp(0.05 * (t - (1 - np.exp(-t)))), rel=2e-3)


@pytest.mark.parametrize(
    "device",
    [
        load_device("wan_2022"),
        Hardware(device=load_device("wan_2022")),
        None,
        "tang_2018",
        LevelPulses,
    ],
)
def test_a_device_without_response_to_pulses_is_refused(device, streams):
    kind = type(device).__name__
    with pytest.raises(SpecError, match=f"device is a {kind}, which has no response to pulses"):
        Synapses(device, np.zeros(SHAPE), w_max=1.0, streams=streams)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (np.full(SHAPE, np.nan), "a wanted change is nan"),
        (np.full(SHAPE, 1e9), "takes 1e\\+10 pulses; at most 1,000,000"),
        ("much", "wanted holds values of type <U4; expected real numbers"),
        (np.zeros((2, 2)), r"wanted changes have shape \(2, 2\); expected \(30, 40\)"),
    ],
)
def test_changes_that_no_pulses_make_are_refused(wanted, message, streams):
    cells = synapses(streams)
    before = cells.weights.state()
    with pytest.raises(SpecError, match=message):
        cells.change(wanted)
    np.testing.assert_array_equal(cells.weights.up, before["up"])


def test_a_direction_without_pulses_is_refused():
    assert whole_pulses(np.array([0.1]), (0.1, 0.0), np.zeros(1)) == [1]
    with pytest.raises(SpecError, match="pulses down change no weight, and changes down are want"):
        whole_pulses(np.array([-0.1]), (0.1, 0.0), np.zeros(1))


def test_a_mask_of_another_shape_is_refused(streams):
    with pytest.raises(SpecError, match=r"present is float64 of shape \(2, 2\); it takes bool"):
        Synapses(
            LevelPulses(), np.zeros(SHAPE), w_max=1.0, streams=streams, present=np.ones((2, 2))
        )
