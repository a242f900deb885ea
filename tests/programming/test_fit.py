"""Fits against devices whose parameters are known."""

import importlib
import sys

import numpy as np
import pytest

from xbarsim import load_device
from xbarsim.device import load_sheet
from xbarsim.errors import ConvergenceError, SpecError, StudyError
from xbarsim.programming.compare import (
    ProgrammingComparison,
    PulseComparison,
    SwitchingComparison,
)
from xbarsim.programming.fit import fit_device
from xbarsim.programming.free import free_parameters, with_values
from xbarsim.programming.measured import Measured
from xbarsim.programming.sheet_out import fitted_sheet, write_sheet
from xbarsim.transient import simulate

VTEAM = "kvatinsky_2015_generic"
TRUE = {"r_on": 80.0, "r_off": 1500.0}


def measured(kind, parts=None, follows=(False,), **columns):
    rows = len(next(iter(columns.values())))
    return Measured(
        kind=kind, columns=columns, parts=parts or (slice(0, rows),), follows=follows,
        files=(("loop.csv", 64 * "a"),),
    )  # fmt: skip


def sweep(law, z, points=24, noise=0.02, v_high=1.0, period=20e-9):
    t = np.linspace(0.0, period, points)
    v = v_high * np.sin(2 * np.pi * t / period)
    i = simulate(law, t, v).i * (1.0 + noise * z)
    return measured("sweep", t=t, v=v, i=i)


@pytest.fixture(scope="module")
def loop():
    """A loop of a known cell with noise of 2 %."""
    z = np.random.default_rng(3).standard_normal(60)
    return sweep(load_device(VTEAM, **TRUE), z, points=60)


@pytest.fixture(scope="module")
def found(loop):
    return fit_device(loop, VTEAM, ["r_on", "r_off"])


def test_a_fit_recovers_the_parameters_within_its_intervals(found):
    for estimate in found.estimates:
        assert estimate.low < TRUE[estimate.name] < estimate.high
        assert estimate.low < estimate.value < estimate.high
        assert 0 < estimate.error < 0.03 * estimate.value
    assert found.rms == pytest.approx(0.02, rel=0.3)
    assert found.r_squared > 0.999
    assert not found.warnings


def test_standard_errors_scale_with_the_noise(streams):
    law, z = load_device(VTEAM, **TRUE), streams.normal((12,))
    little, much = (
        fit_device(sweep(law, z, 12, noise), VTEAM, ["r_on"], overrides=TRUE).estimates[0].error
        for noise in (0.002, 0.02)
    )
    assert much == pytest.approx(10 * little, rel=0.1)


@pytest.mark.long
def test_intervals_of_a_law_cover_the_truth_as_often_as_they_say(streams):
    """40 fits of 2 parameters; 95 % intervals must hold the truth in 85 to 100 % of them."""
    true = {"r_on": 80.0, "k_off": 1e6}
    t = np.linspace(0.0, 1e-7, 12)
    v = 0.04 + 0.16 * np.sin(np.pi * t / t[-1])
    exact = simulate(load_device(VTEAM, **true), t, v).i
    held = []
    for z in streams.normal((40, 12)):
        noisy = measured("sweep", t=t, v=v, i=exact * (1.0 + 0.01 * z))
        fit = fit_device(noisy, VTEAM, list(true), overrides=true)
        held += [e.low < true[e.name] < e.high for e in fit.estimates]
    assert 0.85 <= np.mean(held) <= 1.0


def test_intervals_of_a_statistical_cell_cover_the_truth_as_often_as_they_say(streams):
    true = {"sigma_absolute": 1e-6, "sigma_relative": 0.08}
    cell = load_device("gaussian", **true)
    target = np.repeat(np.linspace(8e-6, 40e-6, 10), 30)
    held = []
    for z in streams.normal((60, 300)):
        data = measured("programming", target=target, g=cell.program(target, z))
        fit = fit_device(data, "gaussian", list(true), overrides=true)
        held += [e.low < true[e.name] < e.high for e in fit.estimates]
    assert 0.9 <= np.mean(held) <= 0.99


def test_a_spread_that_begins_at_zero_is_found(streams):
    cell = load_device("gaussian", sigma_absolute=0.6e-6, sigma_relative=0.05)
    target = np.repeat(np.linspace(5e-6, 40e-6, 10), 40)
    data = measured("programming", target=target, g=cell.program(target, streams.normal((400,))))
    fit = fit_device(data, "gaussian", ["sigma_absolute", "sigma_relative"])
    assert fit.estimates[1].start == 0.0
    assert fit.estimates[1].value == pytest.approx(0.05, abs=3 * fit.estimates[1].error)
    assert fit.estimates[1].error < 0.01
    assert not fit.warnings


def test_targets_outside_the_window_of_the_sheet_are_told(streams):
    target = np.repeat([5e-6, 50 * 1e-6], 40)  # what a column in uS becomes
    cell = load_device("gaussian", g_max="50 uS")
    data = measured("programming", target=target, g=cell.program(target, streams.normal((80,))))
    said = "targets are 5 uS to 50 uS, the window of the sheet 1 uS to 40 uS: set g_min and g_max"
    assert said in fit_device(data, "gaussian", ["sigma_absolute"]).warnings[-1]
    wide = {"g_min": "5 uS", "g_max": "50 uS"}
    assert not fit_device(data, "gaussian", ["sigma_absolute"], overrides=wide).warnings


def test_polynomials_of_the_spread_are_fitted_number_by_number(streams):
    cell = load_device("joshi_2020")
    true = list(cell.error)
    target = np.repeat(np.linspace(1e-6, 24e-6, 25), 200)
    data = measured("programming", target=target, g=cell.program(target, streams.normal((5000,))))
    keep = data.columns["g"] > 0  # the law cuts what would be negative
    data = measured("programming", target=target[keep], g=data.columns["g"][keep])
    begun = {"error": [1e-6 for _ in true]}
    fit = fit_device(data, "joshi_2020", ["error[0]", "error[1]", "error[2]"], overrides=begun)
    assert [e.name for e in fit.estimates] == ["error[0]", "error[1]", "error[2]"]
    spread = (cell.program(target, 1.0) - cell.program(target, -1.0)) / 2
    ours = (fit.device.program(target, 1.0) - fit.device.program(target, -1.0)) / 2
    np.testing.assert_allclose(ours[target > 4e-6], spread[target > 4e-6], rtol=0.06)


def test_ageing_joins_the_likelihood(streams):
    cell = load_device("joshi_2020")
    target = np.full(400, 15e-6)
    z = streams.normal((2, 400))
    g = cell.age(cell.program(target, z[0]), 1e5, z[1])
    data = measured("programming", target=target, g=g, age=np.full(400, 1e5))
    fit = fit_device(data, "joshi_2020", ["drift_mean[0]"])
    assert abs(fit.predicted.mean() - g.mean()) < 4 * g.std() / 20


def test_pulses_and_switching_times_are_fitted(streams):
    law = load_device(VTEAM, k_off=3e5)
    v, width = np.full(8, 0.5), np.full(8, 1e-8)
    shape = measured("pulses", v=v, width=width, g=np.ones(8))
    g = np.exp(PulseComparison(shape, 0.01).predicted([law])[:, 0])
    assert (np.diff(g) < 0).all()
    z = streams.normal((2, 8))
    pulsed = measured("pulses", v=v, width=width, g=g * np.exp(0.01 * z[0]))
    first = fit_device(pulsed, VTEAM, ["k_off"], v_read=0.01).estimates[0]
    v = np.linspace(0.2, 0.9, 8)
    shape = measured("switching", v=v, t_switch=np.full(8, 1e-7))
    t = np.exp(SwitchingComparison(shape, 0.005).predicted([law])[:, 0])
    assert (np.diff(t) < 0).all()
    times = measured("switching", v=v, t_switch=t * np.exp(0.05 * z[1]))
    second = fit_device(times, VTEAM, ["k_off"], g_switch=0.005).estimates[0]
    for estimate in (first, second):
        assert estimate.low < 3e5 < estimate.high
        assert estimate.high < 1.3 * estimate.low


def test_times_to_switch_of_a_linear_law_follow_its_closed_form():
    """Vteam at constant voltage: x = k (v/v_off - 1) t, R = r_on + (r_off - r_on) x."""
    law, v = load_device(VTEAM), np.array([0.1, 0.4])
    data = measured("switching", v=v, t_switch=np.array([1e-6, 1e-7]))
    t = np.exp(SwitchingComparison(data, 1 / 400.0).predicted([law])[:, 0])
    exact = (400.0 - 50.0) / 950.0 / (law.k_off * (v / law.v_off - 1.0))
    np.testing.assert_allclose(t, exact, rtol=5e-3)


def test_cycles_carry_the_state_on():
    law = load_device(VTEAM)
    t, v = np.linspace(0, 40e-9, 21), 0.5 * np.sin(np.linspace(0, 4 * np.pi, 21))
    i = simulate(law, t, v).i
    whole = fit_device(measured("sweep", t=t, v=v, i=i), VTEAM, ["r_on"])
    halves = measured(
        "sweep", parts=(slice(0, 11), slice(11, 22)), follows=(False, True),
        t=np.r_[t[:11], t[10:]], v=np.r_[v[:11], v[10:]], i=np.r_[i[:11], i[10:]],
    )  # fmt: skip
    cut = fit_device(halves, VTEAM, ["r_on"])
    assert whole.estimates[0].value == pytest.approx(50.0, rel=1e-5)
    assert cut.estimates[0].value == pytest.approx(50.0, rel=1e-5)


@pytest.mark.long
def test_what_the_data_do_not_say_has_an_infinite_interval(streams):
    law = load_device(VTEAM, **TRUE)
    weak = sweep(law, streams.normal((24,)), v_high=0.015)  # below both thresholds
    fit = fit_device(weak, VTEAM, ["r_on", "k_on"], overrides={"x_start": 0.0})
    on, speed = fit.estimates
    assert np.isfinite([on.low, on.high]).all()
    assert (speed.error, speed.low, speed.high) == (np.inf, -np.inf, 0.0)
    assert any("do not depend on k_on" in w for w in fit.warnings)


def test_parameters_that_the_data_cannot_tell_apart_are_named(streams):
    """At rest at x = 1/2 only r_on + r_off can be read."""
    weak = sweep(load_device(VTEAM, **TRUE, x_start=0.5), streams.normal((24,)), v_high=0.015)
    fit = fit_device(weak, VTEAM, ["r_on", "r_off"], overrides={"x_start": 0.5})
    assert all(e.error == np.inf for e in fit.estimates)
    assert any("cannot tell r_on, r_off apart" in w for w in fit.warnings)


def test_a_law_that_misses_something_is_told_by_its_residuals(streams):
    law = load_device(VTEAM, **TRUE)
    data = sweep(law, streams.normal((60,)), points=60, noise=0.002)
    v = data.columns["v"]
    bent = data.columns | {"i": data.columns["i"] * (1.0 + 0.5 * v**2)}
    fit = fit_device(measured("sweep", **bent), VTEAM, ["r_on", "r_off"])
    assert any("intervals are too narrow" in w for w in fit.warnings)


def test_a_fit_that_explains_little_says_so(streams, found):
    t = np.linspace(0.0, 20e-9, 40)
    v = np.sin(2 * np.pi * t / 20e-9)
    noise = measured("sweep", t=t, v=v, i=1e-3 * streams.normal((40,)))
    assert any("of the variance" in told for told in fit_device(noise, VTEAM, ["r_on"]).warnings)
    assert not any("of the variance" in told for told in found.warnings)


def test_several_starts_are_drawn_from_the_seed(loop):
    few = measured("sweep", **{k: x[::6] for k, x in loop.columns.items()})
    far = {"r_on": 150.0, "r_off": 3000.0}
    one, two = (
        fit_device(few, VTEAM, ["r_on", "r_off"], overrides=far, starts=2, seed=1) for _ in "ab"
    )
    assert one.estimates == two.estimates
    assert one.estimates[0].value == pytest.approx(80.0, rel=0.05)
    assert one.evaluations > 30


def test_parameters_of_one_sign_are_searched_by_their_logarithm():
    law = load_device(VTEAM)
    free = {f.name: f for f in free_parameters(law, ["r_on", "k_on", "v_off", "x_start"])}
    assert [free[n].sign for n in free] == [1, -1, 0, 0]
    assert free["k_on"].bounds == (-np.inf, np.inf)
    assert free["x_start"].bounds == (0.0, 1.0)
    u = np.array([f.coordinate(f.value) for f in free.values()])
    assert with_values(law, list(free.values()), u).k_on == pytest.approx(law.k_on, rel=1e-14)
    low, high = free["k_on"].interval(u[1], np.log(2.0))
    assert (low, high) == pytest.approx((2 * law.k_on, law.k_on / 2))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sheet": "kvatinski_2015_generic"}, "no device sheet .*did you mean"),
        ({"free": ["r_onn"]}, "'r_onn' is no parameter of Vteam; did you mean 'r_on'"),
        ({"free": ["r_on", "r_on"]}, "'r_on' stands twice"),
        ({"free": []}, "names no parameter"),
        ({"free": ["r_on[0]"]}, "only numbers and lists of them"),
        ({"sheet": "gaussian", "free": ["g_min"]}, "'gaussian' is no switching law"),
        ({"overrides": {"r_on": "3 V"}}, "is a voltage"),
        ({"confidence": 95}, "confidence is 95"),
        ({"starts": 0}, "starts is 0"),
        ({"floor": 0.0}, "floor is 0 A"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused(loop, changes, said):
    with pytest.raises(SpecError, match=said):
        fit_device(loop, **{"sheet": VTEAM, "free": ["r_on"]} | changes)


def test_data_that_ask_for_something_else_are_refused(loop):
    programmed = measured("programming", target=np.full(3, 1e-5), g=np.full(3, 1e-5))
    with pytest.raises(SpecError, match="no statistical device"):
        fit_device(programmed, VTEAM, ["r_on"])
    with pytest.raises(SpecError, match="without spread"):
        fit_device(programmed, "gaussian", ["sigma_relative"], overrides={"sigma_absolute": 0})
    with pytest.raises(SpecError, match="2 rows cannot tell 2 parameters"):
        fit_device(measured("sweep", **{k: x[:2] for k, x in loop.columns.items()}), VTEAM,
                   ["r_on", "r_off"])  # fmt: skip
    times = measured("switching", v=np.full(3, 0.1), t_switch=np.full(3, 1e-6))
    with pytest.raises(SpecError, match="g_switch: missing"):
        fit_device(times, VTEAM, ["r_on"])
    dead = measured("sweep", **loop.columns | {"i": 0.0 * loop.columns["i"]})
    with pytest.raises(SpecError, match="every current is 0"):
        fit_device(dead, VTEAM, ["r_on"])
    beyond = measured("sweep", **loop.columns | {"v": 100.0 * loop.columns["v"]})
    with pytest.raises(SpecError, match="Wox holds from"):
        fit_device(beyond, "du_2017", ["alpha"])
    pulsed = measured("pulses", v=np.ones(3), width=np.ones(3), g=np.ones(3))
    with pytest.raises(SpecError, match="forgets without voltage"):
        fit_device(pulsed, "du_2017", ["alpha"])


def test_only_gaussian_cells_have_a_likelihood():
    cell = load_device("gaussian")
    target = np.full(5, 1e-5)

    class Lognormal:
        def program(self, g_target, z):
            return cell.program(g_target, 0.0 * z) * np.exp(0.5 * z)

    with pytest.raises(SpecError, match="Lognormal does not come out Gaussian"):
        ProgrammingComparison(measured("programming", target=target, g=target), Lognormal())


def test_a_search_that_does_not_end_says_so(loop, monkeypatch):
    from scipy import optimize

    real = optimize.least_squares
    monkeypatch.setattr(
        optimize, "least_squares", lambda *a, **k: real(*a, **k | {"max_nfev": 1, "ftol": 1e-15})
    )
    with pytest.raises(ConvergenceError, match="none of 2 searches came to an end"):
        fit_device(loop, VTEAM, ["r_on", "r_off"], starts=2)


def test_the_sheet_says_where_each_number_comes_from(found):
    sheet, old = fitted_sheet(found), load_sheet(VTEAM)
    assert sheet.model == "device_models.vteam:Vteam"
    assert sheet.parameters["v_on"] == old.parameters["v_on"]
    on = sheet.parameters["r_on"]
    assert on.status == "computed"
    assert on.source.startswith(f"fitted to loop.csv (sha256 {64 * 'a'}), 95 % interval [")
    assert sheet.sweep == old.sweep


def test_a_written_sheet_is_the_fitted_device(found, loop, tmp_path):
    path = tmp_path / "my_cell.yaml"
    write_sheet(found, path)
    law = load_device(str(path))
    assert vars(law) == vars(found.device)
    i = simulate(law, loop.columns["t"], loop.columns["v"]).i
    size = np.abs(loop.columns["i"])
    floor = np.quantile(size[size > 0], 0.05)
    np.testing.assert_allclose(np.arcsinh(i / floor), found.predicted, atol=1e-5)
    with pytest.raises(StudyError, match="exists already"):
        write_sheet(found, path)


def test_a_sheet_that_changes_on_file_is_read_anew(found, tmp_path):
    path = tmp_path / "my_cell.yaml"
    write_sheet(found, path)
    load_device(str(path))
    text = path.read_text("utf-8").replace(repr(found.device.r_on), "123.0")
    path.write_text(text, "utf-8")
    assert load_device(str(path)).r_on == 123.0


def test_a_written_sheet_loads_in_a_pack(found, tmp_path, monkeypatch):
    from xbarsim.device import sheets

    folder = tmp_path / "my_devices" / "parameters"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("", "utf-8")
    write_sheet(found, folder / "my_cell.yaml")
    monkeypatch.syspath_prepend(tmp_path)
    pack = importlib.import_module("my_devices")
    monkeypatch.setattr(sheets, "_packs", lambda: [pack])
    try:
        assert vars(load_device("my_cell")) == vars(found.device)
        assert "my_cell" in sheets.list_devices("switching")
    finally:
        sheets._packed.cache_clear()
        sheets._packed_sheet.cache_clear()
        sys.modules.pop("my_devices", None)
