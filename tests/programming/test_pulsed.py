"""Cells that take whole pulses: against closed forms, the laws they come from, and each other."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import (
    FittedPulses,
    PulsedDevice,
    StepPulses,
    TransferPulses,
    programming_transfer,
    symmetry_of,
    symmetry_point,
)
from xbarsim.programming._loop import normals
from xbarsim.programming.step_fits import StepFit

UP, DOWN, WIDTH, READ = 0.25, -0.3, 4e-6, 0.05


@pytest.fixture(scope="module")
def law():
    return load_device("yakopcic_2013_oblea_pulsed")


@pytest.fixture(scope="module")
def transfer(law):
    return programming_transfer(law, [DOWN, UP], WIDTH, READ, states=501)


@pytest.fixture(scope="module")
def devices(transfer):
    """One of each kind, with all that makes cells and pulses differ."""
    return {
        "law": TransferPulses(library=(transfer,), up=UP, down=DOWN, noise=0.3),
        "sheet": StepPulses(law=load_device("tang_2018"), g_min=20e-6, g_max=90e-6, energy=1e-12),
        "fit": FittedPulses(
            fit=fit("ExpStep", d=(0.02, 0.03), gamma=(2.0, 1.0), a=(0.1, 0.3)),
            g_min=1e-6,
            g_max=9e-6,
            noise=0.5,
            spread=0.2,
            asymmetry_spread=0.1,
        ),
    }


def fit(kind="SoftBounds", d=(0.01, 0.02), gamma=(1.0, 1.0), a=(0.0, 0.0)):
    return StepFit(kind=kind, d=d, gamma=gamma, a=a, error=0.0)


def soft_bounds(**changes):
    """A device without differences whose conductance is (1 + w) / 2 siemens."""
    return FittedPulses(**({"fit": fit(), "g_min": 0.0, "g_max": 1.0} | changes))


def made(device, shape, streams):
    cells = device.cells((streams / "cells").normal((device.normals, *shape)))
    x = cells.state_of((streams / "start").rng().uniform(*device.window, shape))
    return cells, x, (streams / "noise").normal(shape)


def one_by_one(cells, x, trains, z, first):
    """The definition of `PulsedCells.pulse`, with arrays, pulse after pulse."""
    x, done = x.copy(), np.broadcast_to(first, x.shape).copy()
    heat, draw = np.zeros(x.shape), np.empty(1)
    m, scale = cells.member, np.ones((2, *x.shape)) if cells.scale is None else cells.scale
    for counts in trains:
        for at in np.ndindex(x.shape):
            for _ in range(abs(int(counts[at]))):
                kind, own = int(counts[at] < 0), m[at]
                nodes = np.linspace(cells.low[own], cells.high[own], cells.step.shape[2])
                change = np.interp(x[at], nodes, cells.step[own, kind])
                normals(np.array([z[at]]).view(np.uint64), done[at], draw)
                change += np.interp(x[at], nodes, cells.noise[own, kind]) * draw[0]
                if cells.energy is not None:
                    heat[at] += np.interp(x[at], nodes, cells.energy[own, kind])
                moved = x[at] + scale[kind][at] * change
                x[at] = min(max(moved, cells.low[own]), cells.high[own])
                done[at] += 1
    return x, heat


@pytest.mark.parametrize("kind", ["law", "sheet", "fit"])
def test_the_compiled_pulses_are_those_of_the_definition(devices, kind, streams):
    cells, x, z = made(devices[kind], (5, 7), streams)
    trains = streams.rng().integers(-6, 7, (3, 5, 7))
    ended, heat = cells.pulse(x, trains, z, first=4)
    expected, expected_heat = one_by_one(cells, x, trains, z, 4)
    np.testing.assert_allclose(ended, expected, rtol=1e-12, atol=1e-15)
    if cells.energy is None:
        assert heat is None
    else:
        np.testing.assert_allclose(heat, expected_heat, rtol=1e-12)


@pytest.mark.parametrize("kind", ["law", "sheet", "fit"])
def test_noise_goes_on_where_it_stopped(devices, kind, streams):
    """Trains given one by one, or in one go, lead to the same cells; another z to others."""
    cells, x, z = made(devices[kind], (40,), streams)
    trains = streams.rng().integers(-5, 6, (4, 40)).astype(np.int8)
    whole, _ = cells.pulse(x, trains, z)
    done, parts = np.zeros(40, dtype=int), x
    for counts in trains:
        parts, _ = cells.pulse(parts, counts, z, done)
        done += abs(counts)
    np.testing.assert_array_equal(whole, parts)
    assert not np.array_equal(whole, cells.pulse(x, trains, -z)[0])


@pytest.mark.parametrize("kind", ["law", "sheet", "fit"])
def test_cells_stay_within_their_window(devices, kind, streams):
    cells, x, z = made(devices[kind], (300,), streams)
    low, high = cells.window()
    for counts in (np.full(300, 500), np.full(300, -500)):
        x, _ = cells.pulse(x, counts, z)
        g = cells.read(x)
        assert (g >= low - 1e-18).all() and (g <= high + 1e-18).all()


def test_kinds_of_devices_meet_one_protocol(devices):
    assert all(isinstance(device, PulsedDevice) for device in devices.values())


def test_soft_bounds_are_approached_geometrically():
    """w after n pulses up: 1 - (1 - w)(1 - d)^n, and down: -1 + (1 + w)(1 - d)^n."""
    cells = soft_bounds().cells(np.zeros((2, 1000)))
    w, n = np.linspace(-1, 1, 1000), np.arange(1000) % 77
    np.testing.assert_allclose(cells.pulse(w, n)[0], 1 - (1 - w) * 0.99**n, rtol=1e-12)
    np.testing.assert_allclose(
        cells.pulse(w, -n)[0], -1 + (1 + w) * 0.98**n, rtol=1e-12, atol=1e-14
    )
    np.testing.assert_allclose(cells.read(w), (1 + w) / 2, atol=1e-15)


def test_linear_steps_are_those_of_the_published_law(streams):
    """Each cell as the sheet draws it; without noise the law has a closed form."""
    law = load_device("tang_2018", sigma_step=0.0)
    device = StepPulses(law=law, g_min=20e-6, g_max=90e-6)
    z = streams.normal((6, 500))
    cells, drawn = device.cells(z), law.drawn(z)
    w = np.clip(np.linspace(-0.7, 1.0, 500), drawn.w_min, drawn.w_max)
    n = streams.rng().integers(-400, 400, 500)
    ended, energy = cells.pulse(w, n)
    np.testing.assert_allclose(ended, drawn.after(w, n), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(cells.read(w), law.conductance(w, 20e-6, 90e-6), rtol=1e-12)
    assert energy is None


def test_cells_of_a_law_do_what_its_transfer_does(transfer):
    device = TransferPulses(library=(transfer,), up=UP, down=DOWN)
    cells = device.cells(np.zeros((1, 50)))
    x = np.linspace(0, 1, 50)
    expected, heat = x.copy(), np.zeros(50)
    for level in (1, 1, 1, 0, 0):
        heat += transfer.pulse(expected, np.full(50, level))
    ended, energy = cells.pulse(x, np.stack([np.full(50, 3), np.full(50, -2)]))
    np.testing.assert_allclose(ended, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(energy, heat, rtol=1e-9)
    np.testing.assert_allclose(cells.read(x), transfer.read(x), rtol=1e-12)


def test_noise_of_a_pulse_has_the_stated_spread(streams):
    """Mean and spread of one step at w = 0, of 40000 cells, within four standard errors."""
    n, d, sigma = 40000, 0.01, 0.4
    cells = soft_bounds(noise=sigma).cells(np.zeros((2, n)))
    step = cells.pulse(np.zeros(n), np.ones(n, dtype=int), streams.normal((n,)))[0] / d
    assert step.mean() == pytest.approx(1.0, abs=4 * sigma / np.sqrt(n))
    assert step.std() == pytest.approx(sigma, rel=4 / np.sqrt(2 * n))


def test_steps_of_cells_have_the_stated_spread(streams):
    n = 40000
    device = soft_bounds(spread=0.2, asymmetry_spread=0.05)
    cells = device.cells(streams.normal((2, n)))
    up = cells.after(np.zeros(n), True) / 0.01
    down = -cells.after(np.zeros(n), False) / 0.02
    size, tilt = (up + down) / 2, (up - down) / (up + down)
    assert size.std() == pytest.approx(0.2, rel=4 / np.sqrt(2 * n))
    assert size.mean() == pytest.approx(1.0, abs=4 * 0.2 / np.sqrt(n))
    assert tilt.std() == pytest.approx(0.05, rel=4 / np.sqrt(2 * n))


def test_each_transfer_of_a_library_has_its_share_of_cells(law, streams):
    widths = [programming_transfer(law, [DOWN, UP], WIDTH, READ, states=101)] * 4
    device = TransferPulses(library=tuple(widths), up=UP, down=DOWN)
    members = device.cells(streams.normal((1, 8000))).member
    share = np.bincount(members, minlength=4) / 8000
    np.testing.assert_allclose(share, 0.25, atol=4 * np.sqrt(0.25 * 0.75 / 8000))


@pytest.mark.parametrize("kind", ["law", "sheet", "fit"])
def test_states_and_conductances_go_back_and_forth(devices, kind, streams):
    cells, x, _ = made(devices[kind], (300,), streams)
    np.testing.assert_allclose(cells.read(cells.state_of(cells.read(x))), cells.read(x), rtol=1e-9)
    np.testing.assert_allclose(cells.read(cells.lowest()), cells.window()[0], rtol=1e-12)


@pytest.mark.parametrize("kind", ["law", "sheet", "fit"])
def test_cells_that_are_brought_near_end_within_a_step(devices, kind, streams):
    cells, _, z = made(devices[kind], (400,), streams)
    low, high = cells.window()
    target = low + (high - low) * (streams / "target").rng().uniform(0.1, 0.9, 400)
    x, energy, up, down = cells.approach(cells.lowest(), target, z)
    for away in (True, False):  # a pulse either way is expected to take it farther
        then = cells.read(cells.after(x, away))
        assert (abs(then - target) >= abs(cells.read(x) - target) - 1e-6 * (high - low)).all()
    again, _ = cells.pulse(cells.lowest(), np.zeros(400, dtype=int), z)
    np.testing.assert_array_equal(again, cells.lowest())
    assert (up > 0).all() and (down < up).all()
    assert energy is None if cells.energy is None else (energy > 0).all()


def test_targets_beyond_the_window_are_met_at_its_end():
    cells = soft_bounds(fit=fit("LinearStep", gamma=(0.0, 0.0))).cells(np.zeros((2, 2)))
    x, _, up, down = cells.approach(cells.lowest(), np.array([7.0, -7.0]))
    np.testing.assert_allclose(cells.read(x), [1.0, 0.0])
    np.testing.assert_array_equal(up, [200, 0])
    np.testing.assert_array_equal(down, [0, 0])


def test_pulses_in_turn_end_at_the_symmetry_point(transfer):
    """Of soft bounds: the cycle of w -> 1 - (1 - w) a, w -> -1 + (1 + w) b, from wherever.

    For small steps d its middle is w = (d_up - d_down) / (d_up + d_down).
    """
    cells = soft_bounds().cells(np.zeros((2, 20)))
    x, g, energy = symmetry_of(cells, np.linspace(-1, 1, 20), pairs=900)
    a, b = 0.99, 0.98
    low = (2 * b - a * b - 1) / (1 - a * b)
    high = 1 - (1 - low) * a
    np.testing.assert_allclose(x, low, rtol=1e-6)
    np.testing.assert_allclose(2 * g - 1, (low + high) / 2, rtol=1e-6)
    np.testing.assert_allclose(2 * g - 1, -1 / 3, atol=0.003)
    assert energy is None
    law = TransferPulses(library=(transfer,), up=UP, down=DOWN).cells(np.zeros((1, 3)))
    x, g, energy = symmetry_of(law, np.array([0.1, 0.5, 0.9]), pairs=3000)
    np.testing.assert_allclose(g, symmetry_point(transfer, UP, DOWN), rtol=1e-3)
    middle = law.state_of(g)
    up, down = law.read(law.after(middle, True)) - g, g - law.read(law.after(middle, False))
    np.testing.assert_allclose(up, down, rtol=0.02)
    assert (energy > 0).all()


def test_pairs_in_chunks_are_pairs_one_by_one(devices, streams):
    cells, x, z = made(devices["law"], (30,), streams)
    ended, g, heat = symmetry_of(cells, x, z, 5, pairs=70)
    one = np.ones((1, 30), dtype=int)
    plain, work = cells.pulse(x, np.concatenate([one, -one] * 70), z, 5)
    np.testing.assert_array_equal(ended, plain)
    np.testing.assert_allclose(heat, work, rtol=1e-12)
    assert (abs(g - cells.read(ended)) < 3 * cells.mean_step(ended)).all()


def test_cells_have_any_shape(streams):
    for shape in ((), (0,), (2, 3, 4)):
        cells, x, z = made(soft_bounds(noise=0.1), shape, streams)
        ended, _ = cells.pulse(x, np.ones(shape, dtype=int), z)
        assert ended.shape == cells.read(x).shape == cells.mean_step(x).shape == shape


def test_a_target_at_a_soft_bound_is_given_up_close_to_it():
    cells = soft_bounds().cells(np.zeros((2, 1)))
    x, _, up, _ = cells.approach(cells.lowest(), np.ones(1))
    assert 1 - cells.read(x) == pytest.approx(1e-6 / 0.01, rel=0.02)
    assert cells.approach(cells.lowest(), np.ones(1), most=7)[2] == 7 < up


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.pulse(np.zeros(3), np.ones(3)), "counts holds float64"),
        (lambda c: c.pulse(np.zeros(3), np.ones((3, 4), int)), r"counts has shape \(3, 4\)"),
        (lambda c: c.pulse(np.zeros(3), np.ones(3, int)), "z is missing"),
        (lambda c: c.pulse(np.zeros(3), np.full(3, 2**40), np.zeros(3)), "more than 31 bits"),
        (lambda c: c.pulse(np.zeros(2), np.ones(3, int), np.zeros(3)), r"x has shape \(2,\)"),
        (lambda c: c.pulse(np.full(3, np.nan), np.ones(3, int), np.zeros(3)), "x is nan at"),
        (lambda c: c.read(np.full(3, 1.5)), "states go from -1 to 1"),
        (lambda c: c.approach(np.zeros(3), np.nan, np.zeros(3)), "g_target holds nan"),
        (lambda c: c.approach(np.zeros(3), 1.0, np.zeros(3), most=-1), "most holds -1"),
        (lambda c: c.approach(np.zeros(3), 1.0, np.zeros(3), most=1.5), "most holds 1.5"),
        (lambda c: c.pulse(np.zeros(3), np.ones(3, int), np.zeros(3), -1), "first holds -1"),
        (lambda c: c.pulse(np.zeros(3), np.ones(3, int), np.zeros(3), 0.5), "first holds 0.5"),
        (lambda c: c.state_of(np.nan), "g holds nan; it must be finite"),
        (lambda c: c.state_of(np.zeros(4)), r"g has shape \(4,\)"),
        (lambda c: symmetry_of(c, np.zeros(3), np.zeros(3), pairs=0), "pairs is 0"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(SpecError, match=message):
        call(soft_bounds(noise=0.1).cells(np.zeros((2, 3))))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"up": DOWN, "down": UP}, "up is -300 mV, whose pulses change .* they must raise it"),
        ({"up": 0.4}, "up is 400 mV; the transfer holds -300 mV, 250 mV"),
        ({"noise": -1.0}, "noise is -1"),
        ({"noise": np.nan}, "noise is nan"),
        ({"library": ()}, "library is empty"),
        ({"library": (3,)}, "library holds a int; programming_transfer makes"),
        ({"library": 3}, "library is a int; it takes a tuple"),
        ({"up": "0.25 V"}, "up is '0.25 V'; it must be a number"),
        ({"noise": "0.1"}, "noise is '0.1'; it must be a number"),
    ],
)
def test_pulses_that_a_law_cannot_take_are_refused(transfer, changes, message):
    with pytest.raises(SpecError, match=message):
        TransferPulses(**({"library": (transfer,), "up": UP, "down": DOWN} | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"g_min": 2.0}, "g_min is 2 S and g_max 1 S"),
        ({"g_max": np.inf}, "g_max inf"),
        ({"spread": -0.1}, "spread is -0.1"),
        ({"energy": -1e-12}, "energy is -1 pJ"),
        ({"fit": fit(d=(0.0, 0.1))}, "both must be above 0"),
        ({"fit": 3}, "fit is a int; step_fits makes one"),
        ({"g_max": "1 S"}, "g_max is '1 S'; it must be a number"),
        ({"energy": "1 pJ"}, "energy is '1 pJ'; it must be a number"),
    ],
)
def test_steps_that_are_none_are_refused(changes, message):
    with pytest.raises(SpecError, match=message):
        soft_bounds(**changes)


def test_a_spread_below_zero_conductance_is_refused(streams):
    device = StepPulses(law=load_device("tang_2018"), g_min=0.0, g_max=90e-6)
    with pytest.raises(SpecError, match="raise g_min"):
        device.cells(streams.normal((6, 100)))
    with pytest.raises(SpecError, match="law is a GaussianCell"):
        StepPulses(law=load_device("ideal"), g_min=0.0, g_max=90e-6)


@pytest.mark.parametrize("kind", ["law", "sheet", "fit"])
def test_normals_that_do_not_tell_cells_apart_are_refused(devices, kind):
    device = devices[kind]
    with pytest.raises(SpecError, match=rf"z has shape .*\({device.normals}, \.\.\.\)"):
        device.cells(np.zeros((device.normals + 1, 3)))
    with pytest.raises(SpecError, match="z holds nan; it must be finite"):
        device.cells(np.full((device.normals, 3), np.nan))
