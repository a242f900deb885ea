import numpy as np
import pytest

from xbarsim import SpecError
from xbarsim.mapping import Dense, read_model
from xbarsim.mapping.graph_file import graph_digest
from xbarsim.streams import Streams
from xbarsim.tasks import Prepared, load_dataset, prepare_classifier
from xbarsim.tasks.networks import from_file, lenet5, lenet5_sizes, mlp, mlp_sizes


def test_lenet5_is_reproducible_and_good(idx_data, monkeypatch, tmp_path):
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    before = torch.random.get_rng_state()
    made = prepare_classifier("mnist", lenet5(epochs=4, rate=3e-3), Streams(1))
    again = prepare_classifier("mnist", lenet5(epochs=4, rate=3e-3), Streams(1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert made.digest == again.digest
    assert made.software_accuracy > 0.85
    blocks = made.graph.blocks().values()
    assert [(b.weights.shape[1], b.outputs) for b in blocks] == lenet5_sizes()
    made.save(tmp_path / "task.npz")
    read = Prepared.load(tmp_path / "task.npz")
    assert read.digest == made.digest and read.software_accuracy == made.software_accuracy


def test_networks_do_not_depend_on_the_number_of_cores(idx_data, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    data, before, found = load_dataset("mnist"), torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        try:
            found.append(graph_digest(lenet5(epochs=1)(data, Streams(0))))
            assert torch.get_num_threads() == threads
        finally:
            torch.set_num_threads(before)
    assert found[0] == found[1]


def test_lenet5_takes_images_of_its_size_only():
    with pytest.raises(SpecError, match="28 x 28; these have 64"):
        lenet5()(load_dataset("sklearn.digits"), Streams(0))


def test_lenet5_without_torch_says_what_to_install(idx_data, monkeypatch):
    monkeypatch.setenv("XBARSIM_DATA", str(idx_data))
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(SpecError, match=r"pip install 'xbarsim\[torch\]'"):
        lenet5()(load_dataset("mnist"), Streams(0))


@pytest.fixture
def onnx_file(tmp_path):
    """A convolution and a dense layer for images of 8 x 8, on file."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    arrays = {"k": rng.standard_normal((2, 1, 3, 3)), "w": rng.standard_normal((10, 72))}
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["c"], name="conv"),
        helper.make_node("Flatten", ["c"], ["f"]),
        helper.make_node("Gemm", ["f", "w"], ["y"], name="fc", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(a.astype(np.float32), name) for name, a in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, tmp_path / "net.onnx")
    return tmp_path / "net.onnx"


def test_network_from_a_file_takes_the_vectors_of_a_data_set(onnx_file):
    shaped = from_file(onnx_file, (1, 8, 8))
    made = prepare_classifier("sklearn.digits", shaped, Streams(0))
    x = made.x_test[:5]
    expected = read_model(onnx_file).run(x.reshape(5, 1, 8, 8))
    np.testing.assert_array_equal(made.graph.run(x), expected)


def test_network_that_does_not_fit_the_data_is_refused(onnx_file):
    with pytest.raises(SpecError, match=r"cannot be run on sklearn\.digits"):
        prepare_classifier("sklearn.digits", from_file(onnx_file), Streams(0))


def test_network_with_too_few_outputs_is_refused():
    few = [Dense(name="a", weights=np.ones((3, 64)), bias=np.zeros(3))]
    with pytest.raises(SpecError, match="10 classes"):
        prepare_classifier("sklearn.digits", lambda data, streams: read_model(few), Streams(0))


def test_sizes_of_a_perceptron_are_those_of_its_matrices():
    made = prepare_classifier("sklearn.digits", mlp([7, 5], epochs=1), Streams(0))
    blocks = made.graph.blocks().values()
    assert [(b.inputs, b.outputs) for b in blocks] == mlp_sizes(64, [7, 5], 10)
