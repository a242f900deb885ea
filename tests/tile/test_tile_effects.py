"""Effects as parts of tiles: each can be switched off alone, and reaches what it should."""

import numpy as np
import pytest

from xbarsim import Hardware, SpecError, Tile, load_device
from xbarsim.crossbar import Wires
from xbarsim.effects import (
    CellSpread,
    Effects,
    Endurance,
    Flicker,
    Retention,
    Stuck,
    Surroundings,
    Telegraph,
    ThermalActivation,
)
from xbarsim.effects.noise import BOLTZMANN, CHARGE
from xbarsim.streams import Streams

DAY = 86400.0
HOT = Surroundings(ambient=350.0)
WIRES = Wires(r_word=20.0, r_bit=20.0)
ALL = {
    "levels": 16,
    "cycle_to_cycle": 0.05,
    "spread": CellSpread(factor=0.05, g_max=0.1),
    "endurance": Endurance(cycles=1e5, scale=1e6, start=1e3, exponent=0.1),
    "stuck": Stuck(low=0.05, high=0.02),
    "retention": Retention(t_infinity=1e-14, activation_energy=1.3, spread=2.0),
    "thermal_activation": ThermalActivation(conductance=0.05, drift=0.2),
    "telegraph": Telegraph(amplitude=0.1, capture=(1e-7, 1e-3), emission=(1e-7, 1e-3), share=0.5),
    "flicker": Flicker(amplitude=1e-4),
    "johnson": True,
    "shot": True,
}
OFF = {name: getattr(Effects(), name) for name in ALL}
PER_CELL = ["spread", "endurance", "stuck", "retention", "cycle_to_cycle"]


@pytest.fixture
def data(streams):
    rng = streams.rng()
    return rng.standard_normal((12, 20)), rng.standard_normal((9, 20))


def tile_of(w, wires=None, device=None, seed=0, **settings):
    device = device or load_device("joshi_2020")
    settings = {"rows": 12, "cols": 16} | settings
    tile = Tile(w, Hardware(device=device, wires=wires, **settings), seed)
    tile.program()
    return tile


def life(w, x, wires, effects, surroundings=HOT):
    """Everything that a tile is asked: conductances and outputs, young, old and written anew."""
    tile = tile_of(w, wires, effects=effects, surroundings=surroundings)
    found = []
    for _ in range(2):
        for age in (60.0, DAY):
            tile.age(age)
            found += [tile.g, tile(x), tile(x)]
        tile.program()
    return found


@pytest.mark.parametrize("wires", [None, WIRES], ids=["ideal", "wired"])
def test_with_every_effect_off_a_tile_is_exactly_one_without_effects(data, wires):
    nothing = Effects(stuck=Stuck(), spread=CellSpread(), flicker=Flicker(amplitude=0.0),
                      thermal_activation=ThermalActivation(), endurance=Endurance())  # fmt: skip
    expected = life(*data, wires, None, Surroundings())
    for effects in (Effects(), nothing):
        for found, plain in zip(life(*data, wires, effects), expected, strict=True):
            np.testing.assert_array_equal(found, plain)


class Recorded:
    """Every stream that is drawn from, with how far it was drawn."""

    def __init__(self, monkeypatch):
        self.drawn = {}
        plain = Streams.rng

        def rng(streams, xp=np):
            found = plain(streams, xp)
            self.drawn.setdefault(streams.path, []).append(found)
            return found

        monkeypatch.setattr(Streams, "rng", rng)

    def ends(self):
        return {path: [g.bit_generator.state for g in all_] for path, all_ in self.drawn.items()}


@pytest.mark.parametrize("wires", [None, WIRES], ids=["ideal", "wired"])
@pytest.mark.parametrize("name", list(ALL))
def test_switching_one_effect_off_moves_no_draw_of_another(data, wires, name, monkeypatch):
    ends = []
    for effects in (ALL, ALL | {name: OFF[name]}):
        with monkeypatch.context() as patch:
            recorded = Recorded(patch)
            life(*data, wires, Effects(**effects))
            ends.append(recorded.ends())
    with_it, without = ends
    own = {path for path in with_it if path[:2] == ("effects", name)}
    assert without == {path: end for path, end in with_it.items() if path not in own}
    assert bool(own) == (name not in ("levels", "thermal_activation"))


@pytest.mark.parametrize("name", PER_CELL)
def test_cells_that_an_effect_leaves_alone_are_bit_identical_without_it(data, name):
    w, _ = data
    found = []
    for effects in (ALL, ALL | {name: OFF[name]}):
        tile = tile_of(w, effects=Effects(**effects), surroundings=HOT)
        tile.age(DAY)
        found.append((tile.g, tile.effects))
    (g, with_it), (plain, _) = found
    if name == "stuck":
        touched = ~np.isnan(with_it._faults[-1])
    elif name == "endurance":  # its window has closed for every cell that is not stuck
        touched = np.isnan(with_it._faults[-1])
    else:
        touched = np.all([np.isnan(fault) for fault in with_it._faults], axis=0)
    np.testing.assert_array_equal(g[~touched], plain[~touched])
    assert (g[touched] != plain[touched]).any()


@pytest.mark.parametrize("name", ["telegraph", "flicker", "johnson", "shot"])
def test_noises_of_reads_add_up(data, name):
    """Without wires and converters a read is linear in every noise: they can be taken apart."""
    w, x = data
    quiet = load_device("joshi_2020", noise_scale=0)
    noises = ("telegraph", "flicker", "johnson", "shot")

    def read(*names):
        effects = Effects(**{n: ALL[n] for n in names})
        tile = tile_of(w, device=quiet, effects=effects)
        tile.calibrate(x)
        tile.age(DAY)
        return tile(x)

    rest = [n for n in noises if n != name]
    alone = read(name) - read()
    np.testing.assert_allclose(read(*noises) - read(*rest), alone, atol=1e-12)
    assert np.abs(alone).max() > 1e-7


def amperes(tile, y):
    return y / tile.weight_per_ampere


@pytest.mark.parametrize("wires", [None, Wires(r_word=1e-3, r_bit=1e-3)], ids=["ideal", "wired"])
def test_johnson_noise_is_that_of_the_conductance_and_knows_no_voltage(streams, wires):
    w = streams.rng().standard_normal((4, 12))
    device = load_device("ideal")
    spreads = []
    for v in (0.1, 1.0):
        x = np.full((8000, 12), v)
        tile = tile_of(w, wires, device, effects=Effects(johnson=True), surroundings=HOT)
        tile.calibrate(np.ones((1, 12)))
        spreads.append(amperes(tile, tile(x)).std(axis=0))
    both = tile.g[0, 0].sum(axis=0).reshape(-1, 2).sum(axis=1)
    expected = np.sqrt(4 * BOLTZMANN * 350.0 * both / (2 * 100e-9))
    for spread in spreads:
        np.testing.assert_allclose(spread, expected, rtol=5 / np.sqrt(2 * 8000))


@pytest.mark.parametrize("wires", [None, Wires(r_word=1e-3, r_bit=1e-3)], ids=["ideal", "wired"])
def test_shot_noise_is_that_of_the_current(streams, wires):
    w, x = streams.rng().standard_normal((4, 12)), np.full((8000, 12), -1.0)
    tile = tile_of(w, wires, load_device("ideal"), effects=Effects(shot=True))
    spread = amperes(tile, tile(x)).std(axis=0)
    i = 0.2 * tile.g[0, 0].sum(axis=0).reshape(-1, 2).sum(axis=1)
    expected = np.sqrt(2 * CHARGE * i / (2 * 100e-9))
    np.testing.assert_allclose(spread, expected, rtol=5 / np.sqrt(2 * 8000))


@pytest.mark.parametrize("wires", [None, Wires(r_word=1e-3, r_bit=1e-3)], ids=["ideal", "wired"])
def test_telegraph_noise_of_a_column_has_the_variance_of_its_traps(streams, wires):
    part = Telegraph(amplitude=0.1, capture=(1e-9, 1e-9), emission=(3e-9, 3e-9))
    w, x = streams.rng().standard_normal((4, 12)), np.ones((3000, 12))
    tile = tile_of(w, wires, load_device("ideal"), effects=Effects(telegraph=part))
    i = amperes(tile, tile(x))
    squares = (tile.g[0, 0] ** 2).sum(axis=0).reshape(-1, 2).sum(axis=1)
    expected = 0.2 * 0.1 * np.sqrt(0.75 * 0.25 * squares)
    np.testing.assert_allclose(i.std(axis=0), expected, rtol=5 / np.sqrt(2 * 3000))
    mean = 0.2 * (1 - 0.075) * tile.partition.encoding.decode(tile.g[0, 0].sum(axis=0))
    np.testing.assert_allclose(i.mean(axis=0), mean, atol=5 * expected.max() / np.sqrt(3000))


def test_flicker_adds_to_the_noise_that_the_device_has(streams):
    w, x = streams.rng().standard_normal((3, 12)), np.ones((8000, 12))
    effects = Effects(flicker=Flicker(amplitude=1e-4))
    tile = tile_of(w, device=load_device("wan_2022", read_noise=0.02), effects=effects)
    tile.age(1.0)
    spread = amperes(tile, tile(x)).std(axis=0)
    relative = np.sqrt(0.02**2 + 1e-4 * np.log(1e7))
    squares = (tile.g[0, 0] ** 2).sum(axis=0).reshape(-1, 2).sum(axis=1)
    np.testing.assert_allclose(
        spread, 0.2 * relative * np.sqrt(squares), rtol=5 / np.sqrt(2 * 8000)
    )


def test_the_ledger_counts_faulty_cells_among_those_that_were_programmed(data):
    w, _ = data
    effects = Effects(stuck=Stuck(low=0.1), endurance=Endurance(cycles=1e6, scale=1e6))
    tile = tile_of(w, effects=effects)
    faulty = tile.g == tile.hardware.device.window[0]
    assert tile.ledger["cells_programmed"] == 480
    assert 20 < tile.ledger["cells_stuck"] < 80 and 240 < tile.ledger["cells_failed"] < 360
    assert int((faulty & tile.cells.formed).sum()) >= tile.ledger["cells_failed"]
    tile.program()
    assert tile.ledger["cells_programmed"] == 960
    assert tile.ledger["cells_stuck"] % 2 == 0


def test_tiles_without_faults_count_none(data):
    assert not {"cells_stuck", "cells_failed"} & set(tile_of(data[0]).ledger)


def test_reads_of_an_array_with_levels_hold_no_other_conductance(data):
    tile = tile_of(data[0], device=load_device("ideal"), effects=Effects(levels=4))
    levels = np.linspace(*tile.hardware.device.window, 4)
    assert np.isclose(tile.g[tile.cells.formed][:, None], levels, rtol=1e-12).any(axis=1).all()


def test_one_reference_read_brings_back_what_heat_changes(data):
    w, x = data
    part = ThermalActivation(conductance=0.2)
    outputs = {}
    for compensation in ("none", "global"):
        for effects in (None, Effects(thermal_activation=part)):
            tile = tile_of(w, device=load_device("ideal"), effects=effects, surroundings=HOT,
                           compensation=compensation)  # fmt: skip
            outputs[compensation, effects is None] = tile(x)
    np.testing.assert_allclose(outputs["global", False], outputs["global", True], rtol=1e-9)
    factor = outputs["none", False] / outputs["none", True]
    np.testing.assert_allclose(
        factor, np.exp(0.2 / 8.617333e-5 * (1 / 298.15 - 1 / 350)), rtol=1e-5
    )


def test_hot_devices_drift_as_cool_ones_do_later(data):
    w, _ = data
    device = load_device("joshi_2020", error_scale=0)
    effects = Effects(thermal_activation=ThermalActivation(drift=0.3))
    hot = tile_of(w, device=device, effects=effects, surroundings=HOT)
    cool = tile_of(w, device=device)
    hot.age(3600.0)
    cool.age(20.0 + 3580.0 * np.exp(0.3 / 8.617333262e-5 * (1 / 298.15 - 1 / 350)))
    np.testing.assert_allclose(hot.g, cool.g, rtol=1e-9)


def test_more_traps_than_memory_holds_are_refused_before_anything_is_drawn(data):
    tile = tile_of(data[0], effects=Effects(telegraph=ALL["telegraph"]))
    with pytest.raises(MemoryError, match="the states of"):
        tile.effects.sources(tile.g, 1.0, 1e-7, 10**12, 0)


def test_an_age_of_nothing_has_no_flicker(data):
    w, x = data
    device = load_device("ideal")
    quiet, flickering = (
        tile_of(w, device=device, effects=effects)
        for effects in (None, Effects(flicker=Flicker(amplitude=1e-3)))
    )
    np.testing.assert_array_equal(quiet(x), flickering(x))
    flickering.age(1.0)
    assert np.abs(flickering(x) - quiet(x)).max() > 1e-3


def test_hardware_takes_no_temperature_below_nothing():
    with pytest.raises(SpecError, match="temperature is -1 K"):
        Hardware(device=load_device("ideal"), surroundings=Surroundings(ambient=-1.0))
