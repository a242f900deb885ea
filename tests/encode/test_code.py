from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from xbarsim import SpecError
from xbarsim.encode import Encoding, encoding_of
from xbarsim.encode.code import Kind

WINDOW = (1e-6, 40e-6)
SPAN = WINDOW[1] - WINDOW[0]
KINDS = get_args(Kind)
WEIGHTS = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=6),
                 elements=st.floats(-1, 1, width=32))  # fmt: skip
SLICED = [(1, None), (1, 3), (2, 2), (4, 1), (3, 4), (2, 8)]


def read_back(code, weights):
    """Weights (out, in) from ideal cells."""
    i = code.targets(weights, WINDOW)  # each row as if driven alone by 1 V
    return code.combine(code.decode(i)).T / SPAN


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize(("slices", "bits"), SLICED)
@given(weights=WEIGHTS)
@settings(max_examples=15, deadline=None)
def test_targets_lie_in_the_window_and_read_back_as_stored(kind, copies, slices, bits, weights):
    if kind == "offset" and (bits or 2) * slices < 2:
        return
    if kind == "single":
        weights = np.abs(weights)
    code = Encoding(kind=kind, slices=slices, cell_bits=bits, copies=copies)
    targets = code.targets(weights, WINDOW)
    assert targets.shape == (weights.shape[1], code.columns(weights.shape[0]))
    assert targets.min() >= WINDOW[0] * (1 - 1e-12)
    assert targets.max() <= WINDOW[1] * (1 + 1e-12)
    np.testing.assert_allclose(read_back(code, weights), code.stored(weights), atol=1e-12)
    if bits is None:
        np.testing.assert_allclose(code.stored(weights), weights, atol=1e-15)


@pytest.mark.parametrize("kind", ["differential", "balanced", "offset"])
@pytest.mark.parametrize(("slices", "bits"), [s for s in SLICED if s[1]])
def test_stored_weights_are_the_nearest_of_their_bits(kind, slices, bits, streams):
    if kind == "offset" and slices * bits < 2:
        return
    w = np.append(streams.rng().uniform(-1, 1, 500), [-1, 0, 1])[None]
    code = Encoding(kind=kind, slices=slices, cell_bits=bits)
    steps = (1 << slices * bits) - 1 if kind != "offset" else (1 << (slices * bits - 1)) - 1
    error = np.abs(code.stored(w) - w)
    assert error.max() <= 0.5 / steps * (1 + 1e-9)
    assert error[0, -3:].max() <= 1e-12


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
def test_cells_hold_no_other_levels_than_their_bits(bits, streams):
    w = streams.rng().uniform(-1, 1, (20, 20))
    code = Encoding(slices=2, cell_bits=bits)
    levels = (code.targets(w, WINDOW) - WINDOW[0]) / SPAN * ((1 << bits) - 1)
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-9)


def test_hand_worked_slices():
    """5 of 15 in two slices of two bits is 1 1; -12 is -(3 0)."""
    code = Encoding(slices=2, cell_bits=2)
    digits = (code.targets(np.array([[5 / 15], [-12 / 15]]), WINDOW) - WINDOW[0]) / SPAN * 3
    np.testing.assert_allclose(digits, [[1, 0, 1, 0, 0, 3, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(code.values, [3 * 4 / 15, 3 / 15])


def test_differential_pair_keeps_the_unused_cell_at_its_minimum():
    targets = Encoding().targets(np.array([[1.0, -0.5]]), WINDOW)
    np.testing.assert_allclose(targets, [[40e-6, 1e-6], [1e-6, 20.5e-6]])


def test_balanced_pairs_all_conduct_the_same(streams):
    w = streams.rng().uniform(-1, 1, (7, 5))
    targets = Encoding(kind="balanced").targets(w, WINDOW)
    np.testing.assert_allclose(targets[:, 0::2] + targets[:, 1::2], sum(WINDOW))


def test_offset_puts_the_reference_first_and_in_the_middle():
    targets = Encoding(kind="offset").targets(np.array([[1.0], [-1.0]]), WINDOW)
    np.testing.assert_allclose(targets, [[20.5e-6, 40e-6, 1e-6]])


def test_single_puts_a_reference_at_the_minimum_first():
    targets = Encoding(kind="single").targets(np.array([[0.5], [0.0]]), WINDOW)
    np.testing.assert_allclose(targets, [[1e-6, 20.5e-6, 1e-6]])


@pytest.mark.parametrize(
    ("settings", "cols", "outputs"),
    [
        ({"kind": "differential"}, 7, 3),
        ({"kind": "offset"}, 7, 6),
        ({"kind": "differential", "slices": 2, "cell_bits": 4}, 16, 4),
        ({"kind": "differential", "copies": 2}, 15, 3),
        ({"kind": "offset", "slices": 2, "cell_bits": 2, "copies": 2}, 14, 2),
        ({"kind": "single", "copies": 2}, 9, 3),
    ],
)
def test_array_holds_as_many_outputs_as_fit(settings, cols, outputs):
    code = Encoding(**settings)
    assert code.outputs(cols) == outputs
    assert code.columns(outputs) <= cols < code.columns(outputs + 1)


def test_copies_share_what_noise_they_have(streams):
    """The average of n cells varies with an n-th of the variance."""
    z = streams.rng().standard_normal((40_000, 12))
    one, three = Encoding(), Encoding(copies=3)
    assert one.decode(z).var() == pytest.approx(2, rel=0.02)
    assert three.decode(z).var() == pytest.approx(2 / 3, rel=0.02)
    np.testing.assert_allclose(three.decode_variance(np.ones(12)), 2 / 3)


@pytest.mark.parametrize("kind", KINDS)
def test_array_without_room_for_one_output_is_refused(kind):
    with pytest.raises(SpecError, match="needs at least 2"):
        encoding_of(kind, 1)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"kind": "diferential"}, "known: differential, balanced"),
        ({"slices": 0}, "encoding.slices is 0"),
        ({"slices": 2}, "encoding.cell_bits"),
        ({"cell_bits": 9}, "cell_bits is 9; it must be a whole number from 1 to 8"),
        ({"copies": 1.5}, "encoding.copies is 1.5"),
        ({"slices": 5, "cell_bits": 8}, "40 bits"),
        ({"kind": "offset", "cell_bits": 1}, "at least 2 bits"),
    ],
)
def test_settings_out_of_range_are_named(settings, named):
    with pytest.raises(SpecError, match=named):
        Encoding(**settings)
