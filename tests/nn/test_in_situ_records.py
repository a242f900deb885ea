"""What layers of pulsed cells keep for the rules: which inputs and derivatives, and when."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import xbarsim as xs  # noqa: E402
from xbarsim.errors import SpecError  # noqa: E402
from xbarsim.nn import plain  # noqa: E402
from xbarsim.nn.in_situ import InSitu, MixedPrecision, PulsedLinear, in_situ  # noqa: E402
from xbarsim.programming import FittedPulses  # noqa: E402
from xbarsim.programming.step_fits import StepFit  # noqa: E402


def device():
    step = StepFit(kind="LinearStep", d=(1e-3, 1e-3), gamma=(0.0, 0.0), a=(0.0, 0.0), error=0.0)
    return FittedPulses(fit=step, g_min=1e-6, g_max=9e-6)


def perceptron(**changes):
    torch.manual_seed(0)
    return in_situ(nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2)), device(), **changes)


def test_an_input_that_is_written_anew_stays_in_the_records_as_it_was():
    layer, buffer = in_situ(nn.Linear(3, 2), device()), torch.ones(1, 3)
    layer(buffer).sum().backward()
    buffer.fill_(5)
    layer(buffer).sum().backward()
    rows, _ = layer.taken()
    np.testing.assert_array_equal(rows, [[1, 1, 1], [5, 5, 5]])


def test_what_is_added_to_an_input_after_its_use_is_not_in_the_record():
    model = perceptron()
    x = torch.ones(1, 3)
    hidden = model[0](x)
    before = hidden.detach().clone()
    scores = model[2](hidden)
    hidden += 100.0
    (hidden.sum() + scores.sum()).backward()
    rows, _ = model[2].taken()
    np.testing.assert_array_equal(rows, before)


def test_derivatives_by_something_else_leave_no_record():
    """As they leave no gradient in parameters."""
    model, x = perceptron(), torch.ones(4, 3, requires_grad=True)
    torch.autograd.grad(model(x).sum(), x)
    model(x).sum().backward(inputs=[model[0].bias])
    assert model[0].taken() is None and model[2].taken() is None
    model(x).sum().backward()
    assert len(model[0].taken()[0]) == len(model[2].taken()[0]) == 4


def test_derivatives_by_inputs_pass_gradcheck():
    layer = in_situ(nn.Linear(3, 2).double(), device())
    x = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)
    assert layer.taken() is None


def test_batches_can_be_forgotten():
    model, x = perceptron(), torch.ones(4, 3)
    trainer = InSitu(model, MixedPrecision(), lr=0.1)
    (model(x).sum() * np.nan).backward()
    trainer.zero_grad()
    model(x).sum().backward()
    trainer.step()
    assert trainer.updates == 1
    model(x).sum().backward()
    trainer.zero_grad()
    with pytest.raises(SpecError, match="no layer knows its derivatives"):
        trainer.step()


def test_frozen_weights_stay_and_frozen_biases_too():
    torch.manual_seed(0)
    software = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2))
    software[0].requires_grad_(False)
    model = in_situ(software, device())
    assert [p.requires_grad for p in model.parameters()] == [False, True]
    before, bias = model[0].weights.x.copy(), model[0].bias.clone()
    trainer, x = InSitu(model, MixedPrecision(), lr=1.0), torch.ones(4, 3)
    model(x).sum().backward()
    trainer.step()
    trainer.perturb(x, lambda scores: scores.sum(dim=1))
    assert model[0].taken() is None and model[0].bias.grad is None
    trainer.step()
    np.testing.assert_array_equal(model[0].weights.x, before)
    assert torch.equal(model[0].bias, bias)
    assert model[1].weights.ledger()["most"] > 0
    assert [p.requires_grad for p in plain(model).parameters()] == [False, False, True, True]


def test_hooks_that_would_be_lost_are_refused():
    software = nn.Sequential(nn.Linear(3, 3))
    software[0].register_forward_hook(lambda *_: None)
    with pytest.raises(SpecError, match="layer '0' is a Linear with hooks"):
        in_situ(software, device())


@pytest.mark.parametrize("dtype", [torch.int64, torch.bfloat16, torch.float16])
def test_inputs_of_other_numbers_are_refused_with_their_kind(dtype):
    for layer in (perceptron()[0], perceptron()[0].eval()):
        with pytest.raises(SpecError, match=f"layer '0': inputs are {dtype}; cells are computed"):
            layer(torch.ones(1, 3).to(dtype))


def test_autocast_is_refused():
    with (
        torch.autocast("cpu", dtype=torch.bfloat16),
        pytest.raises(SpecError, match="layer '0': torch.autocast makes its outputs torch.bfl"),
    ):
        perceptron()(torch.ones(1, 3))


def test_both_passes_of_a_perturbation_have_one_dropout_mask():
    """Of a linear model the two losses have the derivative exactly, for one and the same mask."""
    torch.manual_seed(3)
    layer = in_situ(nn.Linear(3, 6).double(), device())
    model = nn.Sequential(layer, nn.Dropout(0.5)).train()
    trainer, x = InSitu(model, MixedPrecision(), lr=0.1), torch.ones(50, 3, dtype=torch.float64)
    masks = []
    model[1].register_forward_hook(lambda m, i, y: masks.append(y != 0))
    trainer.perturb(x, lambda scores: scores.sum(dim=1))
    assert torch.equal(masks[0], masks[1])
    trainer.perturb(x, lambda scores: scores.sum(dim=1))
    assert not torch.equal(masks[1], masks[2])
    _, delta = layer.taken()
    assert abs(delta).max() <= 6 * 2 / 50 + 1e-9


class Sum(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm([2, 3])
        self.words, self.series = nn.Embedding(4, 3), nn.LSTM(3, 3, batch_first=True)
        self.scores = nn.Linear(3, 2)

    def forward(self, x):
        return self.scores(self.series(self.norm(self.words(x)))[0])


def test_normalisations_and_embeddings_stay_digital_and_what_is_named():
    with pytest.raises(SpecError, match="layer 'series' is a LSTM.*Name it in `digital`"):
        in_situ(Sum(), device())
    model = in_situ(Sum(), device(), digital=["series"])
    kinds = [type(m) for m in model.children()]
    assert kinds == [nn.LayerNorm, nn.Embedding, nn.LSTM, PulsedLinear]
    assert model(torch.tensor([[0, 3]])).shape == (1, 2, 2)
    assert type(in_situ(Sum(), device(), digital="series").series) is nn.LSTM


def test_layers_inside_digital_ones_stay_too():
    module = nn.Sequential(nn.Sequential(nn.Linear(3, 3)), nn.Linear(3, 2))
    model = in_situ(module, device(), digital=["0"])
    assert type(model[0][0]) is nn.Linear and type(model[1]) is PulsedLinear


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_was_trained_in_situ_becomes_plain_layers_that_compute_the_same(dtype):
    """Of the precision that the layers have been moved to, with a bias and without."""
    torch.manual_seed(1)
    software = nn.Sequential(
        nn.Conv2d(1, 2, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), bias=False),
        nn.Flatten(),
        nn.Linear(24, 5),
        nn.Tanh(),
        nn.Linear(5, 3, bias=False),
    )
    model = in_situ(software, device()).to(dtype)
    x = torch.randn(4, 1, 5, 6, dtype=dtype)
    trainer = InSitu(model, MixedPrecision(), lr=0.1)
    (model(x) ** 2).sum().backward()
    trainer.step()
    back = plain(model)
    assert [type(m) for m in back] == [type(m) for m in software]
    assert {p.dtype for p in back.parameters()} == {dtype}
    torch.testing.assert_close(back(x), model(x), rtol=0, atol=0)
    with torch.no_grad():
        back[2].bias += 1.0
    assert not torch.equal(back[2].bias, model[2].bias)


def test_what_was_trained_in_situ_can_be_mapped_when_it_is_plain():
    model, x = perceptron().eval(), torch.randn(4, 3)
    hardware = xs.Hardware(device=xs.load_device("ideal"))
    with pytest.raises(SpecError, match="mapped as xbarsim.nn.plain gives it"):
        xs.map_network(model, hardware)
    placement = xs.map_network(plain(model), hardware)
    np.testing.assert_allclose(placement.graph.run(x.numpy()), model(x).detach(), atol=1e-5)
