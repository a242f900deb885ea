"""Layers of pulsed cells, and what training makes of them."""

import copy
import io

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from xbarsim.device import load_device  # noqa: E402
from xbarsim.errors import SpecError  # noqa: E402
from xbarsim.nn.in_situ import (  # noqa: E402
    InSitu,
    MixedPrecision,
    PulsedConv2d,
    PulsedLinear,
    RoundedPulses,
    StochasticPulses,
    in_situ,
)
from xbarsim.programming import FittedPulses, StepPulses  # noqa: E402
from xbarsim.programming.step_fits import StepFit  # noqa: E402


def device(d=0.002, gamma=0.0, **changes):
    """Cells of 1 to 9 uS whose steps are d of half the window, straight in the conductance."""
    steps = d if isinstance(d, tuple) else (d, d)
    step = StepFit(kind="LinearStep", d=steps, gamma=(gamma, gamma), a=(0.0, 0.0), error=0.0)
    return FittedPulses(**({"fit": step, "g_min": 1e-6, "g_max": 9e-6} | changes))


def noisy():
    return device(0.02, 1.0, noise=0.5, spread=0.2, asymmetry_spread=0.1, energy=1e-12)


def perceptron(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))


def batch(streams, n=20):
    rng = streams.rng()
    return torch.from_numpy(rng.normal(size=(n, 6)).astype("float32")), torch.from_numpy(
        rng.integers(0, 3, n)
    )


def trained(model, trainer, x, y, steps):
    digital = torch.optim.SGD(model.parameters(), lr=trainer.lr)
    for _ in range(steps):
        digital.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        trainer.step()
        digital.step()
    return model


def test_layers_begin_as_the_module_to_half_a_pulse(streams):
    model = perceptron()
    on_cells = in_situ(model, device(0.002))
    for one, other in ((model[0], on_cells[0]), (model[2], on_cells[2])):
        missed = one.weight.detach().numpy() - other.weights.matrix()
        assert abs(missed).max() <= 0.5 * other.weights.step * (1 + 1e-6)
        assert other.weights.unreached == 0
    x, _ = batch(streams)
    np.testing.assert_allclose(on_cells(x).detach(), model(x).detach(), atol=0.01)


def test_fine_symmetric_steps_follow_gradient_descent(streams):
    """Mixed precision on cells of 20000 levels beside SGD in float64, to four steps."""
    x, y = batch(streams)
    model = perceptron().double()
    on_cells = in_situ(model, device(1e-4), w_max=3.0)
    trained(on_cells, InSitu(on_cells, MixedPrecision(), lr=0.5), x.double(), y, 60)
    sgd = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(60):
        sgd.zero_grad()
        nn.functional.cross_entropy(model(x.double()), y).backward()
        sgd.step()
    for k in (0, 2):
        step = on_cells[k].weights.step
        np.testing.assert_allclose(
            on_cells[k].weights.matrix(), model[k].weight.detach().numpy(), atol=4 * step
        )
        np.testing.assert_allclose(on_cells[k].bias.detach(), model[k].bias.detach(), atol=4 * step)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(6, 4), (5, 6)),
        (nn.Linear(6, 4, bias=False), (2, 3, 6)),
        (nn.Linear(6, 4), (6,)),
        (nn.Conv2d(2, 3, 3), (4, 2, 7, 6)),
        (nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2)), (4, 2, 7, 6)),
        (nn.Conv2d(2, 3, 3, bias=False), (2, 7, 6)),
    ],
)
def test_records_give_the_gradient_that_torch_gives(layer, shape, streams):
    """And outputs are those of the torch layer with the weights of the cells."""
    on_cells = in_situ(layer.double(), device(0.001))
    layer.weight.data = torch.from_numpy(on_cells.weights.matrix()).reshape(layer.weight.shape)
    x = torch.from_numpy(streams.rng().normal(size=shape))
    for used in (layer, on_cells):
        (used(x) ** 2).sum().backward()
    np.testing.assert_allclose(on_cells(x).detach(), layer(x).detach(), atol=1e-12)
    rows, delta = on_cells.taken()
    wanted = layer.weight.grad.reshape(len(layer.weight), -1)
    np.testing.assert_allclose(delta.T @ rows, wanted, rtol=1e-9, atol=1e-12)
    assert on_cells.taken() is None
    if layer.bias is not None:
        np.testing.assert_allclose(on_cells.bias.grad, layer.bias.grad, rtol=1e-9)


def test_a_layer_used_twice_adds_both_gradients():
    shared = in_situ(nn.Linear(4, 4).double(), device())
    x = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    shared(torch.tanh(shared(x))).sum().backward()
    rows, delta = shared.taken()
    assert len(rows) == len(delta) == 6
    weight = torch.from_numpy(shared.weights.matrix()).requires_grad_()
    bias, product = shared.bias.detach(), nn.functional.linear
    product(torch.tanh(product(x, weight, bias)), weight, bias).sum().backward()
    np.testing.assert_allclose(delta.T @ rows, weight.grad, rtol=1e-9)


def test_no_optimizer_of_torch_sees_the_weights():
    model = in_situ(perceptron(), device())
    assert [name for name, _ in model.named_parameters()] == ["0.bias", "2.bias"]


def test_counts_add_up(streams):
    """Equal steps without noise: a weight is where its pulses put it, and each cost the same."""
    x, y = batch(streams)
    model = in_situ(perceptron(), device(0.004, energy=2e-12), w_max=3.0)
    trainer = InSitu(model, StochasticPulses(), lr=0.5)
    trained(model, trainer, x, y, 30)
    for layer in (model[0], model[2]):
        w = layer.weights
        started = w.scale * (w.cells.read(w.cells.lowest()) - w.reference)
        np.testing.assert_allclose(w.matrix(), started + (w.up - w.down) * w.step, atol=1e-9)
        np.testing.assert_allclose(w.energy, 2e-12 * (w.up + w.down), rtol=1e-9)
    ledger = trainer.ledger()
    assert list(ledger.index) == ["0", "2"]
    w = model[0].weights
    assert ledger["pulses"]["0"] == pytest.approx((w.up + w.down - w.setup).mean())
    assert ledger["most"]["0"] == (w.up + w.down - w.setup).max() > 0
    assert ledger["forward"]["0"] == ledger["backward"]["0"] == 30 * 20
    assert ledger["energy"]["0"] == pytest.approx(w.energy.sum())


def test_energy_that_nobody_knows_is_not_told(streams):
    model = in_situ(perceptron(), device())
    assert InSitu(model, RoundedPulses(), lr=0.1).ledger()["energy"].isna().all()
    assert model[0].weights.ledger()["energy"] is None


@pytest.mark.parametrize("rule", [StochasticPulses(), RoundedPulses(), MixedPrecision()])
def test_one_seed_trains_the_same_cells_and_another_others(rule, streams):
    x, y = batch(streams)
    found = []
    for seed in (4, 4, 5):
        model = in_situ(perceptron(), noisy(), seed=seed)
        trained(model, InSitu(model, rule, lr=0.5, seed=seed), x, y, 5)
        found.append(model[0].weights.matrix())
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


@pytest.mark.parametrize("rule", [StochasticPulses(), RoundedPulses(), MixedPrecision()])
def test_skipping_writes_less(rule, streams):
    x, y = batch(streams)
    pulses = []
    for threshold in (0.0, 0.5):
        model = in_situ(perceptron(), noisy())
        trainer = InSitu(model, rule, lr=0.5, skip_below=threshold)
        trained(model, trainer, x, y, 10)
        pulses.append(trainer.ledger()["pulses"])
    assert (pulses[1] < 0.9 * pulses[0]).all()


def test_random_pulses_drag_weights_to_the_symmetry_point_which_zero_shifting_makes_zero(streams):
    """Kim et al.: updates of no mean take soft bounds to where steps balance, w = -1/3 here."""
    rng = streams.rng()
    cells = device((0.01, 0.02), 1.0, noise=0.3)
    ends = []
    for reference in ("middle", "symmetry"):
        layer = PulsedLinear(20, 20, device=cells, reference=reference)
        assert abs(layer.weights.matrix()).max() < 0.3
        for _ in range(40):
            signs = rng.choice([-1, 1], (100, 20, 20))
            layer.weights.pulse(signs)
        ends.append(layer.weights.matrix())
    spread = ends[0].std()
    assert 0.01 < spread < 0.15
    assert ends[0].mean() == pytest.approx(-1 / 3, abs=0.01 + 4 * spread / 20)
    assert ends[1].mean() == pytest.approx(0.0, abs=0.01 + 4 * spread / 20)


def test_zero_shifting_costs_its_pulses():
    plain, shifted = (
        PulsedLinear(5, 5, device=noisy(), reference=reference).weights
        for reference in ("middle", "symmetry")
    )
    assert (shifted.setup >= 2000).all() and (plain.setup < 500).all()
    assert np.ptp(shifted.reference) > 0 and np.ptp(plain.reference) == 0
    assert shifted.energy.sum() == pytest.approx(1e-12 * shifted.setup.sum())


def test_too_few_pairs_and_cells_without_symmetry_point_are_refused():
    kim = StepPulses(law=load_device("kim_2019", sigma_step=0.3), g_min=20e-6, g_max=90e-6)
    PulsedLinear(8, 8, device=kim, reference="symmetry", pairs=9000)
    with pytest.raises(SpecError, match="after 200 pairs .* not at their symmetry points"):
        PulsedLinear(8, 8, device=device((0.001, 0.002), 1.0), reference="symmetry", pairs=200)
    with pytest.raises(SpecError, match="or the device has none"):
        in_situ(perceptron(), device((0.01, 0.02)), reference="symmetry", pairs=500)


def test_perturbations_estimate_what_backward_finds(streams):
    """The mean over 3000 pairs of passes, of every layer and bias, within 4.5 standard errors."""
    x, y = batch(streams, 4)
    model = in_situ(perceptron(), device())
    nn.functional.cross_entropy(model(x), y).backward()
    exact = [layer.taken() for layer in (model[0], model[2])]
    biases = [layer.bias.grad.clone() for layer in (model[0], model[2])]
    model.zero_grad()
    trainer = InSitu(model, MixedPrecision(), lr=0.1)

    def losses(scores):
        return nn.functional.cross_entropy(scores, y, reduction="none")

    times = 3000
    told = trainer.perturb(x, losses, amplitude=0.01, times=times)
    assert told == pytest.approx(losses(model(x)).mean().item(), rel=1e-3)
    for layer, (_, delta), bias in zip((model[0], model[2]), exact, biases, strict=True):
        found = layer.taken()[1].reshape(times, 4, -1) * times
        error = found.std(axis=0) / np.sqrt(times)
        assert (abs(found.mean(axis=0) - delta) < 4.5 * error + 1e-5).all()
        np.testing.assert_allclose(layer.bias.grad, found.mean(axis=0).sum(axis=0), atol=1e-5)
        assert (
            abs((layer.bias.grad - bias).numpy()) < 4.5 * np.sqrt((error**2).sum(axis=0)) + 1e-5
        ).all()
    assert model[0].weights.ledger()["forward"] == 4 * (2 + 2 * times)  # two without nudges


def test_perturbations_train_convolutions(streams):
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))
    model = in_situ(plain, noisy())
    x = torch.from_numpy(streams.rng().normal(size=(30, 1, 6, 6)).astype("float32"))
    y = (x.mean(dim=(1, 2, 3)) > 0).long()

    def losses(scores):
        return nn.functional.cross_entropy(scores, y, reduction="none")

    trainer, digital = InSitu(model, MixedPrecision(), lr=0.1), None
    digital = torch.optim.SGD(model.parameters(), lr=0.1)
    before = losses(model(x)).mean().item()
    for _ in range(60):
        digital.zero_grad()
        trainer.perturb(x, losses, times=4)
        trainer.step()
        digital.step()
    assert losses(model(x)).mean().item() < 0.7 * before


def test_training_goes_on_from_a_saved_state(streams):
    """Through a file, as torch saves it by default; cells, rule and signs go on."""
    x, y = batch(streams)
    ends = []
    for interrupted in (False, True):
        model = in_situ(perceptron(), noisy())
        trainer = InSitu(model, MixedPrecision(), lr=0.5)
        trained(model, trainer, x, y, 5)
        if interrupted:
            file = io.BytesIO()
            torch.save([model.state_dict(), trainer.state_dict()], file)
            file.seek(0)
            model = in_situ(perceptron(1), noisy())
            trainer = InSitu(model, MixedPrecision(), lr=0.5)
            for one, state in zip((model, trainer), torch.load(file), strict=True):
                one.load_state_dict(state)
        ends.append(trained(model, trainer, x, y, 5))
    np.testing.assert_array_equal(ends[0](x).detach(), ends[1](x).detach())
    assert ends[0][0].weights.ledger() == ends[1][0].weights.ledger()


def test_a_state_of_other_cells_is_refused():
    state = in_situ(perceptron(), noisy()).state_dict()
    with pytest.raises(SpecError, match="layer '0': the state is of other cells"):
        in_situ(perceptron(), noisy(), seed=1).load_state_dict(state)
    state["0._extra_state"].pop("up")
    with pytest.raises(SpecError, match="layer '0': the state lacks up"):
        in_situ(perceptron(), noisy()).load_state_dict(state)
    trainer = InSitu(in_situ(perceptron(), noisy()), MixedPrecision(), lr=0.1)
    with pytest.raises(SpecError, match="of another model or rule"):
        trainer.load_state_dict(InSitu(trainer.model, RoundedPulses(), lr=0.1).state_dict())


def test_a_state_brings_its_reference_along(streams):
    x, y = batch(streams)
    shifted, plain = (in_situ(perceptron(), noisy(), reference=r) for r in ("symmetry", "middle"))
    plain.load_state_dict(shifted.state_dict())
    assert plain[0].weights.step == shifted[0].weights.step
    for model in (shifted, plain):
        trained(model, InSitu(model, StochasticPulses(), lr=0.5), x, y, 3)
    np.testing.assert_array_equal(shifted[0].weights.matrix(), plain[0].weights.matrix())


def test_a_deep_copy_lives_on_its_own(streams):
    x, y = batch(streams)
    model = in_situ(perceptron(), noisy())
    twin = copy.deepcopy(model)
    trained(model, InSitu(model, MixedPrecision(), lr=0.5), x, y, 5)
    assert not np.array_equal(model[0].weights.x, twin[0].weights.x)
    trained(twin, InSitu(twin, MixedPrecision(), lr=0.5), x, y, 5)
    np.testing.assert_array_equal(model[0].weights.x, twin[0].weights.x)


def test_precision_of_the_module_leaves_cells_alone(streams):
    model = in_situ(perceptron(), noisy())
    before = model[0].weights.matrix()
    x, _ = batch(streams)
    assert model.double()(x.double()).dtype == torch.float64
    assert model.float()(x).dtype == torch.float32
    np.testing.assert_array_equal(model[0].weights.matrix(), before)


def test_evaluation_leaves_no_record(streams):
    x, _ = batch(streams)
    model = in_situ(perceptron(), device())
    with torch.no_grad():
        model(x)
    model.eval()(x).sum().backward()
    assert model[0].taken() is None


def test_a_published_step_trains_layers_of_ones_own(streams):
    x, y = batch(streams)
    cells = StepPulses(law=load_device("tang_2018"), g_min=20e-6, g_max=90e-6)
    model = nn.Sequential(
        PulsedLinear(6, 8, device=cells, name="hidden"),
        nn.Tanh(),
        PulsedLinear(8, 3, device=cells, name="scores", bias=False),
    )
    before = nn.functional.cross_entropy(model(x), y).item()
    trained(model, InSitu(model, StochasticPulses(), lr=0.5), x, y, 60)
    assert nn.functional.cross_entropy(model(x), y).item() < 0.6 * before
    assert "in_features=8, out_features=3, bias=False" in repr(model)


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.LSTM(2, 2)), "layer '1' is a LSTM, which has no form"),
        (nn.Sequential(nn.Embedding(2, 2)), "Sequential holds no Linear or Conv2d"),
        (nn.MultiheadAttention(4, 2), "layer '' is a MultiheadAttention, which has no form"),
        (nn.TransformerEncoderLayer(4, 2, 8), "layer '' is a TransformerEncoderLayer, which has"),
        (nn.Linear(2, 2, device="meta"), "weights are torch.float32 on meta; cells take"),
        (nn.Sequential(nn.ConvTranspose2d(2, 2, 3)), "layer '0' is a ConvTranspose2d"),
        (nn.Sequential(nn.Conv2d(2, 2, 3, groups=2)), "layer '0' is a Conv2d of 2 groups"),
        (nn.Sequential(nn.Conv2d(2, 2, 3, padding="same")), "with padding 'same'"),
        (nn.Sequential(nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect")), "reflect"),
        (Shared(), "layers 'first' and 'second' share their weights"),
        (nn.ReLU(), "ReLU holds no Linear or Conv2d"),
        (3, "module is a int"),
    ],
)
def test_layers_without_a_form_are_refused_by_name(module, message):
    with pytest.raises(SpecError, match=message):
        in_situ(module, device())


def test_one_layer_under_two_names_is_refused():
    layer = nn.Linear(3, 3)
    with pytest.raises(SpecError, match="layers '0' and '1' share their weights"):
        in_situ(nn.Sequential(layer, layer), device())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: in_situ(m, load_device("ideal")), "layer '0': device is a GaussianCell"),
        (lambda m: in_situ(m, device(), w_max=0.1), "layer '0': the largest weight is 0.3.*0.1"),
        (lambda m: in_situ(m, device(), w_max=-1.0), "w_max is -1"),
        (
            lambda m: in_situ(m, device((1e-3, 1e-3), spread=0.0), pairs=0, reference="symmetry"),
            "layer '0': pairs is 0",
        ),
        (lambda m: in_situ(m, device(), reference="symetry"), "did you mean 'symmetry'"),
        (lambda m: InSitu(m, MixedPrecision(), lr=0.1), "has no pulsed layers"),
        (lambda m: InSitu(in_situ(m, device()), "mixed", lr=0.1), "rule is 'mixed'"),
        (lambda m: InSitu(in_situ(m, device()), MixedPrecision, lr=0.1), "rule is <class"),
        (lambda m: InSitu(in_situ(m, device()), MixedPrecision(), lr=np.nan), "lr is nan"),
        (lambda m: InSitu(in_situ(m, device()), MixedPrecision(), lr="0.1"), "lr is '0.1'"),
        (lambda m: in_situ(m, device(), w_max="1"), "layer '0': w_max is '1'"),
        (lambda m: in_situ(m, device(), digital=["3"]), "digital: no layer is called '3'"),
        (lambda m: PulsedLinear(0, 3, device=device()), "in_features is 0"),
        (lambda m: PulsedLinear(3, 2.5, device=device()), "out_features is 2.5"),
        (
            lambda m: InSitu(in_situ(m, device()), MixedPrecision(), lr=0.1, skip_below=2.0),
            "skip_below is 2",
        ),
        (
            lambda m: InSitu(
                nn.Sequential(*[PulsedLinear(2, 2, device=device()) for _ in range(2)]),
                MixedPrecision(),
                lr=0.1,
            ),
            "share the name 'linear'",
        ),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(SpecError, match=message):
        call(perceptron())


def test_weights_that_are_not_finite_are_refused():
    model = perceptron()
    model[2].weight.data[0, 0] = np.nan
    with pytest.raises(SpecError, match="layer '2': the largest weight is nan"):
        in_situ(model, device())


def test_numbers_that_are_not_finite_are_named_with_layer_and_update(streams):
    """And nothing is pulsed then."""
    x, y = batch(streams)
    model = in_situ(perceptron(), device())
    trainer = InSitu(model, MixedPrecision(), lr=0.5)
    trained(model, trainer, x, y, 2)
    before = [layer.weights.x.copy() for layer in (model[0], model[2])]
    bad = x.clone()
    bad[3, 2] = np.inf
    nn.functional.cross_entropy(model(bad), y).backward()
    with pytest.raises(SpecError, match="update 3: inputs of layer '0' hold inf"):
        trainer.step()
    (model(x).sum() * np.nan).backward()
    with pytest.raises(SpecError, match="update 3: derivatives of layer '2' hold nan"):
        trainer.step()
    for layer, states in zip((model[0], model[2]), before, strict=True):
        np.testing.assert_array_equal(layer.weights.x, states)
    with pytest.raises(SpecError, match="update 3: losses holds nan"):
        trainer.perturb(x, lambda scores: scores.sum(dim=1) * np.nan)
    with pytest.raises(SpecError, match=r"losses has shape \(\); it takes one loss a sample"):
        trainer.perturb(x, lambda scores: scores.sum())
    with pytest.raises(SpecError, match="both must be above 0"):
        trainer.perturb(x, lambda scores: scores.sum(dim=1), amplitude=0.0)
    with pytest.raises(SpecError, match="times is 1.5; it must be a whole number from 1"):
        trainer.perturb(x, lambda scores: scores.sum(dim=1), times=1.5)
    assert model[0].nudge is None


@pytest.mark.parametrize("rule", [RoundedPulses(), MixedPrecision()])
@pytest.mark.parametrize("lr", [1e30, 1e300])
def test_updates_beyond_all_numbers_are_named_with_layer_and_update(rule, lr, streams):
    x, y = batch(streams)
    model = in_situ(perceptron(), device())
    trainer = InSitu(model, rule, lr=lr)
    nn.functional.cross_entropy(model(x), y).backward()
    with pytest.raises(SpecError, match="update 1, layer '0': a cell would need .* pulses"):
        trainer.step()
    assert model[2].weights.ledger()["pulses"] == 0


def test_a_step_without_derivatives_is_refused(streams):
    x, _ = batch(streams)
    model = in_situ(perceptron(), device())
    trainer = InSitu(model, MixedPrecision(), lr=0.5)
    model(x)
    with pytest.raises(SpecError, match=r"call loss.backward\(\) or perturb\(\) before step"):
        trainer.step()


def test_outputs_that_belong_to_no_sample_are_refused(streams):
    model = nn.Sequential(nn.Flatten(0, 1), in_situ(nn.Linear(6, 3), device()))
    trainer = InSitu(model, MixedPrecision(), lr=0.5)
    with pytest.raises(SpecError, match="makes 20 outputs of 4 samples"):
        trainer.perturb(torch.zeros(4, 5, 6), lambda scores: scores.sum(dim=1))


def test_a_convolution_is_made_by_conversion():
    layer = in_situ(nn.Conv2d(1, 2, 3, stride=2), device())
    assert isinstance(layer, PulsedConv2d)
    assert "out_channels=2, stride=(2, 2)" in repr(layer)
