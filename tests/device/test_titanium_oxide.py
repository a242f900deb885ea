"""The surface of Nili 2020: its published point, its equations once more, and what it refuses."""

import dataclasses
import math

import numpy as np
import pytest

from xbarsim import load_device
from xbarsim.backend import to_numpy
from xbarsim.errors import SpecError

ROOM = 298.15


@pytest.fixture(scope="module")
def device():
    return load_device("nili_2020")


@pytest.fixture(scope="module")
def middles(device):
    edges = np.array(device.edges)
    return np.sqrt(edges[1:] * edges[:-1])


def test_one_volt_for_half_a_millisecond_adds_1p7_to_2p8_microsiemens(device, middles):
    """DEVICES 7.4."""
    mean, _ = device.step(middles, 1.0, 0.5e-3)
    assert mean.min() * 1e6 == pytest.approx(1.7, abs=0.05)
    assert mean.max() * 1e6 == pytest.approx(2.8, abs=0.05)


def test_steps_follow_the_equations_of_the_port_number_by_number(device):
    """60 uS lies in the sixth range; its 20 coefficients as they stand in the port's table."""
    g, t = np.array([60e-6]), 1e-3
    log = math.log(t)
    rise = 1.55e-4 * (1 - math.tanh(-0.47 * (log + 3.373))) * (math.tanh(5.005 * 0.9 - 5.792) + 1)
    spread = 0.14 + 0.01 * log**2 - 0.29 * 0.9 * log + 0.31 * 0.81 * log - 0.21 * 0.9**3
    mean, relative = device.step(g, 0.9, t)
    assert (mean[0], relative[0]) == pytest.approx((rise, spread), rel=1e-12)
    v = -1.2
    fall = -0.89e-4 * (-1 - math.tanh(0.21 * (log - 2.33))) * (math.tanh(6.2 * v + 7.30) - 1)
    spread = -0.12 - 5e-3 * log**2 - 0.16 * v * log - 0.13 * v**2 * log - 0.06 * v**3
    mean, relative = device.step(g, v, t)
    assert (mean[0], relative[0]) == pytest.approx((fall, spread), rel=1e-12)


@pytest.mark.parametrize("v", [0.8, 1.15, -0.8, -1.5])
@pytest.mark.parametrize("width", [1e-7, 1e-3, 1e-1])
def test_mean_steps_have_the_sign_of_the_pulse_and_grow_with_its_width(device, middles, v, width):
    mean, _ = device.step(middles, v, width)
    assert (np.sign(v) * mean >= 0).all()
    if width < 0.1:
        assert (abs(device.step(middles, v, 10 * width)[0]) >= abs(mean)).all()


@pytest.mark.parametrize("v", [0.9, -1.3])
def test_no_cell_moves_against_its_pulse_or_out_of_the_window(device, v, streams):
    rng = (streams / "g").rng()
    g = rng.uniform(*device.window, 2000)
    after = device.pulse(g, v, 1e-3, streams.normal((2000,)))
    assert (np.sign(v) * (after - g) >= 0).all()
    assert after.min() >= device.window[0] and after.max() <= device.window[1]


def test_cells_differ_by_the_stated_spread_where_none_is_held(device, streams):
    g, z = np.full(20000, 60e-6), streams.normal((20000,))
    mean, relative = (x[0] for x in device.step(g, 1.0, 0.5e-3))
    assert abs(relative) < 0.4
    change = device.pulse(g, 1.0, 0.5e-3, z) - g
    free = 1.0 + relative * z > 0
    np.testing.assert_allclose(change[free], mean * (1.0 + relative * z[free]), rtol=1e-9)
    assert change.mean() == pytest.approx(mean, rel=0.02)


def test_the_current_at_room_temperature_is_that_of_the_conductance(device, middles):
    v = np.full(8, 0.1)
    g = device.current(v, middles, ROOM) / v
    np.testing.assert_allclose(g, middles, rtol=0.15)
    assert (device.current(4 * v, middles, ROOM) > 4 * device.current(v, middles, ROOM)).all()
    assert (device.current(v, middles, 350.0) > device.current(v, middles, ROOM)).all()
    np.testing.assert_array_equal(device.current(-v, middles, ROOM), -g * v)


def test_the_spread_of_the_current_is_held_above_200_microsiemens(device):
    v, g = np.full(2, 0.2), np.array([50e-6, 250e-6])
    higher = device.current(v, g, ROOM, 1.0) - device.current(v, g, ROOM)
    assert higher[0] > 0.1 * 50e-6 * 0.2
    assert higher[1] == 0.0


@pytest.mark.parametrize(
    ("g", "v", "width", "said"),
    [
        (50e-6, 0.79, 1e-3, r"v is 0\.79 V; v_set reaches from 0\.8 V to 1\.15 V"),
        (50e-6, 1.2, 1e-3, "v_set reaches"),
        (50e-6, -0.5, 1e-3, r"v is -0\.5 V; v_reset reaches from -1\.5 V to -0\.8 V"),
        (50e-6, -1.6, 1e-3, "v_reset reaches"),
        (50e-6, 0.0, 1e-3, "v_reset reaches"),
        (50e-6, np.nan, 1e-3, "v is nan"),
        (50e-6, 1.0, 1e-8, r"width is 1e-08 s; pulses are from 1e-07 s to 0\.1 s"),
        (50e-6, 1.0, 1.0, "width is 1 s"),
        (1e-6, 1.0, 1e-3, r"g is 1e-06 S; it must be from 3\.16e-06 S"),
        (np.nan, 1.0, 1e-3, "g is nan S"),
    ],
)  # fmt: skip
def test_pulses_that_were_not_measured_are_refused(device, g, v, width, said):
    with pytest.raises(SpecError, match=said):
        device.pulse(np.array([g]), v, width, np.zeros(1))


def test_reads_that_were_not_measured_are_refused(device):
    g = np.array([50e-6])
    with pytest.raises(SpecError, match=r"v is 0\.5 V; reads are up to 0\.4 V"):
        device.current(np.array([-0.5]), g, ROOM)
    with pytest.raises(SpecError, match="temperature is 25 K"):
        device.current(np.array([0.1]), g, 25.0)
    with pytest.raises(SpecError, match=r"g is 0\.001 S"):
        device.current(np.array([0.1]), np.array([1e-3]), ROOM)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"set_time": (1.0,)}, "set_time has 1 entries; expected 8"),
        ({"v_set": (1.15, 0.8)}, "v_set must ascend"),
        ({"set_spread": 8 * ((1.0, 2.0),)}, "set_spread holds a row of 2 numbers; expected 5"),
    ],
)
def test_tables_that_do_not_fit_together_are_refused(device, changes, said):
    with pytest.raises(SpecError, match=said):
        dataclasses.replace(device, **changes)


def test_same_noise_gives_the_same_cell_on_every_array_library(device, xp, streams):
    g, z = np.linspace(4e-6, 300e-6, 40), streams.normal((40,))
    for v in (1.0, -1.2):
        ours = device.pulse(xp.asarray(g), v, 1e-3, xp.asarray(z))
        np.testing.assert_allclose(to_numpy(ours), device.pulse(g, v, 1e-3, z), rtol=1e-12)
