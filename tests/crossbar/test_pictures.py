import numpy as np
import pytest

from xbarsim.crossbar import Wires, solve, transfer_matrix
from xbarsim.crossbar.pictures import current_map, ir_drop_map, margin_plot, weight_error_map
from xbarsim.errors import SpecError

WIRES = Wires(r_word=5.0, r_bit=5.0)


@pytest.fixture
def g(streams):
    return streams.rng().uniform(1e-6, 1e-4, (6, 9))


def parts(figure):
    """The image of a map, its axes and its colour bar's, once drawn."""
    figure.draw_without_rendering()
    axes, bar = figure.axes
    return axes.images[0], axes, bar


def test_ir_drop_map_shows_the_share_that_is_lost(g):
    v = np.linspace(0.1, 0.3, 6)
    s = solve(g, v, WIRES)
    image, _, bar = parts(ir_drop_map(s.v_word, s.v_bit, v))
    np.testing.assert_allclose(image.get_array(), 100 * (1 - s.i_cell / (g * v[:, None])))
    assert bar.get_ylabel() == "lost of the ideal cell voltage / %"


def test_cells_without_an_ideal_voltage_are_left_out(g):
    v = np.array([0.2, 0, 0.1, 0.2, 0.2, 0.2])
    s = solve(g, v, WIRES)
    shown = parts(ir_drop_map(s.v_word, s.v_bit, v))[0].get_array()
    assert shown.mask[1].all()
    assert not np.delete(shown.mask, 1, axis=0).any()


def test_one_line_of_the_wrong_sign_does_not_drown_the_others(g):
    v = np.array([0.2, 1e-7, 0.1, 0.2, 0.2, 0.2])
    s = solve(g, v, WIRES)
    image, _, bar = parts(ir_drop_map(s.v_word, s.v_bit, v))
    assert image.get_array().max() > 1000
    assert bar.get_ylim() == (0, 100)


def test_ideal_wires_lose_nothing_and_are_drawn(g):
    s = solve(g, np.ones(6), Wires())
    image, *_ = parts(ir_drop_map(s.v_word, s.v_bit, np.ones(6)))
    assert not image.get_array().any()


def test_current_map_has_a_readable_unit(g):
    image, axes, bar = parts(current_map(2e-6 * g / g.max()))
    assert bar.get_ylabel() == "cell current / µA"
    assert image.get_array().max() == pytest.approx(2.0)
    assert image.get_cmap().name == "viridis"
    assert axes.get_xlabel() == "bit line (sensed below)"
    assert axes.get_ylabel() == "word line (driven from the left)"


def test_currents_of_both_signs_have_no_colour_at_nothing():
    image, _, bar = parts(current_map(np.array([[1e-3, -4e-3], [0.0, 2e-3]])))
    assert bar.get_ylabel() == "cell current / mA"
    assert image.get_cmap().name == "PuOr"
    assert image.get_clim() == pytest.approx((-4, 4))
    assert bar.get_ylim() == pytest.approx((-4, 2))


def test_no_current_is_drawn():
    assert parts(current_map(np.zeros((2, 3))))[2].get_ylabel() == "cell current / A"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_left_out(g, value):
    odd, v = g.copy(), np.linspace(0.1, 0.3, 6)
    odd[2, 3] = value
    for figure in (
        current_map(odd),
        weight_error_map(odd, g),
        weight_error_map(g, odd),
        weight_error_map(odd, odd),
        ir_drop_map(odd, odd, v),
    ):
        mask = parts(figure)[0].get_array().mask
        assert mask.sum() == 1 and mask[2, 3]


@pytest.mark.filterwarnings("error")
def test_no_voltage_and_no_number_at_all_are_drawn(g):
    assert parts(ir_drop_map(0 * g, 0 * g, np.zeros(6)))[0].get_array().mask.all()
    assert parts(current_map(np.nan * g))[0].get_array().mask.all()


def test_weight_error_is_a_share_of_the_largest_conductance(g):
    t = transfer_matrix(g, WIRES)
    image, _, bar = parts(weight_error_map(t, g))
    np.testing.assert_allclose(image.get_array(), 100 * (t - g) / g.max())
    assert bar.get_ylabel() == "weight error (t − g) / largest g / %"


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (300, 200)])
def test_arrays_of_every_shape_are_drawn(shape):
    image, axes, _ = parts(current_map(np.ones(shape)))
    assert axes.get_ylim() == (shape[0] - 0.5, -0.5)  # the first word line on top
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_margin_plot_draws_a_line_for_each_entry():
    figure = margin_plot([8, 16, 64], {"floating": [0.5, 0.2, 0.1], "V/2": [0.9, 0.8, 0.4]})
    figure.draw_without_rendering()
    (axes,) = figure.axes
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [90, 80, 40])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["8", "16", "64"]
    assert [text.get_text() for text in figure.legends[0].texts] == ["floating", "V/2"]
    assert axes.get_ylabel() == "read margin / %"
    assert axes.get_ylim()[0] == 0


def test_margins_below_zero_are_shown():
    (axes,) = margin_plot([8, 16], {"any": [0.5, -0.2]}).axes
    assert axes.get_ylim()[0] < -20


def test_settings_of_the_caller_are_left_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    margin_plot([8], {"a": [0.1]})
    current_map(np.ones((2, 2)))
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    "draw",
    [
        lambda: ir_drop_map(np.ones((2, 3)), np.ones((2, 4)), np.ones(2)),
        lambda: ir_drop_map(np.ones((2, 3)), np.ones((2, 3)), np.ones(3)),
        lambda: current_map(np.ones((2, 3, 4))),
        lambda: weight_error_map(np.ones((2, 3)), np.ones((3, 2))),
        lambda: weight_error_map(np.zeros((2, 3)), np.zeros((2, 3))),
        lambda: weight_error_map(np.ones((2, 3)), np.full((2, 3), np.nan)),
        lambda: margin_plot([1, 2], {"a": [0.1]}),
        lambda: margin_plot([1, 2], {}),
    ],
)
def test_what_does_not_fit_is_refused(draw):
    with pytest.raises(SpecError):
        draw()
