"""Every layer of PyTorch that can stand on tiles gives there what PyTorch gives."""

from collections import Counter

import pytest
from on_tiles import CELLS, MIDDLE, layers, on_tiles, same

from xbarsim.mapping import from_torch

torch = pytest.importorskip("torch")
nn = torch.nn

from torch_models import Attention, Classifier, LeNet, ResNet, Transformer, trained  # noqa: E402

IMAGE, SERIES, CUBE = (3, 4, 9, 8), (3, 4, 11), (2, 2, 4, 3, 5)
LAYERS = {
    "linear": (nn.Linear(8, 5), IMAGE),
    "linear without a bias": (nn.Linear(11, 3, bias=False), SERIES),
    "conv": (nn.Conv2d(4, 6, 3), IMAGE),
    "conv with strides": (nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), bias=False), IMAGE),
    "conv dilated": (nn.Conv2d(4, 6, 3, padding="same", dilation=2), IMAGE),
    "conv in groups": (nn.Conv2d(4, 6, 3, padding=1, groups=2), IMAGE),
    "conv by channel": (nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=4), IMAGE),
    "conv of a place": (nn.Conv2d(4, 5, 1), IMAGE),
    "conv of series": (nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2), SERIES),
    "conv of cubes": (nn.Conv3d(2, 3, 2, padding=1), CUBE),
    "transposed": (nn.ConvTranspose2d(4, 6, 3, 2, 1, output_padding=1), IMAGE),
    "transposed in groups": (nn.ConvTranspose2d(4, 6, (3, 2), (3, 2), groups=2), IMAGE),
    "transposed by channel": (nn.ConvTranspose2d(4, 4, 2, 2, groups=4), IMAGE),
    "transposed of series": (nn.ConvTranspose1d(4, 6, 5, 3, 2, dilation=2), SERIES),
    "transposed of cubes": (nn.ConvTranspose3d(2, 3, 2, 2, bias=False), CUBE),
    "normalised behind": (nn.Sequential(nn.Conv2d(4, 6, 3, 1, 1), nn.BatchNorm2d(6)), IMAGE),
    "normalised ahead": (nn.Sequential(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3)), IMAGE),
}
SERIAL = {
    "rnn": nn.RNN(11, 5, batch_first=True),
    "rectified": nn.RNN(11, 5, 2, nonlinearity="relu", bidirectional=True, batch_first=True),
    "lstm": nn.LSTM(11, 5, 2, bidirectional=True, batch_first=True),
    "gru": nn.GRU(11, 5, 2, bias=False, batch_first=True),
    "gru of two directions": nn.GRU(11, 5, bidirectional=True, batch_first=True),
}
NOT_CUT = "by channel"  # small matrices of which an array holds several
NO_WEIGHTS, CONSTANTS = "has no weights", "constants, but no matrix of weights"
ACTIVATIONS = "multiplies activations by activations; no factor is stored"


class Wrapped(nn.Module):
    """A layer that gives more than its output."""

    def __init__(self, layer, times=1):
        super().__init__()
        self.layer, self.times = layer, times

    def forward(self, x):
        return self.layer(*[x] * self.times)[0]


def values(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def words(*shape, number):
    return torch.randint(0, number, shape, generator=torch.Generator().manual_seed(1))


def placed_exactly(make, x, **settings):
    """The placement of a model that gives on tiles what it gives in PyTorch."""
    torch.manual_seed(0)
    model = make() if isinstance(make, type) else make
    for part in model.modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    model = trained(model).eval()
    with torch.no_grad():
        expected = model(x).numpy()
    found, placed = on_tiles(from_torch(model, x), x.numpy(), **settings)
    same(found, expected)
    return placed


def kept_digital(placed):
    """Operations and why they stay digital, with how often."""
    return Counter(zip(placed.digital["op"], placed.digital["why"], strict=True))


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_is_exact(case, cells):
    layer, shape = LAYERS[case]
    placed = placed_exactly(
        nn.Sequential(layer), values(*shape), cut=NOT_CUT not in case, **CELLS[cells]
    )
    assert len(placed.partitions) == 1
    kept = ["batch_norm"] if case == "normalised ahead" else []
    assert placed.digital["op"].tolist() == kept


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("case", SERIAL)
def test_a_recurrent_layer_is_exact(case, cells):
    placed_exactly(Wrapped(SERIAL[case]), values(*SERIES), **CELLS[cells])


def test_attention_is_exact_but_for_its_products_of_activations():
    attention = Wrapped(nn.MultiheadAttention(8, 2, batch_first=True), times=3)
    placed = placed_exactly(attention, values(3, 5, 8))
    assert layers(placed) == [f"layer.{part}" for part in ("q", "k", "v", "out")]
    kept = kept_digital(placed)
    assert kept.pop(("attention", ACTIVATIONS)) == 1
    assert {why for _, why in kept} == {NO_WEIGHTS}


def test_lenet_is_exact_and_lists_what_stays_digital():
    placed = placed_exactly(LeNet, values(2, 1, 28, 28), size=MIDDLE)
    ops = ["relu", "max_pool", "relu", "max_pool", "reshape", "relu", "relu"]
    assert placed.digital["op"].tolist() == ops
    assert set(placed.digital["why"]) == {NO_WEIGHTS}
    assert layers(placed) == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    cells = placed.table.groupby("layer", sort=False)["used_cells"].sum() / 2
    assert cells.tolist() == [150, 2400, 48000, 10080, 840]


def test_a_residual_network_is_exact_and_lists_what_stays_digital():
    placed = placed_exactly(ResNet, values(2, 3, 32, 32), size=MIDDLE, cut=False)
    assert Counter(placed.digital["op"]) == {
        "relu": 17, "max_pool": 1, "add": 8, "adaptive_average_pool": 1, "flatten": 1,
    }  # fmt: skip
    convolutions = [f"layer{k}.{b}.conv{c}" for k in range(1, 5) for b in (0, 1) for c in (1, 2)]
    shortcuts = [f"layer{k}.0.downsample.0" for k in range(2, 5)]
    assert sorted(layers(placed)) == sorted(["conv1", *convolutions, *shortcuts, "fc"])


def test_a_transformer_is_exact_and_lists_what_stays_digital():
    placed = placed_exactly(Transformer, values(3, 1, 12, 12))
    parts = [*(f"self_attn.{part}" for part in ("q", "k", "v", "out")), "linear1", "linear2"]
    encoder = [f"encoder.layers.{k}.{part}" for k in range(2) for part in parts]
    assert layers(placed) == ["embed", *encoder, "head"]
    kept = kept_digital(placed)
    assert kept["layer_norm", CONSTANTS] == 5
    assert kept["attention", ACTIVATIONS] == 2
    assert kept["gelu", NO_WEIGHTS] == 2
    assert (kept["add", NO_WEIGHTS], kept["add", CONSTANTS]) == (4, 1)


def test_a_classifier_of_words_is_exact_and_lists_what_stays_digital():
    placed = placed_exactly(Classifier, words(4, 7, number=11), size=(5, 4))
    names = [f"lstm.{k}{end}.{b}" for k in (0, 1) for end in ("", ".reverse") for b in ("ih", "hh")]
    assert layers(placed) == [*names, "fc"]
    assert kept_digital(placed) == {
        ("embedding", "looks rows up"): 1, ("concatenate", NO_WEIGHTS): 2, ("slice", NO_WEIGHTS): 2,
    }  # fmt: skip


def test_causal_attention_is_exact_and_lists_what_stays_digital():
    placed = placed_exactly(Attention, words(4, 9, number=13))
    assert layers(placed) == ["qkv", "out"]
    kept = kept_digital(placed)
    assert kept["matmul", ACTIVATIONS] == 2
    assert kept["embedding", "looks rows up"] == 1
    assert kept["softmax", NO_WEIGHTS] == 1


def test_a_layer_that_runs_twice_stands_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(9, 9)

        def forward(self, x):
            return self.fc(torch.tanh(self.fc(x)))

    placed = placed_exactly(Twice, values(4, 9))
    assert layers(placed) == ["fc"]
    assert placed.table["used_cells"].sum() == 2 * 9 * 9
