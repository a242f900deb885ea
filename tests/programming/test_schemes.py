"""Passes with relaxation, rows after rows, open loop, and growing gate voltages."""

from dataclasses import replace

import numpy as np
import pytest

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.programming import (
    WriteVerify,
    gated_transfer,
    half_selected,
    open_loop,
    programming_transfer,
    write_by_rows,
    write_verify,
)
from xbarsim.programming.by_rows import _Repeated
from xbarsim.transient import simulate
from xbarsim.transient.series import InSeries, Transistor

READ = 0.2  # V


@pytest.fixture(scope="module")
def stanford():
    law = load_device("jiang_2014_hfox_demo")
    levels = np.concatenate([-np.linspace(1.0, 1.5, 32)[::-1], np.linspace(1.3, 1.8, 32)])
    return law, programming_transfer(law, levels, 10e-9, READ, states=1001)


def test_a_cell_turns_where_its_pulses_change_direction(stanford, streams):
    _, transfer = stanford
    targets = streams.rng().uniform(8e-6, 90e-6, 200)
    counts = np.zeros((200, len(transfer.levels)), dtype=np.int64)
    done = write_verify(transfer, targets, WriteVerify(window=1e-6), counts=counts)
    np.testing.assert_array_equal(counts.sum(axis=1), done.pulses)
    lowering = counts[:, transfer.levels < 0].sum(axis=1)
    assert ((done.turns == 0) == (lowering == 0)).all(), "cells begin at the lowest conductance"
    assert done.turns.max() > 1


def test_relaxation_widens_what_passes_narrow_again(stanford, streams):
    _, transfer = stanford
    targets, z = streams.rng().uniform(20e-6, 80e-6, 3000), streams.normal((3000,))
    scheme = WriteVerify(window=1e-6, relaxation=0.05)
    still = write_verify(transfer, targets, replace(scheme, relaxation=0.0), z)
    once = write_verify(transfer, targets, scheme, z)
    moved = once.g / still.g - 1.0
    assert moved.std() == pytest.approx(0.05, rel=0.1)
    assert abs(moved.mean()) < 5 * 0.05 / np.sqrt(3000)
    assert once.verified.mean() == still.verified.mean(), "it was verified before it relaxed"
    thrice = write_verify(transfer, targets, replace(scheme, passes=3), z)
    assert thrice.pulses.mean() > once.pulses.mean()
    assert np.std(thrice.g / targets) == pytest.approx(np.std(once.g / targets), rel=0.15)
    alone = write_verify(transfer, targets[5:6], replace(scheme, passes=3), z[5:6])
    assert alone.g[0] == thrice.g[5], "a cell does not depend on the others"


def test_half_selected_cells_of_a_law_with_a_gate_stay(stanford, streams):
    law, transfer = stanford
    targets, scheme = streams.rng().uniform(8e-6, 90e-6, (6, 5)), WriteVerify(window=2e-6)
    disturb = half_selected(law, transfer, "V/2")
    rows = write_by_rows(transfer, disturb, targets, scheme)
    alone = write_verify(transfer, targets, scheme)
    np.testing.assert_allclose(rows.g, alone.g, rtol=1e-9)
    assert (rows.energy >= alone.energy).all() and rows.energy[0].sum() > alone.energy[0].sum()
    np.testing.assert_array_equal(rows.energy[-1], alone.energy[-1], "nothing comes after")


@pytest.fixture(scope="module")
def jart():
    """A pulse of -1 V and 10 ns on JART cells, and what V/2 and V/3 of it do."""
    law = load_device("cuppers_2019")
    transfer = programming_transfer(law, [-1.0, 1.0], 10e-9, READ, states=2001)
    return transfer, {name: half_selected(law, transfer, name) for name in ("V/2", "V/3")}


def test_half_selected_analogue_cells_of_jart_run_away_at_half_and_stay_at_a_third(jart):
    """From the equations: ln N moves by 0.1 in 0.485 ns at -0.5 V, in 8.389 us at -0.333 V."""
    transfer, disturb = jart
    x, once = np.full(1, np.log(0.3)), np.array([[1, 0]])
    half, _ = _Repeated(disturb["V/2"]).apply(x, once)
    third, _ = _Repeated(disturb["V/3"]).apply(x, once)
    assert half[0] - x[0] > 0.5
    assert 0 < third[0] - x[0] < 1e-3


def test_many_pulses_at_once_are_as_many_pulses(jart, streams):
    disturb = jart[1]["V/3"]
    x = streams.rng().uniform(-2.0, 1.0, 40)
    counts = np.zeros((40, 2), dtype=np.int64)
    counts[:, 0] = 50 * np.arange(40)
    found, _ = _Repeated(disturb).apply(x, counts)
    for k in (1, 5, 22, 39):
        one = x[k : k + 1].copy()
        for _ in range(50 * k):
            disturb.flow.apply(one, np.array([0]))
        assert found[k] == pytest.approx(one[0], abs=2e-3)


def test_open_loop_hits_with_the_nominal_cell_and_misses_with_others(streams):
    law = load_device("kvatinsky_2015_generic", r_on="10 kohm", r_off="500 kohm")
    levels = [-0.214, 0.05]
    nominal = programming_transfer(law, levels, 10e-9, 15e-3)
    targets = streams.rng().uniform(3e-6, 60e-6, (20, 10))
    done = open_loop(nominal, targets, 0, 400)
    x, stairs = nominal.states[[np.argmin(nominal.g)]].copy(), []
    for _ in range(401):
        stairs.append(float(nominal.read(x)[0]))
        nominal.flow.apply(x, np.array([0]))
    nearest = np.abs(np.array(stairs)[:, None, None] - targets).argmin(axis=0)
    np.testing.assert_array_equal(done.pulses, nearest)
    np.testing.assert_allclose(done.g, np.array(stairs)[nearest], rtol=1e-9)
    assert done.pulses.max() > 30
    assert not done.reads.any() and (done.energy[done.pulses > 0] > 0).all()
    other = programming_transfer(replace(law, k_on=0.8 * law.k_on), levels, 10e-9, 15e-3)
    missed = open_loop(nominal, targets, 0, 400, transfer=other)
    np.testing.assert_array_equal(missed.pulses, done.pulses)
    assert abs(missed.g / targets - 1.0).mean() > 3 * abs(done.g / targets - 1.0).mean()


def test_a_growing_gate_limits_the_current_and_writes(streams):
    law, width = load_device("jiang_2014_hfox_demo"), 10e-9
    front = Transistor(gate=4.0, threshold=0.5, transconductance=2e-2)
    gates = np.linspace(0.6, 1.2, 20)
    transfer = gated_transfer(law, front, gates, 2.0, np.linspace(-2.5, -1.0, 20), width, READ,
                              states=401)  # fmt: skip
    start = np.searchsorted(transfer.states, 1.2e-9)
    ends = transfer.flow.table[transfer.levels > 0][:, start]
    assert (np.diff(ends) <= 0).all() and ends[0] - ends[-1] > 0.2e-9
    both = InSeries(law=law, front=replace(front, gate=float(gates[12])))
    exact = simulate(both, [0.0, width], [2.0, 2.0], state=[transfer.states[start]])
    assert ends[12] == pytest.approx(float(exact.state[-1, 0]), abs=3e-12)
    targets = streams.rng().uniform(10e-6, 80e-6, 100)
    done = write_verify(transfer, targets, WriteVerify(window=4e-6, pulses=300))
    assert done.verified.mean() > 0.9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t, law: half_selected(law, t, "V/4"), "scheme is 'V/4'; it must be one of V/2"),
        (lambda t, law: write_by_rows(t, t, np.full(3, 2e-5), WriteVerify(window=1e-6)),
         r"g_target has shape \(3,\)"),
        (lambda t, law: open_loop(t, np.full(3, 2e-5), 99, 5), "level is 99; levels are 0 to 63"),
        (lambda t, law: open_loop(t, np.full(3, 2e-5), 0, 0), "most is 0"),
        (lambda t, law: WriteVerify(window=1e-6, relaxation=-0.1), "relaxation is -0.1"),
        (lambda t, law: gated_transfer(law, Transistor(gate=2.0, threshold=0.5,
                                                       transconductance=1e-4),
                                       [1.0, 0.9], -1.0, [1.0], 1e-8, 0.1), "gates must be"),
        (lambda t, law: gated_transfer(law, Transistor(gate=2.0, threshold=0.5,
                                                       transconductance=1e-4),
                                       [0.9, 1.0], -1.0, [-1.0], 1e-8, 0.1), "levels must have"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(call, message, stanford):
    law, transfer = stanford
    with pytest.raises(SpecError, match=message):
        call(transfer, law)
