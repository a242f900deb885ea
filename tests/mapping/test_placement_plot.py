import pytest
from matplotlib.figure import Figure
from placed_networks import dense, hardware, lenet, resnet18

from xbarsim.mapping import Strategy, map_network


def texts(axes):
    return [t.get_text() for t in axes.texts]


def labels(axes):
    return [t.get_text() for t in axes.get_legend().get_texts()]


def test_floorplan_has_a_square_for_each_array_and_a_filled_part_for_each_slot():
    placement = map_network(lenet(), hardware(), strategy=Strategy(packing="diagonal"))
    axes = placement.plot()
    assert len(axes.patches) == placement.arrays + len(placement.slots)
    assert labels(axes) == ["conv1", "conv2", "fc1", "fc2", "fc3"]


def test_a_block_is_drawn_where_it_stands():
    placement = map_network([dense(4, 8)], hardware(rows=16, cols=16))
    square, block = placement.plot().patches
    assert block.get_width() == pytest.approx(0.5 * square.get_width())
    assert block.get_y() + block.get_height() == pytest.approx(square.get_y() + square.get_height())
    assert block.get_x() == square.get_x()


def test_digital_layers_are_named_below():
    (text,) = texts(map_network(lenet(), hardware()).plot())
    assert text.startswith("digital: relu1, pool1 (max_pool), relu2")
    assert texts(map_network([dense(2, 3)], hardware()).plot()) == ["nothing stays digital"]


def test_layers_beyond_the_colours_bear_numbers_and_many_digital_ones_are_counted():
    axes = map_network(resnet18(), hardware(rows=256, cols=256)).plot()
    assert labels(axes)[0] == "1 conv1" and labels(axes)[-1] == "21 fc"
    assert [t for t in texts(axes) if t.isdigit()] == [str(k) for k in range(1, 22)]
    assert "digital: 17 relu, 1 max_pool, 8 add, 1 reduce_mean" in texts(axes)


@pytest.mark.parametrize("copies", [1, pytest.param(1000, marks=pytest.mark.long)])
def test_one_array_and_a_thousand_are_drawn(copies, tmp_path):
    placement = map_network([dense(2, 3)], hardware(), strategy=Strategy(copies={"layer": copies}))
    placement.plot().figure.savefig(tmp_path / "plan.png", dpi=40)


def test_axes_of_ones_own_are_drawn_on():
    axes = Figure().add_subplot()
    assert map_network([dense(2, 3)], hardware()).plot(axes) is axes
