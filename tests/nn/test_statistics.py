"""What training injects is what tiles do: means, spreads and noise within their sampling error."""

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.effects import Effects, Stuck
from xbarsim.streams import Streams

torch = pytest.importorskip("torch")

from xbarsim import nn as xnn  # noqa: E402
from xbarsim.nn import effective, rounding  # noqa: E402
from xbarsim.nn.draws import Draws  # noqa: E402
from xbarsim.nn.moments import NODES, moments  # noqa: E402

SIZE = (64, 500)
KEY = np.arange(4, dtype=np.uint32)
DAY = 86400.0
DEVICES = {
    "gaussian": {"sheet": "gaussian", "sigma_absolute": 1e-6},
    "RRAM": {"sheet": "wan_2022", "read_noise": 0.02},
    "PCM": {"sheet": "joshi_2020"},
}


def device(name):
    given = dict(DEVICES[name])
    return xs.load_device(given.pop("sheet"), **given)


def hardware(name, **settings):
    return xs.Hardware(device=device(name), rows=64, cols=1000, **settings)


ENCODINGS = {
    "differential": "differential",
    "balanced": "balanced",
    "offset": "offset",
    "copies": xs.Encoding(kind="differential", copies=3),
    "slices": xs.Encoding(kind="differential", slices=2, cell_bits=3),
}


PROBES = 500


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("level", [-0.75, 0.0, 0.25, 1.0])
def test_a_weights_moments_are_those_of_a_tile(name, encoding, level, streams):
    built = hardware(name, encoding=ENCODINGS[encoding])
    w = np.full(SIZE, level)
    w[:, 0] = 1.0  # the largest
    tile = xs.Tile(w, built, 1)
    tile.program()
    tile.age(DAY)
    held = tile.held[:, 1:]
    (at,) = moments(built, [DAY], streams)
    node = round((level + 1) / 2 * (NODES - 1))
    n, spread = held.size, at.spread[node]
    error = 5 * np.sqrt(1 / n + 1 / PROBES)  # five standard errors
    assert held.std() == pytest.approx(spread, rel=error / np.sqrt(2), abs=1e-9)
    assert held.mean() - level == pytest.approx(at.shift[node], abs=error * spread + 1e-9)


def test_stuck_cells_count_as_spread(streams):
    stuck = Effects(stuck=Stuck(low=0.1, high=0.1))
    exact, faulty = (
        moments(xs.Hardware(device=xs.load_device("ideal"), effects=effects), [0.0], streams)[0]
        for effects in (None, stuck)
    )
    assert exact.exact
    # of the pair of a weight of 0 either cell is high with a chance of 0.1: variance 2 * 0.09
    assert faulty.spread[NODES // 2] == pytest.approx(np.sqrt(0.18), rel=0.1)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", DEVICES)
def test_read_noise_in_training_is_that_of_a_chip(name, encoding):
    layer = xnn.CrossbarLinear(
        64,
        40,
        bias=False,
        hardware=hardware(name, encoding=ENCODINGS[encoding]),
        training=xnn.HardwareAware(ages=(DAY,)),
    )
    torch.manual_seed(0)
    x = torch.rand(1, 64).expand(2000, -1).contiguous()
    with torch.no_grad():
        in_training = layer(x).std(dim=0).square().mean().sqrt()
        layer.eval()
        xnn.age(layer, DAY)
        on_chip = layer(x).std(dim=0).square().mean().sqrt()
    if name == "gaussian":
        assert in_training == pytest.approx(0, abs=1e-6)
        assert on_chip == pytest.approx(0, abs=1e-6)
    else:  # another chip, so other conductances: the noise agrees to some per cent
        assert float(in_training) == pytest.approx(float(on_chip), rel=0.1)


def test_drift_in_training_is_compensated_as_a_chip_is():
    settings = {"training": xnn.HardwareAware(ages=(DAY,), read_noise=False)}
    found = []
    for compensation in ("none", "global"):
        built = hardware("PCM", compensation=compensation)
        torch.manual_seed(0)
        layer = xnn.CrossbarLinear(200, 100, bias=False, hardware=built, **settings)
        with torch.no_grad():
            eye = torch.eye(200)
            wanted = layer.weight.T
            in_training = (layer(eye) * wanted).sum() / wanted.square().sum()
            layer.eval()
            xnn.age(layer, DAY)
            held = torch.from_numpy(layer.tile().held).float().T
            on_chip = (held * wanted).sum() / wanted.square().sum()
        assert float(in_training) == pytest.approx(float(on_chip), abs=0.01)
        found.append(float(in_training))
    assert found[0] < 0.75 < 0.95 < found[1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_compiled_weights_equal_those_in_tensors(dtype, streams):
    (at,) = moments(hardware("RRAM"), [DAY], streams)
    torch.manual_seed(0)
    w = torch.randn(30, 70, dtype=dtype)
    most = w.abs().amax(dim=1)
    draws, tables = Draws(KEY, 3), at.tables(1.5)
    z = torch.from_numpy(draws.part(0, 0, w.numel())).to(dtype).reshape(w.shape)
    found = effective.perturbed(w, most, tables, draws, 1.1)
    wanted = effective.in_tensors(w, most, tables, z, 1.1, True)
    # a weight between two places of the tables may go to either
    near = 2e-5 if dtype == torch.float32 else 1e-9
    for a, b in zip(found, wanted, strict=True):
        assert float(((a - b).abs() > near).float().mean()) < 1e-2
        torch.testing.assert_close(a, b, rtol=0.2, atol=0.02)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("channels", [False, True])
def test_compiled_converters_equal_those_in_tensors(dtype, noise, noisy, channels):
    torch.manual_seed(0)
    y = torch.randn(3, 40, 7, 5, dtype=dtype)
    if channels:  # as convolutions give them
        y = y.movedim(-1, 2).contiguous().movedim(2, -1)
    variance = torch.rand(3, 40, 7, 5, dtype=dtype) * 0.01 if noisy else None
    draws = Draws(KEY, 5) if noise or noisy else None
    how = rounding.Conversion(20.0, -15, 15, noise, draws)
    total, inside = rounding._compiled(y, how, variance)
    wanted, within = rounding.in_tensors(y, how, variance)
    assert torch.equal(inside, within)
    if draws is not None and channels:  # draws follow the order in memory
        inner = [None if a is None else a.movedim(-1, 2) for a in (y, variance)]
        wanted = rounding.in_tensors(inner[0], how, inner[1])[0].movedim(1, -1)
    torch.testing.assert_close(total, wanted)
    assert set(
        torch.unique((total * 20).round() - total * 20).abs().round(decimals=3).tolist()
    ) == {0.0}


def test_rounding_keeps_levels_and_passes_gradients_within_the_range():
    y = torch.tensor([[-2.0, -0.5, 0.26, 0.9, 2.0]], requires_grad=True)
    total = rounding.converted(y, rounding.Conversion(2.0, -2, 2))
    assert total.tolist() == [-1.0, -0.5, 0.5, 1.0, 1.0]
    total.sum().backward()
    assert y.grad.tolist() == [[0.0, 1.0, 1.0, 1.0, 0.0]]


def test_ranges_follow_what_training_shows():
    layer = xnn.CrossbarLinear(
        30, 10, hardware=xs.Hardware(device=xs.load_device("ideal"), dac=xs.Dac(), adc=xs.Adc())
    )
    torch.manual_seed(0)
    for _ in range(40):
        layer(3 * torch.rand(64, 30))
    ranges = layer.aware.ranges
    assert ranges.inputs == pytest.approx(3.0, rel=0.01)
    assert not ranges.signed
    assert ranges.looks == 15 + 2  # passes 1 to 15, 16 and 32
    layer(-torch.rand(64, 30))
    layer.aware.steps = 48 - 1
    layer(-torch.rand(64, 30))
    assert layer.aware.ranges.signed


def test_streams_of_layers_are_their_own():
    torch.manual_seed(0)
    both = torch.nn.Sequential(torch.nn.Linear(20, 20), torch.nn.Linear(20, 20))
    both[1].load_state_dict(both[0].state_dict())
    module = xnn.convert(both, hardware("RRAM"), seed=Streams(4) / "mine")
    one, other = (m.aware.held(m.matrix()).mean for m in module)
    assert not torch.equal(one, other)


def test_training_learns_around_the_stuck_cells_of_its_own_chip():
    """A tenth of the cells: weights beside them make up for what these lose."""
    stuck = Effects(stuck=Stuck(low=0.05, high=0.05))
    built = xs.Hardware(device=xs.load_device("ideal"), rows=64, cols=64, effects=stuck)
    torch.manual_seed(0)
    basis = torch.randn(8, 32)  # inputs of few dimensions, so that weights can make up
    x = torch.randn(256, 8) @ basis
    plain = torch.nn.Linear(32, 4)
    y = plain(x).detach()
    layer = xnn.convert(plain, built, xnn.HardwareAware(cells="each"))

    def error():
        with torch.no_grad():
            return float((layer.eval()(x) - y).square().mean())

    naive = error()
    adam = torch.optim.Adam(layer.parameters(), lr=0.02)
    for _ in range(150):
        adam.zero_grad()
        (layer.train()(x) - y).square().mean().backward()
        adam.step()
    assert error() < 0.1 * naive
