"""Models to and from aihwkit hold the same weights and compute the same."""

import copy

import numpy as np
import pytest

import xbarsim as xs
from xbarsim import SpecError

torch = pytest.importorskip("torch", reason="torch is not installed")
analog = pytest.importorskip("aihwkit.nn", reason="aihwkit is not installed")

from aihwkit.simulator.configs import (  # noqa: E402
    FloatingPointRPUConfig,
    InferenceRPUConfig,
    SingleRPUConfig,
    TorchInferenceRPUConfig,
)
from torch import nn  # noqa: E402

from xbarsim.interop.aihwkit import from_aihwkit, to_aihwkit  # noqa: E402
from xbarsim.interop.aihwkit.layers import train_as  # noqa: E402


def config(*, perfect=False, rows=512, scaled=False):
    found = TorchInferenceRPUConfig()
    found.forward.is_perfect = perfect
    found.mapping.max_input_size = found.mapping.max_output_size = rows
    if scaled:  # scales that are found from the weights, and others that are learnt
        found.mapping.weight_scaling_omega = 0.6
        found.mapping.weight_scaling_columnwise = True
        found.mapping.learn_out_scaling = found.mapping.out_scaling_columnwise = True
    return found


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.second = nn.Sequential(nn.Tanh(), nn.Linear(6, 3, bias=False))

    def forward(self, x):
        return self.second(x + self.first(x))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(80, 40),
        nn.ReLU(), nn.Linear(40, 10, bias=False),
    )  # fmt: skip


MODULES = {
    "linear": lambda: nn.Linear(7, 4),
    "convolutional": convolutional,
    "residual": Residual,
    "rnn": lambda: nn.RNN(4, 6, bias=False),
    "lstm": lambda: nn.LSTM(4, 6, num_layers=2, bidirectional=True, dropout=0.5),
    "gru": lambda: nn.GRU(4, 6),
}


def largest_difference(one, other):
    a, b = one.state_dict(), other.state_dict()
    assert list(a) == list(b)
    return max(float((a[key] - b[key]).abs().max()) for key in a)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("rows", [512, 32])
@pytest.mark.parametrize("name", MODULES)
def test_a_round_trip_keeps_modules_and_weights(name, rows, scaled):
    torch.manual_seed(0)
    module = MODULES[name]()
    back = from_aihwkit(to_aihwkit(module, config(rows=rows, scaled=scaled)))
    assert [type(m) for m in back.modules()] == [type(m) for m in module.modules()]
    assert largest_difference(module, back) < 1e-6
    assert back.training


def test_matrices_stand_on_as_many_tiles_as_aihwkit_needs():
    theirs = to_aihwkit(convolutional(), config(rows=32))
    assert theirs.analog_tile_count() > 3
    assert all(max(tile.in_size, tile.out_size) <= 32 for tile in theirs.analog_tiles())


@pytest.mark.parametrize("rows", [512, 32])
def test_what_was_read_computes_what_the_analog_model_does(rows):
    torch.manual_seed(1)
    theirs = to_aihwkit(convolutional(), config(perfect=True, rows=rows)).eval()
    x = torch.randn(4, 3, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(from_aihwkit(theirs)(x), theirs(x), rtol=1e-5, atol=1e-6)


def test_a_model_that_was_read_can_be_placed():
    torch.manual_seed(2)
    theirs = to_aihwkit(convolutional(), config(perfect=True)).eval()
    x = torch.randn(4, 3, 8, 8)
    placement = xs.map_network(from_aihwkit(theirs), xs.Hardware(device=xs.load_device("ideal")))
    with torch.no_grad():
        np.testing.assert_allclose(placement.graph.run(x.numpy()), theirs(x).numpy(), atol=1e-5)


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize(
    "cell", ["VanillaRNNCell", "LSTMCell", "LSTMCellCombinedWeight", "GRUCell"]
)
def test_recurrent_layers_compute_the_same(cell, both_ways):
    torch.manual_seed(3)
    kind = getattr(analog, f"Analog{cell}")
    rnn = analog.AnalogRNN(
        kind, 4, 5, True, rpu_config=config(perfect=True), num_layers=2, bidir=both_ways
    ).eval()
    x = torch.randn(7, 3, 4)
    with torch.no_grad():
        torch.testing.assert_close(from_aihwkit(rnn)(x)[0], rnn(x)[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["Conv1d", "Conv3d", "Conv2dMapped", "LinearMapped"])
def test_layers_that_only_compiled_tiles_or_mapping_make_are_read_too(kind):
    sizes = (6, 4) if kind == "LinearMapped" else (2, 4, 3)
    layer = getattr(analog, f"Analog{kind}")(*sizes, rpu_config=config(rows=32))
    plain = from_aihwkit(layer)
    assert type(plain) is getattr(nn, kind.removesuffix("Mapped"))
    weight, bias = layer.get_weights()
    torch.testing.assert_close(plain.weight, weight.reshape(plain.weight.shape), rtol=0, atol=0)
    torch.testing.assert_close(plain.bias, bias, rtol=0, atol=0)


def test_weights_come_as_programming_has_left_them():
    torch.manual_seed(4)
    module = nn.Sequential(nn.Linear(50, 40))
    theirs = to_aihwkit(module, config()).eval()
    theirs.program_analog_weights()
    found = from_aihwkit(theirs)[0].weight.detach()
    assert float((found - module[0].weight.detach()).abs().max()) > 1e-3
    torch.testing.assert_close(found, theirs[0].get_weights()[0], rtol=0, atol=0)


def test_the_model_itself_stays_as_it_is_and_nothing_is_drawn():
    theirs = to_aihwkit(Residual(), config())
    before, state = copy.deepcopy(theirs), torch.random.get_rng_state()
    plain = from_aihwkit(theirs)
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch.no_grad():
        plain.first.weight += 1.0
    torch.testing.assert_close(theirs.first.get_weights()[0], before.first.get_weights()[0])
    assert isinstance(theirs.first, analog.AnalogLinear) and type(plain) is Residual


def test_a_layer_that_is_used_twice_stays_one():
    shared = nn.Linear(3, 3)
    theirs = to_aihwkit(nn.Sequential(shared, nn.Tanh()), config())
    theirs.append(theirs[0])
    plain = from_aihwkit(theirs)
    assert plain[0] is plain[2] and type(plain[0]) is nn.Linear


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.within = nn.Sequential(self.first, nn.Tanh())
        self.again = self.first

    def forward(self, x):
        return self.again(self.within(self.first(x)))


def in_sequence():
    layer, bent = nn.Linear(3, 3), nn.Tanh()
    return nn.Sequential(layer, bent, layer, bent, nn.Linear(3, 3))


@pytest.mark.parametrize("make", [in_sequence, Twice])
def test_a_layer_that_was_used_twice_is_one_analog_layer(make):
    torch.manual_seed(5)
    module = make()
    theirs, x = to_aihwkit(module, config(perfect=True)), torch.randn(4, 3)
    names = [name for name, _ in module.named_modules(remove_duplicate=False)]
    found = dict(theirs.named_modules(remove_duplicate=False))
    assert [name for name in found if name in names] == names
    assert not any(type(layer) is nn.Linear for layer in found.values())
    tiles = {id(tile) for tile in theirs.analog_tiles()}
    assert len(tiles) == sum(type(layer) is nn.Linear for layer in module.modules())
    with torch.no_grad():
        torch.testing.assert_close(theirs(x), module(x), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(from_aihwkit(theirs)(x), module(x), rtol=1e-5, atol=1e-6)


def test_a_layer_that_is_digital_is_so_wherever_it_is_used():
    theirs = to_aihwkit(in_sequence(), digital="2")
    assert type(theirs[0]) is nn.Linear and theirs[0] is theirs[2]
    assert type(theirs[4]) is analog.AnalogLinear


def test_weights_that_two_layers_share_are_refused():
    module = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5), nn.Linear(5, 2))
    module[1].weight = module[0].weight
    with pytest.raises(SpecError, match=r"layers '0' and '1' share parameters, which tiles cannot"):
        to_aihwkit(module)
    assert type(to_aihwkit(module, digital=["1"])[2]) is analog.AnalogLinear


def test_classes_of_one_name_are_not_taken_for_each_other():
    def net(function):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(3, 2)

            def forward(self, x):
                return function(self.layer(x))

        return Net()

    x = torch.randn(4, 3)
    for module in (net(torch.tanh), net(torch.relu)):
        theirs = to_aihwkit(module, config(perfect=True))
        with torch.no_grad():
            torch.testing.assert_close(theirs(x), module(x), rtol=1e-5, atol=1e-6)
            torch.testing.assert_close(from_aihwkit(theirs)(x), module(x), rtol=1e-5, atol=1e-6)
        assert type(from_aihwkit(theirs)) is type(module)


class Gated(analog.AnalogSequential):
    def __init__(self):
        super().__init__()
        self.a = analog.AnalogLinear(3, 2, rpu_config=config(perfect=True))
        self.b = analog.AnalogLinear(3, 2, rpu_config=config(perfect=True))

    def forward(self, x):
        return self.a(x) * torch.sigmoid(self.b(x))


def test_a_sequence_with_a_forward_of_its_own_keeps_it():
    torch.manual_seed(6)
    theirs, x = Gated(), torch.randn(4, 3)
    plain = from_aihwkit(theirs)
    assert type(plain.a) is type(plain.b) is nn.Linear
    with torch.no_grad():
        torch.testing.assert_close(plain(x), theirs(x), rtol=1e-5, atol=1e-6)
        back = to_aihwkit(plain, config(perfect=True))
        torch.testing.assert_close(back(x), theirs(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rows", [512, 2])
@pytest.mark.parametrize("make", [lambda: nn.Linear(3, 4), lambda: nn.LSTM(3, 4)])
@pytest.mark.parametrize("part", ["weight", "bias"])
def test_frozen_parameters_stay_frozen(make, part, rows):
    module = nn.Sequential(make(), nn.Linear(4, 4))
    for name, p in module[0].named_parameters():
        p.requires_grad_(not name.startswith(part))
    theirs = to_aihwkit(module, config(rows=rows, scaled=True))
    before = {key: p.clone() for key, p in module.named_parameters()}
    x = torch.randn(5, 3)
    y = theirs[0](x)
    theirs[1](y[0] if isinstance(y, tuple) else y).square().sum().backward()
    torch.optim.SGD([p for p in theirs.parameters() if p.grad is not None], lr=0.1).step()
    plain = from_aihwkit(theirs)
    for key, p in plain.named_parameters():
        still = key.startswith(f"0.{part}")
        assert p.requires_grad != still
        assert still == torch.allclose(p, before[key], rtol=0, atol=1e-6), key


def test_frozen_weights_are_refused_where_tiles_would_train_them_all_the_same():
    compiled = nn.Module()
    compiled.analog_ctx = nn.Parameter(torch.zeros(1))  # all that such a layer has
    weight = torch.zeros(2, 2, requires_grad=True)
    train_as(compiled, weight, None)
    with pytest.raises(SpecError, match="would be trained by its compiled tiles"):
        train_as(compiled, weight.detach(), None)


def test_layers_keep_the_mode_that_each_is_in():
    module = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.Linear(3, 3), nn.Dropout()).eval())
    theirs = to_aihwkit(module)
    assert [m.training for m in theirs] == [True, False] and not theirs[1][0].training
    assert [m.training for m in from_aihwkit(theirs)] == [True, False]


def test_hooks_stay_with_layers_that_stay_and_are_refused_with_others():
    seen = []
    module = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Tanh(), nn.Linear(2, 2)))
    for layer in (module, module[1]):
        layer.register_forward_hook(lambda *_: seen.append(1))
    theirs = to_aihwkit(module)
    theirs(torch.ones(1, 2))
    from_aihwkit(theirs)(torch.ones(1, 2))
    assert len(seen) == 4
    theirs[0].register_forward_pre_hook(lambda *_: None)
    with pytest.raises(SpecError, match="0 is AnalogLinear: it has hooks, which would not come"):
        from_aihwkit(theirs)
    module[1][1].register_forward_hook(lambda *_: None)
    with pytest.raises(SpecError, match="1.1 is Linear: it has hooks, which would not come along"):
        to_aihwkit(module)


def test_normalisations_of_several_axes_stay_in_software():
    module = nn.Sequential(nn.LayerNorm((2, 3)), nn.RMSNorm((2, 3)), nn.Linear(3, 3))
    theirs = to_aihwkit(module, config(perfect=True))
    assert [type(layer) for layer in theirs][:2] == [nn.LayerNorm, nn.RMSNorm]


def test_layers_named_digital_stay_in_software():
    module = nn.Sequential(nn.Linear(3, 4), nn.GRUCell(4, 4), nn.Linear(4, 2))
    theirs = to_aihwkit(module, digital=["1", "2"])
    assert [type(layer) for layer in theirs] == [analog.AnalogLinear, nn.GRUCell, nn.Linear]
    assert type(to_aihwkit(module, digital="1")[2]) is analog.AnalogLinear
    with pytest.raises(SpecError, match=r"digital: no layer is called 'one'"):
        to_aihwkit(module, digital=["one"])


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (3, "module is a int; expected a torch.nn.Module"),
        (nn.Sequential(nn.ConvTranspose2d(2, 4, 3)), "0 is ConvTranspose2d: .*weight on no tile"),
        (nn.MultiheadAttention(4, 2), "module is MultiheadAttention: .*in_proj_weight on no tile"),
        (nn.Conv2d(2, 4, 3, groups=2), "module is Conv2d: aihwkit takes groups=1"),
        (nn.Conv2d(1, 1, 3, padding="same"), "padding is 'same'; aihwkit takes numbers only"),
        (nn.Conv2d(2, 4, 3, padding_mode="circular"), "padding_mode='zeros' only"),
        (nn.Conv1d(2, 4, 3), "AnalogConv1d: it needs aihwkit's compiled tiles"),
        (nn.LSTM(2, 3, batch_first=True), "module is LSTM: batch_first is True"),
        (nn.LSTM(2, 3, proj_size=2), "projections"),
        (nn.RNN(2, 3, nonlinearity="relu"), "tanh only"),
    ],
)
def test_modules_that_aihwkit_cannot_hold_are_refused_by_name(module, message):
    with pytest.raises(SpecError, match=message):
        to_aihwkit(module)


@pytest.mark.parametrize("precision", [torch.float16, torch.float64])
def test_precision_is_kept(precision):
    module = nn.Linear(3, 2).to(precision)
    back = from_aihwkit(to_aihwkit(module))
    assert torch.equal(back.weight, module.weight) and torch.equal(back.bias, module.bias)
    with pytest.raises(SpecError, match=f"holds {precision}; rpu_config.runtime.data_type is FLO"):
        to_aihwkit(module, config())


def test_mixed_or_unknown_precision_is_refused():
    with pytest.raises(SpecError, match=r"module holds torch.float32, torch.float64; rpu_config"):
        to_aihwkit(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double()))
    with pytest.raises(SpecError, match="torch.bfloat16; rpu_config.runtime.data_type is FLOAT"):
        to_aihwkit(nn.Linear(2, 2).to(torch.bfloat16))


def test_a_model_that_is_analog_already_is_refused():
    with pytest.raises(SpecError, match="0 is AnalogLinear: it is analog already"):
        to_aihwkit(to_aihwkit(nn.Sequential(nn.Linear(2, 2))))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "model is a NoneType; expected a torch.nn.Module"),
        (lambda: nn.Sequential(analog.AnalogLSTMCell(2, 3, True, config())),
         "0 is AnalogLSTMCell, which has no ordinary form here"),
    ],
)  # fmt: skip
def test_models_that_cannot_be_read_are_refused_by_name(model, message):
    with pytest.raises(SpecError, match=message):
        from_aihwkit(model() if model else model)


def test_tiles_that_do_not_give_their_weights_are_refused_by_name(monkeypatch):
    theirs = to_aihwkit(nn.Sequential(nn.Linear(2, 2)))

    def broken(**_):
        raise RuntimeError("weights must be a CPU tensor")  # as compiled tiles do

    monkeypatch.setattr(theirs[0].analog_module, "get_weights", broken)
    with pytest.raises(SpecError, match="0: the tiles of this AnalogLinear do not give .*CPU"):
        from_aihwkit(theirs)


@pytest.mark.parametrize("kind", [InferenceRPUConfig, SingleRPUConfig, FloatingPointRPUConfig])
def test_compiled_tiles_run_or_are_refused(kind):
    try:
        analog.AnalogLinear(2, 2, rpu_config=kind())
    except RuntimeError:
        with pytest.raises(SpecError, match=f"rpu_config has type {kind.__name__}, whose tiles"):
            to_aihwkit(nn.Linear(2, 2), kind())
    else:
        assert type(to_aihwkit(nn.Linear(2, 2), kind())) is analog.AnalogLinear


def test_something_else_than_a_configuration_is_refused():
    with pytest.raises(SpecError, match="rpu_config is a str; expected a configuration"):
        to_aihwkit(nn.Linear(2, 2), "ideal")
    bias_on_the_array = config()
    bias_on_the_array.mapping.digital_bias = False
    with pytest.raises(SpecError, match="does not convert this module: Analog bias"):
        to_aihwkit(nn.Linear(2, 2), bias_on_the_array)
