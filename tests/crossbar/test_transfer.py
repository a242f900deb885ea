import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodal import nodal_analysis

from xbarsim.backend import to_numpy
from xbarsim.crossbar import Wires, transfer_matrix
from xbarsim.errors import ResourceError, SpecError

SHAPES = [(1, 1), (1, 6), (6, 1), (5, 9), (9, 5), (24, 24), (35, 20)]
MODES = list(itertools.product((1, 2), (1, 2)))


def random_array(rng, m, n):
    return 10 ** rng.uniform(-7, -3, (m, n)), rng.uniform(-0.3, 0.3, m)


def relative(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_transfer_matrix_agrees_with_nodal_analysis(shape, sides, sense_sides, scale, streams):
    g, v = random_array(streams.rng(), *shape)
    wires = Wires(
        r_word=2.5 * scale,
        r_bit=1.7 * scale,
        r_source=50 * scale,
        r_sense=7 * scale,
        sides=sides,
        sense_sides=sense_sides,
    )
    expected, _, _ = nodal_analysis(g, v, wires)
    assert relative(v @ transfer_matrix(g, wires), expected) < 1e-11
    single = transfer_matrix(g.astype(np.float32), wires)
    assert relative(v @ single, expected) < 5e-6


def graded(rng, m, n, **options):
    """Wires of which every segment is different."""
    return Wires(
        r_word=rng.uniform(0, 30, (m, n - 1)),
        r_bit=rng.uniform(0, 30, (m - 1, n)),
        r_source=rng.uniform(0, 30, m),
        r_sense=rng.uniform(0, 30, n),
        **options,
    )


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
@pytest.mark.parametrize("shape", [(5, 4), (20, 33)], ids=str)
def test_every_segment_may_differ(shape, sides, sense_sides, streams):
    rng = streams.rng()
    g, v = random_array(rng, *shape)
    wires = graded(rng, *shape, sides=sides, sense_sides=sense_sides)
    expected, _, _ = nodal_analysis(g, v, wires)
    assert relative(v @ transfer_matrix(g, wires), expected) < 1e-11


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
@pytest.mark.parametrize("breaks", [1, 5, 60])
def test_lines_may_be_broken(breaks, sides, sense_sides, streams):
    rng = streams.rng()
    m, n = 20, 23
    g, v = random_array(rng, m, n)
    word, bit = np.full((m, n - 1), 2.5), np.full((m - 1, n), 2.5)
    word.flat[rng.choice(word.size, breaks, replace=False)] = np.inf
    free = np.isfinite(np.column_stack([np.ones(m), word]))[:-1]  # not both segments of one cell
    bit.flat[rng.choice(np.flatnonzero(free), breaks, replace=False)] = np.inf
    wires = Wires(r_word=word, r_bit=bit, r_sense=1.0, sides=sides, sense_sides=sense_sides)
    expected, _, _ = nodal_analysis(g, v, wires)
    assert relative(v @ transfer_matrix(g, wires), expected) < 1e-11


def test_a_broken_word_line_ends_there():
    g = np.full((1, 4), 1e-4)
    wires = Wires(r_word=np.array([[0.0, np.inf, 0.0]]))
    np.testing.assert_allclose(transfer_matrix(g, wires), [[1e-4, 1e-4, 0, 0]], atol=1e-30)


def test_a_cell_between_two_breaks_is_refused():
    g = np.full((2, 2), 1e-4)
    wires = Wires(r_word=np.array([[np.inf], [0.0]]), r_bit=np.array([[0.0, np.inf]]))
    with pytest.raises(SpecError, match="both broken right at it"):
        transfer_matrix(g, wires)


def test_resistances_must_fit_the_array():
    with pytest.raises(SpecError, match=r"wires.r_word has shape \(3, 3\).*\(3, 2\)"):
        transfer_matrix(np.full((3, 3), 1e-5), Wires(r_word=np.ones((3, 3))))


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
@pytest.mark.parametrize("present", list(itertools.product((0, 1), repeat=4)), ids=str)
def test_every_resistance_may_be_zero(present, sides, sense_sides, streams):
    g, v = random_array(streams.rng(), 5, 4)
    names = ("r_word", "r_bit", "r_source", "r_sense")
    some = {name: 11.0 * use for name, use in zip(names, present, strict=True)}
    wires = Wires(**some, sides=sides, sense_sides=sense_sides)
    expected, _, _ = nodal_analysis(g, v, wires)
    assert relative(v @ transfer_matrix(g, wires), expected) < 1e-11


@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
def test_zero_wire_resistance_gives_the_ideal_product(sides, sense_sides, streams):
    g, _ = random_array(streams.rng(), 7, 11)
    wires = Wires(sides=sides, sense_sides=sense_sides)
    assert (transfer_matrix(g, wires) == g).all()


@pytest.mark.parametrize("tiny", [1e-9, 1e-6])
@pytest.mark.parametrize(("sides", "sense_sides"), MODES)
def test_resistance_towards_zero_leads_to_the_ideal_product(sides, sense_sides, tiny, streams):
    g, _ = random_array(streams.rng(), 7, 11)
    wires = Wires(r_word=tiny, r_bit=tiny, r_source=tiny, r_sense=tiny, sides=sides,
                  sense_sides=sense_sides)  # fmt: skip
    assert relative(transfer_matrix(g, wires), g) < 1e3 * tiny


def test_terminals_stand_instead_of_a_segment():
    g = np.array([[1e-3]])
    wires = Wires(r_word=1e4, r_bit=1e4, r_source=300.0, r_sense=700.0)
    assert transfer_matrix(g, wires)[0, 0] == pytest.approx(1 / (1000 + 300 + 700))


def test_two_sided_drive_halves_the_resistance_of_a_single_cell():
    g = np.array([[1e-3]])
    wires = Wires(r_source=400.0, sides=2)
    assert transfer_matrix(g, wires)[0, 0] == pytest.approx(1 / (1000 + 200))


def test_two_sided_drive_is_symmetric_for_a_uniform_array():
    g = np.full((6, 8), 2e-5)
    t = transfer_matrix(g, Wires(r_word=20.0, r_source=5.0, sides=2))
    np.testing.assert_allclose(t, t[:, ::-1], rtol=1e-12)


def test_orientations_of_a_square_array_are_not_mixed_up(streams):
    g, v = random_array(streams.rng(), 6, 6)
    wires = Wires(r_word=40.0, r_bit=3.0)
    t = transfer_matrix(g, wires)
    expected, _, _ = nodal_analysis(g, v, wires)
    assert relative(v @ t, expected) < 1e-12
    assert relative(t @ v, expected) > 1e-2


def test_array_and_its_reciprocal_share_one_matrix(streams):
    g, _ = random_array(streams.rng(), 9, 5)
    wires = Wires(r_word=4.0, r_bit=2.0, r_source=9.0, r_sense=1.0, sides=2)
    back = Wires(r_word=2.0, r_bit=4.0, r_source=1.0, r_sense=9.0, sense_sides=2)
    turned = transfer_matrix(np.ascontiguousarray(g[::-1, ::-1].T), back)
    np.testing.assert_allclose(turned[::-1, ::-1].T, transfer_matrix(g, wires), rtol=1e-11)


def test_stack_of_arrays_equals_arrays_one_by_one(streams, xp):
    g = xp.asarray(10 ** streams.rng().uniform(-6, -4, (2, 3, 6, 9)))
    wires = Wires(r_word=3.0, r_bit=2.0, r_source=5.0)
    together = to_numpy(transfer_matrix(g, wires))
    for k in np.ndindex(2, 3):
        np.testing.assert_allclose(together[k], to_numpy(transfer_matrix(g[k], wires)), rtol=1e-12)


def test_float32_agrees_with_float64(streams):
    g = 10 ** streams.rng().uniform(-6, -4, (48, 64))
    wires = Wires(r_word=2.5, r_bit=2.5)
    single = transfer_matrix(g.astype(np.float32), wires)
    assert single.dtype == np.float32
    assert relative(single, transfer_matrix(g, wires)) < 1e-5


def test_uniform_drift_scales_with_the_resistance(streams):
    g, _ = random_array(streams.rng(), 8, 8)
    half = transfer_matrix(0.5 * g, Wires(r_word=6.0, r_bit=4.0))
    full = transfer_matrix(g, Wires(r_word=3.0, r_bit=2.0))
    np.testing.assert_allclose(half, 0.5 * full, rtol=1e-11)


def test_a_conductance_of_zero_is_an_open_cell(streams):
    g, v = random_array(streams.rng(), 5, 6)
    g[2], g[:, 3] = 0.0, 0.0
    wires = Wires(r_word=10.0, r_bit=10.0)
    expected, _, _ = nodal_analysis(g, v, wires)
    assert relative(v @ transfer_matrix(g, wires), expected) < 1e-11
    assert not transfer_matrix(g, wires)[:, 3].any()


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
    st.sampled_from(MODES),
    st.lists(st.sampled_from([0.0, 1e-3, 1.0, 80.0]), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_invariants_of_any_array(m, n, seed, mode, ohms):
    rng = np.random.default_rng(seed)
    g, v = random_array(rng, m, n)
    names = ("r_word", "r_bit", "r_source", "r_sense")
    wires = Wires(**dict(zip(names, ohms, strict=True)), sides=mode[0], sense_sides=mode[1])
    t = transfer_matrix(g, wires)
    assert (t >= -1e-15 * g.max()).all()
    assert (t.sum(axis=0) <= g.sum(axis=0) * (1 + 1e-9)).all()  # wires never add current
    expected, _, _ = nodal_analysis(g, v, wires)
    np.testing.assert_allclose(v @ t, expected, atol=1e-11 * np.abs(t).max())


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (-1e-6, "-1e-06"), (np.inf, "inf")])
def test_bad_conductances_are_named(value, shown):
    g = np.full((3, 4), 1e-6)
    g[1, 2] = value
    with pytest.raises(SpecError, match=rf"g\[1, 2\] is {shown} S"):
        transfer_matrix(g, Wires(r_word=1.0))


@pytest.mark.parametrize("shape", [(4,), (0, 3), (3, 0)])
def test_shapes_that_are_no_array_are_refused(shape):
    with pytest.raises(SpecError, match="expected"):
        transfer_matrix(np.ones(shape), Wires())


def test_whole_numbers_are_no_conductances():
    with pytest.raises(SpecError, match="dtype"):
        transfer_matrix(np.ones((2, 2), dtype=int), Wires())


def test_wires_that_are_equal_have_one_hash():
    one, other = Wires(r_word=0.0, r_bit=[[0.0]]), Wires(r_word=-0.0, r_bit=[[-0.0]])
    assert one == other and hash(one) == hash(other)


def test_wires_name_every_bad_field():
    with pytest.raises(SpecError) as caught:
        Wires(r_word=-1.0, r_bit=float("nan"), sides=3)
    assert "r_word is -1 ohm" in str(caught.value)
    assert "r_bit is nan ohm" in str(caught.value)
    assert "sides is 3" in str(caught.value)


def test_array_larger_than_memory_is_refused_before_it_is_computed(monkeypatch):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 1000.0)
    with pytest.raises(ResourceError, match="needs .* GiB"):
        transfer_matrix(np.full((100, 100), 1e-6), Wires(r_word=1.0))


@pytest.mark.parametrize(
    ("shape", "sides", "sense_sides"), [((4000, 10), 2, 1), ((10, 4000), 1, 2), ((3000, 300), 2, 2)]
)
def test_what_lines_with_two_ends_need_is_asked_for(shape, sides, sense_sides, monkeypatch):
    """Matrices between all far ends are as large as the square of their number."""
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 5e8)
    wires = Wires(r_word=1.0, r_bit=1.0, sides=sides, sense_sides=sense_sides)
    with pytest.raises(ResourceError, match="needs .* GiB"):
        transfer_matrix(np.full(shape, 1e-6), wires)
