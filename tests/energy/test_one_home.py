"""What several parts of the energy model use is said once."""

import re
from pathlib import Path

import pytest

from xbarsim.energy.area import ROUTING
from xbarsim.energy.machine import Machine
from xbarsim.energy.neurons import AnalogNeuron
from xbarsim.energy.parts.neurons import MEMBRANE, THRESHOLD
from xbarsim.scenario.chips import ChipSpec

SOURCES = Path(__file__).parents[2] / "xbarsim"


def test_defaults_of_two_places_are_one_number():
    assert Machine().routing == ChipSpec().routing == ROUTING
    neuron = AnalogNeuron(i_static=0.0, v_dd=1.0)
    assert (neuron.capacitance, neuron.threshold) == (MEMBRANE, THRESHOLD)


@pytest.mark.parametrize(
    "number",
    [r"1\.15\b(?!\d)", r"1\.28155", r"20\.7e-12", r"9e-15\b", r"5\.98e-12", r"0\.2e-12",
     r"1e-15 / 1e-6", r"def bit_line_capacitance", r'"SENECA":'],
)  # fmt: skip
def test_a_figure_stands_in_one_file(number):
    files = [*(SOURCES / "energy").rglob("*.py"), SOURCES / "scenario" / "chips.py",
             SOURCES / "constants.py"]  # fmt: skip
    assert len([f.name for f in files if re.search(number, f.read_text("utf-8"))]) == 1
