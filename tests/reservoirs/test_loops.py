"""Compiled loops of reservoirs against plain NumPy."""

import math
import threading

import numpy as np
import pytest
from numba import njit
from scipy import sparse

from xbarsim.reservoirs import _together
from xbarsim.reservoirs._dense import dense_run
from xbarsim.reservoirs._sparse import sparse_run
from xbarsim.reservoirs._tanh import tanh
from xbarsim.reservoirs._together import nobody, shared
from xbarsim.reservoirs.echo import EchoCore, Neurons
from xbarsim.reservoirs.matrices import connections
from xbarsim.streams import Streams


@njit
def tanh_of(x):
    return np.array([tanh(one) for one in x])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tanh_is_right_to_a_few_units_in_the_last_place(dtype):
    rng = np.random.default_rng(0)
    sizes = np.concatenate([np.geomspace(1e-30, 50, 20_000), rng.uniform(0, 1, 20_000), [0.0]])
    x = (sizes * rng.choice([-1, 1], sizes.size)).astype(dtype)
    exact = np.array([math.tanh(one) for one in x.astype(float)])
    unit = np.spacing(np.abs(exact.astype(dtype)))
    assert tanh_of(x).dtype == dtype
    assert (np.abs(tanh_of(x) - exact) / unit).max() <= 3.5


def by_hand(weights, drive, before, leak, activation):
    f = {
        "tanh": np.tanh,
        "identity": lambda x: x,
        "relu": lambda x: np.maximum(x, 0),
        "logistic": lambda x: 1 / (1 + np.exp(-x)),
    }[activation]
    found = []
    for u in drive:
        before = (1 - leak) * before + leak * f(weights @ before + u)
        found.append(before)
    return np.array(found)


@pytest.mark.parametrize("activation", ["tanh", "identity", "relu", "logistic"])
@pytest.mark.parametrize("density", [0.1, 1.0])
@pytest.mark.parametrize("n", [1, 6, 83])
def test_loops_do_what_the_equation_says(activation, density, n):
    rng = np.random.default_rng(n)
    weights = sparse.random_array((n, n), density=density, rng=rng).tocsr() * (0.8 / n)
    drive, before, leak = rng.normal(size=(40, n)), rng.normal(size=n), rng.uniform(0.1, 1, n)
    wanted = by_hand(weights, drive, before, leak, activation)
    number = ["tanh", "identity", "relu", "logistic"].index(activation)
    for run, matrix in (
        (sparse_run, connections(weights, np.float64)),
        (dense_run, (weights.toarray(),)),
    ):
        states = drive.copy()
        run(*matrix, states, before, leak, number, 0, 40, 0, n, nobody(), 1, 0)
        np.testing.assert_allclose(states, wanted, atol=1e-13)


@pytest.mark.parametrize("density", [0.1, 1.0])
def test_threads_and_pieces_change_no_bit(density, monkeypatch):
    rng, n, steps = np.random.default_rng(0), 200, 300
    weights = sparse.random_array((n, n), density=density, rng=rng).tocsr() * (2.0 / n)
    drive, zero, leak = rng.normal(size=(steps, n)), np.zeros(n), np.full(n, 0.7)
    whole = density == 1.0
    matrix = (weights.toarray(),) if whole else connections(weights, np.float64)
    run = dense_run if whole else sparse_run

    def states_with(threads):
        monkeypatch.setattr(_together, "blas_threads", lambda: threads)
        monkeypatch.setattr(_together, "_WORTH", 1)
        states = drive.copy()
        shared(lambda *part: run(*matrix, states, zero, leak, 0, *part), steps, n, 10_000)
        return states

    alone = states_with(1)
    for threads in (2, 3):
        assert np.array_equal(states_with(threads), alone)


@pytest.mark.parametrize(("rows", "threads"), [(10, 1), (40, 2), (200, 4)])
def test_no_thread_is_without_rows(rows, threads, monkeypatch):
    """The one with the first row alone may call work off, so that no other may begin there."""
    monkeypatch.setattr(_together, "blas_threads", lambda: 4)
    firsts, lock = [], threading.Lock()

    def run(begin, end, first, last, counts, number, patience):
        with lock:
            firsts.append(first)
        assert last > first and number == threads
        return end

    shared(run, 5, rows, 1_000_000)
    assert len(set(firsts)) == len(firsts) == threads


def test_work_that_waits_too_long_goes_on_alone(monkeypatch):
    """The first thread loses patience at once; all stop after the same step, nothing is lost."""
    monkeypatch.setattr(_together, "blas_threads", lambda: 2)
    monkeypatch.setattr(_together, "_FEWEST", 1)
    monkeypatch.setattr(_together, "_ALONE", 0)
    rng, n, steps = np.random.default_rng(0), 64, 200
    weights = rng.normal(size=(n, n)) / n
    states, parts, lock = rng.normal(size=(steps, n)), [], threading.Lock()
    wanted = by_hand(weights, states, np.zeros(n), np.ones(n), "tanh")
    given = weights, states, np.zeros(n), np.ones(n), 0

    def run(begin, end, first, last, counts, threads, patience):
        reached = dense_run(*given, begin, end, first, last, counts, threads, min(patience, 1))
        with lock:
            parts.append((begin, reached, first, last))
        return reached

    shared(run, steps, n, 16_000)
    np.testing.assert_allclose(states, wanted, atol=1e-13)
    for row in (0, n - 1):
        of_row = sorted((a, b) for a, b, first, last in parts if first <= row < last)
        assert of_row[0][0] == 0 and of_row[-1][1] == steps
        assert all(b == a for (_, b), (a, _) in zip(of_row, of_row[1:], strict=False))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_many_series_side_by_side_are_as_one_by_one(dtype):
    rng, n = np.random.default_rng(0), 40
    weights = sparse.random_array((n, n), density=0.2, rng=rng).tocsr()
    neurons = Neurons(
        recurrent=weights, inputs=rng.normal(size=(n, 2)), bias=rng.normal(size=n),
        leak=rng.uniform(0.2, 1, n),
    )  # fmt: skip
    core = EchoCore(neurons, None, Streams(0), np.ones(2), dtype)
    series = [rng.normal(size=(length, 2)).astype(dtype) for length in rng.integers(1, 30, 45)]
    state = rng.normal(size=(45, n)).astype(dtype)
    together, last = core.run(series, state)
    for k, one in enumerate(series):
        alone, end = core.run([one], state[k : k + 1])
        tolerance = 1e-13 if dtype == "float64" else 1e-5
        np.testing.assert_allclose(together[k], alone[0], atol=tolerance)
        np.testing.assert_allclose(last[k], end[0], atol=tolerance)
