"""Liquids in software and on arrays."""

import copy
import pickle

import numpy as np
import pytest

from xbarsim import Adc, Dac, Hardware, SpecError, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import Effects, Flicker
from xbarsim.errors import ConvergenceError, ResourceError
from xbarsim.reservoirs import _together, liquid_loops
from xbarsim.reservoirs._spiking import MEMBRANE
from xbarsim.reservoirs.delays import Delays
from xbarsim.reservoirs.liquid_core import Liquid
from xbarsim.reservoirs.neuron_models import DecayLIF
from xbarsim.reservoirs.wiring import DistanceWiring, GaussianWiring, InDegreeWiring
from xbarsim.streams import Streams

GAUSSIAN = GaussianWiring(inputs=0.5, recurrent=0.1)
NOISY = load_device("wan_2022", read_noise=0.02)
LENGTHS = (40, 15, 28, 40, 7)


def series(lengths=LENGTHS, dtype=float):
    rng = np.random.default_rng(0)
    return [(rng.random((n, 30)) < 0.1).astype(dtype) for n in lengths]


def liquid(hardware=None, wiring=GAUSSIAN, **settings):
    made = Liquid(
        inputs=30, wiring=wiring, hardware=hardware,
        **{"neurons": 120, "neuron": DecayLIF(), "streams": Streams(1), "feature": "membrane"}
        | settings,
    )  # fmt: skip
    made.program()
    return made


def largest_difference(a, b):
    return max(float(np.abs(x - y).max()) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("delays", [None, Delays(shortest=1e-3, longest=3e-3)])
@pytest.mark.parametrize("wiring", [GAUSSIAN, DistanceWiring(shape=(5, 5, 5)), InDegreeWiring()])
@pytest.mark.parametrize("encoding", ["differential", "balanced", "offset", "single"])
def test_ideal_arrays_are_software(encoding, wiring, delays):
    hardware = Hardware(device=load_device("ideal"), rows=64, cols=64, encoding=encoding)
    on_arrays, software = (liquid(h, wiring, delays=delays) for h in (hardware, None))
    assert largest_difference(on_arrays.run(series())[0], software.run(series())[0]) < 1e-6
    assert on_arrays.activity == software.activity and software.activity.rate > 0.01


def test_excitation_and_inhibition_stand_on_single_ended_arrays_of_their_own():
    """Half the cells of pairs: every line on one of the two, and a reference column an array."""
    hardware = Hardware(device=load_device("ideal"), encoding="single")
    made = liquid(hardware, InDegreeWiring())
    assert list(made.tiles) == ["input+", "input-", "recurrent+", "recurrent-"]
    assert made.tiles["recurrent+"].inputs == 96 and made.tiles["recurrent-"].inputs == 24
    held = made.tiles["recurrent-"].held
    assert (held >= 0).all() and held.any()


CASES = {
    "noise": {},
    "converters": {"adc": Adc(bits=8), "dac": Dac(bits=4)},
    "errors": {"adc": Adc(bits=7, range_per="column", gain_spread=0.05, offset_spread=1.0)},
    "columns": {"scaling": "column", "adc": Adc(bits=8)},
    "drift": {"device": load_device("joshi_2020"), "compensation": "column", "adc": Adc(bits=8)},
    "wires, no noise": {
        "device": load_device("ideal"),
        "wires": Wires(r_word=2.0, r_bit=2.0),
        "adc": Adc(bits=8),
    },
}


@pytest.mark.parametrize("name", CASES)
def test_the_compiled_run_is_that_of_tiles_noise_included(name):
    """The very same draws, read by read; the ledgers too."""
    hardware = Hardware(**{"device": NOISY, "rows": 32, "cols": 64} | CASES[name])
    fast, slow = liquid(hardware), liquid(hardware)
    if name == "drift":
        fast.age(1e5)
        slow.age(1e5)
    for made in (fast, slow):
        made.calibrate(series())
    for _ in range(2):  # the second goes on with fresh noise
        found, expected = fast.run(series())[0], slow.reference(series())[0]
        assert fast._prepared().reads is not None
        assert largest_difference(found, expected) < 1e-9
    assert fast.ledger == slow.ledger
    assert fast.ledger["vectors"] == 2 * 2 * sum(LENGTHS)
    assert largest_difference(liquid().run(series())[0], found) > 1e-3 or "wires" in name


@pytest.mark.long
def test_single_precision_on_arrays_is_double_to_its_rounding():
    """For what neurons are given in the first step; later a rounding may move a spike."""
    hardware = Hardware(device=NOISY, rows=32, cols=64)
    found, expected = (
        liquid(hardware, dtype=d).run(series(dtype=d))[0] for d in (np.float32, np.float64)
    )
    first = [np.stack([part[0] for part in parts]) for parts in (found, expected)]
    assert first[0].dtype == np.float32
    np.testing.assert_allclose(*first, rtol=0, atol=2e-6)


def test_noise_through_wires_is_near_that_of_tiles():
    """Its variance is fitted where inputs are usual: see noise_error. The draws are the same."""
    hardware = Hardware(device=NOISY, rows=64, cols=64, wires=Wires(r_word=2.0, r_bit=2.0))
    fast, slow, quiet = liquid(hardware), liquid(hardware), liquid(hardware)
    for made in (fast, slow, quiet):
        made.calibrate(series())
    short = [part[:1] for part in series()]
    found, expected = fast.run(short)[0], slow.reference(short)[0]
    held = quiet.held(short, MEMBRANE)
    noise = np.concatenate(expected) - np.concatenate(held)
    off = np.concatenate(found) - np.concatenate(expected)
    assert 0 < fast.noise_error < 0.2
    assert off.std() < 2 * fast.noise_error * noise.std()


@pytest.mark.parametrize(
    "hardware",
    [
        Hardware(device=NOISY, encoding="offset"),
        Hardware(device=NOISY, effects=Effects(flicker=Flicker(amplitude=1e-4))),
        Hardware(device=NOISY, dac=Dac(coding="bit_serial")),
        Hardware(device=NOISY, adc=Adc(kind="flash", comparator_offset=0.5)),
    ],
)
def test_what_the_kernel_does_not_know_goes_tile_by_tile(hardware):
    made = liquid(hardware)
    features, _ = made.run(series())
    assert made._prepared().reads is None
    assert largest_difference(features, liquid().run(series())[0]) > 1e-3
    assert all(np.isfinite(part).all() for part in features)


@pytest.mark.parametrize("hardware", [None, Hardware(device=load_device("ideal"))])
@pytest.mark.parametrize("delays", [None, Delays(shortest=1e-3, longest=5e-3)])
@pytest.mark.parametrize("feature", ["spikes", "trace", "membrane"])
def test_cutting_batching_and_order_change_no_bit(feature, delays, hardware):
    made = liquid(hardware, feature=feature, delays=delays, dtype=np.float32)
    given = series(dtype=np.float32)
    whole, end = made.run(given)
    alone = [made.run([part])[0][0] for part in given]
    backwards = made.run(given[::-1])[0][::-1]
    first, state = made.run([part[:5] for part in given])
    rest, last = made.run([part[5:] for part in given], state)
    streamed, now = [], made.begin(1)
    for t in range(7):
        step, now = made.run([given[0][t : t + 1]], now)
        streamed.append(step[0])
    assert (np.concatenate(streamed) == whole[0][:7]).all()
    for k, part in enumerate(whole):
        assert (part == alone[k]).all() and (part == backwards[k]).all()
        assert (part == np.concatenate([first[k], rest[k]])).all()
    for a, b in zip([*end.neurons, end.pending], [*last.neurons, last.pending], strict=True):
        assert (a == b).all()


@pytest.mark.parametrize("hardware", [None, Hardware(device=NOISY, adc=Adc(bits=8), rows=64)])
@pytest.mark.parametrize("delays", [None, Delays(shortest=1e-3, longest=3e-3)])
def test_threads_that_share_the_neurons_change_no_bit(hardware, delays, monkeypatch):
    monkeypatch.setattr(_together, "_WORTH", 1)

    def end_with(threads):
        for module in (_together, liquid_loops):
            monkeypatch.setattr(module, "blas_threads", lambda: threads)
        made = liquid(hardware, delays=delays, neurons=270, feature="trace")
        _, state = made.run(series())
        features, state = made.run(series(), state)
        return [*features, *state.neurons, state.trace, state.pending]

    alone = end_with(1)
    assert alone[0].any()
    for threads in (2, 3):
        assert all((a == b).all() for a, b in zip(end_with(threads), alone, strict=True))


def test_more_series_than_go_together_are_each_as_alone():
    made, given = liquid(), series([5 + k % 7 for k in range(150)])
    many = made.run(given)[0]
    assert all((made.run([given[k]])[0][0] == many[k]).all() for k in (0, 63, 65, 149))


def test_noise_is_that_of_the_place_whatever_other_series_do():
    """Though longer series go first, and cutting them changes which are longer."""
    given = series()
    for hardware in (Hardware(device=NOISY), Hardware(device=NOISY, encoding="offset")):
        whole = liquid(hardware).run(given)[0]
        made = liquid(hardware)
        first, _ = made.run([part[: k + 1] for k, part in enumerate(given)])
        for k in range(len(given)):
            assert (first[k] == whole[k][: k + 1]).all()


def test_a_run_leaves_the_state_that_it_was_given():
    made = liquid()
    _, state = made.run(series())
    before = copy.deepcopy(state)
    made.run(series(), state)
    assert (state.neurons.v == before.neurons.v).all() and (state.pending == before.pending).all()


def test_noise_is_fresh_in_each_run_and_follows_from_reads():
    made = liquid(Hardware(device=NOISY))
    first, second = made.run(series())[0], made.run(series())[0]
    assert largest_difference(first, second) > 1e-3
    for tile in made.tiles.values():
        tile.reads = 0
    assert largest_difference(first, made.run(series())[0]) == 0


def test_driven_are_the_vectors_that_tiles_are_given():
    """Those of the input as they are, those of spikes as they were a delay before."""
    made = liquid(Hardware(device=load_device("ideal")), feature="spikes",
                  delays=Delays(shortest=3e-3, longest=3e-3, per="neuron"))  # fmt: skip
    given = series()
    spikes, _ = made.run(given)
    vectors = made.driven(given)
    assert (vectors["input"] == np.concatenate(given)).all()
    late = [np.concatenate([np.zeros((3, 120)), part])[: len(part)] for part in spikes]
    assert (vectors["recurrent"] == np.concatenate(late)).all()


def test_a_copy_goes_on_alike():
    made = liquid(Hardware(device=NOISY, adc=Adc(bits=8)))
    made.run(series())
    again = pickle.loads(pickle.dumps(made))
    assert largest_difference(made.run(series())[0], again.run(series())[0]) == 0


def test_compiled_runs_read_tiles_as_they_are_now():
    made = liquid(Hardware(device=load_device("wan_2022", read_noise=0.0)))
    before = made.run(series())[0]
    for tile in made.tiles.values():
        tile.program()
    now = made.run(series())[0]
    assert largest_difference(now, before) > 1e-3
    assert largest_difference(now, made.reference(series())[0]) < 1e-9


@pytest.mark.parametrize("encoding", ["differential", "single"])
def test_a_liquid_without_connections_between_its_neurons_runs_on_arrays(encoding):
    wiring, delays = InDegreeWiring(degree=0), Delays(shortest=1e-3, longest=3e-3)
    hardware = Hardware(device=load_device("ideal"), encoding=encoding)
    on_arrays, software = (liquid(h, wiring, delays=delays) for h in (hardware, None))
    assert largest_difference(on_arrays.run(series())[0], software.run(series())[0]) < 1e-6
    assert not [name for name in on_arrays.tiles if name.startswith("recurrent")]


def test_activity_says_who_was_silent_and_who_never_rested():
    nothing = [np.zeros((20, 30))]
    made = liquid(neuron=DecayLIF())
    made.run(nothing)
    assert made.activity == (0.0, 1.0, 0.0)
    alone = GaussianWiring(recurrent=0.0)
    made = liquid(wiring=alone, neuron=DecayLIF(threshold=-1.0, reset=-1.1))
    made.run(nothing)
    assert made.activity.saturated == 1.0


def test_potentials_beyond_all_numbers_are_an_error():
    made = liquid(wiring=GaussianWiring(inputs=1e10), dtype=np.float32)
    with (
        np.errstate(over="ignore"),
        pytest.raises(ConvergenceError, match="potential of neuron .* at the end of series 0"),
    ):
        made.run([np.full((3, 30), 1e30, np.float32)])


def test_weights_of_which_sums_leave_single_precision_are_refused():
    with pytest.raises(SpecError, match="largest weight is .* what float32 holds"):
        liquid(wiring=GaussianWiring(inputs=1e37), dtype=np.float32)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"feature": "counts"}, "feature is 'counts'; known: spikes, trace, membrane"),
        ({"tau_trace": 0.0}, "tau_trace is 0 s"),
        ({"dtype": np.float16}, "dtype"),
        ({"dt": -1.0}, "dt is -1 s"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, message):
    with pytest.raises(SpecError, match=message):
        liquid(**settings)


@pytest.mark.parametrize("shape", [(5, 29), (0, 30), (30,)])
def test_series_that_do_not_fit_are_refused(shape):
    with pytest.raises(SpecError, match=r"series 1 has shape .*expected \(steps, 30\)"):
        liquid().run([np.zeros((5, 30)), np.zeros(shape)])


def test_what_waits_beyond_the_memory_is_refused():
    made = liquid(delays=Delays(shortest=1e-3, longest=4.0, per="neuron"))
    with pytest.raises(ResourceError, match="on its way in .* steps of 10000000 series needs"):
        made.begin(10_000_000)


def test_lines_beyond_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr("xbarsim.backend.free_memory", lambda xp: 1e6)
    monkeypatch.setattr("xbarsim.backend._NO_MATTER", 0)
    with pytest.raises(ResourceError, match=r"120 neurons with \d+ lines of their own delay needs"):
        liquid(delays=Delays(shortest=1e-3, longest=0.1))


def test_a_state_of_other_series_is_refused():
    made = liquid()
    with pytest.raises(SpecError, match="state is that of 3 series and 120 neurons; expected 5"):
        made.run(series(), made.begin(3))
