"""Volatile devices as nodes: against whole waveforms, cut and batched, spread, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from xbarsim.device import Spread, load_device
from xbarsim.errors import ConvergenceError, SpecError
from xbarsim.reservoirs import dynamic
from xbarsim.reservoirs.dynamic import DynamicCore
from xbarsim.reservoirs.dynamic_reservoir import DynamicReservoir
from xbarsim.reservoirs.masks import random_mask, section_mask
from xbarsim.reservoirs.memristor import DynamicMemristor
from xbarsim.reservoirs.trains import PulseRead, Rails, Read, Train
from xbarsim.streams import Streams
from xbarsim.transient import simulate

TIOX_STEP = load_device("zhong_2021").step
# sheet, rails, pulse and period, read and its width: within what each law was made for
SETTINGS = {
    "du_2017": ((-0.5, 1.5), 1e-3, 4e-3, 0.6, 2e-4),
    "zhong_2021": ((-0.8, 2.5), 1e-4, 2.5e-4, 1.9, 1e-5),
    "milano_2022": ((0.0, 0.9), 0.05, 0.2, 0.1, 0.02),
    "zhuo_2022": ((0.0, 1.0), 0.2, 0.6, 0.1, 0.05),
}


def core_of(sheet, read=None, *, devices=3, nodes=2, channels=2, **more):
    rails, pulse, period, v, width = SETTINGS[sheet]
    parts = {
        "law": load_device(sheet),
        "mask": random_mask(devices, nodes, channels, np.random.default_rng(0)),
        "rails": Rails(v=rails, u=(-2.0, 2.0)),
        "trains": (Train(pulse=pulse, period=period),),
        "read": Read(v=v, width=width, last=False) if read is None else read,
        "spreads": {},
        "cycle": {},
        "streams": Streams(0),
    }
    return DynamicCore(**(parts | more))


def waveform(core, u, device):
    """Times and voltages of one device, with edges of a billionth of a pulse; and of each read."""
    (train,), read = core.trains, core.read
    t, v, reads, now = [0.0], [0.0], [], 0.0
    edge = 1e-9 * train.pulse

    def stands(start, stop, volts):
        t.extend([start + edge, start + 2 * edge, stop, stop + edge])
        v.extend([0.0, volts, volts, 0.0])

    for step in core.voltages(u):
        for volts in step[device]:
            stands(now, now + train.pulse, volts)
            stands(now + train.period - read.width, now + train.period - edge, read.v)
            reads.append(len(t) - 2)
            now += train.period
    return np.array(t), np.array(v), reads


@pytest.mark.parametrize(
    "sheet",
    [*(s for s in SETTINGS if s != "zhuo_2022"), pytest.param("zhuo_2022", marks=pytest.mark.long)],
)
def test_reads_and_energy_are_those_of_the_whole_waveform(sheet, streams):
    steps, size = (4, 3) if hasattr(load_device(sheet), "flow") else (1, 1)
    core, u = core_of(sheet, devices=size), streams.rng().uniform(-1, 1, (steps, 2))
    features = core.run([u])[0][0].reshape(steps, core.devices, core.nodes)
    energy = 0.0
    for device in range(core.devices):
        t, v, reads = waveform(core, u, device)
        trace = simulate(core.memristor.law, t, v, tolerance=1e-7)
        found = features[:, device].ravel() * core.full_scale
        np.testing.assert_allclose(found, trace.i[reads], rtol=2e-5)
        energy += trace.energy[-1]
    assert core.energy([u])[0].sum() == pytest.approx(energy, rel=1e-5)


def test_currents_under_pulses_are_those_of_the_published_loop(streams):
    """Zhong et al. 2021, DM_RC_sim.m: one step of the law for each voltage."""
    train = Train(pulse=TIOX_STEP, period=TIOX_STEP)
    core = core_of("zhong_2021", PulseRead(), nodes=4, trains=(train,))
    u = streams.rng().uniform(-1, 1, (50, 2))
    features, g = core.run([u])[0][0], np.full(3, 0.5)
    for step, found in zip(core.voltages(u), features, strict=True):
        for m in range(4):
            v = step[:, m]
            pull = 0.23 * abs(v) / (0.23 * abs(v) + 1)
            g = 0.99 * g + 0.01 * 0.5 + pull * ((v > 0) - g)
            i = g * (9.13e-6 * np.maximum(v, 0) ** 3 + 0.32e-6 * np.minimum(v, 0) ** 3)
            here = found.reshape(3, 4)[:, m] * core.full_scale
            np.testing.assert_allclose(here, i, rtol=1e-12, atol=1e-22)


NOISY = {
    "spreads": {"lambda": Spread(relative=0.1), "tau": Spread(relative=0.1)},
    "cycle": {"lambda": 0.05, "gamma": 0.02},
    "read": Read(v=0.6, width=1e-4, noise=0.01),
    "trains": (Train(pulse=0.5e-3, period=0.8e-3), Train(pulse=0.8e-3, period=4e-3)),
}


@given(st.lists(st.integers(1, 8), min_size=1, max_size=5), st.integers(0, 2**31), st.booleans())
@settings(max_examples=25, deadline=None)
def test_cutting_and_batching_change_no_bit_with_noise_or_without(lengths, seed, noisy):
    more = NOISY if noisy else {}
    rng = np.random.default_rng(seed)
    series = [rng.uniform(-1, 1, (n, 2)) for n in lengths]
    whole, end = core_of("du_2017", **more).run(series)
    core = core_of("du_2017", **more)
    state, parts = core.begin(len(series)), [[] for _ in series]
    for cut in (slice(0, 1), slice(1, 3), slice(3, None)):
        found, state = core.run([part[cut] for part in series], state)
        for mine, part in zip(parts, found, strict=True):
            mine.append(part)
    for one, part in zip(whole, parts, strict=True):
        assert np.array_equal(one, np.concatenate(part))
    assert np.array_equal(state.cells, end.cells)
    alone, _ = core_of("du_2017", **more).run(series[:1])
    assert np.array_equal(whole[0], alone[0])


def test_series_that_go_on_from_other_steps_keep_their_noise(streams):
    rng = streams.rng()
    series = [rng.uniform(-1, 1, (n, 2)) for n in (9, 4)]
    whole, _ = core_of("du_2017", **NOISY).run(series)
    core = core_of("du_2017", **NOISY)
    first, state = core.run([series[0][:5], series[1][:1]])
    rest, _ = core.run([series[0][5:], series[1][1:]], state)
    for one, a, b in zip(whole, first, rest, strict=True):
        assert np.array_equal(one, np.concatenate([a, b]))


def test_how_many_series_go_together_changes_no_bit(streams, monkeypatch):
    rng = streams.rng()
    series = [rng.uniform(-1, 1, (int(n), 2)) for n in rng.integers(1, 6, 20)]
    whole, end = core_of("du_2017", **NOISY).run(series)
    monkeypatch.setattr(dynamic, "_TOGETHER", 10)
    parts, state = core_of("du_2017", **NOISY).run(series)
    assert all(np.array_equal(a, b) for a, b in zip(whole, parts, strict=True))
    assert np.array_equal(end.cells, state.cells)


def test_every_run_from_rest_is_read_with_fresh_noise(streams):
    core, u = core_of("du_2017", **NOISY), np.zeros((3, 2))
    (one,), (other,) = core.run([u])[0], core.run([u])[0]
    assert (one != other).all()
    (again,) = core_of("du_2017", **NOISY).run([u])[0]
    assert np.array_equal(one, again)


def test_steps_of_a_run_have_noise_of_their_own(streams):
    """Constant series, a law that has settled: what is left is the noise of reads."""
    read = Read(v=0.6, width=1e-4, noise=0.02)
    core = core_of("du_2017", read, devices=1, nodes=1)
    found = core.run([np.zeros((4000, 2))] * 2)[0]
    quiet = core_of("du_2017", Read(v=0.6, width=1e-4), devices=1, nodes=1)
    ratio = np.array([part[:, 0] for part in found]) / quiet.run([np.zeros((4000, 2))])[0][0][:, 0]
    assert abs(ratio.mean() - 1.0) < 5 * 0.02 / np.sqrt(8000)
    assert ratio.std() == pytest.approx(0.02, rel=0.05)
    assert abs(np.corrcoef(ratio)[0, 1]) < 5 / np.sqrt(4000)
    assert abs(np.corrcoef(ratio[0, 1:], ratio[0, :-1])[0, 1]) < 5 / np.sqrt(4000)


def test_reads_in_equal_trains_have_noise_of_their_own():
    train, read = Train(pulse=1e-3, period=4e-3), Read(v=0.6, width=2e-4, noise=0.01)
    core = core_of("du_2017", read, trains=(train, train))
    found = core.run([np.zeros((50, 2))])[0][0].reshape(50, 2, -1)
    clean = core_of("du_2017", Read(v=0.6, width=2e-4), trains=(train, train))
    quiet = clean.run([np.zeros((50, 2))])[0][0].reshape(50, 2, -1)
    assert np.array_equal(quiet[:, 0], quiet[:, 1])
    one, other = (found / quiet - 1).swapaxes(0, 1).reshape(2, -1)
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(len(one))


def test_pulses_of_a_step_scatter_on_their_own():
    """A scale of the current alone: what is read is the scatter itself."""
    u, mask = np.ones((400, 2)), np.ones((3, 3, 2))
    core = core_of("zhong_2021", PulseRead(), mask=mask, cycle={"k_up": 0.02})
    quiet = core_of("zhong_2021", PulseRead(), mask=mask)
    ratio = (core.run([u])[0][0] / quiet.run([u])[0][0] - 1).reshape(400, 3, 3)
    assert ratio.std() == pytest.approx(0.02, rel=0.05)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        chance = np.corrcoef(ratio[:, :, a].ravel(), ratio[:, :, b].ravel())[0, 1]
        assert abs(chance) < 5 / np.sqrt(1200)


def test_devices_and_pulses_scatter_as_they_are_told_to():
    law = load_device("du_2017")
    spreads = {"tau": Spread(relative=0.2), "gamma": Spread(relative=0.1)}
    core = core_of("du_2017", devices=5000, nodes=1, spreads=spreads)
    made = core.memristor.law
    assert made.tau.std() / law.tau == pytest.approx(0.2, rel=0.05)
    assert made.gamma.std() / law.gamma == pytest.approx(0.1, rel=0.05)
    assert abs(np.corrcoef(made.tau, made.gamma)[0, 1]) < 5 / np.sqrt(5000)
    z = Streams(0).normal((2, 4, 5000))
    drawn = DynamicMemristor(law=made, cycle={"tau": 0.05, "lambda": 0.3}).drawn(z)
    np.testing.assert_allclose(drawn.tau, made.tau * np.maximum(1 + 0.05 * z[0], 0), rtol=1e-15)
    np.testing.assert_allclose(drawn.lambda_, law.lambda_ * np.maximum(1 + 0.3 * z[1], 0))


def test_a_scattered_parameter_stays_within_what_the_law_allows():
    law = load_device("zhong_2021")
    z = 50.0 * np.array([[[-1.0, 1.0]]])
    drawn = DynamicMemristor(law=law, cycle={"g_rest": 1.0}).drawn(z)
    np.testing.assert_array_equal(drawn.g_rest, [[0.0, 1.0]])


def test_a_pause_of_any_length_is_one_exact_step():
    core = core_of("du_2017", devices=1, nodes=1, channels=1, mask=np.ones((1, 1, 1)),
                   rails=Rails(v=(0.0, 1.5), u=(0.0, 1.0)),
                   trains=(Train(pulse=1e-3, period=0.2),))  # fmt: skip
    law, start = core.memristor.law, np.full((1, 1, 1), 0.1)
    risen = law.flow(np.full((1, 1), 1.5), 1e-3, start, 300.0)
    read = law.flow(np.full((1, 1), 0.6), 2e-4, 0.1 + (risen - 0.1) * np.exp(-0.1988 / 0.05), 300.0)
    _, state = core.run([np.ones((1, 1))])
    assert state.cells[0, 0, 0, 0] == pytest.approx(read[0, 0, 0], rel=1e-13)


def test_the_ledger_counts_pulses_and_reads():
    core = core_of("du_2017", **NOISY)
    core.run([np.zeros((4, 2)), np.zeros((3, 2))])
    core.energy([np.zeros((4, 2))])
    assert core.ledger == {"pulses": 7 * 2 * 3 * 2, "reads": 7 * 2 * 3}


def test_devices_that_are_read_in_every_slot_are_counted_so_in_each_train():
    train = Train(pulse=1e-3, period=4e-3)
    for read in (PulseRead(), Read(v=0.6, width=2e-4, last=False)):
        core = core_of("du_2017", read, trains=(train, train))
        core.run([np.zeros((4, 2)), np.zeros((3, 2))])
        assert core.ledger == {"pulses": 7 * 2 * 3 * 2, "reads": 7 * 2 * 3 * 2}


@pytest.mark.parametrize("sheet", ["du_2017", "schroedter_2022", "chen_2015_hfox"])
def test_no_device_carries_more_than_full_scale(sheet):
    """The last two carry most where their state, a gap or a barrier, is at its lower bound."""
    law, v = load_device(sheet), np.array([0.3])
    rails, read = Rails(v=(0.0, 0.4), u=(-2.0, 2.0)), Read(v=0.3, width=2e-4)
    core = core_of("du_2017", read, law=law, rails=rails)
    ends = [np.asarray(end, float)[:, :1] for end in law.bounds(v)]
    ends = [np.where(np.isfinite(end), end, 0.0) for end in ends]
    carried = [float(law.current(v, end, law.ambient)[0]) for end in ends]
    assert core.full_scale == pytest.approx(max(carried), rel=1e-12)
    assert core.full_scale >= float(
        law.current(v, core.memristor.rested(1, 1)[:, 0], law.ambient)[0]
    )


def test_reservoirs_that_scatter_say_that_calls_differ():
    def tag(**settings):
        return DynamicReservoir(**settings).__sklearn_tags__().non_deterministic

    assert not tag()
    assert tag(cycle={"alpha": 0.1}) and tag(read=PulseRead(noise=0.01))


def test_values_beyond_the_rails_stand_at_them():
    core = core_of("du_2017", devices=1, nodes=1, mask=np.ones((1, 1, 2)))
    v = core.voltages(np.array([[-9.0, 0.0], [9.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(v[:, 0, 0], [-0.5, 1.5, 0.5])


def henon(n, seed):
    """The map of the authors' HenonMap.m with its noise; the first 1000 points are left out."""
    rng = np.random.default_rng(seed)
    x = np.zeros(n + 1002)
    for k in range(2, len(x)):
        x[k] = 1 - 1.4 * x[k - 1] ** 2 + 0.3 * x[k - 2] + rng.normal(0, 0.05**2)
    return x[1002:]


@pytest.mark.parametrize("seed", range(3))
def test_henon_map_one_step_ahead(seed):
    """Zhong et al. 2021, Fig. 4: 4 nodes of 25 devices, -0.8 V to 2.5 V, 1000 steps each.

    As there, the readout is that of least squares.
    """
    x = henon(2001, seed)
    model = DynamicReservoir(readout=LinearRegression(), random_state=seed)
    model.fit(x[:1000, None], x[1:1001])
    predicted = model.predict(x[1000:2000, None], start="last")
    assert np.sqrt(np.mean((predicted - x[1001:]) ** 2) / x[1001:].var()) < 0.05


def test_steps_one_by_one_are_those_of_a_series():
    x = henon(300, 0)[:, None]
    model = DynamicReservoir(random_state=1, cycle={"alpha": 0.01}).fit(x[:200], x[1:201, 0])
    again = DynamicReservoir(random_state=1, cycle={"alpha": 0.01}).fit(x[:200], x[1:201, 0])
    whole = model.predict(x[200:], start="last")
    one_by_one = [again.step(u)[0] for u in x[200:]]
    np.testing.assert_allclose(whole, one_by_one, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rails": Rails(v=(0.0, 13.0))}, "a voltage is 13 V; Wox holds from -12.5 V to 12.5 V"),
        ({"read": Read(v=-20.0, width=1e-4)}, "a voltage is -20 V"),
        ({"read": Read(v=0.6, width=5e-3)}, "period is 4 ms; it must hold a pulse of 1 ms and a"),
        ({"trains": ()}, "no trains of pulses"),
        ({"law": load_device("strukov_2008")}, "keeps its state without voltage"),
        ({"law": load_device("joshi_2020")}, "has no state that voltages move"),
        ({"cycle": {"lamda": 0.1}}, "cycle.lamda: unknown parameter"),
        ({"cycle": {"lambda": -0.1}}, "cycle.lambda is -0.1"),
        ({"spreads": {"taux": Spread(relative=0.1)}}, "taux: unknown parameter"),
    ],
)
def test_what_makes_no_core_is_refused(change, said):
    with pytest.raises(SpecError, match=said):
        core_of("du_2017", **change)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Train(pulse=0.0, period=1.0), "pulse is 0 s"),
        (lambda: Train(pulse=2e-3, period=1e-3), "period is 1 ms; it must hold the pulse of 2 ms"),
        (lambda: Train(pulse=1e-3, period=np.nan), "period: nan is not finite"),
        (lambda: Train(pulse="1 V", period=1e-3), "pulse: .*1 V"),
        (lambda: Read(v=0.0, width=1e-3), "v is 0 V; a read needs a voltage"),
        (lambda: Read(v=1.0, width=-1e-3), "width is -1 ms"),
        (lambda: PulseRead(noise=-0.1), "noise is -0.1"),
        (lambda: Rails(v=(1.0, 1.0)), "v goes from 1 V to 1 V; it must ascend"),
        (lambda: Rails(v=(0.0, 1.0, 2.0)), "expected its two ends"),
        (lambda: Rails(v=None), "v is None; expected its two ends"),
        (lambda: Rails(v=(0.0, 1.0), u=(2.0, np.nan)), r"u\[1\]: nan is not finite"),
    ],
)
def test_what_makes_no_train_or_read_is_refused(make, said):
    with pytest.raises(SpecError, match=said):
        make()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mask": "diagonal"}, "mask is 'diagonal'"),
        ({"mask": np.ones((2, 2, 3))}, "mask is for 3 channels; series have 1"),
        ({"mask": "section", "nodes": 4}, "1 channels cannot be cut into streams of 4"),
        ({"device": "duu_2017"}, "duu_2017"),
        ({"device": load_device("du_2017"), "spread": {"tau": 0.1}}, "xbarsim.device.Spread"),
        ({"trains": [1e-3]}, "trains holds 0.001"),
        ({"trains": 1e-3}, "trains is 0.001"),
        ({"cycle": ["alpha"]}, r"cycle is \['alpha'\]; expected a deviation of each"),
        ({"cycle": {1: 0.1}}, r"cycle is \{1: 0.1\}; expected a deviation of each"),
        ({"cycle": {"alpha": "1 V"}}, "cycle.alpha: .*1 V"),
        ({"spread": ["alpha"]}, r"spread is \['alpha'\]; expected"),
        ({"levels": "ab"}, "levels"),
        ({"read": "pulse"}, "read is 'pulse'"),
        ({"rails": (0, 1)}, r"rails is \(0, 1\)"),
        ({"spread": {"tua": 0.1}}, "device.spread.tua: unknown key"),
    ],
)
def test_what_makes_no_reservoir_is_refused(change, said):
    with pytest.raises(SpecError, match=said):
        DynamicReservoir(**change).fit(np.arange(5.0)[:, None], np.arange(5.0))


def test_series_that_say_nothing_about_the_rails_are_refused():
    with pytest.raises(SpecError, match="all masked values are 0"):
        DynamicReservoir().fit(np.zeros((5, 1)), np.arange(5.0))
    core = core_of("du_2017", rails=Rails(v=(0.0, 1.0)))
    with pytest.raises(SpecError, match="calibrate on typical series"):
        core.run([np.zeros((2, 2))])


def test_values_that_are_no_numbers_are_refused_or_named():
    core = core_of("du_2017", devices=6)
    with pytest.raises(ConvergenceError, match="in step 1 of series 1"):
        core.run([np.zeros((3, 2)), np.array([[0.0, 0.0], [np.nan, 0.0]])])
    with pytest.raises(SpecError, match="the state is that of 3 series; there are 1"):
        core.run([np.zeros((3, 2))], core.begin(3))


def test_values_may_be_text_with_units():
    assert Train(pulse="1 ms", period="4 ms") == Train(pulse=1e-3, period=4e-3)
    assert Read(v="600 mV", width="100 us", noise="1 %").noise == 0.01
    assert Rails(v=("-0.8 V", "2.5 V")) == Rails(v=(-0.8, 2.5))


def test_a_scatter_that_a_law_cannot_follow_is_named():
    core = core_of("zhong_2021", cycle={"r": 0.9})
    with pytest.raises(ConvergenceError, match="a parameter may scatter too far"):
        core.run([np.ones((50, 2))])


def test_sections_of_an_image_are_pulses_of_one_device_each():
    core = core_of("du_2017", mask=section_mask(6, 3), rails=Rails(v=(0.0, 1.5), u=(0.0, 1.0)))
    v = core.voltages(np.array([[1.0, 0, 0, 0, 1, 1]]))
    np.testing.assert_allclose(v, [[[1.5, 0, 0], [0, 1.5, 1.5]]])
