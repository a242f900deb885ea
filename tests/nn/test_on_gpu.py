"""Crossbar layers on a GPU train and read as on the host; skipped where PyTorch sees none."""

import pytest

import xbarsim as xs
from xbarsim.crossbar import Wires

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from xbarsim import nn as xnn  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU"),
    pytest.mark.filterwarnings("default"),  # of libraries that are newer than ours
]

IDEAL = xs.Hardware(device=xs.load_device("ideal"), rows=16, cols=16)
NOISY = xs.Hardware(
    device=xs.load_device("joshi_2020"), rows=16, cols=16, dac=xs.Dac(bits=8), adc=xs.Adc(bits=8)
)
WIRED = xs.Hardware(
    device=xs.load_device("joshi_2020"), rows=16, cols=16, wires=Wires(r_word=2.0, r_bit=2.0)
)
MODULES = {
    "linear": (lambda: nn.Linear(40, 12), (5, 40)),
    "convolution": (lambda: nn.Conv2d(3, 6, 3, padding=1), (2, 3, 8, 8)),
    "lstm": (lambda: nn.LSTM(5, 7, batch_first=True), (2, 4, 5)),
}


def answer(module, x):
    found = module(x)
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_ideal_layers_equal_their_originals(name, mode):
    make, shape = MODULES[name]
    torch.manual_seed(0)
    plain, x = make(), torch.randn(shape)
    ours = xnn.convert(plain, IDEAL).train(mode == "train").cuda()
    found = answer(ours, x.cuda())
    assert found.is_cuda
    torch.testing.assert_close(found.cpu(), answer(plain, x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cells", ["moments", "each", "circuit"])
def test_training_draws_errors_as_large_as_on_the_host(cells):
    torch.manual_seed(0)
    plain, x = nn.Linear(40, 12), torch.randn(200, 40)
    hardware = WIRED if cells == "circuit" else NOISY
    off = []
    for place in ("cpu", "cuda"):
        ours = xnn.convert(plain, hardware, xnn.HardwareAware(cells=cells, ages=(20.0,))).to(place)
        with torch.no_grad():
            off.append(torch.stack([ours(x.to(place)).cpu() - plain(x) for _ in range(8)]).std())
    assert off[0] > 0
    torch.testing.assert_close(off[1], off[0], rtol=0.15, atol=0.0)


@pytest.mark.parametrize("cells", ["moments", "each", "circuit"])
def test_a_network_learns_and_its_chip_reads(cells):
    torch.manual_seed(0)
    x = torch.randn(256, 20)
    labels = (x[:, :10].sum(1) > x[:, 10:].sum(1)).long()
    plain = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 2))
    hardware = WIRED if cells == "circuit" else NOISY
    ours = xnn.convert(plain, hardware, xnn.HardwareAware(cells=cells, ages=(20.0,))).cuda()
    x, labels = x.cuda(), labels.cuda()
    steps = torch.optim.Adam(ours.parameters(), 0.01)
    for _ in range(40):
        steps.zero_grad()
        nn.functional.cross_entropy(ours(x), labels).backward()
        steps.step()
    ours.eval()
    with torch.no_grad():
        xnn.calibrate(ours, x)
        y = ours(x)
    assert y.is_cuda
    assert float((y.argmax(1) == labels).float().mean()) > 0.85
