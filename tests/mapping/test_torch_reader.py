import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402
from torch_models import (  # noqa: E402
    Attention,
    Classifier,
    LeNet,
    ResNet,
    Transformer,
    trained,
)

from xbarsim import SpecError  # noqa: E402
from xbarsim.mapping.count import multiply_adds  # noqa: E402
from xbarsim.mapping.read import read_model  # noqa: E402
from xbarsim.mapping.torch.reader import from_torch  # noqa: E402

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
IMAGE, SERIES, FLAT = (3, 4, 9, 8), (3, 4, 11), (3, 4)


class Does(nn.Module):
    """A model whose forward is `f`, given the model and its input; with a layer and a constant."""

    def __init__(self, f, **parts):
        super().__init__()
        self.f = f
        self.w = nn.Parameter(torch.randn(4, 4))
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.f(self, x)


def agree(model, shape, *, dtype=torch.float32, example=True, **settings):
    torch.manual_seed(1)
    model = trained(model, dtype)
    x = torch.randn(shape, dtype=dtype)
    graph = from_torch(model, x if example else None, **settings)
    with torch.no_grad():
        expected = model.eval()(x.clone())
    axis = settings.get("batch_axis", 0)
    found = graph.run(np.moveaxis(x.numpy(), axis, 0))
    assert found.dtype == expected.numpy().dtype
    np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=TOLERANCE[dtype])
    return graph


CONVOLUTIONS = [
    (nn.Conv2d(4, 6, 3), IMAGE),
    (nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), bias=False), IMAGE),
    (nn.Conv2d(4, 6, 3, padding="same", dilation=2), IMAGE),
    (nn.Conv2d(4, 6, (4, 3), padding="same"), IMAGE),
    (nn.Conv2d(4, 6, 3, padding="valid", groups=2), IMAGE),
    (nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4), IMAGE),
    (nn.Conv2d(4, 8, 3, groups=4), IMAGE),
    (nn.Conv2d(4, 5, 1), IMAGE),
    (nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2), SERIES),
    (nn.Conv1d(4, 6, 4, padding="same", groups=2), SERIES),
    (nn.Conv3d(2, 3, 2, padding=1), (2, 2, 4, 3, 5)),
    (nn.ConvTranspose2d(4, 6, 3), IMAGE),
    (nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1), IMAGE),
    (nn.ConvTranspose2d(4, 6, (3, 2), stride=(3, 2), dilation=2, groups=2, bias=False), IMAGE),
    (nn.ConvTranspose2d(4, 4, 2, stride=2, groups=4), IMAGE),
    (nn.ConvTranspose1d(4, 6, 5, stride=3, padding=2, output_padding=2, groups=2), SERIES),
]
RECURRENT = [
    (nn.RNN(11, 5, batch_first=True), SERIES),
    (nn.RNN(11, 5, 2, nonlinearity="relu", bidirectional=True, batch_first=True), SERIES),
    (nn.LSTM(11, 5, 2, bidirectional=True, batch_first=True), SERIES),
    (nn.LSTM(11, 5, bias=False, batch_first=True), SERIES),
    (nn.GRU(11, 5, 2, bias=False, batch_first=True), SERIES),
    (nn.GRU(11, 5, bidirectional=True, batch_first=True), SERIES),
]
DIGITAL = [
    *[(kind(), IMAGE) for kind in (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU)],
    *[(kind(), IMAGE) for kind in (nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish, nn.Hardsigmoid)],
    *[(kind(), IMAGE) for kind in (nn.Hardtanh, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Softsign)],
    (nn.LogSigmoid(), IMAGE),
    (nn.GELU("tanh"), IMAGE),
    (nn.Softplus(2.0, 1.0), IMAGE),
    (nn.PReLU(), IMAGE),
    (nn.PReLU(4), IMAGE),
    (nn.Softmax(1), IMAGE),
    (nn.LogSoftmax(-1), IMAGE),
    (nn.BatchNorm1d(4), FLAT),
    (nn.BatchNorm1d(4, affine=False), SERIES),
    (nn.BatchNorm2d(4), IMAGE),
    (nn.LayerNorm(8), IMAGE),
    (nn.LayerNorm((9, 8), elementwise_affine=False), IMAGE),
    (nn.RMSNorm(8), IMAGE),
    (nn.GroupNorm(2, 4), IMAGE),
    (nn.InstanceNorm2d(4, affine=True), IMAGE),
    (nn.InstanceNorm1d(4, affine=True, track_running_stats=True), SERIES),
    (nn.MaxPool2d(3, 2, padding=1), IMAGE),
    (nn.MaxPool2d(2, ceil_mode=True), IMAGE),
    (nn.MaxPool2d((3, 2), stride=(1, 3), dilation=2, padding=1, ceil_mode=True), IMAGE),
    (nn.MaxPool1d(3), SERIES),
    (nn.AvgPool2d(3, 2, padding=1, ceil_mode=True), IMAGE),
    (nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False), IMAGE),
    (nn.AvgPool2d(2, divisor_override=3), IMAGE),
    (nn.AvgPool1d(4, 3, padding=2), SERIES),
    (nn.AdaptiveAvgPool2d((4, None)), IMAGE),
    (nn.AdaptiveAvgPool2d(3), IMAGE),
    (nn.AdaptiveMaxPool2d((4, 3)), IMAGE),
    (nn.Flatten(), IMAGE),
    (nn.Flatten(2), IMAGE),
    (nn.Unflatten(1, (2, 2)), IMAGE),
    (nn.Upsample(scale_factor=2), IMAGE),
    (nn.Upsample(size=(13, 5)), IMAGE),
    (nn.ZeroPad2d((1, 2, 0, 3)), IMAGE),
    (nn.ConstantPad1d((1, -2), 3.0), SERIES),
    (nn.Sequential(nn.Dropout(), nn.Identity(), nn.ReLU(inplace=True)), FLAT),
]


def name(case):
    return type(case[0]).__name__ if isinstance(case, tuple) else None


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("dtype", TOLERANCE, ids=["float32", "float64"])
@pytest.mark.parametrize("case", [*CONVOLUTIONS, *DIGITAL, (nn.Linear(8, 3), IMAGE)], ids=name)
def test_a_layer_gives_what_torch_gives(case, dtype):
    agree(nn.Sequential(case[0]), case[1], dtype=dtype, example=dtype is torch.float32)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=["float32", "float64"])
@pytest.mark.parametrize("case", RECURRENT, ids=name)
def test_a_recurrent_layer_gives_what_torch_gives(case, dtype):
    layer, shape = case
    agree(Does(lambda m, x: m.rnn(x)[0], rnn=layer), shape, dtype=dtype, example=False)
    lstm = isinstance(layer, nn.LSTM)
    hidden = Does(lambda m, x: (m.rnn(x)[1][0] if lstm else m.rnn(x)[1]).transpose(0, 1), rnn=layer)
    agree(hidden, shape, dtype=dtype)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_series_may_have_the_batch_second(kind):
    layer = kind(4, 5, 2, bidirectional=True)
    graph = from_torch(
        Does(lambda m, x: m.rnn(x)[0], rnn=layer), torch.randn(7, 3, 4), batch_axis=1
    )
    x = torch.randn(9, 5, 4)
    found = graph.run(x.numpy().swapaxes(0, 1))
    expected = layer(x)[0].detach().numpy().swapaxes(0, 1)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    last = Does(lambda m, x: m.rnn(x)[0][-1], rnn=layer)
    found = from_torch(last, x, batch_axis=1).run(x.numpy().swapaxes(0, 1))
    np.testing.assert_allclose(found, layer(x)[0][-1].detach().numpy(), atol=1e-6)


FUNCTIONS = [
    ("arithmetic", FLAT, lambda m, x: (2 - x * 3) / (x**2 + 1.5) - x @ m.w + (-x).abs()),
    ("a constant", FLAT, lambda m, x: x + m.w.exp().sum(0) * torch.arange(4)),
    ("matrix on the right", SERIES, lambda m, x: torch.matmul(x.transpose(1, 2), m.w)),
    ("matrix on the left", SERIES, lambda m, x: torch.matmul(m.w, x)),
    ("product of values", SERIES, lambda m, x: torch.bmm(x, x.transpose(1, 2))),
    ("linear", FLAT, lambda m, x: F.linear(x, m.w, m.w[0])),
    ("conv", SERIES, lambda m, x: F.conv1d(x, m.w[:, :, None], padding=1)),
    ("flatten by size", IMAGE, lambda m, x: x.view(x.size(0), -1)),
    ("flatten by shape", IMAGE, lambda m, x: x.reshape(x.shape[0], -1)),
    ("flatten by rest", IMAGE, lambda m, x: x.view(-1, 288)),
    ("mean", IMAGE, lambda m, x: x.mean([2, 3]) + x.sum(dim=(-2, -1), keepdim=True).flatten(1)),
    ("largest", IMAGE, lambda m, x: x.amax((2, 3)) + x.max(dim=3)[0].max(2).values),
    ("bounds", FLAT, lambda m, x: torch.max(x.clamp(-1, 1), x * 0.5).clamp(min=-0.2)),
    ("chunk", SERIES, lambda m, x: x.chunk(2, dim=1)[0] - x.chunk(2, 1)[1]),
    ("cat", SERIES, lambda m, x: torch.cat([x, x * 2], 1)),
    ("stack", SERIES, lambda m, x: torch.stack([x, -x], dim=1)),
    ("squeeze", SERIES, lambda m, x: x.unsqueeze(2).squeeze(2).unsqueeze(-1)),
    ("permute", IMAGE, lambda m, x: x.permute(0, 2, 3, 1)),
    ("slices", IMAGE, lambda m, x: x[:, 1:3, ..., -1] + x[..., ::2, 0][:, :2, :1]),
    ("split", SERIES, lambda m, x: torch.split(x, [1, 3], dim=1)[1]),
    ("narrow", SERIES, lambda m, x: x.narrow(1, 1, 2) + x.select(1, 0)[:, None]),
    ("softmax", FLAT, lambda m, x: F.log_softmax(x, dim=1) + torch.softmax(x, -1)),
    ("in place", FLAT, lambda m, x: F.relu(x.add_(1), inplace=True) * x),
    ("pad", IMAGE, lambda m, x: F.pad(x, (1, 0, 2, 1), value=2.0)),
    ("attention", IMAGE, lambda m, x: F.scaled_dot_product_attention(x, x, x, is_causal=True)),
    ("roots", FLAT, lambda m, x: torch.rsqrt(x.square() + 1).sqrt() + (x.abs() + 1).reciprocal()),
    ("types", FLAT, lambda m, x: x.to("cpu").contiguous().detach().clone()),
    ("expand", FLAT, lambda m, x: x[:, None].expand(-1, 5, -1).repeat(1, 2, 1)),
]
SIZES = [
    ("split by size", SERIES, lambda m, x: x.split(3, dim=1)[1]),
    ("unbind", SERIES, lambda m, x: x.unbind(2)[3]),
    ("squeeze all", (3, 1, 4, 1), lambda m, x: x.squeeze()),
    ("batch on axis 1", SERIES, lambda m, x: (x.transpose(0, 1) * 2)[-1]),
    ("merged batch", SERIES, lambda m, x: x.view(x.shape[0] * x.shape[1], -1).view(x.shape)),
    ("batch merged and apart", IMAGE, lambda m, x: x.flatten(0, 1).view(x.size(0), -1, 8)),
    ("unpacked", IMAGE, lambda m, x: _shuffled(x)),
    ("masked", SERIES, lambda m, x: (x @ x.mT + m.w.triu(1).ne(0) * -1e4).softmax(-1) @ x),
    ("hidden", SERIES, lambda m, x: (x @ x.mT + _future(x.size(1))).softmax(-1) @ x),
    ("scaled", SERIES, lambda m, x: x / x.shape[-1] ** 0.5),
]


def _shuffled(x):
    n, c, h, w = x.shape
    return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


@torch.fx.wrap
def _future(n):
    return torch.full((n, n), -torch.inf).triu(1)


@pytest.mark.parametrize("case", FUNCTIONS, ids=lambda case: case[0])
def test_a_function_gives_what_torch_gives(case):
    _, shape, f = case
    agree(Does(f), shape)
    if case[0] != "expand":
        agree(Does(f), shape, example=False)


@pytest.mark.parametrize("case", SIZES, ids=lambda case: case[0])
def test_sizes_follow_from_an_example(case):
    _, shape, f = case
    agree(Does(f), shape)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("sizes", [{}, {"kdim": 6, "vdim": 5}, {"bias": False}], ids=str)
def test_attention_gives_what_torch_gives(sizes, batch_first):
    layer = nn.MultiheadAttention(8, 2, batch_first=batch_first, **sizes)
    axis = 0 if batch_first else 1
    x = [torch.randn(3, n, d).swapaxes(0, axis) for n, d in
         ((5, 8), (7, sizes.get("kdim", 8)), (7, sizes.get("vdim", 8)))]  # fmt: skip

    class Cross(nn.Module):
        def __init__(self):
            super().__init__()
            self.attn = layer

        def forward(self, q, k, v):
            return self.attn(q, k, v)[0]

    graph = from_torch(Cross(), tuple(x), batch_axis=axis)
    found = graph.run(*[item.numpy().swapaxes(0, axis) for item in x])
    np.testing.assert_allclose(found, layer(*x)[0].detach().numpy().swapaxes(0, axis), atol=1e-6)
    names = [node.name for node in graph.weighted]
    assert names == ["attn.q", "attn.k", "attn.v", "attn.out"]


def test_attention_may_be_masked():
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(4, 2, batch_first=True)
    for mask in (torch.triu(torch.ones(11, 11, dtype=torch.bool), 1),
                 nn.Transformer.generate_square_subsequent_mask(11)):  # fmt: skip
        model = Does(lambda m, x: m.attn(x, x, x, attn_mask=m.mask, need_weights=False)[0],
                     attn=layer, mask=mask)  # fmt: skip
        agree(model, (3, 11, 4), example=False)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=["float32", "float64"])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
def test_a_transformer_gives_what_torch_gives(norm_first, batch_first, dtype):
    graph = agree(Transformer(norm_first, batch_first), (3, 1, 12, 12), dtype=dtype)
    assert "encoder.layers.1.self_attn.q" in [node.name for node in graph.weighted]
    assert len(graph.weighted) == 2 + 2 * 6


def test_attention_written_out_gives_what_torch_gives():
    model, x = Attention(), torch.randint(0, 13, (4, 9))
    graph = from_torch(model, x)
    np.testing.assert_allclose(graph.run(x.numpy()), model(x).detach().numpy(), atol=1e-6)
    assert [node.name for node in graph.weighted] == ["qkv", "out"]


def test_an_lstm_classifier_gives_what_torch_gives():
    model, x = Classifier().eval(), torch.randint(0, 11, (4, 7))
    graph = from_torch(model)
    np.testing.assert_allclose(graph.run(x.numpy()), model(x).detach().numpy(), atol=1e-6)
    names = ["lstm.0", "lstm.0.reverse", "lstm.1", "lstm.1.reverse", "fc"]
    assert [node.name for node in graph.weighted] == names


@pytest.mark.parametrize("example", [True, False])
def test_lenet_has_its_layers_and_these_digital_nodes(example):
    graph = agree(LeNet(), (5, 1, 28, 28), example=example)
    assert [n.name for n in graph.weighted] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    ops = ["relu", "max_pool", "relu", "max_pool", "reshape", "relu", "relu"]
    assert [n.op for n in graph.digital] == ops


@pytest.mark.parametrize("dtype", TOLERANCE, ids=["float32", "float64"])
def test_a_residual_network_has_its_normalisation_folded(dtype):
    graph = agree(ResNet(), (2, 3, 48, 40), dtype=dtype, example=False)
    assert "layer2.0.downsample.0" in [n.name for n in graph.weighted]
    assert len(graph.weighted) == 21
    ops = [n.op for n in graph.digital]
    assert {op: ops.count(op) for op in ops} == {
        "relu": 17, "max_pool": 1, "add": 8, "adaptive_average_pool": 1, "flatten": 1,
    }  # fmt: skip


COUNTED = [
    (LeNet(), (2, 1, 28, 28)),
    (ResNet(), (1, 3, 64, 64)),
    *[(nn.Sequential(c), x) for c, x in CONVOLUTIONS if not isinstance(c.padding, str)],
    (nn.Sequential(nn.Linear(8, 3)), IMAGE),
]


@pytest.mark.parametrize("case", COUNTED, ids=name)
def test_multiplications_are_as_many_as_fvcore_counts(case):
    fvcore = pytest.importorskip("fvcore.nn")
    model, shape = case
    x = torch.randn(shape)
    counted = fvcore.FlopCountAnalysis(model.float().eval(), x)
    counted.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    expected = counted.by_module_and_operator()
    found = multiply_adds(from_torch(model, x), x.numpy())
    for layer, n in found.items():
        assert n == sum(k for op, k in expected[layer].items() if op in ("conv", "linear")), layer


def test_multiplications_of_an_lstm_are_those_of_its_matrices():
    graph = from_torch(Classifier())
    found = multiply_adds(graph, np.zeros((3, 7), dtype=int))
    steps = 3 * 7
    assert found["lstm.0"] == steps * (20 * 6 + 20 * 5)
    assert found["lstm.1.reverse"] == steps * (20 * 10 + 20 * 5)


def test_a_layer_that_runs_twice_stands_on_one_set_of_tiles():
    model = Does(lambda m, x: m.fc(torch.relu(m.fc(x))) + F.linear(x, m.fc.weight, m.fc.bias),
                 fc=nn.Linear(4, 4))  # fmt: skip
    graph = agree(model, FLAT)
    assert [n.name for n in graph.weighted] == ["fc", "fc#2", "fc#3"]
    assert [n.home for n in graph.weighted] == ["fc"] * 3
    assert graph.weighted[1].arrays is graph.weighted[0].arrays
    assert list(graph.blocks()) == [("fc", "")]


def test_normalisation_is_not_folded_into_a_layer_that_runs_twice():
    model = Does(lambda m, x: m.bn(m.fc(x)) + m.fc(x), fc=nn.Linear(4, 4), bn=nn.BatchNorm1d(4))
    assert "batch_norm" in [n.op for n in agree(model, FLAT, example=False).digital]


def test_the_model_stays_as_it_is():
    model = LeNet().train()
    model.fc1.eval()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    from_torch(model, torch.randn(2, 1, 28, 28))
    assert model.training and model.fc2.training and not model.fc1.training
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


def test_a_model_may_be_a_single_layer():
    layer = nn.Linear(3, 2)
    graph = read_model(layer)
    x = np.ones((4, 3), dtype=np.float32)
    np.testing.assert_allclose(graph.run(x), layer(torch.tensor(x)).detach().numpy(), atol=1e-6)
    with pytest.raises(SpecError, match="returns a tuple"):
        from_torch(nn.LSTM(3, 2, batch_first=True))


def test_halves_are_read_as_floats():
    graph = from_torch(nn.Sequential(nn.Linear(3, 2)).to(torch.bfloat16))
    assert graph.nodes[0].arrays["weights"].dtype == np.float32


def test_weights_of_a_parametrisation_are_those_in_effect():
    torch.manual_seed(0)
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    with torch.no_grad():
        layer.parametrizations.weight.original0.mul_(3)
    agree(nn.Sequential(layer), FLAT)


def test_defaults_of_the_forward_are_kept():
    class Optional(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x, mask=None, twice=False):
            x = self.fc(x) if mask is None else x * mask
            return x * 2 if twice else x

    graph = agree(Optional(), FLAT)
    assert [n.op for n in graph.nodes] == ["linear"]
    assert graph.inputs == ("x",)


class Loops(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def broken():
    model = LeNet()
    with torch.no_grad():
        model.fc2.weight[0, 0] = float("nan")
    return model


def hooked():
    layer = nn.Linear(4, 4)
    layer.register_forward_hook(lambda m, x, y: 2 * y)
    return nn.Sequential(layer)


REFUSED = [
    (Loops(), "must not depend on values"),
    (broken(), "layer fc2: weights hold 1 values that are not finite"),
    (hooked(), r"layer 0 \(Linear\): hooks"),
    (nn.Sequential(nn.Linear(4, 4), nn.Bilinear(4, 4, 2)), r"takes|layer 1 \(Bilinear\)|forward"),
    (nn.Sequential(nn.Fold(2, 2)), r"layer 0 \(Fold\): such layers are not supported"),
    (Does(lambda m, x: m.cell(x), cell=nn.LSTMCell(4, 4)), r"layer cell \(LSTMCell\)"),
    (nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular")), "padding_mode"),
    (nn.LSTMCell(4, 4), r"LSTMCell\): such layers are not supported"),
    ("model.pt", "the model is a str"),
    (nn.Sequential(nn.LazyLinear(3)), "layer 0: 0.weight has no shape yet"),
    (nn.Sequential(nn.Linear(2, 2, device="meta")), "meta device"),
    (nn.Sequential(nn.Linear(2, 2, dtype=torch.complex64)), "layer 0: .*complex"),
    (nn.Sequential(nn.Embedding(3, 2, max_norm=1.0)), "max_norm"),
    (nn.Sequential(nn.BatchNorm1d(4, track_running_stats=False)), "running statistics"),
    (nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear")), "supported: 'nearest'"),
    (nn.Sequential(nn.Softmax(0)), "axis 0 holds the batch"),
    (Does(lambda m, x: x - x.mean(0)), "axis 0 holds the batch"),
    (Does(lambda m, x: x.mean()), "give its dim"),
    (Does(lambda m, x: x[0]), "axis 0 holds the batch"),
    (Does(lambda m, x: F.dropout(x, 0.5)), "training=self.training"),
    (Does(lambda m, x: torch.fft.fft(x)), r"layer .*fft.*not supported"),
    (Does(lambda m, x: x.view(2, 4)), "no room for the batch"),
    (Does(lambda m, x: x.view(x.size(0), x.size(1))), "give from_torch an example"),
    (Does(lambda m, x: x.transpose(0, 1)), "give from_torch an example"),
    (Does(lambda m, x: (x, x)), "returns a tuple"),
    (Does(lambda m, x: m.rnn(x)[1][1][0], rnn=nn.LSTM(4, 4, batch_first=True)), "cell state"),
    (Does(lambda m, x: m.rnn(x)[0], rnn=nn.LSTM(4, 4)), "batch_first=False"),
    (Does(lambda m, x: m.rnn(x)[0], rnn=nn.LSTM(4, 4, proj_size=2, batch_first=True)), "proj_size"),
    (Does(lambda m, x: m.rnn(x, torch.ones(1, 1, 4))[0], rnn=nn.GRU(4, 4, batch_first=True)),
     "initial state"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[1])
def test_what_is_not_supported_is_refused(case):
    with pytest.raises(SpecError, match=case[1]):
        from_torch(case[0])


REFUSED_WITH_EXAMPLE = [
    (nn.Sequential(nn.Linear(3, 2)), (2, 4), {}, "does not run on the example"),
    (Does(lambda m, x: x - x.flip(0)), FLAT, {}, "not supported"),
    (Does(lambda m, x: torch.softmax(x.t(), 1).t()), FLAT, {}, "axis 1 holds the batch"),
    (Does(lambda m, x: m.rnn(x)[0], rnn=nn.GRU(4, 4)), (3, 5, 4), {}, "see batch_axis"),
    (nn.Sequential(nn.Linear(3, 2)), (0, 3), {}, "must hold a batch"),
    (Does(lambda m, x: x @ x.t() @ x), FLAT, {}, "change each other"),
    (Does(lambda m, x: x / x.shape[0] ** 0.5), FLAT, {}, "size of the batch"),
    (Does(lambda m, x: x[:, 0].mul_(2) + x.sum(1)), FLAT, {}, "in place"),
]


@pytest.mark.parametrize("case", REFUSED_WITH_EXAMPLE, ids=lambda case: case[-1])
def test_what_an_example_shows_to_be_wrong_is_refused(case):
    model, shape, settings, message = case
    with pytest.raises(SpecError, match=message):
        from_torch(model, torch.randn(shape), **settings)
