"""Echo-state networks: series of any form, streaming, hardware, ageing, energy, files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.reservoirs import on_tile
from xbarsim.reservoirs.echo import EchoCore, Neurons
from xbarsim.reservoirs.rls import RecursiveLeastSquares
from xbarsim.streams import Streams

RNG = np.random.default_rng(0)
U = RNG.uniform(-1, 1, (120, 2))
DELAYED = np.roll(U[:, 0], 2)
ROUNDING = {"rtol": 0, "atol": 1e-13}  # products of one input and of many differ that much
WIRES = Wires(r_word=1.0, r_bit=1.0)


def arrays(noise=0.01, **settings):
    device = xs.load_device("ideal", read_noise=noise)
    return xs.Hardware(device=device, **{"rows": 64, "cols": 64, **settings})


def by_hand(core, u):
    """States of a core by the equation."""
    n, x, found = core.neurons, np.zeros(core.features), []
    for step in u:
        sums = n.recurrent @ x + n.inputs @ step + n.bias
        x = (1 - n.leak) * x + n.leak * np.tanh(sums)
        found.append(x)
    return np.array(found)


@pytest.mark.parametrize("density", [0.1, 1.0])
@pytest.mark.parametrize(
    "settings",
    [{}, {"rows": 40, "cols": 30}, {"encoding": "balanced"}, {"encoding": "offset"},
     {"encoding": xs.Encoding(kind="differential", copies=2)}],
    ids=["one array", "many arrays", "balanced", "offset", "copies"],
)  # fmt: skip
def test_ideal_arrays_equal_the_equation(density, settings):
    made = xs.EchoState(
        60, density=density, leak=0.6, bias_scaling=0.3, hardware=arrays(0.0, **settings),
        random_state=1,
    ).fit(U)  # fmt: skip
    np.testing.assert_allclose(made.transform(U), by_hand(made.core_, U), atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    noise=st.sampled_from([None, 0.0, 0.02]),
)
def test_series_of_any_length_together_alone_cut_or_streamed_give_the_same_states(cuts, noise):
    hardware = None if noise is None else arrays(noise, wires=WIRES)
    made = xs.EchoState(20, density=0.3, hardware=hardware, random_state=2).fit(U)
    core = made.core_
    series = [RNG.uniform(-1, 1, (length, 2)) for length in cuts]
    reads = _reads(core)
    together, last = core.run(series)
    if not noise:
        for one, states in zip(series, together, strict=True):
            np.testing.assert_allclose(core.run([one])[0][0], states, **ROUNDING)
    _reads(core, reads)
    middle = [max(len(one) // 2, 1) for one in series]
    first, state = core.run([one[:m] for one, m in zip(series, middle, strict=True)])
    if len(series) == 1:
        _reads(core, reads)
        state, streamed = None, []
        for step in series[0]:
            states, state = core.run([step[None]], state)
            streamed.append(states[0][0])
        np.testing.assert_allclose(streamed, together[0], **ROUNDING)
    for one, states, end in zip(first, together, last, strict=True):
        np.testing.assert_allclose(one, states[: len(one)], **ROUNDING)
        assert np.array_equal(end, states[-1])


def _reads(core, value=None):
    """How often the tile was read: the noise of the next reads follows from that."""
    for tile in core.tiles.values():
        if value is not None:
            tile.reads = value
        return tile.reads
    return 0


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("density", "settings", "tolerance"),
    [
        (0.1, {}, 1e-6),
        (1.0, {}, 1e-6),
        (0.1, {"wires": WIRES}, 1e-4),
        (1.0, {"wires": WIRES, "rows": 30}, 1e-4),
        (0.1, {"dac": xs.Dac(bits=8), "rows": 30}, 1e-6),
    ],
)  # fmt: skip
def test_compiled_reads_draw_what_the_tile_draws(density, settings, tolerance, dtype):
    made = xs.EchoState(
        50, density=density, hardware=arrays(**settings), dtype=dtype, random_state=3
    ).fit(U)
    core, series = made.core_, [U[:30].astype(dtype), U[:50].astype(dtype)]
    reads = core.tiles["reservoir"].reads
    fast, _ = core.run(series)
    assert core._fast.stages is not None
    core.tiles["reservoir"].reads, core._fast = reads, on_tile.Fast(stages=None)
    slow, _ = core.run(series)
    noise = np.std(slow[0] - by_hand(core, series[0]))
    assert noise > 1e-4  # there is something to agree on
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_allclose(a, b, atol=max(tolerance, 2e-6 * (dtype == "float32")))


def test_converters_of_compiled_reads_are_the_tiles():
    made = xs.EchoState(
        50, hardware=arrays(adc=xs.Adc(bits=8, gain_spread=0.02, offset_spread=0.5)), random_state=3
    ).fit(U)
    core = made.core_
    reads = core.tiles["reservoir"].reads
    fast, _ = core.run([U])
    core.tiles["reservoir"].reads, core._fast = reads, on_tile.Fast(stages=None)
    slow, _ = core.run([U])
    assert np.mean(np.abs(fast[0] - slow[0]) > 1e-9) < 0.01  # few roundings to the other level


@pytest.mark.parametrize(
    "settings",
    [
        {"noise": "exact"},
        {"encoding": "offset"},
        {"adc": xs.Adc(bits=8, kind="ramp", ramp_curvature=0.02)},
        {"dac": xs.Dac(bits=6, coding="bit_serial")},
    ],
    ids=["exact noise", "offset", "ramp", "bits in series"],
)
def test_what_compiled_reads_do_not_know_the_tile_reads(settings):
    device = xs.load_device("ideal", read_noise=0.01)
    hardware = xs.Hardware(device=device, wires=WIRES, rows=64, cols=64, **settings)
    made = xs.EchoState(12, density=0.5, hardware=hardware, random_state=3).fit(U[:20])
    states = made.transform(U[:20])
    assert made.core_._fast.stages is None
    assert 1e-4 < np.abs(states - by_hand(made.core_, U[:20])).max() < 0.4


@pytest.mark.parametrize("way", ["compiled", "by tile"])
def test_a_step_of_all_series_is_a_read_and_the_ledger_counts_what_still_runs(way):
    converters = {"adc": xs.Adc(bits=8), "dac": xs.Dac(bits=8)}
    made = xs.EchoState(20, hardware=arrays(rows=11, **converters), random_state=0).fit(U)
    core = made.core_
    if way == "by tile":
        core._fast = on_tile.Fast(stages=None)
        core._fast_of = core.tiles["reservoir"].changes
    before, reads = core.ledger.copy(), core.tiles["reservoir"].reads
    core.run([U[:30], U[:7], U[:50]])
    assert core.tiles["reservoir"].reads - reads == 50
    assert core.ledger - before == {
        "reads": 50,
        "vectors": 87,
        "array_reads": 2 * 87,  # 22 lines on arrays of 11
        "dac_conversions": 22 * 87,
        "adc_conversions": 2 * 20 * 87,
        "partial_sums": 20 * 87,
    }


def test_wires_that_carry_currents_where_no_cells_are_make_all_cells_be_read():
    strong = Wires(r_word=300.0, r_bit=300.0)
    made = xs.EchoState(30, density=0.1, hardware=arrays(0.0, wires=strong), random_state=0)
    core = made.fit(U).core_
    tile = core.tiles["reservoir"]
    found, _ = core.run([U])
    assert core._fast.stages is not None and not core._fast.sparse
    core._fast, core._fast_of = on_tile.Fast(stages=None), tile.changes
    np.testing.assert_allclose(found[0], core.run([U])[0][0], atol=1e-9)


def test_noise_of_two_reads_differs_and_follows_from_the_seed():
    def twice():
        made = xs.EchoState(30, hardware=arrays(), random_state=5).fit(U)
        return made.transform(U), made.transform(U)

    (a, b), (c, d) = twice(), twice()
    assert not np.array_equal(a, b)
    assert np.array_equal(a, c) and np.array_equal(b, d)


def test_cells_without_connection_are_not_formed():
    made = xs.EchoState(40, density=0.1, hardware=arrays(), random_state=0).fit(U)
    tile = made.core_.tiles["reservoir"]
    assert tile.macs == 40 * 4 + 40 * 2
    assert (tile.g > 0).sum() == 2 * tile.macs


def test_weights_that_forming_leaves_are_the_devices_own():
    hardware = xs.Hardware(device=xs.load_device("wang_2023"), rows=256, cols=256)
    settings = {"weights": "formed", "density": 0.5, "spectral_radius": 0.8, "random_state": 0}
    made = xs.EchoState(100, hardware=hardware, **settings).fit(U, DELAYED)
    g = made.core_.tiles["reservoir"].g
    assert (g > 0).mean() == pytest.approx(0.5, abs=0.014)  # four standard errors of 20,400 cells
    held = made.core_.tiles["reservoir"].held
    assert np.abs(np.linalg.eigvals(held[:, :100])).max() == pytest.approx(0.8, rel=0.15)
    states = by_hand_of(held[:, :100], held[:, 100:] / made.core_.full, U)
    np.testing.assert_allclose(made.transform(U), states, atol=1e-6)
    assert made.score(U, DELAYED) > 0.9
    soft = xs.EchoState(100, **settings).fit(U, DELAYED)
    weights = soft.core_.neurons.recurrent
    assert np.abs(np.linalg.eigvals(weights)).max() == pytest.approx(0.8, rel=1e-5)
    # a scale of inputs is what a mean cell stands for, on arrays and in software alike
    spread = [
        np.abs(each).mean() for each in (soft.core_.neurons.inputs, held[:, 100:] / made.core_.full)
    ]
    assert spread[0] == pytest.approx(spread[1], rel=0.2)


def by_hand_of(weights, inputs, u):
    x, found = np.zeros(len(weights)), []
    for step in u:
        x = np.tanh(weights @ x + inputs @ step)
        found.append(x)
    return np.array(found)


def test_a_readout_learns_a_delay_and_scores_it():
    made = xs.EchoState(50, washout=10, random_state=0).fit(U[:90], DELAYED[:90])
    assert made.score(U, DELAYED) > 0.95
    assert made.predict(U).shape == (120,)
    assert made.predict(U, start="last").shape == (120,)


def test_targets_of_other_lengths_are_not_scored():
    """Not even if there are as many in all."""
    made = xs.EchoState(9, random_state=0).fit([U, U[:50]], [DELAYED, DELAYED[:50]])
    with pytest.raises(SpecError, match=r"y\[0\] has 50 steps; its series has 120"):
        made.score([U, U[:50]], [DELAYED[:50], DELAYED])


def test_targets_of_several_outputs_and_series_keep_their_shape():
    y = np.stack([DELAYED, U[:, 1]], axis=1)
    made = xs.EchoState(30, random_state=0).fit([U, U[:50]], [y, y[:50]])
    found = made.predict([U[:7], U])
    assert [part.shape for part in found] == [(7, 2), (120, 2)]
    cube = np.stack([U[:40], U[40:80]])
    assert xs.EchoState(9, random_state=0).fit(cube, cube).predict(cube)[1].shape == (40, 2)


@pytest.mark.parametrize("pooling", [1, 3, "last"])
@pytest.mark.parametrize("readout", ["ridge", "logistic"])
def test_series_are_classified(pooling, readout):
    rng = np.random.default_rng(1)
    labels = np.array(["low", "high"] * 20)
    series = [
        rng.normal(0.5 if label == "high" else -0.5, 0.2, (int(rng.integers(5, 20)), 1))
        for label in labels
    ]
    made = xs.EchoState(30, pooling=pooling, readout=readout, random_state=0)
    made.fit(series[:30], labels[:30])
    assert list(made.classes_) == ["high", "low"]
    assert made.score(series[30:], labels[30:]) == 1.0
    assert made.decision_function(series).shape[0] == 40


def test_counts_are_read_by_the_class_that_each_neuron_answers_most():
    from xbarsim.reservoirs.counts import SpikeCounts

    counts = np.array([[5, 0, 1, 0], [4, 1, 1, 0], [0, 6, 2, 0], [1, 5, 3, 0]])
    made = SpikeCounts().fit(counts, ["a", "a", "b", "b"])
    assert list(made.assigned_) == [0, 1, 1, -1]
    assert np.allclose(made.decision_function(counts[:1]), [[5, 0.5]])
    assert list(made.predict(counts)) == ["a", "a", "b", "b"]
    weighted = SpikeCounts().fit([[1], [3], [2]], ["a", "a", "b"], [1.0, 0.0, 1.0])
    assert list(weighted.assigned_) == [1]  # means of 1 and 2; 2 and 2 without the weights


def test_a_readout_sees_squares_and_inputs_beside_features_where_asked_to():
    made = xs.EchoState(9, direct=True, squares=True, readout=Ridge(1e-6), random_state=0)
    made.fit(U, DELAYED)
    x = np.concatenate([made.transform(U), U], axis=1)
    seen = np.concatenate([x, x**2], axis=1)
    expected = Ridge(1e-6).fit(seen, DELAYED).predict(seen)
    np.testing.assert_allclose(made.predict(U), expected, atol=1e-9)


def test_start_last_goes_on_from_call_to_call():
    made = xs.EchoState(9, leak=0.2, random_state=0).fit(U)
    made.reset()
    parts = [made.transform(part, start="last") for part in np.split(U, 4)]
    np.testing.assert_allclose(np.concatenate(parts), made.transform(U), atol=1e-12)


def test_step_continues_where_fitting_ended():
    made = xs.EchoState(30, leak=0.5, random_state=0).fit(U[:80], DELAYED[:80])
    streamed = np.array([made.step(u) for u in U[80:]])
    whole = made.predict(U)[80:]
    np.testing.assert_allclose(streamed[:, 0], whole, atol=1e-10)
    made.reset(2)
    assert made.step(U[:2]).shape == (2, 1)
    with pytest.raises(SpecError, match="expected \\(2, 2\\)"):
        made.step(U[:3])
    with pytest.raises(SpecError, match="1 values that are not finite"):
        made.step([[0, np.nan], [0, 0]])
    with pytest.raises(SpecError, match=r"shape \(1, 2, 2\)"):
        made.step(U[:2][None])
    with pytest.raises(SpecError, match="n is 0; it must be a whole number from 1"):
        made.reset(0)


def test_fed_back_outputs_keep_a_rhythm():
    t = np.arange(400)
    y = np.sin(2 * np.pi * t / 25)
    made = xs.EchoState(
        60, feedback_scaling=0.8, bias_scaling=0.2, washout=50, readout=Ridge(1e-8), random_state=0
    ).fit(np.zeros((400, 1)), y)
    free = np.array([made.step(np.zeros(1))[0] for _ in range(200)])
    wanted = np.sin(2 * np.pi * (np.arange(200) + 400) / 25)
    assert np.sqrt(np.mean((free - wanted) ** 2)) < 0.05


def generator(**settings):
    t = np.arange(300)
    return xs.EchoState(
        60, feedback_scaling=0.8, bias_scaling=0.2, washout=50, readout="rls", random_state=0,
        **settings,
    ).fit(np.zeros((300, 1)), np.sin(2 * np.pi * t / 25))  # fmt: skip


def test_features_of_a_reservoir_with_feedback_are_those_of_its_own_outputs():
    made, silence = generator(), np.zeros((40, 1))
    features = made.transform(silence)
    weights, bias = made.readout_._linear
    np.testing.assert_allclose(features @ weights[0] + bias, made.predict(silence), atol=1e-12)
    driven = np.stack([silence[:, 0], np.append(0.0, made.predict(silence)[:-1])], axis=1)
    np.testing.assert_allclose(features, by_hand(made.core_, driven), atol=1e-12)
    with pytest.raises(SpecError, match="start is 'first'; expected 'rest' or 'last'"):
        made.predict(silence, start="first")


def test_force_learning_goes_on_with_the_outputs_of_the_readout_itself():
    """By hand: the reservoir hears the last output, least squares learn after every step."""
    made, u = generator(), np.zeros((200, 1))
    wanted = np.sin(2 * np.pi * (np.arange(200) + 300) / 20)  # another rhythm than in fitting
    n, x, last = made.core_.neurons, made.state_[0], made._last_output[0]
    p, w = made.readout_._online._p.copy(), made.readout_._online._w.copy()
    for k in range(200):
        x = np.tanh(n.recurrent @ x + n.inputs @ np.append(u[k], last) + n.bias)
        r = np.append(x, 1.0)
        last = w @ r
        gain = p @ r / (1 + r @ p @ r)
        w = w + np.outer(wanted[k] - last, gain)
        p = p - np.outer(gain, r @ p)
    made.partial_fit(u, wanted)
    weights, bias = made.readout_._linear
    np.testing.assert_allclose(np.append(weights, bias), w[0], atol=1e-6)
    np.testing.assert_allclose(made._last_output[0], last, atol=1e-6)


def test_a_rhythm_that_was_learned_with_ones_own_outputs_goes_on_alone():
    wanted = np.sin(2 * np.pi * np.arange(1200) / 25)
    made = xs.EchoState(
        100, spectral_radius=1.2, leak=0.5, feedback_scaling=1.0, bias_scaling=0.2,
        readout=RecursiveLeastSquares(penalty=1e-4), random_state=0,
    )  # fmt: skip
    made.fit(np.zeros((50, 1)), wanted[:50]).partial_fit(np.zeros((950, 1)), wanted[50:1000])
    free = np.array([made.step(np.zeros(1))[0] for _ in range(200)])
    assert np.abs(free - wanted[1000:]).max() < 0.1


def test_learning_on_without_feedback_is_learning_at_once():
    made = xs.EchoState(20, readout="rls", random_state=0).partial_fit(U[:50], DELAYED[:50])
    made.partial_fit(U[50:], DELAYED[50:])
    whole = xs.EchoState(20, readout="rls", random_state=0).fit(U, DELAYED)
    np.testing.assert_allclose(made.readout_._linear[0], whole.readout_._linear[0], atol=1e-8)
    with pytest.raises(SpecError, match=r"goes on with one series; X holds 2"):
        made.partial_fit([U, U], [DELAYED, DELAYED])
    with pytest.raises(SpecError, match=r"y holds \(2,\) outputs for every step; .* has 1"):
        made.partial_fit(U, U)
    on_arrays = xs.EchoState(20, readout="rls", readout_hardware=arrays(), random_state=0)
    with pytest.raises(SpecError, match="readout_hardware None"):
        on_arrays.fit(U, DELAYED).partial_fit(U, DELAYED)
    assert not hasattr(xs.EchoState(), "partial_fit")


def test_recursive_least_squares_is_ridge_regression():
    x, y = RNG.normal(size=(60, 5)), RNG.normal(size=(60, 2))
    made = RecursiveLeastSquares(penalty=0.3).fit(x[:40], y[:40]).partial_fit(x[40:], y[40:])
    ones = np.column_stack([x, np.ones(60)])
    wanted = np.linalg.solve(ones.T @ ones + 0.3 * np.eye(6), ones.T @ y).T
    np.testing.assert_allclose(np.column_stack([made.coef_, made.intercept_]), wanted, atol=1e-10)


def test_recursive_least_squares_takes_a_weight_as_so_many_samples():
    x, y = RNG.normal(size=(40, 5)), RNG.normal(size=(40, 1))
    weights = RNG.integers(0, 4, 40)
    made = RecursiveLeastSquares().fit(x, y, weights)
    often = RecursiveLeastSquares().fit(np.repeat(x, weights, axis=0), np.repeat(y, weights, 0))
    np.testing.assert_allclose(made.coef_, often.coef_, atol=1e-12)
    np.testing.assert_allclose(made.intercept_, often.intercept_, atol=1e-12)


def test_a_readout_on_arrays_is_read_with_their_noise():
    made = xs.EchoState(40, readout_hardware=arrays(0.0), random_state=0).fit(U, DELAYED)
    exact = xs.EchoState(40, random_state=0).fit(U, DELAYED)
    np.testing.assert_allclose(made.predict(U), exact.predict(U), atol=1e-6)
    noisy = xs.EchoState(40, readout_hardware=arrays(0.02), random_state=0).fit(U, DELAYED)
    assert 1e-3 < np.std(noisy.predict(U) - exact.predict(U)) < 0.5
    assert made.ledger["vectors"] == 120


def test_arrays_age_and_are_young_again():
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"), rows=64, cols=64)
    made = xs.EchoState(40, hardware=hardware, random_state=0).fit(U, DELAYED)
    young = made.core_.tiles["reservoir"].held.copy()
    made.set_params(age="1 day").transform(U)
    aged = made.core_.tiles["reservoir"].held
    assert made.core_.tiles["reservoir"].t == 86400
    assert np.abs(aged).sum() < 0.9 * np.abs(young).sum()  # drift
    made.set_params(age=None).transform(U)
    assert np.array_equal(made.core_.tiles["reservoir"].held, young)
    made.set_params(age="1 hour").step(U[0])
    assert made.core_.tiles["reservoir"].t == 3600


def test_energy_of_a_step_is_that_of_its_read():
    hardware = arrays(0.0, adc=xs.Adc(bits=8), dac=xs.Dac(bits=8), wires=WIRES)
    made = xs.EchoState(40, hardware=hardware, readout_hardware=hardware, random_state=0)
    report = made.fit(U, DELAYED).energy(U)
    assert list(report.table.index) == ["reservoir", "readout"]
    totals = report.totals()
    assert totals["imbalance"] < 1e-9
    g, v = made.core_.tiles["reservoir"].g, hardware.v_read
    assert 0 < totals["source"] < 1.1 * g.sum() * v**2 * hardware.t_read * 2
    parts = report.table[list(xs.energy.estimate.__globals__["COMPONENTS"])].sum().sum()
    assert parts == pytest.approx(totals["total"], rel=1e-12)
    before = dict(made.ledger)
    made.energy(U)
    assert made.ledger["vectors"] - before["vectors"] <= 2 * len(U)
    last = xs.EchoState(9, readout_hardware=hardware, pooling="last", random_state=0)
    every = xs.EchoState(9, readout_hardware=hardware, random_state=0).fit(U, DELAYED)
    series, y = np.split(U, 12), np.arange(12) % 2 * 1.0
    share = [made.energy(series).totals()["adc"] for made in (last.fit(series, y), every)]
    assert share[0] == pytest.approx(share[1] / 10)  # one read in ten steps
    source = [made.energy(series).totals()["digital_baseline"] for made in (last, every)]
    assert source[0] == pytest.approx(source[1] / 10)
    with pytest.raises(SpecError, match="energy needs hardware"):
        xs.EchoState(9, random_state=0).fit(U).energy(U)


def test_energy_is_that_of_arrays_as_old_as_they_are_said_to_be():
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"), rows=64, cols=64)
    made = xs.EchoState(40, hardware=hardware, random_state=0).fit(U)
    young = made.energy(U).totals()["source"]
    old = made.set_params(age="1 year").energy(U).totals()["source"]
    assert old < 0.5 * young  # drift
    assert made.energy(U).totals()["source"] == pytest.approx(old, rel=0.05)


def test_converters_are_ranged_on_series_from_all_places_of_those_of_training():
    """Not on the first, which often are of one class."""
    hardware = arrays(0.0, dac=xs.Dac(bits=8), adc=xs.Adc(bits=8))
    quiet, loud = (RNG.uniform(-a, a, (10, 500, 1)) for a in (0.05, 1.0))
    made = xs.EchoState(40, input_scaling=0.3, spectral_radius=0.5, hardware=hardware)
    made.set_params(random_state=0).fit([*quiet, *loud])
    exact = xs.EchoState(40, input_scaling=0.3, spectral_radius=0.5, random_state=0).fit(loud)
    assert made.core_.tiles["reservoir"].ranges[0] == pytest.approx(1, rel=0.02)
    assert np.abs(made.transform(loud[0]) - exact.transform(loud[0])).std() < 0.01


@pytest.mark.parametrize("what", ["program", "range"])
def test_compiled_reads_are_those_of_the_tile_as_it_is_now(what):
    device = xs.load_device("wan_2022", read_noise=0.0)
    hardware = xs.Hardware(device=device, rows=64, cols=64, adc=xs.Adc(bits=8))
    made = xs.EchoState(20, hardware=hardware, random_state=0).fit(U)
    core, before, tile = made.core_, made.transform(U), made.core_.tiles["reservoir"]
    if what == "program":
        tile.program()
    else:
        tile.full_scale = tile.full_scale / 3
    now = made.transform(U)
    assert np.abs(now - before).max() > 0.01
    assert np.array_equal(core._fast.stages.mean, tile.stages().mean)
    assert np.array_equal(core._fast.stages.converters.per, tile.stages().converters.per)


@pytest.mark.parametrize("hardware", [None, arrays()], ids=["software", "arrays"])
def test_what_is_loaded_goes_on_alike(tmp_path, hardware):
    made = xs.EchoState(30, hardware=hardware, random_state=0).fit(U, DELAYED)
    made.save(tmp_path / "made")
    loaded = xs.EchoState.load(tmp_path / "made")
    assert np.array_equal(loaded.predict(U), made.predict(U))
    assert np.array_equal(loaded.step(U[0]), made.step(U[0]))


def test_deep_and_parallel_reservoirs_give_all_their_states():
    deep = xs.EchoState([20, 30], random_state=0).fit(U, DELAYED)
    side = xs.EchoState([20, 30], arrangement="parallel", hardware=arrays(0.0), random_state=0)
    side.fit(U, DELAYED)
    assert deep.transform(U).shape == side.transform(U).shape == (120, 50)
    first, second = deep.core_.cores
    assert np.abs(second.neurons.inputs).max() == pytest.approx(20**-0.5, rel=0.01)
    states = by_hand(first, U)
    np.testing.assert_allclose(deep.transform(U)[:, 20:], by_hand(second, states), atol=1e-12)
    assert list(side.core_.tiles) == ["0/reservoir", "1/reservoir"]
    wired = xs.EchoState([9, 9], hardware=arrays(wires=WIRES), random_state=0).fit(U)
    assert wired.core_.noise_error == max(core.noise_error for core in wired.core_.cores) > 0
    assert list(side.energy(U[:10]).table.index) == ["0/reservoir", "1/reservoir"]


def test_reservoirs_stand_in_pipelines_and_searches():
    made = make_pipeline(StandardScaler(), xs.EchoState(20, washout=5, random_state=0))
    search = GridSearchCV(made, {"echostate__leak": [0.3, 1.0]}, cv=TimeSeriesSplit(2))
    assert search.fit(U, DELAYED).best_params_["echostate__leak"] in (0.3, 1.0)
    series = [np.full((6, 1), k % 2 - 0.5) + 0.01 * k for k in range(20)]
    labels = np.arange(20) % 2
    made = xs.EchoState(10, task="classification", random_state=0)
    assert cross_val_score(made, series, labels, cv=2).mean() == 1.0


def test_weights_of_samples_count():
    y = np.where(np.arange(120) < 60, 0.0, 1.0)
    made = xs.EchoState(5, readout=Ridge(1e6), random_state=0)
    early = made.fit(U, y, sample_weight=np.where(y == 0, 1.0, 1e-9)).predict(U).mean()
    late = made.fit(U, y, sample_weight=np.where(y == 1, 1.0, 1e-9)).predict(U).mean()
    assert early < 0.1 and late > 0.9


def test_what_a_series_with_one_target_does_in_its_washout_is_not_seen():
    late = [np.concatenate([RNG.uniform(-1, 1, (9, 2)), U[:30]]) for _ in range(12)]
    y = np.arange(12) % 2
    made = xs.EchoState(10, washout=9, leak=1.0, spectral_radius=0.0, density=0.2, random_state=0)
    made.fit(late, y)  # a network without memory, given the same after its washout
    assert len(set(made.decision_function(late).round(9))) == 1
    with pytest.raises(SpecError, match=r"washout is 9 steps; X\[1\] has 9"):
        made.predict([U, U[:9]])


@pytest.mark.parametrize("name", ["SVC", "PLSRegression", "PoissonRegressor"])
def test_readouts_whose_coefficients_are_not_all_of_them_are_refused(name):
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.linear_model import PoissonRegressor
    from sklearn.svm import SVC

    readout = {"SVC": SVC(kernel="linear"), "PLSRegression": PLSRegression(3),
               "PoissonRegressor": PoissonRegressor()}[name]  # fmt: skip
    made = xs.EchoState(10, bias_scaling=0.5, readout=readout, random_state=0)
    given = (np.split(U, 12), np.arange(12) % 3) if name == "SVC" else (U, DELAYED + 2)
    with pytest.raises(SpecError, match=f"readout {name} is not linear in what it reads"):
        made.fit(*given)


@pytest.mark.parametrize("hardware", [{}, {"encoding": "offset"}], ids=["compiled", "by tile"])
def test_a_reservoir_on_arrays_says_where_it_diverged(hardware):
    made = xs.EchoState(20, activation="identity", spectral_radius=50.0, random_state=0)
    made.set_params(hardware=arrays(**hardware))
    with pytest.raises(ConvergenceError, match=r"unit \d+ diverged at step \d+ of series 0"):
        made.fit(np.tile(U, (10, 1)))
    made.set_params(spectral_radius=3.0).fit(U[:20])
    long = [U[:9], np.tile(U, (10, 1))]
    with pytest.raises(ConvergenceError, match=r"unit \d+ diverged at step \d+ of series 1"):
        made.transform(long)


def test_a_reservoir_without_bounds_says_where_it_diverged():
    made = xs.EchoState(20, activation="identity", spectral_radius=50.0, random_state=0)
    with pytest.raises(ConvergenceError, match=r"unit \d+ diverged at step \d+ of series 1"):
        made.fit([U[:5], np.tile(U, (10, 1))])


BAD = [
    ({"units": 0}, {}, "units is 0"),
    ({"units": []}, {}, "empty list"),
    ({"leak": 0}, {}, "leak is 0"),
    ({"leak": [0.5, 0.5]}, {}, "leak is"),
    ({"topology": "rnig"}, {}, "topology is 'rnig'"),
    ({"density": 0}, {}, "density is 0"),
    ({"input_scaling": -1}, {}, "input_scaling is -1"),
    ({"input_scaling": [1, 2, 3]}, {}, "2 channels"),
    ({"input_weights": "x"}, {}, "input_weights is 'x'"),
    ({"activation": "sine"}, {}, "activation is 'sine'"),
    ({"arrangement": "wide"}, {}, "arrangement is 'wide'"),
    ({"pooling": "max"}, {}, "pooling is 'max'"),
    ({"readout": "rigde"}, {"y": DELAYED}, "did you mean 'ridge'"),
    ({"readout": "logistic"}, {"y": DELAYED}, "made for classes"),
    ({"readout": "rls"}, {"X": [U, U], "y": [0, 1]}, "made for numbers"),
    ({"washout": 200}, {"y": DELAYED}, "no samples"),
    ({"washout": -1}, {}, "washout is -1"),
    ({"weights": "grown"}, {}, "weights is 'grown'"),
    ({"weights": "formed", "hardware": arrays()}, {}, "says nothing of forming"),
    ({"weights": "formed", "input_scaling": 0}, {}, "input scales above 0"),
    ({"hardware": "ideal"}, {}, "hardware is 'ideal'"),
    ({"dtype": "int8"}, {}, "dtype is 'int8'"),
    ({"task": "guess"}, {}, "task is 'guess'"),
    ({"feedback_scaling": 1.0}, {}, "feedback needs targets"),
    ({"feedback_scaling": 1.0}, {"X": [U, U], "y": [0, 1]}, "feedback needs numbers"),
    ({}, {"X": []}, "Expected 2D array"),
    ({}, {"X": np.zeros((0, 5, 2))}, "no series"),
    ({}, {"X": [U, U[:0]]}, r"X\[1\] has no steps"),
    ({}, {"X": [U, U[:, :1]]}, r"X\[1\] has 1 channels; expected 2"),
    ({}, {"X": [U, np.where(U > 0.99, np.nan, U)]}, r"X\[1\] is nan at step \d+, channel"),
    ({}, {"X": [U, U], "y": [0, 0]}, "1 class"),
    ({}, {"X": [U, U], "y": [0, 1, 2]}, "holds 3 targets; X holds 2"),
    ({}, {"X": [U, U], "y": [DELAYED, DELAYED[:5]]}, r"y\[1\] has 5 steps; its series has 120"),
    ({}, {"X": [U, U], "y": [DELAYED, np.full(120, np.nan)]}, r"y\[1\] is nan"),
    ({"age": "1 volt", "hardware": arrays()}, {}, "age"),
    ({"age": "1 volt"}, {}, "age: "),
    ({"dtype": "flaot"}, {}, "dtype is 'flaot'; expected float64 or float32"),
    ({"leak": "fast"}, {}, "leak is 'fast'; it must be above 0"),
    ({"input_scaling": "x"}, {}, "input_scaling is 'x'; it must be"),
    ({"weights": "formed", "density": 1.0}, {}, "density.* is 1.0; it must be above 0 and below 1"),
    ({}, {"y": DELAYED, "weights": -DELAYED**2}, "sample_weight holds -"),
    ({}, {"y": DELAYED, "weights": np.zeros(120)}, "sample_weight is zero for all"),
    ({}, {"y": DELAYED, "weights": ["a"] * 120}, "sample_weight is no array of numbers"),
    ({}, {"X": [U, U], "y": np.zeros((2, 119, 1))}, r"X\[0\] has 120 steps"),
    ({}, {"X": [U, U], "y": np.zeros((2, 120, 2, 3))}, r"series 0 have shape \(120, 2, 3\)"),
    ({}, {"X": [U, U], "y": [U, U[:, :1]]}, r"series 1 have shape \(120, 1\)"),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "given", "message"), BAD, ids=[b[2] for b in BAD])
def test_what_cannot_be_is_refused_by_name(parameters, given, message):
    made = xs.EchoState(**{"units": 10, "random_state": 0, **parameters})
    with pytest.raises(ValueError, match=message):
        made.fit(given.get("X", U), given.get("y"), given.get("weights"))


def test_a_radius_that_cannot_be_reached_is_refused():
    made = xs.EchoState(1, density=1.0, topology="small_world", random_state=0)
    with pytest.raises(SpecError, match="spectral_radius 0.9 cannot be reached"):
        made.fit(U)


def test_inputs_that_are_always_zero_are_fine():
    neurons = Neurons(
        recurrent=np.eye(3) * 0.5, inputs=np.ones((3, 1)), bias=np.full(3, 0.1), leak=np.ones(3)
    )
    core = EchoCore(neurons, arrays(0.0), Streams(0), np.zeros(1))
    core.program()
    core.calibrate([np.zeros((9, 1))])
    states, _ = core.run([np.zeros((9, 1))])
    np.testing.assert_allclose(states[0], by_hand(core, np.zeros((9, 1))), atol=1e-9)
