from dataclasses import replace

import numpy as np
import pytest
from small import PULSES, SMALL, straight

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.effects import CellSpread, Effects, Stuck, Surroundings, ThermalActivation
from xbarsim.systems.balance import Arrays
from xbarsim.systems.balance.network import network_of
from xbarsim.systems.balance.on_arrays import OnArrays
from xbarsim.systems.balance.software import InSoftware, schedule

TARGETS = np.full(SMALL.neurons, 0.5)
CONVERTED = xs.Hardware(
    device=xs.load_device("ideal"), rows=32, cols=64, dac=xs.Dac(bits=8), adc=xs.Adc(bits=8)
)
NOISY = replace(CONVERTED, device=xs.load_device("ideal", read_noise=0.02))


@pytest.fixture
def u(streams):
    return (streams / "u").rng().uniform(-1, 1, SMALL.adapting)


def made(device, streams, u):
    network = network_of(SMALL, streams / "network")
    return OnArrays(network, network, SMALL, TARGETS, device, streams, u)


def plain(chip, u):
    """Rates under the rule's pulses, written out; the chip's cells are pulsed along."""
    network, rows, delta = chip.network, chip.rows, schedule(SMALL)
    excite, senders = network.excitatory.matrix(), network.excitatory.senders
    chance = (chip.streams / "rounding" / 0).rng().random((len(u), SMALL.neurons))
    r, found = np.full(SMALL.neurons, 0.5), []
    for t, step in enumerate(u):
        inhibit = replace(network.inhibitory, weights=rows.weights()).matrix()
        v = excite @ r[:senders] - inhibit @ r[senders:] + network.inputs * step
        r = 1.0 / (1.0 + np.exp(-SMALL.gain * v))
        rows.pulse(np.floor(delta[t] * (r - TARGETS) / rows.weight + chance[t]).astype(int))
        found.append(r)
    return np.array(found)


def test_pulses_in_the_compiled_loop_are_the_plain_ones(streams, u):
    compiled, written = made(PULSES, streams, u), made(PULSES, streams, u)
    np.testing.assert_allclose(compiled.adapt(u), plain(written, u), atol=1e-9)
    for name in ("x", "first", "up", "down"):
        np.testing.assert_allclose(getattr(compiled.rows, name), getattr(written.rows, name))
    np.testing.assert_allclose(compiled.rows.heat, written.rows.heat)


def test_all_cells_of_a_row_get_the_pulses_of_the_row_and_each_is_counted(streams, u):
    rows = made(straight(1e-3), streams, u)
    before = rows.rows.x.copy()
    rows.adapt(u)
    each = rows.rows
    np.testing.assert_array_equal(
        each.first - each.setup, (each.up + each.down)[:, None] + 0 * each.first
    )
    assert each.up.min() > 0 and each.down.min() > 0
    inside = (np.abs(each.x) < 1 - 1e-9).all(axis=1)  # no cell was held at an end
    moved = 1e-3 * (each.up - each.down)
    np.testing.assert_allclose((each.x - before)[inside], moved[inside, None] + 0 * before[inside])
    assert inside.sum() > 50
    np.testing.assert_allclose(each.heat, 2e-12 * each.first)


def test_fine_pulses_of_one_size_follow_the_rule_of_software(streams, u):
    chip = made(straight(1e-5), streams, u)
    software = InSoftware(chip.network, SMALL, TARGETS)
    np.testing.assert_allclose(chip.adapt(u), software.adapt(u), atol=2e-3)
    np.testing.assert_allclose(chip.rows.weights(), software.weights, atol=1e-3)


def test_pulses_of_a_real_device_end_where_its_steps_up_and_down_differ(streams, u):
    software = InSoftware(network_of(SMALL, streams / "network"), SMALL, TARGETS)
    software.adapt(u)
    chip = made(PULSES, streams, u)
    chip.adapt(u)
    off = [np.abs(each.run(u)[100:].mean(axis=0) - 0.5).mean() for each in (software, chip)]
    assert off[0] < off[1] < 0.05


@pytest.mark.parametrize("hardware", [CONVERTED, NOISY], ids=["converted", "noisy"])
def test_compiled_reads_of_arrays_are_those_of_the_tiles(hardware, streams, u):
    device = Arrays(hardware=hardware, pulses=PULSES)
    compiled, steps = made(device, streams, u), made(device, streams, u)
    steps._sides = lambda: [(None, None), (None, None)]
    u = u[:200]
    np.testing.assert_allclose(compiled.run(u), steps.run(u), atol=1e-5)
    assert compiled.ledger() == steps.ledger()


def test_cells_that_move_are_read_as_if_put_there_anew_at_every_step(streams, u):
    device = Arrays(hardware=replace(CONVERTED, dac=None, adc=None), pulses=PULSES)
    compiled, steps = made(device, streams, u), made(device, streams, u)
    steps._sides = lambda: [(None, None), (None, None)]
    u, short = u[:250], replace(SMALL, steps_first=150, steps_last=100)
    compiled.settings = steps.settings = short
    np.testing.assert_allclose(compiled.adapt(u), steps.adapt(u), atol=1e-9)
    np.testing.assert_array_equal(compiled.rows.first, steps.rows.first)


@pytest.mark.parametrize("encoding", ["differential", "single"])
def test_ideal_arrays_are_software(encoding, streams, u):
    ideal = xs.Hardware(device=xs.load_device("ideal"), rows=32, cols=64, encoding=encoding)
    software = InSoftware(network_of(SMALL, streams / "network"), SMALL, TARGETS).run(u)
    for device in (ideal, Arrays(hardware=ideal, pulses=straight(1e-5))):
        chip = made(device, streams, u)
        exact = chip.rows is None
        np.testing.assert_allclose(chip.run(u), software, atol=1e-9 if exact else 1e-3)
        for kind in ("excitatory", "inhibitory"):
            held, wanted = (getattr(n, kind).weights for n in (chip.held(), chip.network))
            np.testing.assert_allclose(held, wanted, atol=1e-9 if exact else 1e-5)


def test_age_moves_cells_as_the_device_says_and_always_from_new_ones(streams, u):
    hardware = xs.Hardware(device=xs.load_device("joshi_2020"))
    chip = made(Arrays(hardware=hardware, pulses=PULSES), streams, u)
    new = chip.rows.weights()
    chip.age(1e6)
    aged = chip.rows.weights()
    z = chip.tiles["inhibitory"].cells
    place = chip.placed._place
    lasting = hardware.device.age(z.g_programmed, 1e6, z._draw("drift"))[place]
    shares = lasting / z.g_programmed[place]
    inside = aged > 0
    np.testing.assert_allclose((aged / new)[inside], shares[inside], rtol=1e-6)
    assert 0.3 < shares[inside].mean() < 0.9
    chip.age(1e6)
    np.testing.assert_array_equal(chip.rows.weights(), aged)
    chip.age(1e3)
    assert (chip.rows.weights() >= aged - 1e-12).all()


def test_a_network_without_pulses_on_its_arrays_is_aged_too(streams, u):
    chip = made(xs.Hardware(device=xs.load_device("joshi_2020")), streams, u)
    before = chip.held().inhibitory.weights.mean()
    chip.age(1e6)
    assert chip.held().inhibitory.weights.mean() < 0.9 * before


def test_stuck_cells_take_pulses_and_stay(streams, u):
    stuck = Effects(stuck=Stuck(low=0.05, high=0.05))
    hardware = replace(CONVERTED, dac=None, adc=None, effects=stuck)
    compiled, steps = (
        made(Arrays(hardware=hardware, pulses=PULSES), streams, u[:250]) for _ in range(2)
    )
    steps._sides = lambda: [(None, None), (None, None)]
    compiled.settings = steps.settings = replace(SMALL, steps_first=150, steps_last=100)
    np.testing.assert_allclose(compiled.adapt(u[:250]), steps.adapt(u[:250]), atol=1e-9)
    placed, low = compiled.placed, xs.load_device("ideal").window[0]
    held = placed.low + (placed.tile.g[placed._place] - low) / placed.per
    moved = np.abs(held - compiled.rows.conductances()) > 1e-9
    assert 0.03 < moved.mean() < 0.2  # those that do not stand where pulses put them


def test_a_cell_that_moves_behind_wires_is_seen_to_first_order(streams, u):
    wires = Wires(r_word=2.0, r_bit=2.0)
    hardware = replace(CONVERTED, dac=None, adc=None, wires=wires)
    device = Arrays(hardware=hardware, pulses=PULSES)
    compiled, steps = (made(device, streams, u[:250]) for _ in range(2))
    steps._sides = lambda: [(None, None), (None, None)]
    compiled.settings = steps.settings = replace(SMALL, steps_first=150, steps_last=100)
    before = compiled.run(u[:50])
    found = compiled.adapt(u[:250])
    np.testing.assert_allclose(before, steps.run(u[:50]), atol=1e-9)
    np.testing.assert_allclose(found, steps.adapt(u[:250]), atol=5e-3)
    ideal = made(PULSES, streams, u[:250])
    assert np.abs(ideal.run(u[:50]) - before).max() > 1e-3  # wires do something


EFFECTS = {
    "levels": Effects(levels=4),
    "cycle_to_cycle": Effects(cycle_to_cycle=0.2),
    "spread": Effects(spread=CellSpread(factor=0.2, g_min=0.1, g_max=0.1)),
    "heat": Effects(thermal_activation=ThermalActivation(conductance=0.05)),
    "stuck": Effects(stuck=Stuck(low=0.05)),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_pulsed_cells_come_back_from_arrays_as_they_were_put_there(name, streams, u):
    """An effect that multiplies a conductance does not do so again whenever cells age."""
    hot = Surroundings(ambient=350.0)
    hardware = replace(CONVERTED, dac=None, adc=None, effects=EFFECTS[name], surroundings=hot)
    chip = made(Arrays(hardware=hardware, pulses=PULSES), streams, u)
    put = chip.rows.conductances()
    for _ in range(2):
        chip.age(1e3)  # of an ideal device, which does not drift
        np.testing.assert_allclose(chip.rows.conductances(), put, rtol=1e-9)
    read = chip.tiles["inhibitory"].g[chip.placed._place]
    moves = name in ("spread", "heat", "stuck")  # levels and cycles are those of programming
    assert (not np.allclose(read, chip.placed.per * (put - put.min()) + read.min())) == moves


@pytest.mark.parametrize("name", ["spread", "heat"])
def test_a_pulse_is_seen_as_large_as_its_cell_is_made(name, streams, u):
    hot = Surroundings(ambient=350.0)
    hardware = replace(CONVERTED, dac=None, adc=None, effects=EFFECTS[name], surroundings=hot)
    chip = made(Arrays(hardware=hardware, pulses=PULSES), streams, u)
    g, cells = chip.rows.conductances(), chip.tiles["inhibitory"].cells
    before, seen = cells.transfer[chip.placed._place], chip.placed.seen()
    chip.placed.put(g * 1.001)
    change = (cells.transfer[chip.placed._place] - before) / (0.001 * g)
    inside = (g > 8e-6) & (g < 20e-6)  # of the window, where spread ends no cell
    assert inside.sum() > 100
    np.testing.assert_allclose(change[inside], seen[inside], rtol=1e-6)
