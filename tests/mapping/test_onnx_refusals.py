"""What an ONNX model must not hold, and what is said of it."""

import numpy as np
import pytest

from xbarsim.errors import SpecError
from xbarsim.mapping.read import read_model

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402
from onnx_models import IMAGE, SERIES, chain, ints, model, normal, one, recurrent  # noqa: E402

from xbarsim.mapping.onnx.reader import from_onnx  # noqa: E402


def refused(proto, *texts, **arguments):
    with pytest.raises(SpecError) as fault:
        from_onnx(proto, **arguments)
    for text in texts:
        assert text in str(fault.value)


def net():
    return one("Gemm", normal(4, 3), name="/fc/Gemm")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.onnx"


def test_path_of_a_file_is_read(path):
    onnx.save(net(), path)
    graph, x = read_model(path), normal(2, 4)
    assert [n.name for n in graph.nodes] == ["fc"]
    np.testing.assert_array_equal(read_model(str(path)).run(x), read_model(net()).run(x))


def test_missing_file_is_refused(path):
    refused(path, "net.onnx", "no such file")


@pytest.mark.parametrize("part", [slice(0, -20), slice(0, 0), slice(40, None)])
def test_file_that_is_cut_short_is_refused(path, part):
    path.write_bytes(net().SerializeToString()[part])
    refused(path, "net.onnx")


def test_file_of_another_kind_is_refused(path):
    path.write_text("weights: 1")
    refused(path, "net.onnx", "not an ONNX file")


def test_file_with_broken_names_is_refused(path):
    path.write_bytes(net().SerializeToString().replace(b"Gemm", b"G\xfcmm"))
    refused(path, "net.onnx", "not text")


def test_weights_of_an_unknown_type_are_refused():
    proto = net()
    proto.graph.initializer[0].data_type = 77
    refused(proto, "'c0'", "cannot be read")


def test_attributes_that_do_not_fit_are_refused():
    refused(one("Conv", normal(3, 4, 2, 2), x=IMAGE, strides=[1]), "(Conv)", "do not fit")


def test_missing_external_data_are_refused(path):
    onnx.save(net(), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    from_onnx(path)
    (path.parent / "weights.bin").unlink()
    refused(path, "net.onnx", "weights.bin")


def test_external_data_that_a_model_in_memory_lacks_are_refused(path):
    onnx.save(net(), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    refused(onnx.load(path, load_external_data=False), "c0")


def test_unknown_operator_is_refused_by_name_with_the_supported_ones():
    refused(one("Frobnicate", name="odd"), "net", "'odd'", "Frobnicate", "supported: Abs, Add")


def test_operator_of_another_domain_is_refused():
    proto = model([helper.make_node("Attention", ["x"], ["y"], domain="com.microsoft")])
    refused(proto, "com.microsoft.Attention", "supported")


def test_operator_that_is_not_read_is_refused():
    refused(one("Einsum", name="sum", equation="ij->ij"), "'sum'", "Einsum", "supported")


def test_branches_are_refused():
    branch = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["z"])],
        "branch",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
    )
    node = helper.make_node("If", ["c"], ["y"], "choice", then_branch=branch, else_branch=branch)
    refused(model([node], constants={"c": np.array(True)}), "'choice'", "If")


def test_attribute_that_onnx_does_not_know_is_refused():
    refused(one("Relu", slope=0.1, name="r"), "'r'", "slope")


def test_attribute_that_is_not_supported_is_refused():
    text, attributes, arrays = recurrent("LSTM", 4, clip=3.0)
    proto = chain(
        ("Transpose x -> t", {"perm": [1, 0, 2]}), (f"{text} -> y", attributes), x=SERIES, **arrays
    )
    refused(proto, "LSTM", "clip")


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ("_ h", "initial_h"),
        ("_ _ h", "initial_c"),
        ("_ _ _ p", "peepholes"),
        ("l", "sequence_lens"),
    ],
)
def test_recurrent_layer_that_starts_or_ends_otherwise_is_refused(inputs, text):
    operator, attributes, arrays = recurrent("LSTM", 4)
    proto = chain(
        ("Transpose x -> t", {"perm": [1, 0, 2]}),
        (f"{operator} {inputs} -> y", attributes),
        x=(2, 5, 2),
        h=normal(1, 2, 3),
        p=normal(1, 9),
        l=np.array([5, 4], np.int32),
        **arrays,
    )
    refused(proto, "LSTM", text)


def test_recurrent_layer_over_samples_is_refused():
    text, attributes, arrays = recurrent("RNN", 1)
    proto = chain((f"{text.replace(' t ', ' x ')} -> y", attributes), x=SERIES, **arrays)
    refused(proto, "RNN", "n the batch")


def test_cell_state_that_is_read_is_refused():
    text, attributes, arrays = recurrent("LSTM", 4)
    proto = chain(
        ("Transpose x -> t", {"perm": [1, 0, 2]}),
        (f"{text} -> _ _ c".replace("_", ""), attributes),
        x=SERIES,
        **arrays,
    )
    proto.graph.node[1].output[:] = ["", "", "c"]
    proto.graph.node.append(helper.make_node("Relu", ["c"], ["y"]))
    refused(proto, "Relu", "'c'")


@pytest.mark.parametrize("shape", [("n", "t"), ("n", None), ("n", 4, "w")])
def test_dynamic_axis_behind_the_batch_is_refused_by_name(shape):
    axis = len(shape) - 1
    refused(one("Relu", x=shape), "'x'", f"axis {axis}", "dynamic shapes", "shapes={'x'")


def test_dynamic_axis_is_read_when_its_size_is_given():
    graph = from_onnx(one("Flatten", x=("n", "t", 2)), shapes={"x": (None, 3, 2)})
    assert graph.run(normal(5, 3, 2)).shape == (5, 6)


def test_input_without_a_shape_is_refused():
    refused(one("Relu", x=None), "'x'", "no shape")


def test_shape_for_an_input_that_is_not_there_is_refused():
    refused(net(), "'z'", "'x'", shapes={"z": (None, 4)})


def test_input_of_text_is_refused():
    proto = one("Identity", x=("n", 2))
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING
    refused(proto, "'x'", "real numbers")


def test_one_output_of_several_must_be_named():
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Exp", ["a"], ["b"])]
    proto, x = model(nodes, y=["a", "b"]), normal(3, 4)
    refused(proto, "2 outputs", "a, b")
    np.testing.assert_array_equal(from_onnx(proto, output="a").run(x), np.maximum(x, 0))
    refused(proto, "'c'", output="c")


def test_what_the_named_output_does_not_need_may_be_anything():
    nodes = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("NonZero", ["a"], ["y"])]
    assert [n.op for n in from_onnx(model(nodes), output="a").nodes] == ["relu"]


def test_weights_that_are_not_finite_are_refused_by_name():
    w = normal(4, 3)
    w[1, 2] = np.nan
    refused(one("Gemm", w, name="/fc/Gemm"), "fc", "weights", "1 values")


@pytest.mark.parametrize("opset", [7, 99])
def test_opset_that_is_too_old_or_too_new_is_refused(opset):
    refused(one("Relu", opset=opset), f"opset {opset}", "9 to")


ACROSS = {
    "reshape": one("Reshape", ints(4, -1)),
    "reshape that keeps one sample": one("Reshape", ints(1, 4)),
    "sum": one("ReduceSum", x=("n", 3, 4)),
    "softmax": one("Softmax", axis=0),
    "slice": one("Slice", ints(0), ints(1)),
    "gather": one("Gather", ints(0)),
    "concatenate": chain(("Exp x -> a",), ("Concat a x -> y", {"axis": 0})),
    "product": chain(("Transpose x -> t",), ("MatMul x t -> y",)),
    "gemm": one("Gemm", normal(3, 4), first=True),
    "sum of values that lie across": chain(("Transpose x -> t",), ("Add x t -> y",), x=(4, 4)),
    "convolution": chain(("Transpose x -> t",), ("Conv t w -> y",), x=IMAGE, w=normal(3, 7, 1, 1)),
    "repetition": one("Tile", ints(2, 1)),
    "padding": one("Pad", ints(1, 0, 0, 0)),
    "constant": one("Add", normal(3, 4), x=(3, 4)),
    "layer norm": one("LayerNormalization", normal(3, 4), x=(3, 4), axis=0),
}


@pytest.mark.parametrize("case", ACROSS)
def test_operator_across_samples_is_refused(case):
    refused(ACROSS[case], f"({ACROSS[case].graph.node[-1].op_type})")


@pytest.mark.parametrize("operator", ["Min", "Div"])
def test_sizes_that_hide_how_they_depend_on_the_batch_are_refused(operator):
    proto = chain(
        ("Shape x -> s",), (f"{operator} s c -> m",), ("Reshape x m -> y",), c=ints(64, 4)
    )
    refused(proto, operator, "batch")


UNSUPPORTED = {
    "linear resize": (
        one("Resize", None, np.float32([1, 1, 2, 2]), x=IMAGE, mode="linear"),
        "mode",
    ),
    "resize that runtimes round differently": (
        one("Resize", None, np.float32([1, 1, 0.5, 0.7]), x=IMAGE, mode="nearest"),
        "whole multiples",
    ),
    "reflected padding": (one("Pad", ints(0, 1, 0, 1), mode="reflect"), "mode"),
    "stack of matrices": (one("MatMul", normal(5, 4, 3), x=("n", 5, 2, 4)), "stack"),
    "gemm of values": (chain(("Exp x -> a",), ("Gemm x a -> y", {"transB": 1})), "constant"),
    "computed weights": (
        chain(("Conv x v -> a",), ("Conv x a -> y",), x=IMAGE, v=normal(4, 4, 1, 1)),
        "depends on the network's input",
    ),
    "weights of another width": (one("Gemm", normal(5, 3)), "5 inputs"),
    "kernel of another shape": (
        one("Conv", normal(3, 4, 2, 2), x=IMAGE, kernel_shape=[3, 3]),
        "kernel_shape",
    ),
    "channels that do not fit": (one("Conv", normal(3, 5, 2, 2), x=IMAGE), "(n, 5"),
    "whole numbers": (one("Cast", to=TensorProto.STRING), "real numbers"),
    "output that is the input": (one("Identity"), "through a layer"),
    "output that is constant": (
        chain(("Add c c -> y",), c=normal(1, 4)),
        "does not depend on the input",
    ),
    "indices of places": (
        chain(("MaxPool x -> a i", {"kernel_shape": [2, 2]}), ("Cast i -> y", {"to": 1}), x=IMAGE),
        "'i'",
    ),
    "dropout as in training": (one("Dropout", np.float32(0.5), np.array(True)), "training"),
    "two nodes that give the same": (chain(("Exp x -> y",), ("Relu x -> y",)), "already"),
    "value that nothing gives": (chain(("Relu z -> y",)), "'z'"),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_is_not_supported_is_refused_with_its_reason(case):
    proto, text = UNSUPPORTED[case]
    refused(proto, "net", text)
