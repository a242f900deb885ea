"""What a mapped network does beside its products: batches, copies, ages, temperature, ranges."""

from collections import Counter

import numpy as np
import pytest
from by_hand import Perceptron

from xbarsim import Adc, Dac, Hardware, Network, SpecError, Strategy, load_device, map_network
from xbarsim.crossbar import Wires
from xbarsim.device import without
from xbarsim.effects import Effects
from xbarsim.effects.parts import Surroundings, ThermalActivation
from xbarsim.layers import Node
from xbarsim.mapping import Dense, Graph

SIZE = 30, 24
DAY = 86400.0
BOLTZMANN = 8.617333262e-5  # eV/K
CONVERTERS = {"dac": Dac(bits=6), "adc": Adc(bits=7)}


def network(digits, device="ideal", seed=0, strategy=None, sheet=None, **settings):
    built = Hardware(device=load_device(device, **(sheet or {})), rows=SIZE[0], cols=SIZE[1],
                     **settings)  # fmt: skip
    made = Network(map_network(digits.model, built, strategy=strategy), seed)
    made.program()
    made.calibrate(digits.typical)
    return made


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("settings", [{}, CONVERTERS, {"wires": Wires(r_word=20.0)}], ids=str)
def test_batches_may_be_cut_anywhere(dtype, settings, digits):
    made, x = network(digits, "gaussian", **settings), digits.x.astype(dtype)
    whole = made(x)
    cuts = [0, 1, 3, 50, 51, 300, len(x)]
    parts = np.concatenate([made(x[a:b]) for a, b in zip(cuts, cuts[1:], strict=False)])
    assert whole.dtype == dtype
    np.testing.assert_allclose(parts, whole, rtol=0, atol=1e-12 if dtype is np.float64 else 1e-5)
    one = np.stack([made(x[k]) for k in range(5)])
    np.testing.assert_allclose(one, whole[:5], rtol=0, atol=1e-12 if dtype is np.float64 else 1e-5)


@pytest.mark.parametrize("n", [1, 2, 3, 100])
def test_copies_share_the_vectors_in_order(n, digits):
    made = network(digits, "gaussian", strategy=Strategy(copies={"dense0": 3}))
    tiles, x = made.tiles["dense0", ""], digits.x[:n]
    assert len(tiles) == 3 and len(made.tiles["dense1", ""]) == 1
    found = made.multiply(made.graph.nodes[0], "", x)
    given = [tile.ledger["vectors"] for tile in tiles]
    assert sum(given) == n and max(given) - min(given) <= 1
    edges = np.cumsum([0, *given])
    for k, tile in enumerate(tiles):
        part = slice(edges[k], edges[k + 1])
        np.testing.assert_allclose(found[part], tile(x[part]), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_copies_of_nothing_give_nothing(dtype, digits):
    made = network(digits, "gaussian", strategy=Strategy(copies={"dense0": 3}), **CONVERTERS)
    fresh = Network(made.placement)
    fresh.program()
    for chip in (made, fresh):  # with ranges and without
        y = chip(digits.x[:0].astype(dtype))
        assert y.shape == (0, 10) and y.dtype == dtype
        assert chip.ledger["vectors"] == 0
    np.testing.assert_array_equal(fresh(digits.x[:9]).shape, (9, 10))


def test_copies_are_cells_of_their_own_and_the_first_is_that_of_one_alone(digits):
    made = network(digits, "gaussian", strategy=Strategy(copies={"dense0": 2}))
    first, second = (tile.g for tile in made.tiles["dense0", ""])
    assert (first == network(digits, "gaussian").tiles["dense0", ""][0].g).all()
    cells = made.tiles["dense0", ""][0].cells
    errors = [(g - cells.g_target)[cells.formed] for g in (first, second)]
    assert abs(np.corrcoef(errors)[0, 1]) < 4 / np.sqrt(errors[0].size)


def test_ideal_copies_compute_what_one_does(digits):
    copied = network(digits, strategy=Strategy(copies={"dense0": 3, "dense1": 2}))
    np.testing.assert_allclose(copied(digits.x), digits.exact, atol=1e-12)


def test_the_ledger_counts_by_hand(digits):
    made, n = network(digits, **CONVERTERS), 40
    made(digits.x[:n])
    made(digits.x[:n])
    # 64 x 25 on 3 x 3 arrays, 25 x 10 on one
    assert made.ledger == Counter(
        cells_programmed=2 * (64 * 25 + 25 * 10),
        reads=2 * 2,
        vectors=2 * 2 * n,
        array_reads=2 * n * (9 + 1),
        dac_conversions=2 * n * (3 * 64 + 25),
        adc_conversions=2 * n * (3 * 25 + 10),
        partial_sums=2 * n * 2 * 25,
    )


def test_single_precision_agrees_with_double(digits):
    """To rounding; with converters but for signals at the edge between two codes."""
    exact = network(digits, "gaussian")
    double, single = exact(digits.x), exact(digits.x.astype(np.float32))
    assert (double.dtype, single.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(single, double, atol=2e-5)
    coarse = network(digits, "gaussian", **CONVERTERS)
    double, single = coarse(digits.x), coarse(digits.x.astype(np.float32))
    moved = (np.abs(single - double) > 1e-4).any(axis=1)
    assert moved.mean() < 0.01
    assert digits.accuracy(single) == pytest.approx(digits.accuracy(double), abs=0.004)


@pytest.mark.parametrize("kind", ["differential", "offset"])
@pytest.mark.parametrize("bits", [3, 4, 6])
def test_learned_ranges_lose_no_more_than_those_of_least_rounding(kind, bits, digits):
    wanted = Perceptron(digits.layers, kind, SIZE)(digits.typical)
    lost = {}
    for ranging in ("mse", "learned"):
        adc = Adc(bits=bits, ranging=ranging)
        made = network(digits, encoding=kind, adc=adc)
        lost[ranging] = ((made(digits.typical) - wanted) ** 2).mean()
    assert lost["learned"] <= lost["mse"]
    assert bits > 3 or lost["learned"] < lost["mse"]


def test_learned_ranges_of_a_matrix_are_those_of_mse_times_one_factor(digits):
    ranges = {}
    for ranging in ("mse", "learned"):
        made = network(digits, adc=Adc(bits=3, ranging=ranging, range_per="column"))
        ranges[ranging] = [tile.full_scale for tile in made.all_tiles]
    factors = [a / b for a, b in zip(ranges["learned"], ranges["mse"], strict=True)]
    for factor in factors:
        np.testing.assert_allclose(factor, factor.flat[0], rtol=1e-12)
    assert factors[0].flat[0] != factors[1].flat[0]


def test_ranges_follow_from_all_places_of_images_however_many_these_are(digits):
    """Windows are thinned before ranges are set: powers of two must not meet margins only."""
    w = np.ones((1, 1, 3, 3))
    conv = Node(name="conv", op="conv", inputs=("x",), arrays={"weights": w},
                settings={"stride": (1, 1), "padding": ((1, 1),) * 2, "dilation": (1, 1),
                          "groups": 1})  # fmt: skip
    placed = map_network(Graph(nodes=(conv,)), Hardware(device=load_device("ideal"), **CONVERTERS))
    ranges = []
    for images in (1000, 1024, 2048, 4096):
        made = Network(placed)
        made.program()
        made.calibrate(np.resize(digits.x, (images, 1, 8, 8)))
        ranges.append(made.tiles["conv", ""][0].full_scale)
    np.testing.assert_allclose(ranges, ranges[0], rtol=0.15)


def test_conductances_rise_with_temperature_by_the_arrhenius_factor(digits):
    built = {"effects": Effects(thermal_activation=ThermalActivation(conductance=0.05))}
    cold = network(digits)
    factor = np.exp(0.05 / BOLTZMANN * (1 / 298.15 - 1 / 358.15))
    warm = network(digits, surroundings=Surroundings(ambient=358.15), **built)
    for layer in ("dense0", "dense1"):
        g = warm.tiles[layer, ""][0].g
        np.testing.assert_allclose(g, factor * cold.tiles[layer, ""][0].g, rtol=1e-6)
    scaled = [(factor * w, b) for w, b in digits.layers]
    expected = Perceptron(scaled, "differential", SIZE)(digits.x)
    np.testing.assert_allclose(warm(digits.x), expected, rtol=0, atol=1e-6)
    mended = network(digits, surroundings=Surroundings(ambient=358.15), compensation="global",
                     **built)  # fmt: skip
    np.testing.assert_allclose(mended(digits.x), digits.exact, atol=1e-10)


def joshi(rng, t):
    """A phase-change cell `t` seconds after programming (Joshi et al. 2020), window 0 .. 25 uS."""

    def programmed(g):
        s = g / 25e-6
        sigma = np.maximum(0.26348e-6 + 1.9650e-6 * s - 1.1731e-6 * s**2, 0)
        g = np.maximum(g + sigma * rng.standard_normal(g.shape), 0)
        log = np.log(np.maximum(g / 25e-6, 1e-7))
        mean = np.clip(-0.0155 * log + 0.0244, 0.049, 0.1)
        spread = np.clip(-0.0125 * log - 0.0059, 0.008, 0.045)
        return g * (t / 20.0) ** -np.abs(mean + spread * rng.standard_normal(g.shape))

    return programmed


@pytest.mark.parametrize("age", [20.0, DAY, 365 * DAY])
def test_a_network_of_any_age_is_as_good_as_its_aged_weights(age, digits):
    found, expected, chips = [], [], 60
    for seed in range(chips):
        made = network(digits, "joshi_2020", seed, sheet={"noise_scale": 0})
        made.age(age)
        assert made.t == age
        found.append((digits.accuracy(made(digits.x)), digits.error(made(digits.x))))
        rng = np.random.default_rng([seed, 5])
        net = Perceptron(digits.layers, "differential", SIZE, cells=joshi(rng, age),
                         window=(0.0, 25e-6))  # fmt: skip
        expected.append((digits.accuracy(net(digits.x)), digits.error(net(digits.x))))
    a, b = np.array(found), np.array(expected)
    error = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / chips)
    assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) < 4 * error).all()


@pytest.mark.parametrize("compensation", ["none", "global", "column"])
def test_compensation_rescales_by_what_reference_currents_have_lost(compensation, digits):
    """By hand from the conductances of one chip; a column pair has a factor of its own."""
    made = network(digits, "joshi_2020", sheet={"noise_scale": 0}, compensation=compensation)
    tile = made.tiles["dense0", ""][0]
    first = tile.g.copy()
    made.age(365 * DAY)
    now, (w, b) = tile.g, digits.layers[0]
    down, across = (np.array_split(np.arange(n), 3) for n in w.shape[::-1])
    y = np.tile(b, (len(digits.x), 1))
    for r, ins in enumerate(down):
        for c, outs in enumerate(across):
            g = now[r, c, -len(ins) :, : 2 * len(outs)]
            before = first[r, c, -len(ins) :, : 2 * len(outs)]
            i = digits.x[:, ins] @ g
            factor = 1.0
            if compensation == "global":
                factor = first.sum() / now.sum()
            if compensation == "column":
                factor = (before.sum(axis=0).reshape(-1, 2).sum(axis=1)
                          / g.sum(axis=0).reshape(-1, 2).sum(axis=1))  # fmt: skip
            y[:, outs] += (i[:, 0::2] - i[:, 1::2]) * factor * np.abs(w).max() / 25e-6
    found = made.multiply(made.graph.nodes[0], "", digits.x)
    np.testing.assert_allclose(found, y, rtol=0, atol=1e-10 * np.abs(y).max())


def test_compensation_brings_old_networks_back_and_by_columns_no_less(digits):
    error = {}
    for compensation in ("none", "global", "column"):
        found = []
        for seed in range(20):
            made = network(digits, "joshi_2020", seed, sheet={"noise_scale": 0},
                           compensation=compensation)  # fmt: skip
            made.age(365 * DAY)
            found.append(digits.error(made(digits.x)))
        error[compensation] = np.mean(found)
    assert error["global"] < 0.5 * error["none"]
    assert error["column"] < 1.05 * error["global"]


def test_ageing_there_and_back_changes_no_cell(digits):
    made = network(digits, "wan_2022")
    first = made(digits.x)
    made.age(DAY)
    assert np.abs(made(digits.x) - first).max() > 0.1
    made.age(1.0)
    np.testing.assert_array_equal(made(digits.x), first)


def test_a_chip_is_its_seed(digits):
    made, again = (network(digits, "gaussian", seed=3) for _ in range(2))
    np.testing.assert_array_equal(made(digits.x), again(digits.x))
    assert np.abs(network(digits, "gaussian", seed=4)(digits.x) - made(digits.x)).max() > 0.1


def test_reading_again_gives_the_same_network_with_fresh_noise():
    rng = np.random.default_rng(2)
    sizes = {"a": (6, 12), "b": (3, 6)}
    layers = [Dense(name=k, weights=rng.standard_normal(s), bias=np.zeros(s[0]))
              for k, s in sizes.items()]  # fmt: skip
    x = np.abs(np.random.default_rng(3).standard_normal((9, 12)))
    device = load_device("wan_2022", read_noise=0.02)
    network = Network(map_network(layers, Hardware(device=device, rows=8, cols=10)))
    network.program()
    network.calibrate(x)
    many = network.run(x, batch=4, repeats=300)
    assert many.shape == (300, 9, 3)
    assert not np.allclose(many[0], many[1])
    ideal = Hardware(device=without(device, frozenset(["read_noise"])), rows=8, cols=10)
    quiet = Network(map_network(layers, ideal))
    quiet.program()
    error = many.std(axis=0) / np.sqrt(300)
    assert (np.abs(many.mean(axis=0) - quiet(x)) < 5 * error + 0.01).all()
    with pytest.raises(SpecError, match="repeats is 0"):
        network.run(x, repeats=0)
