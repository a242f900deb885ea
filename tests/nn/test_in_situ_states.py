"""States of pulsed cells and rules: what is none is refused before anything changes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from xbarsim.errors import SpecError  # noqa: E402
from xbarsim.nn.in_situ import InSitu, MixedPrecision, in_situ  # noqa: E402
from xbarsim.programming import FittedPulses  # noqa: E402
from xbarsim.programming.step_fits import StepFit  # noqa: E402


def layer(energy=1e-12):
    step = StepFit(kind="LinearStep", d=(0.01, 0.01), gamma=(0.0, 0.0), a=(0.0, 0.0), error=0.0)
    torch.manual_seed(0)
    cells = FittedPulses(fit=step, g_min=1e-6, g_max=9e-6, energy=energy)
    return in_situ(nn.Linear(3, 2), cells)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", np.zeros((2, 2)), r"x of the state is float64 of shape \(2, 2\)"),
        ("x", np.full((2, 3), np.nan), "x of the state holds nan"),
        ("x", np.full((2, 3), 1.5), "x is 1.5 at .*states go from -1 to 1"),
        ("up", np.full((2, 3), -1), "up of the state holds -1, which is below 0"),
        ("up", np.zeros((2, 3)), "up of the state is float64 .*int64"),
        ("energy", np.full((2, 3), np.inf), "energy of the state holds inf"),
        ("reference", np.full((2, 3), np.nan), "reference of the state holds nan"),
    ],
)
def test_arrays_that_no_cells_have_are_refused_and_nothing_changes(name, value, message):
    one = layer()
    state, before = one.weights.state(), one.weights.state()
    moved = state["x"].copy()
    state["x"] = 0.5 * moved
    with pytest.raises(SpecError, match=message):
        one.weights.restore(state | {name: value})
    after = one.weights.state()
    for key, kept in before.items():
        np.testing.assert_array_equal(after[key], kept)


def test_cells_of_another_energy_are_other_cells():
    with pytest.raises(SpecError, match="of other cells"):
        layer().load_state_dict(layer(energy=2e-12).state_dict())


def test_something_else_than_a_state_is_refused():
    with pytest.raises(SpecError, match="layer '': the state is a int"):
        layer().set_extra_state(3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"updates": -1}, "updates is -1; it must be a whole number from 0"),
        ({"memory": [torch.zeros(3, 2)]}, "what it remembers differs"),
        ({"memory": [torch.full((2, 3), np.nan)]}, "layer '': what the state remembers holds floa"),
        ({"signs": torch.zeros(3)}, "signs of the state are none of torch.Generator"),
    ],
)
def test_a_state_that_a_trainer_cannot_have_is_refused_and_nothing_changes(changes, message):
    trainer = InSitu(layer(), MixedPrecision(), lr=0.1)
    other = InSitu(layer(), MixedPrecision(), lr=0.1, seed=1)
    before = trainer.state_dict()
    with pytest.raises(SpecError, match=message):
        trainer.load_state_dict(other.state_dict() | {"updates": 7} | changes)
    after = trainer.state_dict()
    assert after["updates"] == 0 and torch.equal(after["signs"], before["signs"])
    assert torch.equal(after["memory"][0], before["memory"][0])


def test_a_trainers_state_that_lacks_all_is_refused():
    with pytest.raises(SpecError, match="the state lacks memory, signs, updates"):
        InSitu(layer(), MixedPrecision(), lr=0.1).load_state_dict({})
    with pytest.raises(SpecError, match="the state is a int, not that of a trainer"):
        InSitu(layer(), MixedPrecision(), lr=0.1).load_state_dict(3)


def test_a_step_that_is_refused_for_a_later_layer_loses_nothing_of_the_first():
    """Derivatives of the second layer are beyond all numbers of pulses, those of the first not."""
    torch.manual_seed(0)
    first, second = layer(), layer()
    second.name = "second"
    model = nn.ModuleList([first, second])
    trainer = InSitu(model, MixedPrecision(), lr=0.1)
    first.record(torch.ones(1, 3), torch.full((1, 2), 1e-4))
    second.record(torch.ones(1, 3), torch.full((1, 2), 1e30))
    with pytest.raises(SpecError, match="layer 'second': a cell would need"):
        trainer.step()
    assert not trainer.state_dict()["memory"][0].any()
    first.record(torch.ones(1, 3), torch.full((1, 2), 1e-4))
    trainer.step()
    np.testing.assert_allclose(trainer.state_dict()["memory"][0], -1e-5, rtol=1e-6)


def test_settings_that_are_set_anew_are_checked():
    trainer = InSitu(layer(), MixedPrecision(), lr=0.1)
    trainer.model(torch.ones(1, 3)).sum().backward()
    trainer.skip_below = 7
    with pytest.raises(SpecError, match="skip_below is 7; it must be from 0 to 1"):
        trainer.step()


class Half:
    """A rule of one's own that gives what are no pulses."""

    def start(self, shape):
        return np.zeros(shape)

    def pulses(self, update, memory):
        return 0.5 * update.wanted


def test_a_rule_that_gives_what_are_no_pulses_is_refused_with_layer_and_update():
    one = layer()
    trainer = InSitu(one, Half(), lr=0.1)
    one(torch.ones(1, 3)).sum().backward()
    with pytest.raises(SpecError, match="update 1, layer '': counts holds float64"):
        trainer.step()
