"""Layers of PyTorch on crossbars beside their originals, and training beside plain training."""

import copy

import numpy as np
import pytest

import xbarsim as xs
from xbarsim.crossbar import Wires
from xbarsim.errors import SpecError

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from xbarsim import nn as xnn  # noqa: E402

IDEAL = xs.Hardware(device=xs.load_device("ideal"), rows=16, cols=16)
NOISY = xs.Hardware(
    device=xs.load_device("wan_2022", read_noise=0.02),
    rows=16,
    cols=16,
    dac=xs.Dac(bits=8),
    adc=xs.Adc(bits=8),
)


def seeded(module):
    torch.manual_seed(0)
    return module()


def conv(kind, *args, **settings):
    return lambda: kind(*args, **settings)


LAYERS = {
    "linear": (lambda: nn.Linear(40, 12), (5, 40)),
    "linear without bias": (lambda: nn.Linear(7, 3, bias=False), (5, 7)),
    "linear of many axes": (lambda: nn.Linear(7, 3), (2, 3, 4, 7)),
    "linear of one input": (lambda: nn.Linear(7, 3), (7,)),
    "conv1d": (conv(nn.Conv1d, 3, 6, 5, stride=2, padding=1), (2, 3, 20)),
    "conv2d": (conv(nn.Conv2d, 3, 6, 3), (2, 3, 8, 9)),
    "conv2d of many inputs": (conv(nn.Conv2d, 8, 6, 3, padding=1, stride=2), (2, 8, 8, 9)),
    "conv2d in groups": (conv(nn.Conv2d, 8, 4, 3, groups=2, dilation=2), (2, 8, 9, 9)),
    "conv2d of one channel each": (conv(nn.Conv2d, 6, 12, 3, groups=6), (2, 6, 6, 6)),
    "conv2d padded to the same": (conv(nn.Conv2d, 2, 3, (3, 5), padding="same"), (2, 2, 6, 6)),
    "conv2d without batch": (conv(nn.Conv2d, 2, 3, 3), (2, 6, 6)),
    "conv3d": (conv(nn.Conv3d, 2, 3, (2, 3, 2), stride=(1, 2, 1), padding=1), (2, 2, 5, 6, 5)),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_ideal_layers_equal_their_originals(name, mode):
    make, shape = LAYERS[name]
    plain, x = seeded(make), torch.randn(shape)
    ours = xnn.convert(plain, IDEAL).train(mode == "train")
    torch.testing.assert_close(ours(x), plain(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_ideal_gradients_equal_those_of_the_originals(name, mode):
    make, shape = LAYERS[name]
    plain, x = seeded(make).double(), torch.randn(shape, dtype=torch.float64)
    ours = xnn.convert(plain, IDEAL).train(mode == "train")
    wanted, found = (
        torch.autograd.grad(m(one).square().sum(), [one, *m.parameters()])
        for m, one in ((plain, x.clone().requires_grad_()), (ours, x.clone().requires_grad_()))
    )
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)


SERIES = {
    "rnn": lambda: nn.RNN(5, 7),
    "rnn with rectifiers": lambda: nn.RNN(5, 7, nonlinearity="relu", batch_first=True),
    "lstm": lambda: nn.LSTM(5, 7, num_layers=2, bidirectional=True),
    "lstm without bias": lambda: nn.LSTM(5, 7, bias=False, batch_first=True),
    "gru": lambda: nn.GRU(5, 7, bidirectional=True),
}


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 5)], ids=["batch", "alone"])
def test_ideal_recurrent_layers_equal_their_originals(name, mode, shape):
    plain, x = seeded(SERIES[name]), torch.randn(shape)
    ours = xnn.convert(plain, IDEAL).train(mode == "train")
    wanted, last = plain(x)
    found, ours_last = ours(x)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours_last, last, rtol=1e-5, atol=1e-5)
    if len(shape) == 3:  # on from where it ended
        torch.testing.assert_close(ours(x, ours_last)[0], plain(x, last)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_ideal_cells_equal_their_originals(kind, mode):
    plain, x = seeded(lambda: kind(5, 7)), torch.randn(3, 5)
    ours = xnn.convert(plain, IDEAL).train(mode == "train")
    states = None
    for _ in range(3):
        wanted, states = plain(x, states), ours(x, states)
        torch.testing.assert_close(states, wanted, rtol=1e-5, atol=1e-5)


def classes(n=256):
    torch.manual_seed(1)
    return torch.rand(n, 20), torch.randint(0, 5, (n,))


def mlp():
    return nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 5))


def steps(module, number=20, rate=0.05):
    x, y = classes()
    sgd = torch.optim.SGD(module.parameters(), lr=rate, momentum=0.9)
    found = []
    for _ in range(number):
        sgd.zero_grad()
        loss = nn.functional.cross_entropy(module(x), y)
        loss.backward()
        sgd.step()
        found.append(loss.item())
    return found


@pytest.mark.parametrize("cells", ["moments", "each", "circuit"])
def test_training_on_ideal_hardware_follows_plain_training(cells):
    plain = seeded(mlp)
    ours = xnn.convert(plain, IDEAL, xnn.HardwareAware(cells=cells))
    assert steps(ours) == pytest.approx(steps(plain), abs=1e-5)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-5)


@pytest.mark.parametrize("scaling", ["layer", "column"])
@pytest.mark.parametrize(
    "encoding",
    ["differential", "balanced", "offset", xs.Encoding(kind="differential", copies=2)],
    ids=["differential", "balanced", "offset", "copies"],
)
def test_gradients_through_wires_are_those_of_finite_differences(scaling, encoding):
    hardware = xs.Hardware(
        device=xs.load_device("ideal", g_max=1e-3),
        wires=Wires(r_word=20.0, r_bit=30.0, r_source=10.0),
        rows=4,
        cols=8,
        scaling=scaling,
        encoding=encoding,
    )
    torch.manual_seed(0)
    layer = xnn.CrossbarLinear(
        6,
        3,
        dtype=torch.float64,
        hardware=hardware,
        training=xnn.HardwareAware(cells="circuit", read_noise=False),
    )
    x = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)

    def run(x, w, b):
        return torch.func.functional_call(layer, {"weight": w, "bias": b}, (x,))

    assert torch.autograd.gradcheck(run, (x, layer.weight, layer.bias), eps=1e-6, atol=1e-6)
    ideal = nn.functional.linear(x, layer.weight, layer.bias)
    assert (layer(x) - ideal).abs().max() > 1e-3  # wires take their part


@pytest.mark.parametrize("kind", ["linear", "conv2d"])
@pytest.mark.parametrize("cells", ["moments", "each", "circuit"])
def test_gradcheck_where_the_forward_is_smooth(kind, cells):
    settings = {"hardware": IDEAL, "training": xnn.HardwareAware(cells=cells)}
    torch.manual_seed(0)
    if kind == "linear":
        layer, x = xnn.CrossbarLinear(6, 3, **settings), torch.randn(4, 6)
    else:
        layer, x = xnn.CrossbarConv2d(2, 3, 3, padding=1, **settings), torch.randn(2, 2, 4, 4)
    layer = layer.double()
    x = x.double().requires_grad_()

    def run(x, w, b):
        return torch.func.functional_call(layer, {"weight": w, "bias": b}, (x,))

    assert torch.autograd.gradcheck(run, (x, layer.weight, layer.bias))


def test_training_with_noise_is_the_same_again_and_another_with_another_seed():
    plain = seeded(mlp)
    losses = [steps(xnn.convert(plain, NOISY, seed=seed)) for seed in (3, 3, 4)]
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_training_with_noise_does_not_depend_on_threads():
    plain = seeded(lambda: nn.Linear(900, 700))  # more than one piece for each
    x = torch.randn(800, 900)
    from threadpoolctl import threadpool_limits

    found = []
    for threads in (1, 4):
        with threadpool_limits(threads, user_api="blas"):
            found.append(xnn.convert(plain, NOISY)(x))
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-5)


def test_a_chip_in_evaluation_is_what_network_reads():
    """The same streams, the same chip: layer by layer, bit by bit."""
    plain, x = seeded(lambda: nn.Linear(40, 12)).eval(), torch.randn(50, 40)
    layer = xnn.convert(plain, NOISY, seed=5).eval()
    xnn.calibrate(layer, x)
    xnn.age(layer, 86400.0)
    tile = xs.Tile(
        plain.weight.detach().numpy().astype(float),
        NOISY,
        layer.chip.streams,
        bias=plain.bias.detach().numpy().astype(float),
    )
    tile.program()
    tile.calibrate(x.numpy())
    tile.age(86400.0)
    with torch.no_grad():
        assert np.array_equal(layer(x).numpy(), tile(x.numpy()))


def test_gradients_of_a_chip_are_those_of_what_its_cells_hold():
    layer = xnn.convert(seeded(lambda: nn.Linear(40, 12)), NOISY).eval()
    x = torch.randn(5, 40, requires_grad=True)
    layer(x).sum().backward()
    held = torch.from_numpy(layer.tile().held).float()
    torch.testing.assert_close(x.grad, held.sum(dim=0).expand(5, -1))
    assert (held - layer.weight).abs().max() > 1e-3


def test_clipped_weights_count_as_the_bound_in_training_and_on_chips():
    plain = seeded(lambda: nn.Linear(40, 12))
    with torch.no_grad():
        plain.weight[0, 0] = 5.0
    most = 2.0 * plain.weight.square().mean().sqrt().item()
    layer = xnn.convert(plain, IDEAL, xnn.HardwareAware(clip=2.0))
    clipped = copy.deepcopy(plain)
    with torch.no_grad():
        clipped.weight.clamp_(-most, most)
    x = torch.randn(5, 40)
    for _ in range(3):  # as often as it is used
        torch.testing.assert_close(layer(x), clipped(x))
    torch.testing.assert_close(layer.eval()(x), clipped(x), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(xnn.plain(layer).weight, clipped.weight)
    assert layer.weight.max() == 5.0


def test_weights_that_are_all_alike_are_not_clipped_away():
    layer = xnn.CrossbarLinear(9, 2, hardware=IDEAL, training=xnn.HardwareAware(clip=1.0))
    with torch.no_grad():
        layer.weight.fill_(1 / 9)
    y = layer(torch.ones(1, 9)) - layer.bias
    torch.testing.assert_close(y, torch.ones(1, 2))


@pytest.mark.parametrize("cells", ["moments", "each"])
def test_two_passes_before_one_backward(cells):
    module = xnn.convert(seeded(mlp), IDEAL, xnn.HardwareAware(cells=cells, clip=2.0))
    same, x = copy.deepcopy(module), classes()[0]
    (module(x[:100]).square().sum() + module(x[100:]).square().sum()).backward()
    same(x).square().sum().backward()
    for a, b in zip(module.parameters(), same.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("change", ["data", "no_grad", "ema"])
def test_every_change_of_weights_is_seen_by_the_chip(change):
    layer = xnn.convert(seeded(lambda: nn.Linear(8, 3)), IDEAL).eval()
    x = torch.randn(5, 8)
    with torch.no_grad():
        layer(x)
        if change == "data":
            layer.weight.data.mul_(3)
        elif change == "ema":
            layer.weight.data.copy_(layer.weight + 1)
        else:
            layer.weight.mul_(3)
        wanted = nn.functional.linear(x, layer.weight, layer.bias)
        torch.testing.assert_close(layer(x), wanted, rtol=1e-5, atol=1e-5)
    assert layer.chip.cycle == 2


def test_a_digital_bias_may_change_without_another_chip():
    layer = xnn.convert(seeded(lambda: nn.Linear(8, 3)), NOISY).eval()
    x = torch.rand(5, 8)
    with torch.no_grad():
        before = layer(x)
        layer.bias.add_(10)
        after = layer(x)
    assert layer.chip.cycle == 1
    assert (after - before).min() > 9


def test_channels_last_reads_the_same_chip():
    layer = xnn.convert(seeded(lambda: nn.Conv2d(3, 4, 3)), IDEAL).eval()
    x = torch.randn(2, 3, 6, 6)
    with torch.no_grad():
        before = layer(x)
        layer.to(memory_format=torch.channels_last)
        torch.testing.assert_close(layer(x), before)
        layer.weight.mul_(2)
        layer.bias.mul_(2)
        torch.testing.assert_close(layer(x), 2 * before)


def test_inference_mode_reads_chips_made_in_it():
    with torch.inference_mode():
        layer = xnn.convert(seeded(lambda: nn.Linear(8, 3)), IDEAL).eval()
        assert layer(torch.randn(5, 8)).shape == (5, 3)


def test_a_saved_chip_is_the_same_with_another_seed_and_drifting_converters(tmp_path):
    adc = xs.Adc(bits=8, offset_drift=2.0, gain_drift=0.05, offset_spread=1.0)
    hardware = xs.Hardware(device=NOISY.device, rows=16, cols=16, dac=xs.Dac(), adc=adc)
    one = xnn.convert(seeded(mlp), hardware, seed=1).eval()
    x = classes()[0]
    with torch.no_grad():
        one(x)
        xnn.age(one, 1e6)
        xnn.program(one)  # converters stay as old as they are
        other = xnn.convert(seeded(mlp), hardware, seed=2).eval()
        other.load_state_dict(one.state_dict())
        assert torch.equal(one(x), other(x))


def test_passes_of_one_number_have_one_age_in_all_layers():
    module = xnn.convert(seeded(mlp), NOISY)
    ages = {layer.aware.probes.chosen(7) for layer in (module[0], module[2])}
    assert len(ages) == 1
    assert len({module[0].aware.probes.chosen(k) for k in range(50)}) == 5


def test_a_one_bit_converter_gives_signs_in_training():
    hardware = xs.Hardware(device=xs.load_device("ideal"), adc=xs.Adc(bits=1))
    layer = xnn.CrossbarLinear(20, 6, bias=False, hardware=hardware)
    x = torch.randn(50, 20, requires_grad=True)
    y = layer(x)
    assert len(torch.unique(y.abs())) == 1
    exact = nn.functional.linear(x, layer.weight)
    assert ((y > 0) == (exact >= 0)).all()
    y.sum().backward()
    assert x.grad.abs().sum() > 0


def test_biases_on_word_lines_take_their_part_of_the_window():
    hardware = xs.Hardware(device=NOISY.device, bias_rows=1, rows=64, cols=64)
    layer = xnn.CrossbarLinear(30, 4, hardware=hardware, training=xnn.HardwareAware(ages=(1.0,)))
    with torch.no_grad():
        layer.weight.uniform_(-0.1, 0.1)
        layer.bias.fill_(2.0)
        in_training = (layer.held().mean - layer.weight).std()
        layer.eval()
        on_chip = torch.from_numpy(layer.tile().held).float()
        held = (on_chip - layer.weight).std()
    assert float(in_training) == pytest.approx(float(held), rel=0.3)


def test_calibration_leaves_modes_as_they_are():
    module = nn.Sequential(nn.Linear(20, 8), nn.BatchNorm1d(8), nn.Linear(8, 5))
    module = xnn.convert(module, NOISY).train()
    module[1].eval()
    xnn.calibrate(module, classes()[0])
    assert [m.training for m in module] == [True, False, True]


def test_the_ledger_goes_on_when_weights_change_and_programs_nothing():
    layer = xnn.convert(seeded(mlp), NOISY).eval()
    assert not xnn.ledger(layer)
    with torch.no_grad():
        layer(classes(32)[0])
        layer[0].weight.mul_(2)
        layer(classes(32)[0])
    assert xnn.ledger(layer)["vectors"] == 4 * 32


def test_empty_batches_are_empty():
    shapes = {nn.Linear(4, 3): (0, 4), nn.Conv2d(2, 3, 3): (0, 2, 5, 5)}
    for plain, shape in shapes.items():
        ours = xnn.convert(plain, NOISY)
        for mode in (True, False):
            x = torch.zeros(shape)
            assert ours.train(mode)(x).shape == plain(x).shape


def test_a_layer_under_two_names_stays_one_there_and_back():
    plain = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    plain.again = plain[0]
    ours = xnn.convert(plain, NOISY)
    assert ours.again is ours[0]
    assert type(ours[0]) is xnn.CrossbarLinear
    back = xnn.plain(ours)
    assert back.again is back[0]
    assert type(back[0]) is nn.Linear


def test_hooks_of_converted_layers_stay():
    plain, seen = nn.Sequential(nn.Linear(4, 3)), []
    plain[0].register_forward_hook(lambda *_: seen.append(1))
    xnn.convert(plain, NOISY)(torch.rand(2, 4))
    assert seen == [1]


def test_states_may_come_as_a_list_and_must_fit():
    plain = nn.LSTM(5, 7, num_layers=2)
    ours, x = xnn.convert(plain, IDEAL), torch.randn(4, 3, 5)
    states = [torch.randn(2, 3, 7), torch.randn(2, 3, 7)]
    torch.testing.assert_close(ours(x, states)[0], plain(x, states)[0], rtol=1e-5, atol=1e-5)
    with pytest.raises(SpecError, match=r"layer LSTM: states have shape .*; expected 2 of \(2, 3"):
        ours(x, (states[0][:1], states[1]))
    assert (ours.hidden_size, ours.input_size, ours.bidirectional) == (7, 5, False)


def test_deepcopies_and_pickles_are_the_same_chip(tmp_path):
    layer = xnn.convert(seeded(mlp), NOISY).eval()
    x = classes()[0]
    with torch.no_grad():
        layer(x)
        other = copy.deepcopy(layer)
        torch.save(layer, tmp_path / "whole.pt")
        third = torch.load(tmp_path / "whole.pt", weights_only=False)
        first = layer(x)
        assert torch.equal(first, other(x))
        assert torch.equal(first, third(x))
        assert not torch.equal(first, layer(x))  # read noise is fresh


def test_a_saved_state_goes_on_where_it_was(tmp_path):
    plain = seeded(mlp)
    layer = xnn.convert(plain, NOISY)
    steps(layer, 5)
    layer.eval()
    x = classes()[0]
    with torch.no_grad():
        layer(x)
    xnn.age(layer, 3600.0)
    torch.save(layer.state_dict(), tmp_path / "state.pt")
    other = xnn.convert(seeded(mlp), NOISY)
    other.load_state_dict(torch.load(tmp_path / "state.pt"))  # weights_only, PyTorch's own rule
    other.eval()
    with torch.no_grad():
        assert torch.equal(layer(x), other(x))
    assert steps(layer.train(), 3) == steps(other.train(), 3)


def test_a_state_of_other_hardware_is_refused():
    state = xnn.convert(seeded(mlp), NOISY).state_dict()
    with pytest.raises(SpecError, match=r"layer 0: was saved with hardware.adc .*bits=8.*None"):
        xnn.convert(seeded(mlp), IDEAL).load_state_dict(state)


def test_a_state_of_another_version_is_refused():
    state = xnn.convert(seeded(mlp), NOISY).state_dict()
    state["2._extra_state"]["version"] = 99
    with pytest.raises(SpecError, match=r"layer 2: its saved state is of version 99"):
        xnn.convert(seeded(mlp), NOISY).load_state_dict(state)


def test_double_precision_reads_the_same_chip():
    layer = xnn.convert(seeded(mlp), NOISY).eval()
    x = classes()[0]
    with torch.no_grad():
        layer(x)
        double = copy.deepcopy(layer).double()
        torch.testing.assert_close(layer(x).double(), double(x.double()), rtol=0, atol=1e-2)
    assert double[0].chip.cycle == layer[0].chip.cycle == 1


def test_changed_weights_are_programmed_anew():
    layer = xnn.convert(seeded(mlp), NOISY).eval()
    x = classes()[0]
    with torch.no_grad():
        layer(x)
        layer[0].weight.mul_(1.5)
        layer(x)
    assert (layer[0].chip.cycle, layer[2].chip.cycle) == (2, 1)
    xnn.program(layer)
    assert (layer[0].chip.cycle, layer[2].chip.cycle) == (3, 2)


def test_compiled_modules_give_the_same():
    layer = xnn.convert(seeded(mlp), NOISY)
    again = copy.deepcopy(layer)
    fast = torch.compile(again, backend="eager")
    assert steps(fast, 5) == pytest.approx(steps(layer, 5), abs=1e-6)
    x = classes()[0]
    with torch.no_grad():
        torch.testing.assert_close(fast.eval()(x), layer.eval()(x))


def test_ledger_counts_what_all_chips_did():
    layer = xnn.convert(seeded(mlp), NOISY).eval()
    with torch.no_grad():
        layer(classes(32)[0])
    total = xnn.ledger(layer)
    assert total["cells_programmed"] == 2 * (20 * 16 + 16 * 5)
    assert total["vectors"] == 64
