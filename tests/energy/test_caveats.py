"""What a chip's report warns of; more of it stands beside what it is about."""

import numpy as np
import pytest
from small_chips import network

from xbarsim.crossbar import Wires
from xbarsim.energy import estimate
from xbarsim.technology import node


def warned(**settings):
    x = np.random.default_rng(1).uniform(0, 1, (6, 20))
    return estimate(network(**settings), x).chip().warnings


@pytest.mark.parametrize(("length", "told"), [(28e-9, True), (65e-9, False)])
def test_nodes_between_those_of_the_table_are_told(length, told):
    words = "node is 28 nm, which lies between nodes of the table"
    assert (words in warned(node=node(length))) == told


@pytest.mark.parametrize(("ohm", "told"), [(1e5, True), (1.0, False)])
def test_wires_that_take_most_of_the_energy_are_told(ohm, told):
    found = warned(wires=Wires(r_word=ohm, r_bit=ohm), t_read=1e-3)
    assert any(text.startswith("wires dominate") for text in found) == told
