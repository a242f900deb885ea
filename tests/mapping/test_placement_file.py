import json
from dataclasses import replace

import numpy as np
import pytest
from placed_networks import dense, hardware, lenet

from xbarsim import SpecError
from xbarsim.encode import Encoding
from xbarsim.mapping import Strategy, load_placement, map_network, save_placement

LAYERS = [dense(9, 12, "first", activation="relu"), dense(4, 9, "second")]
ARRAYS = hardware(rows=32, cols=40)


@pytest.fixture
def saved(tmp_path):
    """A saved placement, and a way to change what its file says."""
    strategy = Strategy(packing="diagonal", copies={"second": 2}, order="short", max_arrays=9)
    placement = map_network(LAYERS, ARRAYS, strategy=strategy)
    path = tmp_path / "placed.json"
    save_placement(placement, path)

    def change(edit):
        document = json.loads(path.read_text("utf-8"))
        edit(document)
        path.write_text(json.dumps(document), "utf-8")

    return path, placement, change


def test_what_was_saved_comes_back(saved):
    path, placement, _ = saved
    found = load_placement(path, LAYERS, ARRAYS)
    assert found.slots == placement.slots and found.strategy == placement.strategy
    assert found.table.equals(placement.table)


def test_convolutions_with_settings_of_numpy_come_back(tmp_path):
    graph = lenet()
    nodes = tuple(replace(n, settings={**n.settings, "note": np.int64(3)}) for n in graph.nodes)
    graph = replace(graph, nodes=nodes)
    placement = map_network(graph, hardware())
    save_placement(placement, tmp_path / "lenet.json")
    assert load_placement(tmp_path / "lenet.json", graph, hardware()).slots == placement.slots


def test_a_slot_stands_on_a_line(saved):
    path, placement, _ = saved
    lines = path.read_text("utf-8").splitlines()
    assert json.loads(lines[-4].rstrip(",")) == list(placement.slots[-2])


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda d: d.update(version=2), "has version 2; this reads version 1"),
        (lambda d: d.update(format="other"), "holds no placement"),
        (lambda d: d.pop("network"), "network is missing"),
        (lambda d: d["network"].pop("layers"), "network.layers is missing"),
        (lambda d: d.update(slots={}), "slots is missing or of the wrong kind"),
        (lambda d: d.update(slots=[]), "copy 0 of first has no slot"),
        (lambda d: d["strategy"].pop("order"), "strategy must hold copies, grid_cols"),
        (lambda d: d["strategy"].update(order="spiral"), "strategy.order is 'spiral'"),
        (lambda d: d["slot_fields"].pop(), "slot_fields must be layer, block, copy"),
        (lambda d: d["slots"][1].pop(), "slots.1 is .*; expected layer, block, copy, row"),
        (lambda d: d["slots"][0].__setitem__(5, "0"), "slots.0 is "),
        (lambda d: d["slots"][0].__setitem__(5, True), "slots.0 is "),
        (lambda d: d["slots"][0].__setitem__(2, 10**12), "has no slot"),
        (
            lambda d: d["slots"][0].__setitem__(0, "third"),
            "there is no piece 0,0 of copy 0 of third",
        ),
        (lambda d: d["slots"][0].__setitem__(6, 99), "is not within 32 x 40"),
        (lambda d: d["slots"][1].__setitem__(7, 0), "overlap in their columns"),
    ],
)
def test_files_that_are_damaged_are_refused_by_name(saved, edit, named):
    path, _, change = saved
    change(edit)
    with pytest.raises(SpecError, match=f"placed.json: .*{named}"):
        load_placement(path, LAYERS, ARRAYS)


def test_half_a_file_is_refused(saved):
    path, _, _ = saved
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    with pytest.raises(SpecError, match="placed.json: is damaged"):
        load_placement(path, LAYERS, ARRAYS)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="placed.json: is damaged"):
        load_placement(path, LAYERS, ARRAYS)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SpecError, match="none.json: cannot be read: No such file"):
        load_placement(tmp_path / "none.json", LAYERS, ARRAYS)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"rows": 64}, "placed with rows 32; the hardware has 64"),
        ({"cols": 25}, "placed with cols 40; the hardware has 25"),
        ({"bias_rows": 1}, "placed with bias_rows 0; the hardware has 1"),
        ({"encoding": "offset"}, "encoding.kind 'differential'; the hardware has 'offset'"),
        ({"encoding": Encoding(slices=2, cell_bits=2)}, "encoding.slices 1; the hardware has 2"),
    ],
)
def test_other_arrays_are_refused_with_both_values(saved, settings, named):
    path, _, _ = saved
    other = hardware(**{"rows": 32, "cols": 40, **settings})
    with pytest.raises(
        SpecError, match=f"placed.json: was {named}" if "placed" in named else named
    ):
        load_placement(path, LAYERS, other)


def retrained():
    return [LAYERS[0], replace(LAYERS[1], weights=LAYERS[1].weights + 1e-9)]


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        (retrained(), "layer second has digest .* in the file and .* in the network"),
        ([LAYERS[0], replace(LAYERS[1], name="last")], "placed layer second, which the network"),
        ([*LAYERS, dense(2, 4, "third")], "output 'second'; it is 'third'"),
        ([*LAYERS, dense(2, 4, "third")], "does not place layer third"),
        ([replace(LAYERS[0], activation="tanh"), LAYERS[1]], "first.relu"),
    ],
)
def test_another_network_is_refused_and_the_layer_named(saved, layers, named):
    path, _, _ = saved
    with pytest.raises(SpecError, match=f"placed.json: .*{named}"):
        load_placement(path, layers, ARRAYS)


def test_what_cannot_be_written_leaves_the_old_file(saved, monkeypatch):
    path, placement, _ = saved
    before = path.read_bytes()

    def full(self, *args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(SpecError, match="placed.json: cannot be written: No space left"):
        save_placement(placement, path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [path.name]
