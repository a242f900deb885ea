"""Networks that PyTorch exports, by its old exporter and its new one."""

import io

import numpy as np
import pytest

from xbarsim.mapping.onnx.reader import from_onnx

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
nn = torch.nn
pytestmark = pytest.mark.filterwarnings("ignore")


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=4)
        self.down = nn.Conv2d(8, 6, 3, stride=2, padding=1)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.fc = nn.Linear(6, 5)
        with torch.no_grad():
            self.bn1.running_mean.normal_()
            self.bn1.running_var.uniform_(0.5, 2)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.pool(self.down(nn.functional.gelu(x + self.conv2(x))))
        return torch.log_softmax(self.fc(x.mean((2, 3))), dim=1)


class Sequence(nn.Module):
    def __init__(self, kind, **settings):
        super().__init__()
        self.table = nn.Embedding(5, 4)
        self.layer = kind(4, 6, 2, batch_first=True, bidirectional=True, **settings)
        self.fc = nn.Linear(12, 3)

    def forward(self, words):
        every, _ = self.layer(self.table(words))
        return self.fc(every[:, -1])


class LastState(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(4, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        _, (h, _) = self.layer(x)
        return self.fc(h[-1])


class Vision(nn.Module):
    """Patches, a token and encoder layers, time first."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 8, 4, stride=4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, norm_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
        return self.head(self.encoder(x.transpose(0, 1))[0])


class Causal(nn.Module):
    """Attention in which a step sees those before it; each step by itself after that."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 3, batch_first=True)
        self.gate = nn.Linear(6, 6)

    def forward(self, x):
        mask = torch.triu(torch.full((5, 5), -torch.inf), 1)
        y, _ = self.attention(x, x, x, attn_mask=mask, need_weights=False)
        return y * torch.sigmoid(self.gate(y.reshape(-1, 6)).view(x.shape))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ELU(), nn.Conv2d(4, 6, 3, 2, 1))
        self.up = nn.Sequential(
            nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1),
            nn.PReLU(4),
            nn.Upsample(scale_factor=2),
            nn.InstanceNorm2d(4, affine=True),
            nn.Conv2d(4, 1, 1),
        )

    def forward(self, x):
        return self.up(nn.functional.hardswish(self.down(x)))


NETWORKS = {
    "residual": (Residual, (3, 10, 10)),
    "lstm": (lambda: Sequence(nn.LSTM), (7,)),
    "gru": (lambda: Sequence(nn.GRU), (7,)),
    "rnn": (lambda: Sequence(nn.RNN, nonlinearity="relu", bias=False), (7,)),
    "last state": (LastState, (5, 4)),
    "vision transformer": (Vision, (1, 8, 8)),
    "causal attention": (Causal, (5, 6)),
    "autoencoder": (Autoencoder, (1, 8, 8)),
}


def values(network, shape, batch, seed=0):
    torch.manual_seed(seed)
    if isinstance(network, Sequence):
        return torch.randint(0, 5, (batch, *shape))
    return torch.randn(batch, *shape)


def trained(case):
    torch.manual_seed(0)
    make, shape = NETWORKS[case]
    return make().eval(), shape


def old_export(network, x, **settings):
    file = io.BytesIO()
    torch.onnx.export(network, (x,), file, dynamo=False, input_names=["x"], **settings)
    return onnx.load_from_string(file.getvalue())


def check(proto, network, x):
    graph = from_onnx(proto)
    with torch.no_grad():
        want = network(x).numpy()
    np.testing.assert_allclose(graph.run(x.numpy()), want, rtol=1e-4, atol=1e-5)
    return graph


@pytest.mark.parametrize("case", NETWORKS)
def test_old_export_of_any_batch_gives_what_torch_gives(case):
    network, shape = trained(case)
    proto = old_export(network, values(network, shape, 2), dynamic_axes={"x": {0: "n"}})
    check(proto, network, values(network, shape, 3, seed=1))


@pytest.mark.parametrize("case", NETWORKS)
@pytest.mark.parametrize("batch", [1, 2])
def test_old_export_of_a_fixed_batch_gives_what_torch_gives_for_any(case, batch):
    network, shape = trained(case)
    proto = old_export(network, values(network, shape, batch))
    check(proto, network, values(network, shape, 3, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("case", NETWORKS)
def test_new_export_gives_what_torch_gives(case):
    pytest.importorskip("onnxscript")
    network, shape = trained(case)
    x = values(network, shape, 2)
    dynamic = ({0: torch.export.Dim("n")},)
    program = torch.onnx.export(network, (x,), dynamo=True, dynamic_shapes=dynamic, verbose=False)
    check(program.model_proto, network, values(network, shape, 3, seed=1))


def test_layers_are_called_as_modules_are():
    network, shape = trained("residual")
    x = values(network, shape, 2)
    graph = check(old_export(network, x, dynamic_axes={"x": {0: "n"}}), network, x)
    assert [node.name for node in graph.weighted] == ["conv1", "conv2", "down", "fc"]


def test_normalisation_that_the_exporter_keeps_is_folded():
    network, shape = trained("residual")
    x = values(network, shape, 2)
    proto = old_export(
        network,
        x,
        dynamic_axes={"x": {0: "n"}},
        do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
    )
    assert not [n for n in check(proto, network, x).digital if n.op == "batch_norm"]
