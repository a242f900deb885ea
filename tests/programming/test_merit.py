"""Figures of merit of staircases that are made from the forms they are fitted by."""

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import merits, nonlinearity, step_fits
from xbarsim.programming.merit import label_of, rise
from xbarsim.programming.staircases import Staircases

# NeuroSim's table: A over the number of pulses against the label
TABLE = {0.01: 126.268958, 0.06: 21.044185, 0.5: 2.519877, 1.0: 1.251653, 1.02: 1.226672,
         8.99: 0.023073, 9.0: 0.022810}  # fmt: skip


def stairs(up, down, v=(1.0, -1.0), n=None):
    n = len(up) - 1 if n is None else n
    return Staircases(
        v_up=np.full(n, v[0]), v_down=np.full(n, v[1]), width=1e-6, up=np.asarray(up),
        down=np.asarray(down), v_read=0.1,
    )  # fmt: skip


@pytest.mark.parametrize(("label", "a"), TABLE.items())
def test_labels_are_those_of_neurosim(label, a):
    assert label_of(1 / a) == pytest.approx(label, rel=1e-5)
    assert label_of(-1 / a) == pytest.approx(-label, rel=1e-5)


@pytest.mark.parametrize("u", [-8.0, -1.0, 0.3, 2.4, 30.0])
def test_an_exponential_staircase_is_found_again(u):
    n = 64
    found = nonlinearity(1e-6 + 9e-6 * rise(u, np.linspace(0, 1, n + 1)))
    assert found.a == pytest.approx(n / u, rel=1e-3)
    assert found.b == pytest.approx(9e-6 / (1 - np.exp(-u)), rel=1e-3)
    assert found.label == pytest.approx(label_of(u), rel=1e-3)
    assert found.error < 1e-4


def test_a_straight_staircase_has_no_nonlinearity():
    found = nonlinearity(np.linspace(1e-6, 2e-6, 33))
    assert abs(found.label) < 1e-3 and found.error < 1e-4


def test_a_staircase_of_one_step_fits_no_exponential():
    jump = np.where(np.arange(41) < 20, 1e-6, 1e-4)
    assert nonlinearity(jump).error > 0.2


def test_a_cell_that_goes_back_as_it_came_is_symmetric():
    p = np.linspace(0, 1, 41)
    up = 1e-6 + 9e-6 * rise(3.0, p)
    same = merits(stairs(up, up[::-1]))
    assert same.asymmetry < 1e-6 and same.on_off == pytest.approx(10.0)
    # NeuroSim's labels of Ag:a-Si, 2.4 up and -4.88 down, differ by 7.28
    u, d = (next(x for x in np.geomspace(0.1, 30, 20000) if label_of(x) >= k) for k in (2.4, 4.88))
    other = merits(stairs(rise(u, p) + 0.1, 1.1 - rise(d, p)), noise=0.05)
    assert other.asymmetry == pytest.approx(7.28, abs=0.01)
    assert other.states == pytest.approx(20.0)


def along(step, start, n):
    w = [start]
    for _ in range(n):
        w.append(w[-1] + step(w[-1]))
    return np.array(w)


def fitted(up, down, n=80):
    """Fits of a train whose steps are given for w from -1 to 1, at the window that it reaches."""
    rising = along(up, -1.0, n)
    falling = along(down, rising[-1], n)
    found = step_fits(stairs(5e-6 + 1e-6 * rising, 5e-6 + 1e-6 * falling))
    return {fit.kind: fit for fit in found}


def test_linear_steps_are_found_again():
    fits = fitted(lambda w: 0.05 * (1 - 0.6 * w), lambda w: -0.03 * (1 + 0.2 * w))
    assert fits["LinearStep"].error < 1e-10
    assert fits["ExpStep"].error < 0.02
    assert fits["SoftBounds"].error > 0.1


def test_linear_steps_of_ecram_have_the_slopes_of_its_sheet():
    """Without noise and away from the ends of its range, where steps are cut off."""
    law = load_device("tang_2018", sigma_step=0.0)
    up = along(lambda w: float(law.pulse(np.array(w), True, 0.0)) - w, law.w_min, 900)
    down = along(lambda w: float(law.pulse(np.array(w), False, 0.0)) - w, up[-1], 600)
    assert up.max() < law.w_max and down.min() > law.w_min
    fit = {f.kind: f for f in step_fits(stairs(up, down, n=900))}["LinearStep"]
    half, centre = 0.5 * np.ptp(up), 0.5 * (up[0] + up[-1])
    for k, (gamma, end) in enumerate([(law.gamma_up, law.w_max), (law.gamma_down, law.w_min)]):
        at_centre = law.dw_min * (1 - gamma * centre / end) / half
        assert fit.d[k] == pytest.approx(at_centre, rel=1e-6)
        assert fit.gamma[k] == pytest.approx(law.dw_min * gamma / abs(end) / at_centre, rel=1e-6)


def test_exponential_steps_are_found_again():
    up = lambda w: 0.04 * (1 - 0.3 * np.exp(1.1 * w))  # noqa: E731
    down = lambda w: -0.05 * (1 - 0.2 * np.exp(-1.4 * w))  # noqa: E731
    fits = fitted(up, down)
    assert fits["ExpStep"].error < 1e-4
    assert fits["ExpStep"].error < 0.1 * fits["LinearStep"].error


@pytest.mark.parametrize(
    ("g", "said"),
    [
        ([1e-6, 2e-6], "two pulses or more"),
        ([1e-6, np.nan, 2e-6], "all finite"),
        ([2e-6, 1.5e-6, 1e-6], "it must rise"),
    ],
)
def test_what_is_no_staircase_is_refused(g, said):
    with pytest.raises(SpecError, match=said):
        nonlinearity(np.array(g))


def test_steps_are_those_of_equal_pulses_that_move_the_cell():
    g = np.linspace(1e-6, 2e-6, 9)
    grown = stairs(g, g[::-1])
    object.__setattr__(grown, "v_up", np.linspace(1, 2, 8))
    with pytest.raises(SpecError, match="identical pulses"):
        step_fits(grown)
    with pytest.raises(SpecError, match="move nothing"):
        step_fits(stairs(np.full(9, 1e-6), np.full(9, 1e-6)))
    with pytest.raises(SpecError, match="noise is 0 S"):
        merits(stairs(g, g[::-1]), noise=0.0)
