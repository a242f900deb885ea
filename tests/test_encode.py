import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from xbarsim.encode import CODES, code
from xbarsim.errors import SpecError

WINDOW = (1e-6, 40e-6)
WEIGHTS = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=6),
                 elements=st.floats(-5, 5, width=32))  # fmt: skip


@pytest.mark.parametrize("name", CODES)
@given(weights=WEIGHTS)
@settings(max_examples=40, deadline=None)
def test_targets_lie_in_the_window_and_decode_to_the_weights(name, weights):
    chosen = CODES[name]
    w_max = float(np.abs(weights).max()) or 1.0
    targets = chosen.targets(weights, w_max, WINDOW)
    assert targets.shape == (weights.shape[1], chosen.columns(weights.shape[0]))
    assert targets.min() >= WINDOW[0] * (1 - 1e-12)
    assert targets.max() <= WINDOW[1] * (1 + 1e-12)
    decoded = chosen.decode(targets) * (w_max / chosen.span(WINDOW))
    np.testing.assert_allclose(decoded, weights.T, atol=1e-14 * w_max)


def test_differential_pair_keeps_the_unused_cell_at_its_minimum():
    targets = CODES["differential"].targets(np.array([[2.0, -1.0]]), 2.0, WINDOW)
    np.testing.assert_allclose(targets, [[40e-6, 1e-6], [1e-6, 20.5e-6]])


def test_offset_puts_the_reference_first_and_in_the_middle():
    targets = CODES["offset"].targets(np.array([[2.0], [-2.0]]), 2.0, WINDOW)
    np.testing.assert_allclose(targets, [[20.5e-6, 40e-6, 1e-6]])


@pytest.mark.parametrize(("name", "cols", "outputs"), [("differential", 7, 3), ("offset", 7, 6)])
def test_array_holds_as_many_outputs_as_fit(name, cols, outputs):
    assert CODES[name].outputs(cols) == outputs
    assert CODES[name].columns(outputs) <= cols < CODES[name].columns(outputs + 1)


@pytest.mark.parametrize("name", CODES)
def test_array_without_room_for_one_output_is_refused(name):
    with pytest.raises(SpecError, match="needs at least 2"):
        code(name, 1)


def test_unknown_encoding_names_the_known_ones():
    with pytest.raises(SpecError, match="differential, offset"):
        code("diferential", 8)
