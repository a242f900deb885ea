"""What reservoirs learn, and how they are judged at every age."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from xbarsim import Hardware
from xbarsim.device import load_device
from xbarsim.errors import DataError, SpecError
from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
from xbarsim.reservoirs.echo_state import EchoState
from xbarsim.streams import Streams
from xbarsim.tasks.measures import capacity_of, memory_capacity
from xbarsim.tasks.problems import _spread_over, problem_digest, problem_of
from xbarsim.tasks.reservoir import reservoir_rows
from xbarsim.tasks.sequences import SequenceDataset
from xbarsim.tasks.series import delayed, nmse

STREAMS = Streams(4)
SMALL = {"train": 300, "test": 200, "washout": 50}


def esn(hardware=None, **settings):
    return EchoState(30, hardware=hardware, random_state=2, washout=50, **settings)


def test_inputs_of_earlier_steps_are_the_targets_of_delayed():
    task = delayed(np.random.default_rng(0), train=50, test=20, washout=9, delays=5)
    for k in range(1, 6):
        np.testing.assert_array_equal(task.y[k:, k - 1], task.u[:-k, 0])


def test_delayed_refuses_a_washout_that_has_no_inputs_before_it():
    with pytest.raises(SpecError, match="washout is 3 steps; it must be at least delays, 5"):
        delayed(np.random.default_rng(0), train=50, test=20, washout=3, delays=5)


def test_a_delay_line_remembers_as_many_steps_as_it_has():
    task = delayed(np.random.default_rng(1), **SMALL, delays=12)
    lines = task.y[:, :7]  # holds seven steps
    model = LinearRegression().fit(lines[:300], task.y[:300])
    assert capacity_of(task.y[300:], model.predict(lines[300:])).total == pytest.approx(7, abs=0.2)


def test_capacity_of_outputs_is_that_of_the_states_they_are_read_from():
    """`memory_capacity` with as many steps for training and the same penalty."""
    task = delayed(np.random.default_rng(2), train=600, test=500, washout=100, delays=20)
    states = EchoState(20, random_state=0).fit(task.u).transform(task.u)
    model = LinearRegression().fit(states[100:600], task.y[100:600])
    ours = capacity_of(task.y[600:], model.predict(states[600:])).total
    theirs = memory_capacity(states, task.u[:, 0], max_delay=20, washout=100, train=0.5).total
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_nrmse_is_that_of_the_steps_behind_training():
    problem = problem_of("narma10", STREAMS, **SMALL)
    model = esn().fit(problem.x, problem.y)
    predicted = model.predict(problem.x_test)
    found = problem.judge(predicted)
    assert problem.x_test.shape == (500, 1) and problem.x_energy.shape == (200, 1)
    assert problem_of("narma10", STREAMS, **SMALL).judge(predicted) == found, "the same draw"
    assert found["nrmse"] == pytest.approx(math.sqrt(found["nmse"]))
    assert 0 < found["nrmse"] < 1


@pytest.mark.parametrize("source", ["mackey_glass", "henon", "lorenz"])
def test_one_step_ahead_is_judged_on_every_output(source):
    problem = problem_of(source, STREAMS, **SMALL)
    shape = (500, problem.y.shape[1])
    truth = np.concatenate([problem.x_test[1:], problem.x_test[-1:]])
    assert problem.judge(truth)["nmse"] < 0.1  # only the last step is wrong
    zero = problem.judge(np.zeros(shape))["nmse"]
    steps = slice(301, 500)
    known = nmse(problem.x_test[steps], np.zeros((199, shape[1])))
    assert zero == pytest.approx(known, rel=0.2)


def test_classes_are_spread_over_a_limited_set():
    problem = problem_of("spike_templates", STREAMS, train_limit=8, test_limit=6)
    assert len(problem.x) == len(problem.y) == 8 and len(problem.x_test) == 6
    assert len(np.unique(problem.y)) > 1
    with pytest.raises(SpecError, match="train_limit is 100000; the set has"):
        problem_of("spike_templates", STREAMS, train_limit=100_000)


def test_energy_is_the_mean_over_so_many_of_the_sequences_that_are_asked():
    problem = problem_of("spike_templates", STREAMS, energy_inputs=3)
    assert len(problem.x_energy) == 3
    for mine, asked in zip(problem.x_energy, problem.x_test, strict=False):
        np.testing.assert_array_equal(mine, asked)


def test_the_pulses_of_a_long_series_are_those_of_its_first_steps():
    problem = problem_of("henon", STREAMS, **SMALL)
    (row,) = reservoir_rows(DynamicReservoir(devices=2, random_state=1), None, problem, [0.0])
    chip = DynamicReservoir(devices=2, random_state=1).fit(problem.x, problem.y)
    found = chip.core_.energy([problem.x_energy[:32]])[0]
    assert row["energy.total"] == row["energy.pulses"] == pytest.approx(found.mean(), rel=1e-12)


@pytest.mark.parametrize("source", ["spike_templates", "formant_vowels"])
@pytest.mark.parametrize("limit", [20, 40, 100])
def test_every_class_has_its_share_of_a_limited_set_whatever_its_order(source, limit):
    """Both sets go through ten classes in turn: a whole stride would meet the same ones."""
    problem = problem_of(source, STREAMS, train_limit=limit, test_limit=limit)
    assert np.bincount(problem.y).tolist() == [limit // 10] * 10
    for k in range(10):
        assert problem.judge(np.full(limit, k)) == {"accuracy": pytest.approx(0.1)}


def test_a_set_that_is_sorted_by_class_is_taken_at_even_distances():
    x = [np.full((2, 1), float(k)) for k in range(30)]
    data = SequenceDataset(
        x_train=x, y_train=np.repeat([0, 1, 2], 10), x_test=[], y_test=np.empty(0, int),
        channels=("one",), classes=("a", "b", "c"),
    )  # fmt: skip
    assert [part[0, 0] for part in _spread_over(data, 7, None).x_train] == [0, 4, 8, 12, 17, 21, 25]


def test_standardised_sequences_have_mean_zero_and_deviation_one():
    problem = problem_of("formant_vowels", STREAMS, standardised=True)
    joined = np.concatenate(problem.x)
    np.testing.assert_allclose(joined.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(joined.std(axis=0), 1, atol=1e-9)


def test_missing_files_are_named_before_anything_runs(monkeypatch):
    monkeypatch.delenv("XBARSIM_DATA", raising=False)
    for source in ("santa_fe", "fsdd"):
        with pytest.raises(DataError, match="XBARSIM_DATA is not set"):
            problem_digest(source)
    assert problem_digest("narma10") == "narma10"


@pytest.fixture(scope="module")
def rows():
    """At 1 s and a day: with the readout of the first second, and with a new one."""
    problem = problem_of("narma10", STREAMS, **SMALL)
    hardware = Hardware(device=load_device("wan_2022", read_noise=0.01))
    ages = [1.0, 86400.0]
    return [
        reservoir_rows(esn(hardware), esn(), problem, ages, retrain=again)
        for again in (False, True)
    ]


def test_a_row_for_each_age_with_the_same_software_beside_it(rows):
    kept, _ = rows
    assert [row["age"] for row in kept] == [1.0, 86400.0]
    assert kept[0]["nrmse.software"] == kept[1]["nrmse.software"]
    assert kept[0]["nrmse"] > kept[0]["nrmse.software"]
    assert kept[0]["energy.total"] > kept[0]["energy.cells"] > 0


def test_a_new_readout_brings_back_what_relaxation_took(rows):
    kept, renewed = rows
    assert renewed[0]["nrmse"] == pytest.approx(kept[0]["nrmse"], rel=0.1)
    assert kept[1]["nrmse"] > 1.3 * kept[0]["nrmse"]
    assert renewed[1]["nrmse"] < 1.2 * kept[0]["nrmse"]


def test_on_ideal_arrays_a_reservoir_is_the_one_in_software():
    problem = problem_of("henon", STREAMS, **SMALL)
    ideal = Hardware(device=load_device("ideal"))
    (row,) = reservoir_rows(esn(ideal), esn(), problem, [0.0])
    assert row["nrmse"] == pytest.approx(row["nrmse.software"], rel=1e-3)
