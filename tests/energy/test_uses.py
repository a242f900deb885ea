"""What the periphery does and how much of it there is, against counts by hand.

20 inputs on 3 x 3 arrays of 8 x 8, then 12 on 2 x 2; 12 and 5 outputs, 4 signals an array.
"""

import numpy as np
import pytest
from small_chips import close, network

from xbarsim import Adc, Dac
from xbarsim.encode import Encoding
from xbarsim.energy import Machine, estimate
from xbarsim.energy.parts import component
from xbarsim.energy.uses import buffer_of


@pytest.fixture
def x():
    return np.random.default_rng(1).uniform(0, 1, (6, 20))


def rows(x, machine=None, **settings):
    chip = estimate(network(**settings), x).chip(machine or Machine())
    return chip.ledger.set_index(["layer", "component"]).sort_index()


def test_buffers_are_read_for_each_array_and_written_once(x):
    """Eight values an access; inputs go to 3 and 2 columns of arrays."""
    found = rows(x)
    for layer, inputs, outputs, arrays in (("a", 20 * 3, 12, 9), ("b", 12 * 2, 5, 4)):
        part = found.loc[[(layer, "buffer")]]
        assert sorted(part["count"]) == sorted([inputs / 8, outputs / 8])
        assert part["instances"].sum() == arrays
    without = rows(x, dac=None)
    assert without.loc[[("a", "buffer")]]["count"].sum() == (20 * 3 + 12) / 8


def test_buffers_hold_two_of_each_vector():
    """8 inputs and 4 outputs of 16 bits."""
    hardware = network().placement.hardware
    assert buffer_of(hardware, Machine(word=16))[1]["capacity"] == 2 * (8 + 4) * 2
    assert buffer_of(hardware, Machine(buffer=1023))[0] == "register_file"
    assert buffer_of(hardware, Machine(buffer=1024)) == ("sram", {"capacity": 1024, "bits": 64})


def test_columns_that_share_a_converter_have_a_multiplexer(x):
    """Three columns a converter, so two of them for four signals."""
    found = rows(x, adc=Adc(columns_per_adc=3))
    for name in ("adc", "mux", "shift_add"):
        assert found["instances"]["a", name] == 9 * 2
    assert found["instances"]["a", "sample_hold"] == 9 * 4
    assert found["count"]["a", "mux"] == found["count"]["a", "adc"] == 12 * 3
    assert ("a", "mux") not in rows(x).index


def test_sums_are_those_of_arrays_phases_and_biases(x):
    """12 outputs of three parts, then of three in each of four phases; a bias each."""
    assert rows(x)["count"]["a", "shift_add"] == 12 * 2 + 12
    serial = rows(x, dac=Dac(bits=4, coding="bit_serial"))
    assert serial["count"]["a", "shift_add"] == 12 * (4 * 3 - 1) + 12
    added = rows(x, dac=Dac(bits=4, coding="bit_serial"), phase_sums="analog")
    assert added["count"]["a", "shift_add"] == 12 * 2 + 12


def test_slices_of_weights_are_converted_one_by_one(x):
    """Two slices in pairs: two outputs of four signals an array, 6 columns of arrays."""
    found = rows(x, encoding=Encoding(slices=2, cell_bits=2))
    assert found["count"]["a", "adc"] == 12 * 2 * 3
    assert found["instances"]["a", "adc"] == 3 * 6 * 4
    assert found["count"]["a", "dac"] == 20 * 6


@pytest.mark.parametrize(
    ("settings", "layer_component", "model"),
    [({"adc": Adc(kind="flash", bits=4)}, "adc", "flash"),
     ({"adc": Adc(kind="ramp")}, "adc", "ramp"),
     ({"adc": Adc(kind="sar")}, "adc", "plugin"), ({}, "dac", "capacitive"),
     ({"dac": Dac(bits=4, coding="pulse_width")}, "dac", "pulse_width")],
)  # fmt: skip
def test_codings_and_kinds_have_models_of_their_own(settings, layer_component, model, x):
    row = rows(x, **settings).loc["a", layer_component]
    assert row["model"] == model
    hardware = network(**settings).placement.hardware
    sizes = {"bits": float(getattr(hardware, layer_component).bits), "rate": 1e8, "rows": 8.0}
    one = component(layer_component, model).cost(hardware.node, **sizes)
    assert row["energy"] == close(row["count"] * one.energy)
    assert row["area"] == close(row["instances"] * one.area)
