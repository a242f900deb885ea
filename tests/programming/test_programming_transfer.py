"""The programming transfer on trains it was not made from, and as a file."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import load_transfer, programming_transfer, save_transfer
from xbarsim.programming.reading import conductance
from xbarsim.transient import simulate

V_READ = 0.2


def levels(count, negative, positive):
    """As many amplitudes of each sign, V."""
    return np.concatenate([-np.linspace(*negative, count)[::-1], np.linspace(*positive, count)])


def change_table(transfer, points):
    """Change of the conductance by each level against the conductance, as measurements give it."""
    g = np.linspace(*transfer.window, points)
    changes = []
    for level in range(len(transfer.levels)):
        x = np.ascontiguousarray(transfer.state_of(g))
        transfer.flow.apply(x, level)
        changes.append(transfer.read(x) - g)
    return g, np.array(changes)


def errors_on_trains(law, transfer, rng, cells, pulses=40, tolerance=1e-8):
    """Error of the conductance after each pulse of random trains, and its true value, S."""
    low, high = np.log([0.02, 20.0])
    x = rng.uniform(low, high, cells)
    state, missed, true, by_change = x[None].copy(), [], [], []
    grid, changes = change_table(transfer, 256)
    g = transfer.read(x)
    for _ in range(pulses):
        k = rng.integers(0, len(transfer.levels), cells)
        transfer.pulse(x, k)
        v = np.tile(transfer.levels[k], (2, 1))
        state = simulate(law, [0.0, transfer.width], v, state=state, tolerance=tolerance).state[-1]
        true.append(conductance(law, state, V_READ))
        missed.append(transfer.read(x) - true[-1])
        g = g + [np.interp(value, grid, changes[level]) for value, level in zip(g, k, strict=True)]
        by_change.append(g - true[-1])
    return np.abs(missed), np.array(true), np.abs(by_change)


def check(missed, true, by_change):
    """The limits hold for all reads, and for those of cells between both of their ends.

    A table of changes of 256 conductances misses them.
    """
    assert true.min() < 25e-6 and true.max() > 615e-6
    within = (true > 22e-6) & (true < 617e-6)
    assert within.mean() > 0.3
    for part in (missed, missed[within]):
        assert np.median(part) < 0.005e-6
        assert np.quantile(part, 0.95) < 0.5e-6
    assert np.quantile(by_change[within], 0.95) > 0.5e-6


@pytest.mark.long
def test_random_trains_of_jart_follow_its_transfer(streams):
    law = load_device("cuppers_2019")
    transfer = programming_transfer(
        law, levels(41, (0.45, 0.9), (0.9, 1.6)), 1e-6, V_READ, states=256
    )
    check(*errors_on_trains(law, transfer, streams.rng(), 60, tolerance=1e-7))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "negative", "positive"),
    [
        (1e-7, (0.5, 1.0), (1.0, 1.8)),
        (1e-6, (0.45, 0.9), (0.9, 1.6)),
        (1e-5, (0.45, 0.9), (0.9, 1.6)),
    ],
)
def test_many_random_trains_of_jart_follow_its_transfer(streams, width, negative, positive):
    law = load_device("cuppers_2019")
    transfer = programming_transfer(law, levels(81, negative, positive), width, V_READ)
    check(*errors_on_trains(law, transfer, streams.rng(), 300))


@pytest.fixture(scope="module")
def small():
    law = load_device("biolek_2021_cnn")
    return programming_transfer(law, [-1.4, -1.1, 1.1, 1.4], 1e-4, 0.1, states=301)


def test_a_transfer_comes_back_from_its_file(small, tmp_path):
    path = tmp_path / "cell.npz"
    save_transfer(path, small, {"sheet": "biolek_2021_cnn", "overrides": {}})
    found, provenance = load_transfer(path)
    assert provenance == {"sheet": "biolek_2021_cnn", "overrides": {}}
    assert (found.width, found.v_read, found.window) == (small.width, small.v_read, small.window)
    assert found.flow.error == small.flow.error
    x = np.linspace(0, 1, 50)
    ours, theirs = x.copy(), x.copy()
    np.testing.assert_array_equal(small.pulse(ours, 2), found.pulse(theirs, 2))
    np.testing.assert_array_equal(ours, theirs)


def test_numbers_in_a_file_carry_their_units(small, tmp_path):
    save_transfer(tmp_path / "cell.npz", small, {})
    with np.load(tmp_path / "cell.npz") as file:
        assert file["levels_volt"].tolist() == [-1.4, -1.1, 1.1, 1.4]
        assert file["width_second"] == 1e-4
        assert file["g_siemens"].shape == (301,)
        assert file["energy_joule"].shape == file["state_after"].shape == (4, 301)


def test_files_that_are_no_transfer_are_refused(small, tmp_path):
    with pytest.raises(SpecError, match="no such file"):
        load_transfer(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no numbers")
    with pytest.raises(SpecError, match="not a programming transfer"):
        load_transfer(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(SpecError, match="not a programming transfer"):
        load_transfer(tmp_path / "other.npz")
    with pytest.raises(SpecError, match="ends in .npz"):
        save_transfer(tmp_path / "cell.csv", small, {})
    with pytest.raises(SpecError, match="cannot be written as JSON"):
        save_transfer(tmp_path / "cell.npz", small, {"law": object()})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("g_siemens", np.full(301, np.nan), "g_siemens has shape"),
        ("state_after", np.zeros((4, 300)), "do not belong together"),
        ("levels_volt", np.array([1.0, 0.0, 2.0, 3.0]), "do not belong together"),
        ("state_after", np.full((4, 301), 7.0), "do not belong together"),
    ],
)
def test_damaged_files_are_refused(small, tmp_path, name, value, said):
    path = tmp_path / "cell.npz"
    save_transfer(path, small, {})
    with np.load(path) as file:
        held = dict(file)
    np.savez(path, **(held | {name: value}))
    with pytest.raises(SpecError, match=said):
        load_transfer(path)
