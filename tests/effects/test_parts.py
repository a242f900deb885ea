"""What effects can be, and what they refuse: name, value, and what is allowed."""

import pytest

from xbarsim import effects
from xbarsim.errors import SpecError

TIMES = {"capture": (1e-6, 1e-3), "emission": (1e-6, 1e-3)}


def test_nothing_is_on_by_default():
    assert effects.Effects().on == []


def test_effects_are_named_in_the_order_in_which_they_act():
    on = effects.Effects(johnson=True, stuck=effects.Stuck(low=0.1), levels=8).on
    assert on == ["levels", "stuck", "johnson"]


@pytest.mark.parametrize(
    ("name", "off", "on"),
    [
        ("stuck", effects.Stuck(cluster_length=2.0), effects.Stuck(high=0.1)),
        ("spread", effects.CellSpread(), effects.CellSpread(g_max=0.1)),
        ("telegraph", effects.Telegraph(amplitude=0.1, share=0.0, **TIMES),
         effects.Telegraph(amplitude=0.1, **TIMES)),
        ("flicker", effects.Flicker(amplitude=0.0), effects.Flicker(amplitude=1e-5)),
        ("endurance", effects.Endurance(start=10.0), effects.Endurance(scale=1e5)),
        ("thermal_activation", effects.ThermalActivation(),
         effects.ThermalActivation(drift=0.2)),
        ("levels", None, 8),
    ],
)  # fmt: skip
def test_parts_that_change_nothing_are_not_on(name, off, on):
    assert effects.Effects(**{name: off}).on == []
    assert effects.Effects(**{name: on}).on == [name]


@pytest.mark.parametrize(
    ("part", "values", "said"),
    [
        ("Stuck", {"low": -0.1}, "effects.stuck.low is -0.1; it must be 0 to 1"),
        ("Stuck", {"high": 1.5}, "effects.stuck.high is 1.5; it must be 0 to 1"),
        ("Stuck", {"low": 0.6, "high": 0.6}, "together at most 1"),
        ("Stuck", {"low": float("nan")}, "effects.stuck.low is nan"),
        ("Stuck", {"cluster_length": -1.0}, "cluster_length is -1; it must be at least 0"),
        ("Stuck", {"cluster_length": float("inf")}, "cluster_length is inf"),
        ("Stuck", {"lines": "both"}, "lines is 'both'; known: none, word, bit"),
        ("Stuck", {"lines": "bit", "cluster_length": 2.0}, "whole lines do not gather"),
        ("CellSpread", {"g_max": -0.1}, "effects.spread.g_max is -0.1"),
        ("Telegraph", TIMES | {"amplitude": 2.0}, "effects.telegraph.amplitude is 2"),
        ("Telegraph", TIMES | {"amplitude": 0.1, "share": -1.0}, "effects.telegraph.share is -1"),
        ("Telegraph", TIMES | {"amplitude": 0.1, "capture": (1.0, 0.1)}, "1 s to 100 ms"),
        ("Telegraph", TIMES | {"amplitude": 0.1, "emission": (0.0, 0.1)}, "emission is 0 s to"),
        ("Flicker", {"amplitude": -1e-6}, "effects.flicker.amplitude is -1e-06"),
        ("Retention", {"t_infinity": 0.0, "activation_energy": 1.0}, "t_infinity is 0 s"),
        ("Retention", {"t_infinity": 1.0, "activation_energy": -1.0}, "activation_energy is -1"),
        ("Endurance", {"cycles": -1.0}, "effects.endurance.cycles is -1"),
        ("Endurance", {"scale": 0.0}, "effects.endurance.scale is 0"),
        ("Endurance", {"failed": "middle"}, "failed is 'middle'; known: low, high"),
        ("ThermalActivation", {"drift": -0.1}, "effects.thermal_activation.drift is -0.1"),
        ("Effects", {"levels": 1}, "effects.levels is 1; it must be 2 to 1000000"),
        ("Effects", {"cycle_to_cycle": -0.1}, "effects.cycle_to_cycle is -0.1"),
        ("Surroundings", {"ambient": -4.0}, "temperature is -4 K; it must be above 0 K"),
        ("Surroundings", {"ambient": float("nan")}, "temperature is nan K"),
    ],
)
def test_a_value_out_of_range_is_named(part, values, said):
    with pytest.raises(SpecError, match=said.replace("(", r"\(")):
        getattr(effects, part)(**values)
