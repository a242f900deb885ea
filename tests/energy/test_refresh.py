"""Refresh intervals of drift laws whose closed form is known."""

import numpy as np
import pytest

from xbarsim import Hardware, SpecError, Tile, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import Effects, Retention
from xbarsim.effects.thermal import ROOM
from xbarsim.energy.pulses import PRESETS, Pulse, Writing
from xbarsim.energy.refresh import Refresh, refresh_interval, upkeep, weight_error
from xbarsim.energy.writing import write_cost

NU, DAY = 0.06, 86400.0
#: G(t) = G (t / 20 s)^-nu, the same nu in every cell, and no error of programming
DRIFT = load_device("joshi_2020", error_scale=0.0, drift_mean=[0.0, NU, NU, NU],
                    drift_spread=[0.0, 0.0, 0.0, 0.0])  # fmt: skip
WEIGHTS = np.random.default_rng(0).uniform(-1, 1, (12, 20))
RMS = float(np.sqrt((WEIGHTS**2).mean()) / np.abs(WEIGHTS).max())


def made(device=DRIFT, weights=WEIGHTS, **hardware):
    tile = Tile(weights, Hardware(device=device, **{"rows": 32, "cols": 32} | hardware))
    tile.program()
    return tile


def expected(tolerance, rms=RMS):
    """Error rms (1 - (t / t0)^-nu) = tolerance."""
    return 20.0 * (1 - tolerance / rms) ** (-1 / NU)


@pytest.mark.parametrize("tolerance", [0.001, 0.01, 0.05, 0.15])
def test_interval_of_a_power_law_is_its_closed_form(tolerance):
    found = refresh_interval(made(), tolerance)
    assert found.reached and found.error_first == pytest.approx(0.0, abs=1e-12)
    assert found.interval == pytest.approx(expected(tolerance), rel=2e-6)
    assert found.error_last == pytest.approx(tolerance, rel=1e-4)
    assert "write anew after" in found.words


@pytest.mark.parametrize(
    "hardware",
    [{"rows": 7, "cols": 9}, {"encoding": "offset"}, {"encoding": "balanced"},
     {"scaling": "column"}],
    ids=str,
)  # fmt: skip
def test_error_is_that_of_the_weights_whatever_holds_them(hardware):
    """A single drift exponent shrinks every decoded weight by one factor: also of references."""
    tile = made(**hardware)
    tile.age(1000.0)
    w = WEIGHTS / (np.abs(WEIGHTS).max(axis=1, keepdims=True) if "scaling" in hardware else
                   np.abs(WEIGHTS).max())  # fmt: skip
    lost = 1 - 50.0**-NU
    assert weight_error(tile) == pytest.approx(lost * np.sqrt((w**2).mean()), rel=1e-9)


def test_a_bias_on_rows_of_its_own_counts_as_weights():
    bias = np.linspace(-1.6, 1.6, 12)
    tile = Tile(WEIGHTS, Hardware(device=DRIFT, rows=32, cols=32, bias_rows=2), bias=bias)
    tile.program()
    tile.age(1000.0)
    there = np.hstack([WEIGHTS, np.repeat(bias[:, None] / 2, 2, axis=1)])
    lost = (1 - 50.0**-NU) / np.abs(there).max()
    assert weight_error(tile) == pytest.approx(lost * np.sqrt((there**2).mean()), rel=1e-9)


def test_weights_that_are_not_there_do_not_count():
    connected = np.arange(240).reshape(12, 20) % 3 == 0
    hardware = Hardware(device=DRIFT, rows=32, cols=32)
    tile = Tile(np.where(connected, WEIGHTS, 0.0), hardware, connected=connected)
    tile.program()
    tile.age(1000.0)
    there = WEIGHTS[connected] / np.abs(WEIGHTS[connected]).max()
    lost = 1 - 50.0**-NU
    assert weight_error(tile) == pytest.approx(lost * np.sqrt((there**2).mean()), rel=1e-9)


def test_error_of_reads_through_ideal_wires_is_that_of_the_weights_held():
    tile = made(load_device("wan_2022"), rows=8, cols=8)
    tile.age(DAY)
    off = (tile.held - WEIGHTS) / np.abs(WEIGHTS).max()
    assert weight_error(tile) == pytest.approx(np.sqrt((off**2).mean()), rel=1e-9)


@pytest.mark.parametrize("compensation", ["global", "column"])
@pytest.mark.parametrize("partial_sums", ["digital", "analog"])
def test_drift_that_compensation_undoes_needs_no_refresh(compensation, partial_sums):
    tile = made(compensation=compensation, partial_sums=partial_sums, rows=8)
    found = refresh_interval(tile, 0.001)
    assert not found.reached and found.error_last < 1e-12
    assert found.interval == DAY  # the last age that was measured
    assert "describes no later ages" in found.words


@pytest.mark.parametrize("partial_sums", ["digital", "analog"])
def test_independent_matrices_are_compensated_each_by_its_own_columns(partial_sums):
    """Exponents that follow the conductance: every signal has a factor of its own."""
    device = load_device("joshi_2020", error_scale=0.0, drift_spread=[0.0] * 4)
    weights = np.where(np.arange(12) < 6, 1.0, 0.05)[:, None] * np.ones((12, 20))
    hardware = Hardware(device=device, rows=8, cols=32, compensation="column",
                        partial_sums=partial_sums)  # fmt: skip
    tile = Tile(weights, hardware, groups=2)
    tile.program()
    tile.age(DAY)
    assert weight_error(tile) < 1e-12  # of alike cells in a column all lose the same share
    assert len(set(np.ravel(tile.compensation).round(6))) == 2


def test_wires_do_not_change_when_weights_are_written_anew():
    """What they cost reads is there from the beginning, and no refresh mends it."""
    intervals = [
        refresh_interval(made(load_device("joshi_2020"), compensation="global", wires=w), 0.003)
        for w in (None, Wires(r_word=50.0, r_bit=50.0))
    ]
    assert intervals[0] == intervals[1] and intervals[0].reached


def test_compensation_lengthens_the_interval_where_exponents_differ():
    device = load_device("joshi_2020")
    plain, mended = (
        refresh_interval(made(device, compensation=c), 0.005).interval for c in ("none", "global")
    )
    assert mended > 3 * plain


def test_errors_that_programming_left_are_not_counted():
    """Independent of drift they add in squares, so that the interval is the longer."""
    noisy = load_device("joshi_2020", drift_mean=[0.0, NU, NU, NU], drift_spread=[0.0] * 4)
    found = refresh_interval(made(noisy), 0.03)
    assert found.error_first > 0.01
    assert found.error_last - found.error_first == pytest.approx(0.03, rel=1e-4)
    assert found.interval > expected(0.03)


def test_the_tile_stays_as_it_is():
    tile = made(load_device("wan_2022"))
    tile.age(DAY)
    before, changes = tile.g.copy(), tile.changes
    refresh_interval(tile, 0.001)
    assert tile.t == DAY and tile.changes == changes and (tile.g == before).all()


def test_a_device_alone_holds_weights_of_all_sizes():
    found = refresh_interval(DRIFT, 0.02)
    w = np.linspace(-1, 1, 64 * 64)
    assert found.interval == pytest.approx(expected(0.02, np.sqrt((w**2).mean())), rel=2e-6)


def test_a_device_that_keeps_everything_needs_no_refresh():
    found = refresh_interval(load_device("ideal"), 0.01)
    assert found.interval == float("inf") and not found.reached
    assert "need not be written anew" in found.words and "100 year" in found.words


def test_retention_ends_at_the_time_that_cells_are_lost():
    """All cells fall to g_min at one time; the error is then the root mean square weight."""
    t_infinity, energy = 1e-14, 1.3
    effects = Effects(retention=Retention(t_infinity=t_infinity, activation_energy=energy))
    lost = t_infinity * np.exp(energy / 8.617333262e-5 / ROOM)
    found = refresh_interval(made(load_device("ideal"), effects=effects), 0.1)
    assert found.interval == pytest.approx(lost, rel=1e-4)
    assert found.error_last == pytest.approx(RMS, rel=1e-6)


def test_a_device_of_one_age_is_refused():
    with pytest.raises(SpecError, match="describes no age but 0 s"):
        refresh_interval(load_device("milo_2021"), 0.01)
    with pytest.raises(SpecError, match="tolerance is 0"):
        refresh_interval(DRIFT, 0.0)


def test_a_larger_tolerance_never_shortens_the_interval():
    tile = made(load_device("joshi_2020"))
    intervals = [refresh_interval(tile, x).interval for x in (0.002, 0.005, 0.01, 0.02, 0.1)]
    assert intervals == sorted(intervals) and intervals[0] < intervals[-1]


def cost_of(endurance=None):
    how = Writing(pulses=(Pulse(number=4.0, voltage=1.0, duration=1e-7),), endurance=endurance)
    return write_cost(made(), how)


def test_upkeep_is_the_energy_of_writing_over_the_inferences_between():
    cost, found = cost_of(1e6), refresh_interval(made(), 0.05)
    kept = upkeep(cost, found, 200.0)
    assert kept.energy == pytest.approx(cost.energy / (200.0 * found.interval), rel=1e-12, abs=0)
    assert kept.power == pytest.approx(kept.energy * 200.0, rel=1e-12, abs=0)
    assert kept.lifetime == pytest.approx(found.interval * 1e6 / 4, rel=1e-12)
    assert kept.busy == cost.time / found.interval
    assert upkeep(cost, found, 400.0).energy == pytest.approx(kept.energy / 2, rel=1e-12, abs=0)


def test_weights_that_stay_cost_nothing_to_keep():
    kept = upkeep(cost_of(1e6), refresh_interval(load_device("ideal"), 0.01), 1.0)
    assert kept.energy == 0.0 and kept.lifetime == float("inf")


def test_lifetime_is_unknown_where_endurance_is():
    assert upkeep(cost_of(), refresh_interval(made(), 0.05), 1.0).lifetime is None


def test_writing_that_takes_longer_than_it_lasts_is_refused():
    short = Refresh(interval=1e-6, reached=True, error_first=0.0, error_last=0.1, words="")
    with pytest.raises(SpecError, match="have to be written anew after 1 us"):
        upkeep(write_cost(made(), PRESETS["neurram"]), short, 1.0)
    with pytest.raises(SpecError, match="rate is 0 Hz"):
        upkeep(cost_of(), refresh_interval(made(), 0.05), 0.0)
