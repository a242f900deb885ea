from dataclasses import fields, replace

import numpy as np
import pytest
from small import PULSES, SMALL, straight

import xbarsim as xs
from xbarsim.errors import SpecError
from xbarsim.programming import FittedPulses
from xbarsim.streams import Streams
from xbarsim.systems import balance
from xbarsim.systems.balance import METRICS, Arrays, Settings, run
from xbarsim.systems.balance.problem import problem_of
from xbarsim.units import show

MEDIUM = Settings(neurons=200, degree=40, max_delay=100)
RELAXING = Arrays(hardware=xs.Hardware(device=xs.load_device("wan_2022")), pulses=PULSES)


def capacity(settings, seed=0):
    return run(settings, None, Streams(seed))[0]["memory.capacity"]


def test_memory_is_best_where_inhibition_balances_and_better_where_it_adapts():
    fixed = replace(MEDIUM, adaptation="none")
    curve = {b: capacity(replace(fixed, balance=b)) for b in (0.5, 0.2, 0.0, -0.1, -0.5, -1.0)}
    best = max(curve, key=curve.get)
    assert -0.2 <= best <= 0.0
    assert capacity(MEDIUM) > 1.1 * curve[best]
    assert capacity(MEDIUM) > 2.3 * curve[0.5]


def test_adaptation_and_design_do_not_depend_on_where_they_begin():
    begun = [replace(MEDIUM, balance=b) for b in (0.0, 0.5)]
    adapted = [capacity(s) for s in begun]
    designed = [capacity(replace(s, adaptation="design")) for s in begun]
    assert adapted[1] == pytest.approx(adapted[0], rel=0.1)
    assert designed == pytest.approx([designed[0]] * 2)
    assert designed[0] == pytest.approx(adapted[0], rel=0.1)


def test_adapting_anew_repairs_what_drift_has_done():
    (new, old) = run(MEDIUM, RELAXING, Streams(0), (1.0, 86400.0))
    assert new["advantage"] == new["memory.capacity.software"] / new["memory.capacity.fixed"]
    assert new["advantage"] > 1.1
    assert "recovered" not in new and new["rate.error"] < 0.03
    assert old["memory.capacity.new"] == new["memory.capacity"]
    assert old["memory.capacity.drifted"] < 0.9 * old["memory.capacity.new"]
    assert old["recovered"] > 0.95
    assert old["rate.error.drifted"] > 0.1 > 0.03 > old["rate.error"]
    assert old["writes"] == pytest.approx(new["writes"] + old["writes.repair"])
    assert old["writes.repair"] > 0


def test_each_age_begins_from_the_new_reservoir():
    noisy = xs.Hardware(device=xs.load_device("joshi_2020"))
    for device in (RELAXING, Arrays(hardware=noisy, pulses=PULSES)):
        both = run(SMALL, device, Streams(1), (3600.0, 86400.0))
        assert both[1:] == run(SMALL, device, Streams(1), (86400.0,))


def test_every_metric_has_words_and_is_a_number():
    seen = set()
    for task in ("memory", "mackey_glass"):
        for row in run(replace(SMALL, task=task), RELAXING, Streams(0), (1.0, 86400.0)):
            assert set(row) - {"age"} <= set(METRICS)
            assert all(np.isfinite(value) for value in row.values())
            seen |= set(row)
    assert set(METRICS) == seen - {"age"}
    assert {one.metric for one in balance.PUBLISHED} <= set(METRICS)
    assert all(show(1.0, unit) for unit, _ in METRICS.values())


def test_energy_of_writing_is_that_of_all_pulses():
    (row,) = run(SMALL, straight(1e-3), Streams(0))
    cells = 100 * 4
    assert row["energy.write"] == pytest.approx(
        2e-12 * cells * (row["writes"] + row["writes.setup"])
    )
    unknown = FittedPulses(fit=fit(), g_min=1e-6, g_max=2e-5)
    assert "energy.write" not in run(SMALL, unknown, Streams(0))[0]


def fit():
    from xbarsim.programming.step_fits import StepFit

    return StepFit(kind="LinearStep", d=(2e-3, 2e-3), gamma=(0.0, 0.0), a=(0.0, 0.0), error=0.0)


def test_what_does_not_drift_is_the_same_at_every_age():
    for device in (None, straight(1e-3)):
        rows = run(SMALL, device, Streams(0), (0.0, 1e6))
        assert rows[0] | {"age": 1e6} == rows[1]


def test_the_same_seed_is_the_same_system():
    rows = [run(SMALL, RELAXING, Streams(seed), (86400.0,)) for seed in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]


def test_the_local_rule_needs_a_pulse_response():
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"))
    with pytest.raises(SpecError, match=r"a Hardware of PhaseChangeArray, which has no pulse resp"):
        run(SMALL, hardware, Streams(0))
    with pytest.raises(
        SpecError, match="device is a PhaseChangeArray, which has no response to pulses"
    ):
        run(SMALL, hardware.device, Streams(0))
    with pytest.raises(
        SpecError, match="pulses is a PhaseChangeArray, which has no response to pulses"
    ):
        Arrays(hardware=hardware, pulses=hardware.device)
    (row,) = run(replace(SMALL, adaptation="design"), hardware, Streams(0), (1e4,))
    assert row["memory.capacity"] > 1 and "writes" not in row


def test_arrays_without_one_cell_for_a_connection_are_refused():
    for encoding in ("balanced", "offset", xs.Encoding(copies=2), xs.Encoding(cell_bits=4)):
        hardware = xs.Hardware(device=xs.load_device("ideal"), encoding=encoding)
        with pytest.raises(SpecError, match="an array whose cells are pulsed takes differential"):
            Arrays(hardware=hardware, pulses=PULSES)
    with pytest.raises(SpecError, match="hardware is None; expected a Hardware"):
        Arrays(hardware=None, pulses=PULSES)


def test_pulses_that_are_too_fine_are_refused():
    with pytest.raises(SpecError, match=r"cells cannot be brought .* use a device with larger st"):
        run(SMALL, straight(1e-7), Streams(0))
    with pytest.raises(SpecError, match=r"headroom is 4, .* to 1; at balance -9 the largest begin"):
        run(replace(SMALL, balance=-9.0, adaptation="none"), PULSES, Streams(0))
    with pytest.raises(SpecError, match=r"delta is 1 and a pulse .* at most 10000 can be given"):
        run(replace(SMALL, delta_first=1.0), straight(1e-5), Streams(0))


def test_ages_before_the_first_and_that_are_no_numbers_are_refused():
    for age in (-1.0, float("nan"), float("inf")):
        with pytest.raises(SpecError):
            run(SMALL, RELAXING, Streams(0), (age,))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("neurons", 10.5, "neurons is 10.5; it must be a whole number from 4"),
        ("degree", 101, "degree is 101, of which 81 are excitatory; .* 1 to 79 others of the 80"),
        ("degree", 2, "degree is 2, of which 0 are inhibitory"),
        ("excitatory", 1.0, "are inhibitory"),
        ("gain", 0.0, "gain is 0; it must be above 0"),
        ("gain", float("nan"), "gain is nan; it must be above 0"),
        ("balance", 1.0, "balance is 1; it must be below 1, where there is no inhibition"),
        ("rate", 1.0, "rate is 1; it must be at least 1e-06 and at most 0.999999"),
        ("delta_first", 2.0, "delta_first is 2; it must be above 0 and at most 1"),
        ("input_share", "half", "input_share is 'half'; it must be a number"),
        ("adaptation", "locl", "adaptation is 'locl'; did you mean 'local'"),
        ("task", "narma", "task is 'narma'; did you mean 'narma10'"),
        ("heterogeneous", 1, "heterogeneous is 1; it must be true or false"),
        ("steps_first", 0, None),
        (
            "train",
            150,
            "train is 150 steps, of which the first 200 are left out; .* needs 102 more",
        ),
    ],
)
def test_settings_are_held_against_their_limits(field, value, told):
    if told is None:
        assert replace(SMALL, **{field: value}).adapting == 300
        return
    with pytest.raises(SpecError, match=told):
        replace(SMALL, **{field: value})


def test_memory_is_asked_on_the_steps_after_training(streams):
    """Rates that know all of training and nothing of the test remember nothing."""
    problem, n = problem_of(SMALL, streams), SMALL.neurons
    noise = np.random.default_rng(0).normal(size=(len(problem.u), n))
    delayed = np.stack([np.roll(problem.u, k) for k in range(n)], axis=1)
    known, blind = delayed.copy(), delayed.copy()
    known[SMALL.train :] = noise[SMALL.train :]
    tenth = slice(SMALL.train, SMALL.train + 100)  # of the test
    blind[tenth] = noise[tenth]
    assert problem.score(delayed) == pytest.approx(60, abs=0.01)
    assert problem.score(known) < 1
    assert 40 < problem.score(blind) < 58


def test_all_faults_of_settings_are_told_at_once():
    with pytest.raises(SpecError, match="(?s)neurons is 0.*gain is nan.*task is 'x'"):
        Settings(neurons=0, gain=float("nan"), task="x")
    with pytest.raises(SpecError, match="(?s)balance is 1;.*degree is 499"):
        Settings(balance=1.0, degree=499)


def test_every_setting_is_documented():
    words = Settings.__doc__
    assert all(field.name in words for field in fields(Settings))


def test_heterogeneous_targets_help_where_the_task_is_not_linear():
    narma = replace(MEDIUM, task="narma10")
    error = [
        run(replace(narma, heterogeneous=h), None, Streams(0))[0]["nrmse"] for h in (False, True)
    ]
    assert error[1] < error[0] < 0.8
