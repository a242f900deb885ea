"""Reservoirs in scenarios: what is made of them, what is refused, and where the fault is."""

import pytest

from xbarsim.errors import SpecError
from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
from xbarsim.reservoirs.echo_state import EchoState
from xbarsim.reservoirs.liquid import LiquidState
from xbarsim.reservoirs.wiring import DistanceWiring
from xbarsim.scenario import hardware_of, load_scenario
from xbarsim.scenario.estimators import estimator_of
from xbarsim.scenario.load import physics

BASE = """\
name: t
device: {sheet: wan_2022}
tasks:
  - name: r
    kind: reservoir
    reservoir: {kind: echo_state, units: 20, leak: 0.5, bias_scaling: 0.1, squares: true}
    data: {source: narma10, train: 100, test: 50, washout: 10}
"""
VOLATILE = {"device": {"sheet": "zhong_2021"}, "tasks.r.reservoir": {"kind": "dynamic"}}


@pytest.fixture
def plan(tmp_path):
    def make(**settings):
        file = tmp_path / "t.yaml"
        file.write_text(BASE)
        return load_scenario(file, {k.replace("__", "."): v for k, v in settings.items()})

    return make


@pytest.fixture
def made(plan):
    """The estimator of the task after settings."""

    def make(settings):
        point = plan(**settings).points[0]
        task = point.tasks[0]
        hardware = None if task.stands_alone else hardware_of(point)
        return estimator_of(point, task, hardware, 1)

    return make


def test_keys_of_an_echo_state_reach_the_estimator(made):
    found = made({})
    assert isinstance(found, EchoState)
    assert (found.units, found.leak, found.bias_scaling, found.squares) == (20, 0.5, 0.1, True)
    assert (found.washout, found.task, found.random_state) == (10, "regression", 1)
    assert found.hardware is not None and found.readout_hardware is None


def test_layers_are_reservoirs_of_so_many_units_each(made):
    assert made({"tasks.r.reservoir.layers": 3}).units == [20, 20, 20]


def test_a_readout_may_stand_on_arrays(made):
    found = made({"tasks.r.reservoir.readout_on_array": True})
    assert found.readout_hardware is found.hardware


def test_keys_of_a_liquid_reach_the_estimator(made):
    liquid = {
        "kind": "liquid", "units": 27, "neuron": {"tau": "30 ms"}, "delays": None, "dt": "2 ms",
        "wiring": {"kind": "distance", "shape": [3, 3, 3], "reach": 2},
    }  # fmt: skip
    found = made({"tasks.r.reservoir": liquid})
    assert isinstance(found, LiquidState)
    assert isinstance(found.wiring, DistanceWiring) and found.wiring.shape == (3, 3, 3)
    assert (found.neuron.tau, found.dt, found.wiring.reach) == (0.03, 0.002, 2)


def test_the_nodes_of_a_dynamic_reservoir_are_the_device_of_the_scenario(made):
    device = {"sheet": "zhong_2021", "spread": {"alpha": 0.1}}
    train = {"kind": "dynamic", "train": {"pulse": "12 us"}, "read_noise": 0.01}
    found = made({"device": device, "tasks.r.reservoir": train})
    assert isinstance(found, DynamicReservoir)
    assert found.trains.pulse == found.trains.period == 12e-6
    assert found.spread["alpha"].relative == 0.1 and found.read.noise == 0.01


def test_devices_that_stand_alone_are_as_warm_as_the_scenario_says(made):
    assert made(VOLATILE | {"temperature": "350 K"}).device.ambient == 350.0
    assert made(VOLATILE).device.ambient == 300.0


@pytest.mark.parametrize(
    ("source", "nodes"), [("lorenz", 3), ("japanese_vowels", 4), ("narma10", 1)]
)
def test_sections_that_fit_the_channels_of_a_series_are_taken(plan, source, nodes):
    section = {"kind": "dynamic", "mask": "section", "nodes": nodes}
    plan(**VOLATILE | {"tasks.r.reservoir": section, "tasks.r.data": {"source": source}})


def test_whatever_is_said_of_a_reservoir_is_in_the_key_of_its_trials(plan):
    told = [
        {}, {"tasks.r.reservoir.leak": 0.4}, {"tasks.r.data.test": 60}, {"tasks.r.retrain": True},
        VOLATILE, VOLATILE | {"device.alpha": 2.0}, VOLATILE | {"device.spread": {"alpha": 0.1}},
    ]  # fmt: skip
    keys = [str(physics(plan(**settings).points[0])) for settings in told]
    assert len(set(keys)) == len(told)


REFUSED = [
    ({"tasks.r.data.source": "narma"}, r"tasks\.0\.data\.source: 'narma': expected one of"),
    ({"tasks.r.reservoir.kind": "esn"}, r"tasks\.0\.reservoir\.kind: 'esn': expected one of"),
    ({"tasks.r.reservoir.units": 0}, r"tasks\.0\.reservoir\.units: 0: .* equal to 1"),
    ({"tasks.r.reservoir.unit": 9}, r"tasks\.0\.reservoir\.unit: unknown key; did you mean"),
    (
        {"tasks.r.reservoir": {"kind": "echo_state", "topology": "block", "units": 3,
                               "density": 0.001}},
        r"tasks\.0\.reservoir\.spectral_radius 0\.9 cannot be reached",
    ),
    ({"tasks.r.data.washout": 100}, r"tasks\.0\.data\.washout: 100 steps"),
    (
        {"tasks.r.data": {"source": "memory", "delays": 200, "washout": 150}},
        r"tasks\.0\.data\.washout: must be at least delays",
    ),
    ({"tasks.r.reservoir.readout": "logistic"}, "logistic is made for classes"),
    (
        {"tasks.r.data": {"source": "japanese_vowels", "features": "mfcc"}},
        r"tasks\.0\.data\.features: japanese_vowels are no sounds",
    ),
    (
        {"tasks.r.retrain": True, "tasks.r.reservoir.readout_on_array": True},
        r"tasks\.0\.retrain: a readout that stands on arrays is written once",
    ),
    (
        {"tasks.r.reservoir": {"kind": "liquid", "units": 9,
                               "wiring": {"kind": "distance", "shape": [2, 2, 2]}}},
        r"reservoir\.wiring\.shape is \(2, 2, 2\), 8 places; there are 9 neurons",
    ),
    (
        {"tasks.r.reservoir": {"kind": "dynamic"}},
        r"reservoir\.kind: dynamic takes a volatile switching law; 'wan_2022' is none",
    ),
    (VOLATILE | {"ages": ["1 s"]}, "ages: volatile devices stand in no array"),
    (
        VOLATILE | {"tasks.r.reservoir": {"kind": "dynamic", "mask": "section"}},
        r"tasks\.0\.reservoir\.1 channels cannot be cut into streams of 4",
    ),
    (VOLATILE | {"array.adc.bits": 4}, "array: volatile devices stand in no array"),
    (VOLATILE | {"sweep.axes": {"array.adc.bits": [4, 6]}}, "array: volatile devices stand in no"),
    (VOLATILE | {"tasks.r.retrain": True}, r"tasks\.0\.retrain: volatile devices"),
    (
        VOLATILE | {"tasks.r.reservoir": {"kind": "dynamic", "rails": ["-9 V", "9 V"]}},
        "a voltage is -9 V; Tiox holds from -3 V to 3 V",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "message"), REFUSED)
def test_what_cannot_be_is_refused_when_the_scenario_is_read(plan, settings, message):
    with pytest.raises(SpecError, match=message):
        plan(**settings)
