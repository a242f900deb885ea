"""Liquids as estimators of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator

from xbarsim import Adc, EchoState, Hardware, SpecError, load_device
from xbarsim.reservoirs.delays import Delays
from xbarsim.reservoirs.forming import FormedWiring
from xbarsim.reservoirs.liquid import LiquidState
from xbarsim.reservoirs.neuron_models import LIF, Adaptation, DecayLIF, Spiking
from xbarsim.reservoirs.wiring import DistanceWiring, GaussianWiring, InDegreeWiring
from xbarsim.tasks.sequences import spike_templates

DATA = spike_templates(classes=4, train=120, test=80, seed=1)
WIRING = GaussianWiring(inputs=0.4, recurrent=0.05)
NOISY = Hardware(device=load_device("wan_2022", read_noise=0.01), adc=Adc(bits=8))


def made(**settings):
    given = {"units": 200, "wiring": WIRING, "random_state": 0, "pooling": 5}
    return LiquidState(**given | settings)


def fitted(**settings):
    return made(**settings).fit(DATA.x_train, DATA.y_train)


@pytest.mark.long
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hardware": NOISY},
        {"hardware": NOISY, "readout_hardware": NOISY},
        {"hardware": Hardware(device=load_device("wang_2023")), "wiring": FormedWiring(inputs=0.4)},
        {"wiring": DistanceWiring(shape=(5, 5, 8), input_weight=0.9), "hardware": Hardware(
            device=load_device("wan_2022", read_noise=0.01), encoding="single")},
        {"wiring": InDegreeWiring(), "feature": "trace", "tau_trace": "30 ms",
         "neuron": LIF(resistance=20.0, refractory=2e-3, tau_synapse=3e-3,
                       adaptation=Adaptation(share=0.5)),
         "delays": Delays(shortest=1e-3, longest=5e-3)},
    ],
    ids=["software", "noisy", "readout", "formed", "dale", "everything"],
)  # fmt: skip
def test_a_liquid_tells_spike_templates_apart_better_than_counts(settings):
    """Guessing is 0.25; counts alone are no more than what rates of jittered copies tell."""
    liquid = fitted(**settings)
    assert liquid.score(DATA.x_test, DATA.y_test) > 0.9
    assert 0.005 < liquid.core_.activity.rate < 0.5


def test_features_averaged_over_a_series_are_counts_over_its_steps():
    liquid = fitted(pooling=1)
    spikes = liquid.transform(DATA.x_test[:3])
    assert set(np.unique(spikes[0])) == {0.0, 1.0} and spikes[0].shape == (250, 200)
    assert spikes[0].dtype == np.float64


def test_steps_in_a_loop_are_the_run():
    liquid = made().fit(DATA.x_train[:5])
    whole = liquid.transform(DATA.x_test[0])
    liquid.reset()
    assert (np.stack([liquid.step(u) for u in DATA.x_test[0]]) == whole).all()


def test_a_saved_liquid_goes_on_alike(tmp_path):
    liquid = fitted(hardware=NOISY)
    liquid.save(tmp_path / "liquid")
    again = LiquidState.load(tmp_path / "liquid")
    first, second = (each.transform(DATA.x_test[:4]) for each in (liquid, again))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_clones_and_searches_take_wirings_and_neurons_as_parameters():
    wirings = [GaussianWiring(inputs=0.4, recurrent=r) for r in (0.02, 0.1)]
    search = GridSearchCV(made(task="classification"), {"wiring": wirings}, cv=2)
    assert search.fit(np.stack(DATA.x_train), DATA.y_train).best_score_ > 0.7
    assert clone(made()).get_params() == made().get_params()


def test_energy_of_a_step_is_that_of_the_arrays_that_are_read():
    """More inputs, more energy; input and spikes are read on arrays of their own."""
    liquid = fitted(hardware=NOISY)
    few, many = (liquid.energy([part * k for part in DATA.x_test[:4]]) for k in (0, 1))
    assert list(many.table.index) == ["input", "recurrent"]
    assert many.totals()["source"] > few.totals()["source"]
    assert many.totals()["total"] == pytest.approx(many.table["total"].sum())


def test_age_moves_the_features():
    liquid = fitted(hardware=Hardware(device=load_device("joshi_2020"), adc=Adc(bits=8)))
    young = np.stack(liquid.transform(DATA.x_test)).mean()
    liquid.age = "1 year"
    old = np.stack(liquid.transform(DATA.x_test)).mean()
    assert old < 0.95 * young  # conductances have dropped


def test_a_liquid_that_never_spikes_warns():
    with pytest.warns(UserWarning, match="no neuron of the liquid spiked"):
        fitted(neuron=DecayLIF(threshold=1e3))


def test_a_liquid_that_never_rests_warns():
    with pytest.warns(UserWarning, match="100% of the liquid's neurons"):
        fitted(
            neuron=DecayLIF(threshold=-1.0, reset=-1.01),
            wiring=GaussianWiring(inputs=0.001, recurrent=0.0),
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"units": 0}, "units is 0"),
        ({"units": 2.5}, "units is 2.5"),
        ({"neuron": "lif"}, "neuron is 'lif'"),
        ({"neuron": Spiking()}, "neuron is a Spiking, which has no membrane"),
        ({"wiring": 3}, "wiring is 3"),
        ({"delays": 1e-3}, "delays is 0.001"),
        ({"dt": "1 V"}, "dt: '1 V' is a voltage"),
        ({"tau_trace": 0}, "tau_trace is 0 s"),
        ({"feature": "rates"}, "feature is 'rates'"),
        ({"wiring": DistanceWiring(shape=(2, 2))}, "4 places"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
    ],
)
def test_parameters_that_cannot_be_are_refused_by_name(settings, message):
    with pytest.raises(SpecError, match=message):
        fitted(**settings)


def test_series_that_cannot_be_are_refused():
    liquid = fitted()
    with pytest.raises(SpecError, match=r"X\[1\] is nan at step 2, channel 0"):
        broken = np.zeros((5, 40))
        broken[2, 0] = np.nan
        liquid.predict([DATA.x_test[0], broken])
    with pytest.raises(SpecError, match="39 channels; expected 40"):
        liquid.predict([np.zeros((5, 39))])


@pytest.mark.long
@pytest.mark.parametrize("task", ["auto", "classification"])
def test_a_liquid_passes_every_check_of_scikit_learn_that_echo_states_pass(task):
    """What those cannot, and why, stands with them."""
    failed = []
    for estimator in (LiquidState(50, task=task), EchoState(50, task=task)):
        results = check_estimator(estimator.set_params(random_state=0), on_skip=None, on_fail=None)
        failed.append({found["check_name"] for found in results if found["status"] == "failed"})
        assert len([found for found in results if found["status"] == "passed"]) > 30
    assert failed[0] <= failed[1]
