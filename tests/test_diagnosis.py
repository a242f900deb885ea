import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, SpecError, diagnose, load_device
from xbarsim.crossbar import Wires
from xbarsim.diagnosis import Chip, effects_in, loss_shares, without_effects
from xbarsim.effects import CellSpread, Effects, Stuck
from xbarsim.encode import Encoding
from xbarsim.layers import Node
from xbarsim.mapping import Dense, Graph
from xbarsim.streams import Streams


@pytest.fixture
def layers(streams):
    rng = streams.rng()
    return [Dense(name="a", weights=rng.uniform(-1, 1, (8, 30)), bias=np.zeros(8))]


@pytest.fixture
def x(streams):
    return (streams / "x").rng().uniform(0, 1, (200, 30))


def hardware(**settings):
    return Hardware(device=load_device("joshi_2020"), **settings)


FULL = {
    "wires": Wires(r_word=10.0, r_bit=10.0),
    "dac": Dac(bits=4),
    "adc": Adc(bits=5),
    "encoding": Encoding(slices=2, cell_bits=2),
    "effects": Effects(stuck=Stuck(low=0.05), spread=CellSpread(factor=0.1), johnson=True),
}


def score(layers, x):
    """Minus the relative squared error: more is better, exactly 0 for the exact network."""
    exact = x @ layers[0].weights.T
    return lambda run: -float(((run(x) - exact) ** 2).mean() / (exact**2).mean())


def test_only_effects_that_are_there_are_named():
    assert effects_in(hardware()) == ["programming", "drift", "read_noise"]
    assert effects_in(hardware(**FULL)) == [
        "programming", "drift", "read_noise", "spread", "stuck", "wires", "bits", "dac", "adc",
    ]  # fmt: skip


def test_nothing_is_left_when_everything_is_off(layers, x):
    built = hardware(**FULL)
    chip = Chip(model=layers, hardware=built, streams=Streams(1), score=score(layers, x),
                x_calibrate=x, age=1e6)  # fmt: skip
    assert chip.scored(effects_in(built)) == pytest.approx(0.0, abs=1e-20)
    assert chip.scored(()) < -1e-3


@pytest.mark.parametrize("name", effects_in(hardware(**FULL)))
def test_each_effect_costs_something_and_its_switch_takes_that_away(name, layers, x):
    built = hardware(**FULL)
    others = [n for n in effects_in(built) if n != name]
    chip = Chip(model=layers, hardware=built, streams=Streams(1), score=score(layers, x),
                x_calibrate=x, age=1e6)  # fmt: skip
    assert chip.scored(others) < -1e-7
    assert effects_in(without_effects(built, [name])) == [
        n for n in effects_in(built) if n != name or name in ("programming", "drift", "read_noise")
    ]


@pytest.mark.parametrize("orders", [1, 2, 5])
def test_shares_add_up_to_the_loss(orders, layers, x):
    built = hardware(**FULL)
    chip = Chip(model=layers, hardware=built, streams=Streams(2), score=score(layers, x),
                x_calibrate=x, age=1e6)  # fmt: skip
    shares = loss_shares(chip, orders)
    loss = chip.scored(effects_in(built)) - chip.scored(())
    assert sum(shares.values()) == pytest.approx(loss, rel=1e-12)


def test_every_order_gives_the_shapley_value_of_two_effects(layers, x):
    """With two effects: the mean of what each costs alone and what its absence brings back."""
    built = hardware(dac=Dac(bits=3), adc=Adc(bits=4))
    device = load_device("ideal")
    built = Hardware(device=device, dac=built.dac, adc=built.adc)
    chip = Chip(model=layers, hardware=built, streams=Streams(2), score=score(layers, x),
                x_calibrate=x)  # fmt: skip
    shares = loss_shares(chip, 2)
    alone = chip.scored(["dac", "adc"]) - chip.scored(["dac"])
    absent = chip.scored(["adc"]) - chip.scored(())
    assert shares["adc"] == pytest.approx(0.5 * (alone + absent))
    assert shares["drift"] == shares["programming"] == 0.0


def test_table_adds_up_and_states_its_error(layers, x):
    built = hardware(**FULL)
    table = diagnose(layers, built, score(layers, x), x, age=1e6, chips=4, seed=3)
    table = table.set_index("effect")
    parts = table.drop("all")
    assert parts["share"].sum() == pytest.approx(table["share"]["all"], rel=1e-9)
    assert (table["half_width"] > 0).all()
    assert table["alone"]["all"] == table["recovered"]["all"] == table["share"]["all"]
    assert parts["share"]["drift"] > parts["share"]["read_noise"]


def test_networks_with_several_inputs_are_refused(x):
    nodes = (
        Node(name="sum", op="add", inputs=("u", "v")),
        Node(name="a", op="linear", inputs=("sum",), arrays={"weights": np.eye(30)}),
    )
    with pytest.raises(SpecError, match="model has the inputs u, v; a diagnosis takes networks wi"):
        diagnose(Graph(nodes=nodes, inputs=("u", "v")), hardware(), lambda run: 0.0, x)


def test_the_same_seed_gives_the_same_table(layers, x):
    built = hardware(dac=Dac(bits=4))
    first, again = (diagnose(layers, built, score(layers, x), x, chips=2) for _ in range(2))
    assert first.equals(again)
