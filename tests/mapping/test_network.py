import numpy as np
import pytest
from placed_networks import dense, hardware
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor

from xbarsim import Hardware, Network, SpecError, load_device, map_network
from xbarsim.mapping import Dense


def run(placement, x):
    network = Network(placement)
    network.program()
    return network(x)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_ideal_network_equals_the_scikit_learn_model(activation):
    x, y = load_digits(return_X_y=True)
    model = MLPRegressor(
        hidden_layer_sizes=(12, 9), activation=activation, max_iter=5, random_state=0
    )
    model.fit(x / 16, np.eye(10)[y])
    found = run(map_network(model, hardware(rows=20, cols=10)), x / 16)
    np.testing.assert_allclose(found, model.predict(x / 16), atol=1e-10)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_ideal_network_classifies_as_the_scikit_learn_model():
    x, y = load_digits(return_X_y=True)
    model = MLPClassifier((12,), max_iter=5, random_state=0).fit(x / 16, y)
    found = run(map_network(model, hardware()), x / 16)
    assert (found.argmax(axis=1) == model.predict(x / 16)).all()


def test_hand_worked_placement():
    layers = [dense(256, 784, "first"), dense(10, 256, "second")]
    placement = map_network(layers, hardware(rows=128, cols=128))
    table = placement.table
    assert (table.groupby("layer", sort=False).size() == [28, 2]).all()
    cells = 2 * 256 * 784 + 2 * 10 * 256
    assert placement.utilisation == pytest.approx(cells / (30 * 128 * 128))
    second = table[table["layer"] == "second"]
    assert second["first_input"].tolist() == [0, 128]
    assert second["used_cols"].tolist() == [20, 20]


def test_floorplan_has_a_square_and_a_filled_part_for_each_array():
    placement = map_network([dense(30, 50)], hardware(rows=20, cols=20))
    assert len(placement.plot().patches) == 2 * len(placement.table)


def test_layers_draw_from_streams_of_their_own():
    layers = [dense(6, 6, "a"), dense(6, 6, "b")]
    layers[1] = Dense(name="b", weights=layers[0].weights, bias=layers[0].bias)
    noisy = Hardware(device=load_device("wan_2022"))
    network = Network(map_network(layers, noisy), seed=3)
    network.program()
    assert not (network.tiles["a", ""][0].g == network.tiles["b", ""][0].g).all()
    again = Network(map_network(layers, noisy), seed=3)
    again.program()
    assert (again.tiles["b", ""][0].g == network.tiles["b", ""][0].g).all()


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("a string", "cannot map a str"),
        ([], "cannot map a list"),
        (MLPClassifier(), "not fitted"),
        ([dense(4, 3, "a"), dense(2, 5, "b")], "layer b takes 5 inputs but a gives 4"),
    ],
)
def test_models_that_cannot_be_mapped_say_why(model, named):
    with pytest.raises(SpecError, match=named):
        map_network(model, hardware())


def test_layer_with_weights_that_are_not_finite_is_named():
    with pytest.raises(SpecError, match="layer a: weights hold 1 values"):
        Dense(name="a", weights=np.array([[1.0, np.inf]]), bias=np.zeros(1))


def test_layer_with_a_bias_of_another_length_is_named():
    with pytest.raises(SpecError, match="layer a: weights have shape"):
        Dense(name="a", weights=np.ones((2, 3)), bias=np.zeros(3))


def test_unknown_activation_names_the_known_ones():
    with pytest.raises(SpecError, match="identity, relu"):
        Dense(name="a", weights=np.ones((1, 1)), bias=np.zeros(1), activation="swish")
