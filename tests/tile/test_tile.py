import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xbarsim import Adc, Dac, Hardware, SpecError, Tile, load_device
from xbarsim.backend import to_numpy
from xbarsim.crossbar import Wires, transfer_matrix

DAY = 86400.0


def ideal(**settings):
    return Hardware(device=load_device("ideal"), **settings)


def programmed(weights, hardware, seed=0):
    tile = Tile(weights, hardware, seed)
    tile.program()
    return tile


@pytest.fixture
def data(streams):
    rng = streams.rng()
    return rng.standard_normal((30, 50)), rng.standard_normal((40, 50))


@given(
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 20),
    st.integers(2, 20),
    st.sampled_from(["differential", "offset"]),
)
@settings(max_examples=50, deadline=None)
def test_ideal_tile_equals_the_matrix_product(inputs, outputs, rows, cols, encoding):
    rng = np.random.default_rng(inputs + 100 * outputs)
    w, x = rng.standard_normal((outputs, inputs)), rng.standard_normal((7, inputs))
    y = programmed(w, ideal(rows=rows, cols=cols, encoding=encoding))(x)
    assert np.abs(y - x @ w.T).max() <= 1e-12 * max(np.abs(x @ w.T).max(), 1e-300) * 10
    scale = np.abs(x) @ np.abs(w.T)
    assert (np.abs(y - x @ w.T) <= 1e-12 * scale.max()).all()


def test_ideal_tile_on_every_array_library(data, xp):
    w, x = data
    y = programmed(xp.asarray(w), ideal(rows=16, cols=16))(xp.asarray(x))
    np.testing.assert_allclose(to_numpy(y), x @ w.T, atol=1e-11)


def test_leading_axes_of_the_input_are_kept(data):
    w, x = data
    tile = programmed(w, ideal())
    assert tile(x.reshape(4, 10, 50)).shape == (4, 10, 30)
    assert tile(x[0]).shape == (30,)


def test_wires_act_as_the_circuit_says(streams):
    rng = streams.rng()
    w, x = rng.standard_normal((4, 9)), rng.uniform(0, 1, (5, 9))
    wires = Wires(r_word=30.0, r_bit=20.0, r_source=100.0)
    tile = programmed(w, ideal(rows=9, cols=8, wires=wires))
    i = x @ transfer_matrix(tile.g[0, 0], wires)
    expected = (i[:, 0::2] - i[:, 1::2]) * tile.w_max / 39e-6
    np.testing.assert_allclose(tile(x), expected, rtol=1e-10)


def test_unused_cells_of_an_array_change_nothing(streams):
    """A block in a large array reads as in an array of its own size: also with wires."""
    rng = streams.rng()
    w, x = rng.standard_normal((3, 5)), rng.uniform(0, 1, (6, 5))
    wires = Wires(r_word=30.0, r_bit=20.0, r_sense=9.0)
    small = programmed(w, ideal(rows=5, cols=6, wires=wires))(x)
    large = programmed(w, ideal(rows=200, cols=300, wires=wires))(x)
    np.testing.assert_allclose(large, small, rtol=1e-12)


def test_more_bits_bring_the_tile_closer_to_the_product(data):
    w, x = data
    errors = []
    for bits in (3, 5, 7, 9, 12):
        tile = programmed(w, ideal(dac=Dac(bits=bits), adc=Adc(bits=bits, percentile=100.0)))
        tile.calibrate(x)
        errors.append(np.abs(tile(x) - x @ w.T).max())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01 * errors[0]


def test_ranges_come_from_calibration_not_from_what_is_read_later(data):
    w, x = data
    tile = programmed(w, ideal(adc=Adc(bits=8, percentile=100.0)))
    tile.calibrate(0.1 * x)
    clipped = tile(x)
    assert np.abs(clipped).max() < 0.2 * np.abs(x @ w.T).max()


def test_each_read_draws_fresh_noise_and_each_seed_its_own(data):
    w, x = data
    hardware = Hardware(device=load_device("wan_2022", read_noise=0.05))
    tile = programmed(w, hardware, seed=1)
    first, second = tile(x), tile(x)
    assert not np.allclose(first, second)
    assert (programmed(w, hardware, seed=1)(x) == first).all()
    assert not np.allclose(programmed(w, hardware, seed=2)(x), first)


def test_read_noise_has_the_variance_of_its_cells(streams):
    w = streams.rng().standard_normal((2, 20))
    x = np.broadcast_to(streams.rng().uniform(0.2, 1, 20), (20_000, 20))
    tile = programmed(w, Hardware(device=load_device("wan_2022", read_noise=0.05)))
    tile.calibrate(x[:1])
    y = tile(x)
    v = tile.voltages(x[:1])[0, 0]
    variance = (v**2) @ tile.cells.sigma[0, 0] ** 2
    amperes = np.sqrt(variance[0::2] + variance[1::2])
    expected = amperes * tile.w_max / 39e-6 * x[0].max() / 0.2
    np.testing.assert_allclose(y.std(axis=0), expected, rtol=0.03)


def test_read_noise_through_wires_has_the_variance_of_solving_anew(streams):
    rng = streams.rng()
    w, x = rng.standard_normal((2, 12)), np.broadcast_to(rng.uniform(0.2, 1, 12), (4000, 12))
    wires = Wires(r_word=300.0, r_bit=300.0)
    device = load_device("wan_2022", read_noise=0.05)
    tile = programmed(w, Hardware(device=device, wires=wires, rows=12, cols=4))
    tile.calibrate(x[:1])
    y = tile(x)
    v, sigma, g = tile.voltages(x[:1])[0, 0], tile.cells.sigma[0, 0], tile.g[0, 0]
    again = np.stack(
        [v @ transfer_matrix(g + sigma * rng.standard_normal(g.shape), wires) for _ in range(4000)]
    )
    signed = again[:, 0::2] - again[:, 1::2]
    np.testing.assert_allclose(
        y.std(axis=0) / np.abs(y.mean(axis=0)),
        signed.std(axis=0) / np.abs(signed.mean(axis=0)),
        rtol=0.06,
    )
    plain = np.sqrt((v**2) @ sigma**2)
    assert not np.allclose(again.std(axis=0), plain, rtol=0.06)


def test_drift_shrinks_outputs_and_compensation_brings_them_back(data):
    w, x = data
    slopes = {}
    for compensation in ("none", "global"):
        device = load_device("joshi_2020", error_scale=0, noise_scale=0)
        tile = programmed(w, Hardware(device=device, compensation=compensation))
        fresh = tile(x)
        tile.age(30 * DAY)
        old = tile(x)
        slopes[compensation] = float((fresh * old).sum() / (fresh**2).sum())
    assert 0.4 < slopes["none"] < 0.7
    assert slopes["global"] == pytest.approx(1.0, abs=0.05)


def test_ageing_twice_equals_ageing_once(data):
    w, x = data
    hardware = Hardware(device=load_device("joshi_2020", noise_scale=0))
    stepwise, direct = programmed(w, hardware), programmed(w, hardware)
    stepwise.age(3600.0)
    stepwise.age(DAY)
    direct.age(DAY)
    assert (stepwise(x) == direct(x)).all()


def test_programming_again_makes_fresh_devices(data):
    tile = programmed(data[0], Hardware(device=load_device("wan_2022")))
    first = tile.g
    tile.program()
    assert not np.isclose(tile.g, first).all()


def test_clearing_the_ledger_does_not_replay_read_noise(data):
    w, x = data
    tile = programmed(w, Hardware(device=load_device("wan_2022", read_noise=0.05)))
    first = tile(x)
    tile.ledger.clear()
    assert not np.allclose(tile(x), first)


def test_ages_that_are_no_times_are_refused(data):
    tile = programmed(data[0], ideal())
    for t in (float("nan"), -1.0, float("inf"), "x", None, 1j, [1.0]):
        with pytest.raises(SpecError, match="age is"):
            tile.age(t)
    for t in (5, np.int64(5), np.float32(5)):
        tile.age(t)
        assert tile.t == 5


def test_converters_cannot_be_ranged_on_silence(data):
    tile = programmed(data[0], ideal(adc=Adc()))
    with pytest.raises(SpecError, match="all zero"):
        tile(np.zeros((2, 50)))


def test_no_inputs_give_no_outputs(data):
    assert programmed(data[0], ideal(adc=Adc()))(np.zeros((0, 50))).shape == (0, 30)


def test_programming_error_spreads_the_weights_as_the_sheet_says(streams):
    w = np.full((100, 100), 0.5)
    w[0, 0] = 1.0
    device = load_device("gaussian", sigma_absolute="1 uS", g_min="10 uS")
    read = programmed(w, Hardware(device=device))(np.eye(100))[1:, 1:]
    assert read.std() == pytest.approx(np.sqrt(2) * 1e-6 / 30e-6, rel=0.05)


def test_ledger_counts_what_was_done(data):
    w, x = data
    tile = programmed(w, ideal(rows=25, cols=20, dac=Dac(), adc=Adc()))
    tile(x)
    tile(x)
    assert tile.ledger["cells_programmed"] == 2 * 30 * 50
    assert tile.ledger["reads"] == 2
    assert tile.ledger["vectors"] == 80
    assert tile.ledger["array_reads"] == 80 * 2 * 3
    assert tile.ledger["dac_conversions"] == 80 * 50 * 3
    assert tile.ledger["adc_conversions"] == 80 * 30 * 2
    assert tile.ledger["partial_sums"] == 80 * 30


def test_a_weight_matrix_of_zeros_gives_zeros():
    assert not programmed(np.zeros((3, 4)), ideal())(np.ones((2, 4))).any()


def test_weights_that_are_not_finite_are_named():
    w = np.ones((3, 4))
    w[2, 1] = np.nan
    with pytest.raises(SpecError, match=r"weights\[2, 1\] is nan"):
        Tile(w, ideal())


@pytest.mark.parametrize("w", [np.ones(3), np.ones((0, 3)), np.ones((2, 2, 2))])
def test_weights_that_are_no_matrix_are_refused(w):
    with pytest.raises(SpecError, match="expected"):
        Tile(w, ideal())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"weights": [[1.0, 2.0]]}, "weights is a list; expected an array"),
        ({"weights": np.array([["a"]])}, "weights holds values of type <U1; expected real numbers"),
        ({"weights": 1j * np.eye(2)}, "weights holds values of type complex128; expected real nu"),
        ({"bias": [1.0, 2.0]}, "bias is a list; expected an array"),
        ({"bias": 1.0}, "bias is a float; expected an array"),
        ({"bias": np.array([1j, 0])}, "bias holds values of type complex128; expected real numbe"),
        ({"bias": np.ones(3)}, r"bias has shape \(3,\); expected \(2,\)"),
        ({"groups": 0}, "groups is 0; it must be a whole number from 1 that divides the 2 outputs"),
        ({"groups": 1.5}, "groups is 1.5; it must be a whole number"),
        ({"groups": 3}, "groups is 3; .* divides the 2 outputs"),
    ],
)
def test_arguments_that_no_tile_can_hold_are_named(given, told):
    with pytest.raises(SpecError, match=told):
        Tile(**{"weights": np.eye(2), "hardware": ideal(), **given})


@pytest.mark.parametrize(
    "method", ["__call__", "calibrate", "voltages", "clipping", "input_clipping"]
)
@pytest.mark.parametrize(
    ("x", "told"),
    [
        (np.array([["a", "b"]]), "x holds values of type <U1; expected real numbers"),
        (np.array([[1.0, 2j]]), "x holds values of type complex128; expected real numbers"),
        (None, "x holds values of type object; expected real numbers"),
        ([[1.0], [1.0, 2.0]], "x is no array of numbers: .*inhomogeneous"),
    ],
    ids=["text", "complex", "none", "ragged"],
)
def test_inputs_that_are_no_real_numbers_are_refused(x, told, method):
    tile = programmed(np.eye(2), ideal(adc=Adc()))
    tile.calibrate(np.eye(2))
    with pytest.raises(SpecError, match=told):
        getattr(tile, method)(x)


@pytest.mark.parametrize("x", [[1, 2], np.array([True, False]), np.array([1, 2], np.int8)])
def test_whole_numbers_and_lists_are_inputs(x):
    np.testing.assert_allclose(programmed(np.eye(2), ideal())(x), np.asarray(x, float))


def test_reading_before_programming_is_refused():
    with pytest.raises(SpecError, match="call program"):
        Tile(np.ones((2, 3)), ideal())(np.ones(3))


def test_ageing_before_programming_is_refused():
    with pytest.raises(SpecError, match="call program"):
        Tile(np.ones((2, 3)), ideal()).age(10.0)


@pytest.mark.parametrize("x", [np.ones(4), np.array([1.0, np.nan, 0.0])])
def test_inputs_that_do_not_fit_are_refused(x):
    with pytest.raises(SpecError, match=r"3 inputs|not finite"):
        programmed(np.ones((2, 3)), ideal())(x)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"rows": 0}, "array.rows is 0"),
        ({"cols": 2.5}, "array.cols is 2.5"),
        ({"v_read": -0.1}, "array.v_read is -0.1 V"),
        ({"t_read": 0.0}, "array.t_read is 0 s"),
        ({"encoding": "binary"}, "encoding is 'binary'"),
        ({"compensation": "local"}, "compensation is 'local'"),
        ({"cols": 1}, "needs at least 2"),
    ],
)
def test_hardware_names_the_field_that_is_wrong(settings, named):
    with pytest.raises(SpecError, match=named):
        ideal(**settings)


def test_hardware_needs_a_device():
    with pytest.raises(SpecError, match="load_device"):
        Hardware(device="wan_2022")
