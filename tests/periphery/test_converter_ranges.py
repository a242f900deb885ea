import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.periphery import full_range
from xbarsim.periphery.calibration import least_error, quantisation_error

SHAPES = {
    "normal": lambda rng: rng.standard_normal((3000, 3)),
    "laplace": lambda rng: rng.laplace(size=(3000, 3)),
    "uniform": lambda rng: rng.uniform(-2, 2, (3000, 3)),
    "outlier": lambda rng: np.concatenate([rng.standard_normal((3000, 3)), np.full((1, 3), 300)]),
}


def test_a_range_holds_the_share_it_is_asked_for():
    signal = np.concatenate([np.ones(999), [1000.0]])
    assert full_range(signal, percentile=99.0) == 1.0
    assert full_range(signal, percentile=100.0) == 1000.0


def test_the_range_of_silence_is_one():
    assert full_range(np.zeros(4)) == 1.0


def test_a_range_never_hides_a_rare_signal():
    assert full_range(np.concatenate([np.zeros(999), [-3.0]]), percentile=50.0) == 3.0


@pytest.mark.parametrize("signal", [np.array([]), np.array([np.nan])])
def test_ranges_cannot_be_set_on_nothing(signal):
    with pytest.raises(SpecError, match="converter ranges"):
        full_range(signal)


@pytest.mark.parametrize("percentile", [50.0, 99.0, 100.0])
def test_as_many_per_cent_of_a_layer_or_of_a_column_stay_below(percentile):
    signal = np.random.default_rng(0).standard_normal((201, 5))
    size, kept = np.sort(np.abs(signal), axis=0), int(2 * percentile)
    each = full_range(signal, percentile=percentile, per="column")
    np.testing.assert_allclose(each, size[kept])
    whole = full_range(signal, percentile=percentile)
    assert np.mean(size <= whole) == pytest.approx(percentile / 100, abs=1 / 1005)


@pytest.mark.parametrize("method", ["percentile", "mse"])
def test_silent_columns_have_a_range_of_one(method):
    signal = np.zeros((50, 3))
    signal[-1, 1] = 4.0
    found = full_range(signal, method, percentile=90, per="column")
    np.testing.assert_allclose(found, [1, 4, 1], rtol=0.1)


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [1, 3, 7, 31, 127])
def test_the_range_of_least_error_is_that_of_brute_force(shape, steps):
    size = np.abs(SHAPES[shape](np.random.default_rng(2)))
    found = quantisation_error(size, least_error(size, steps), steps)
    candidates = np.geomspace(1e-3, 1, 2000)[:, None] * size.max(axis=0)
    brute = np.min([quantisation_error(size, full, steps) for full in candidates], axis=0)
    assert (found <= 1.002 * brute).all()


def test_least_error_of_a_normal_signal_is_the_known_quantisers():
    signal = np.random.default_rng(3).standard_normal(400_000)
    full = full_range(signal, "mse", bits=4)  # 15 levels
    loss = quantisation_error(np.abs(signal), full, 7)
    # uniform quantisers of 2^4 levels: step 0.3352, error 0.01154 (Max, IRE Trans. IT-6, 7, 1960)
    assert full / 7 == pytest.approx(0.335, rel=0.08)
    assert loss == pytest.approx(0.01154 * (16 / 15) ** 1.8, rel=0.04)


def test_the_range_scales_with_the_signal_and_one_column_does_not_move_another(xp):
    signal = xp.asarray(np.random.default_rng(4).standard_normal((500, 3)))
    found = full_range(signal, "mse", bits=5, per="column")
    scaled = full_range(signal * xp.asarray([1e-9, 1.0, 1e6]), "mse", bits=5, per="column")
    np.testing.assert_allclose(
        np.asarray(scaled.tolist()), np.asarray(found.tolist()) * [1e-9, 1, 1e6]
    )
    assert full_range(signal[:, 1], "mse", bits=5) == pytest.approx(float(found[1]))


def test_a_sign_is_best_given_the_mean_magnitude():
    signal = np.random.default_rng(5).standard_normal(2000)
    assert full_range(signal, "mse", bits=1) == pytest.approx(np.abs(signal).mean())


def test_inputs_that_are_never_negative_use_all_levels_above_zero():
    signal = np.random.default_rng(6).exponential(size=5000)
    error = {
        signed: quantisation_error(signal, full_range(signal, "mse", bits=4, signed=signed), steps)
        for signed, steps in ((True, 7), (False, 15))
    }
    assert error[False] < error[True] / 2


def test_a_learned_range_starts_from_that_of_least_error():
    signal = np.random.default_rng(7).standard_normal(500)
    assert full_range(signal, "learned") == full_range(signal, "mse")


def test_many_values_are_thinned_evenly():
    signal = np.random.default_rng(8).standard_normal(3_000_000).astype(np.float32)
    full = full_range(signal, "mse", bits=4)
    assert full == pytest.approx(full_range(signal[::3], "mse", bits=4), rel=1e-3)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda s: full_range(s, "max"), "ranging is 'max'; known: learned, mse, percentile"),
        (lambda s: full_range(s, per="row"), "range_per is 'row'"),
        (lambda s: full_range(s, bits=0), "converter.bits is 0"),
        (lambda s: full_range(s, percentile=10), "converter.percentile is 10"),
    ],
)
def test_settings_out_of_range_are_named(make, named):
    with pytest.raises(SpecError, match=named):
        make(np.ones(3))
