import numpy as np
import pytest

pytest.importorskip("onnx")

from onnx import TensorProto, helper
from onnx_models import (
    IMAGE,
    SERIES,
    chain,
    expected,
    inputs_for,
    ints,
    model,
    normal,
    one,
    recurrent,
)

from xbarsim.mapping.onnx.reader import from_onnx


def check(proto, **arguments):
    """The graph of a model that gives what onnx gives, in single precision."""
    graph = from_onnx(proto, **arguments)
    feeds = inputs_for(proto)
    with np.errstate(invalid="ignore", divide="ignore"):
        want, got = expected(proto, feeds), graph.run(*feeds.values())
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    return graph


def ops(graph):
    return [node.op for node in graph.nodes]


POINTWISE = {
    "relu": one("Relu"),
    "leaky relu": one("LeakyRelu", alpha=0.2),
    "elu": one("Elu", alpha=0.7),
    "celu": one("Celu", alpha=0.7),
    "selu": one("Selu"),
    "selu of other constants": one("Selu", alpha=1.2, gamma=0.9),
    "gelu": one("Gelu", opset=20),
    "gelu of tanh": one("Gelu", opset=20, approximate="tanh"),
    "hard sigmoid": one("HardSigmoid"),
    "hard sigmoid of other constants": one("HardSigmoid", alpha=0.3, beta=0.4),
    "hard swish": one("HardSwish"),
    "softplus": one("Softplus"),
    "softsign": one("Softsign"),
    "mish": one("Mish", opset=18),
    "sigmoid": one("Sigmoid"),
    "tanh": one("Tanh"),
    "erf": one("Erf"),
    "exp": one("Exp"),
    "negative": one("Neg"),
    "absolute": one("Abs"),
    "sine": one("Sin"),
    "cosine": one("Cos"),
    "floor": one("Floor"),
    "reciprocal": one("Reciprocal"),
    "logarithm": chain(("Abs x -> a",), ("Log a -> y",)),
    "square root": chain(("Abs x -> a",), ("Sqrt a -> y",)),
    "clip": one("Clip", np.float32(-0.5), np.float32(0.5)),
    "clip from below": one("Clip", np.float32(-0.5)),
    "clip from above": one("Clip", None, np.float32(0.5)),
    "clip before opset 11": one("Clip", opset=9, min=-0.3, max=0.4),
    "prelu": one("PRelu", normal(1)),
    "prelu by channel": one("PRelu", normal(4, 1, 1), x=IMAGE),
    "cast to double and back": chain(
        ("Cast x -> a", {"to": TensorProto.DOUBLE}), ("Cast a -> y", {"to": TensorProto.FLOAT})
    ),
    "softmax": one("Softmax", x=("n", 3, 4)),
    "softmax of axis 1": one("Softmax", x=("n", 3, 4), axis=1),
    "softmax before opset 13 of the last axis": one("Softmax", x=("n", 3, 4), opset=11, axis=2),
    "log softmax": one("LogSoftmax", x=("n", 3, 4), axis=-2),
    "add a vector": one("Add", normal(4)),
    "add a scalar": one("Add", np.float32(2)),
    "constant minus value": one("Sub", normal(4), first=True),
    "constant of more axes": one("Mul", normal(1, 3, 4), first=True, x=("n", 3, 4)),
    "divide": one("Div", np.abs(normal(3, 1)) + 1, x=("n", 3, 4)),
    "power": one("Pow", np.float32(2)),
    "power of a whole number": one("Pow", np.int64(3)),
    "maximum of three": chain(("Relu x -> a",), ("Max c x a -> y",), c=normal(4)),
    "minimum of one": chain(("Relu x -> a",), ("Min a -> y",)),
    "sum": chain(("Relu x -> a",), ("Sum x a c -> y",), c=normal(4)),
    "values that meet": chain(("Exp x -> a",), ("Sub a x -> b",), ("Mul b x -> y",)),
    "values that broadcast": chain(
        ("ReduceSum x two -> r",), ("Add x r -> y",), x=("n", 3, 4), two=ints(2)
    ),
    "mask of -inf": chain(
        ("Add x m -> a",),
        ("Softmax a -> y",),
        x=("n", 4, 4),
        m=np.triu(np.full((4, 4), -np.inf, np.float32), 1) + np.float32(0.5),
    ),
    "mask of -inf for every sample": chain(
        ("Shape x -> s",),
        ("Expand m s -> e",),
        ("Add x e -> a",),
        ("Softmax a -> y",),
        x=("n", 4, 4),
        m=np.triu(np.full((4, 4), -np.inf, np.float32), 1),
    ),
    "where for every sample": chain(
        ("Shape x -> s",),
        ("Expand m s -> e",),
        ("Where e c x -> y",),
        x=("n", 3, 4),
        m=normal(3, 4) > 0,
        c=normal(4, seed=5),
    ),
    "where of a scalar": chain(
        ("Where m c x -> y",), x=("n", 3, 4), m=normal(3, 4) > 0, c=np.float32(-1e9)
    ),
    "where of an array": chain(("Where m x c -> y",), m=normal(4) > 0, c=normal(4, seed=5)),
    "where of two values": chain(("Exp x -> a",), ("Where m a x -> y",), m=normal(4) > 0),
}


@pytest.mark.parametrize("case", POINTWISE)
def test_operator_on_each_value_gives_what_onnx_gives(case):
    check(POINTWISE[case])


def test_softmax_before_opset_13_runs_over_all_axes_from_its_own_on():
    graph = from_onnx(one("Softmax", x=("n", 3, 4), opset=11))
    x = normal(2, 3, 4)
    e = np.exp(x)
    np.testing.assert_allclose(graph.run(x), e / e.sum((1, 2), keepdims=True), rtol=1e-6)


def test_double_precision_stays():
    proto = chain(("MatMul x w -> a",), ("Sigmoid a -> y",), w=normal(4, 3).astype(float))
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    x = np.random.default_rng(0).normal(size=(3, 4))
    got = from_onnx(proto).run(x)
    np.testing.assert_allclose(got, expected(proto, {"x": x}), rtol=1e-12)
    assert got.dtype == float


def test_half_precision_is_read_as_single():
    half = normal(4, 3).astype(np.float16)
    proto, x = one("MatMul", half), normal(2, 4)
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    np.testing.assert_array_equal(from_onnx(proto).run(x), x @ half.astype(np.float32))


def test_network_of_two_inputs_takes_them_in_the_order_of_the_model():
    nodes = [helper.make_node("Sub", ["b", "a"], ["c"]), helper.make_node("Relu", ["c"], ["y"])]
    graph = check(model(nodes, inputs={"a": ("n", 4), "b": ("n", 3, 4)[::2]}))
    assert graph.inputs == ("a", "b")


def test_output_has_its_batch_moved_to_the_first_axis():
    proto = one("Mul", normal(3, 1, 4))
    x = inputs_for(proto, batch=5)
    got = from_onnx(proto).run(*x.values())
    np.testing.assert_array_equal(got, expected(proto, x).swapaxes(0, 1))


SHAPES = {
    "reshape": one("Reshape", ints(-1, 12), x=("n", 3, 4)),
    "reshape that keeps axes": one("Reshape", ints(0, 2, -1), x=("n", 4, 6)),
    "reshape of a fixed batch": one("Reshape", ints(3, 2, 12), x=(3, 4, 6)),
    "flatten": one("Flatten", x=IMAGE),
    "transpose": one("Transpose", x=("n", 3, 4), perm=[0, 2, 1]),
    "transpose there and back": chain(
        ("Transpose x -> a",), ("Relu a -> b",), ("Transpose b -> y",), x=("n", 3, 4)
    ),
    "squeeze": chain(("ReduceMax x -> a", {"axes": [2]}), ("Squeeze a -> y",), x=("n", 3, 4)),
    "squeeze of one axis": one("Squeeze", ints(-1), x=("n", 3, 1)),
    "squeeze before opset 13": one("Squeeze", opset=11, x=("n", 1, 1, 3), axes=[1, 2]),
    "unsqueeze": one("Unsqueeze", ints(1, -1)),
    "unsqueeze before opset 13": one("Unsqueeze", opset=11, axes=[1]),
    "concatenate": chain(("Exp x -> a",), ("Concat x a x -> y", {"axis": 1})),
    "concatenate with a constant": one("Concat", normal(1, 2), x=(1, 3), axis=-1),
    "token for every sample": chain(
        ("Shape x -> s", {"end": 1}),
        ("Concat s rest -> all", {"axis": 0}),
        ("Expand token all -> t",),
        ("Concat t x -> y", {"axis": 1}),
        x=("n", 3, 4),
        rest=ints(1, 4),
        token=normal(1, 1, 4),
    ),
    "split": chain(("Split x -> a b", {"axis": 1}), ("Sub a b -> y",)),
    "split of sizes": chain(("Split x s -> a b", {"axis": 1}), ("Relu b -> y",), s=ints(1, 3)),
    "split before opset 13": chain(
        ("Split x -> a b", {"axis": 1, "split": [2, 2]}), ("Sub a b -> y",), opset=11
    ),
    "split in a number": chain(
        ("Split x -> a b c", {"axis": 1, "num_outputs": 3}), ("Relu b -> y",), x=("n", 5), opset=18
    ),
    "slice": one("Slice", ints(1, -3), ints(100, -1), ints(1, 2), x=IMAGE),
    "slice in steps": one("Slice", ints(0), ints(7), ints(2), ints(2), x=IMAGE),
    "slice backwards": one("Slice", ints(-1), ints(-(2**62)), ints(1), ints(-1)),
    "slice of every sample": one("Slice", ints(0, 1), ints(2**62, 3), x=("n", 4)),
    "slice before opset 10": one("Slice", opset=9, starts=[1], ends=[3], axes=[1]),
    "gather one": one("Gather", np.int64(-2), x=("n", 3, 4), axis=1),
    "gather several": one("Gather", ints(2, 0, 0), x=("n", 3, 4), axis=2),
    "gather a table": one("Gather", ints([0, 1], [2, 3]), axis=1),
    "pad": one("Pad", ints(0, 1, 0, 2), np.float32(0.5)),
    "pad of axes": one("Pad", ints(1, 2), None, ints(2), x=IMAGE, opset=18),
    "pad before opset 11": one("Pad", opset=9, pads=[0, 1, 0, 0], value=0.25),
    "expand": one("Expand", ints(1, 3, 4), x=("n", 1, 4)),
    "tile": one("Tile", ints(1, 2, 3), x=("n", 3, 4)),
    "depth to space": one("DepthToSpace", x=IMAGE, blocksize=2),
    "depth to space by columns": one("DepthToSpace", x=("n", 8, 3, 2), blocksize=2, mode="CRD"),
    "space to depth": one("SpaceToDepth", x=("n", 2, 4, 6), blocksize=2),
    "mean": one("ReduceMean", x=("n", 3, 4), axes=[1], keepdims=0),
    "mean of opset 18": one("ReduceMean", ints(-1), x=("n", 3, 4), opset=18),
    "sum": one("ReduceSum", ints(1, 2), x=("n", 3, 4), keepdims=0),
    "sum before opset 13": one("ReduceSum", x=("n", 3, 4), opset=11, axes=[2]),
    "maximum": one("ReduceMax", x=("n", 3, 4), axes=[-1]),
    "minimum": one("ReduceMin", x=("n", 3, 4), axes=[1]),
    "flatten by arithmetic on its shape": chain(
        ("Shape x -> s",),
        ("Gather s zero -> n",),
        ("Gather s one -> c",),
        ("Gather s two -> w",),
        ("Mul c w -> cw",),
        ("Unsqueeze n axis -> n1",),
        ("Unsqueeze cw axis -> cw1",),
        ("Concat n1 cw1 -> t", {"axis": 0}),
        ("Reshape x t -> y",),
        x=("n", 3, 4),
        zero=np.int64(0),
        one=np.int64(1),
        two=np.int64(2),
        axis=ints(0),
    ),
    "size": chain(
        ("Size x -> s",),
        ("Div s four -> k",),
        ("Concat k rest -> t", {"axis": 0}),
        ("Reshape x t -> y",),
        x=("n", 4, 1),
        four=ints(4),
        rest=ints(2, 2),
    ),  # fmt: skip
    "dropout": chain(("Relu x -> a",), ("Dropout a -> b",), ("Identity b -> y",)),
    "samples merged with steps": chain(
        ("Transpose x -> t", {"perm": [1, 0, 2]}),
        ("Reshape t flat -> a",),
        ("Gemm a w -> b",),
        ("Reshape b back -> c",),
        ("Transpose c -> y", {"perm": [1, 0, 2]}),
        x=("n", 3, 4),
        flat=ints(-1, 4),
        back=ints(3, -1, 2),
        w=normal(4, 2),
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_operator_on_shapes_gives_what_onnx_gives(case):
    check(SHAPES[case])


WEIGHTS = {
    "gemm": one("Gemm", normal(4, 3), normal(3)),
    "gemm without a bias": one("Gemm", normal(4, 3)),
    "gemm transposed": one("Gemm", normal(3, 4), normal(1, 3), transB=1),
    "gemm scaled": one("Gemm", normal(4, 3), np.float32(0.7), alpha=0.5, beta=2.0),
    "gemm from the left": chain(
        ("Transpose x -> a",), ("Gemm w a c -> b", {"beta": 2.0}), ("Transpose b -> y",),
        w=normal(3, 4), c=normal(3, 1),
    ),
    "gemm from the left, transposed": chain(
        ("Gemm w x -> b", {"transA": 1, "transB": 1}), ("Transpose b -> y",), w=normal(4, 3)
    ),
    "gemm of a transposed value": chain(
        ("Transpose x -> a",), ("Gemm a w c -> y", {"transA": 1}), w=normal(4, 3), c=normal(3)
    ),
    "gemm that adds a value": chain(("Relu x -> a",), ("Gemm x w a -> y",), w=normal(4, 4)),
    "matrix": one("MatMul", normal(4, 3)),
    "matrix for every step": one("MatMul", normal(4, 3), x=("n", 5, 4)),
    "matrix on a stack of one": one("MatMul", normal(1, 4, 3), x=("n", 5, 4)),
    "matrix from the left": one("MatMul", normal(3, 5), x=("n", 5, 4), first=True),
    "vector": one("MatMul", normal(4), x=("n", 5, 4)),
    "vector from the left": one("MatMul", normal(5), x=("n", 5, 4), first=True),
    "two values": chain(
        ("Transpose x -> t", {"perm": [0, 2, 1]}), ("MatMul x t -> y",), x=("n", 5, 4)
    ),
    "quantised weights": chain(
        ("DequantizeLinear q s z -> w", {"axis": 1}), ("MatMul x w -> y",),
        q=np.arange(12, dtype=np.int8).reshape(4, 3), s=np.abs(normal(3)),
        z=np.array([1, 0, 2], np.int8), opset=19,
    ),
    "weights quantised and back": chain(
        ("QuantizeLinear w s z -> q",), ("DequantizeLinear q s z -> v",), ("MatMul x v -> y",),
        w=normal(4, 3), s=np.float32(0.05), z=np.int8(0), opset=19,
    ),
    "weights transposed and cast": chain(
        ("Cast h -> f", {"to": TensorProto.FLOAT}), ("Transpose f -> w",), ("MatMul x w -> y",),
        h=normal(3, 4).astype(np.float16),
    ),
    "conv": one("Conv", normal(3, 4, 3, 3), normal(3), x=IMAGE),
    "conv in one dimension": one("Conv", normal(3, 5, 2), x=("n", 5, 9), strides=[2]),
    "conv padded": one("Conv", normal(3, 4, 3, 2), x=IMAGE, pads=[1, 0, 2, 1], strides=[2, 1]),
    "conv dilated": one("Conv", normal(3, 4, 3, 2), x=IMAGE, dilations=[2, 3]),
    "conv in groups": one("Conv", normal(6, 2, 3, 3), normal(6), x=IMAGE, group=2),
    "conv by channel": one("Conv", normal(4, 1, 3, 3), x=IMAGE, group=4),
    "conv of the same size": one(
        "Conv", normal(3, 4, 4, 2), x=IMAGE, auto_pad="SAME_UPPER", strides=[2, 1]
    ),
    "conv of the same size, before": one(
        "Conv", normal(3, 4, 4, 2), x=IMAGE, auto_pad="SAME_LOWER"
    ),
    "conv without padding": one("Conv", normal(3, 4, 4, 2), x=IMAGE, auto_pad="VALID"),
    "conv for every step": chain(
        ("Reshape x images -> a",), ("Conv a w -> b",),
        ("MaxPool b -> c", {"kernel_shape": [2, 2]}), ("Reshape c series -> y",),
        x=("n", 3, 2, 5, 5), images=ints(-1, 2, 5, 5), series=ints(-1, 3, 12), w=normal(3, 2, 3, 3),
    ),
    "transposed conv": one("ConvTranspose", normal(4, 3, 3, 3), normal(3), x=IMAGE),
    "transposed conv with strides": one(
        "ConvTranspose", normal(4, 3, 3, 3), x=IMAGE, strides=[3, 2], pads=[1, 1, 0, 2],
        output_padding=[2, 1],
    ),
    "transposed conv dilated": one("ConvTranspose", normal(4, 3, 2, 3), x=IMAGE, dilations=[2, 1]),
    "transposed conv of the same size": one(
        "ConvTranspose", normal(4, 3, 3, 4), x=IMAGE, strides=[2, 2], auto_pad="SAME_UPPER"
    ),
    "transposed conv of the same size, before": one(
        "ConvTranspose", normal(4, 3, 3, 4), x=IMAGE, strides=[2, 2], auto_pad="SAME_LOWER"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WEIGHTS)
def test_operator_with_a_matrix_gives_what_onnx_gives(case):
    graph = check(WEIGHTS[case])
    assert len(graph.weighted) == (case != "two values")


def test_output_shape_of_a_transposed_convolution_says_what_is_cut_off():
    w, x = normal(4, 3, 3, 3), normal(2, 4, 7, 6)
    settings = {"x": IMAGE, "strides": [3, 2]}
    cut = from_onnx(one("ConvTranspose", w, **settings, output_shape=[20, 10]))
    padded = from_onnx(one("ConvTranspose", w, **settings, pads=[1, 2, 0, 1]))
    np.testing.assert_array_equal(cut.run(x), padded.run(x))


def test_transposed_convolution_in_groups_gives_that_of_each_group():
    w, x = normal(4, 3, 3, 3), normal(2, 4, 7, 6)
    whole = from_onnx(one("ConvTranspose", w, x=IMAGE, group=2)).run(x)
    half = ("n", 2, 7, 6)
    parts = [from_onnx(one("ConvTranspose", w[k], x=half)).run(x[:, k])
             for k in (slice(2), slice(2, 4))]  # fmt: skip
    np.testing.assert_allclose(whole, np.concatenate(parts, axis=1), rtol=1e-6)


def test_constant_added_to_a_product_is_its_bias():
    proto = chain(
        ("MatMul x w -> a",), ("Add b a -> c",), ("Relu c -> y",), w=normal(4, 3), b=normal(3)
    )
    assert ops(check(proto)) == ["linear", "relu"]


def test_constant_added_to_a_convolution_is_its_bias():
    proto = chain(
        ("Conv x w -> a",), ("Add a b -> y",), x=IMAGE, w=normal(3, 4, 1, 1), b=normal(3, 1, 1)
    )
    assert ops(check(proto)) == ["conv"]


def test_constant_added_to_a_product_that_is_read_elsewhere_stays():
    proto = chain(
        ("MatMul x w -> a",), ("Add a b -> c",), ("Mul a c -> y",), w=normal(4, 3), b=normal(3)
    )
    assert ops(check(proto)) == ["linear", "add", "multiply"]


def test_constant_that_differs_between_steps_is_no_bias():
    proto = chain(
        ("MatMul x w -> a",), ("Add a b -> y",), x=("n", 3, 4), w=normal(4, 3), b=normal(3, 3)
    )
    assert ops(check(proto)) == ["linear", "add"]


def test_weights_used_twice_stand_on_one_set_of_tiles():
    proto = chain(("Gemm x w b -> a",), ("Gemm a w b -> y",), w=normal(4, 4), b=normal(4))
    graph = check(proto)
    assert len(graph.weighted) == 2
    assert len(graph.blocks()) == 1


def test_matrix_and_its_transpose_stand_apart():
    proto = chain(("Gemm x w -> a",), ("Gemm a w -> y", {"transB": 1}), w=normal(4, 4))
    assert len(check(proto).blocks()) == 2


def test_weights_used_twice_with_different_biases_stand_apart():
    proto = chain(
        ("Gemm x w b -> a",), ("Gemm a w c -> y",), w=normal(4, 4), b=normal(4), c=normal(4)
    )
    assert len(check(proto).blocks()) == 2


WINDOWS = {
    "max pool": one("MaxPool", x=IMAGE, kernel_shape=[2, 3], strides=[2, 1]),
    "max pool padded": one("MaxPool", x=IMAGE, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "max pool rounded up": one(
        "MaxPool", x=IMAGE, kernel_shape=[2, 2], strides=[2, 4], ceil_mode=1
    ),
    "max pool dilated": one("MaxPool", x=IMAGE, kernel_shape=[2, 2], dilations=[3, 2]),
    "max pool of the same size": one(
        "MaxPool", x=IMAGE, kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER"
    ),
    "max pool in one dimension": one("MaxPool", x=("n", 2, 9), kernel_shape=[3], strides=[2]),
    "average pool": one("AveragePool", x=IMAGE, kernel_shape=[2, 3], strides=[2, 1]),
    "average pool padded": one("AveragePool", x=IMAGE, kernel_shape=[3, 3], pads=[1, 0, 1, 2]),
    "average pool that counts padding": one(
        "AveragePool", x=IMAGE, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "average pool dilated": one(
        "AveragePool", x=IMAGE, kernel_shape=[2, 2], dilations=[2, 2], opset=19
    ),
    "average pool rounded up": one(
        "AveragePool", x=IMAGE, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1
    ),
    "average of all": one("GlobalAveragePool", x=IMAGE),
    "maximum of all": one("GlobalMaxPool", x=IMAGE),
    "resize": one("Resize", None, np.float32([1, 1, 2, 3]), x=IMAGE, mode="nearest"),
    "resize as torch has it": one(
        "Resize", None, np.float32([1, 1, 2, 1.5]), x=IMAGE, mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    ),
    "resize to a size": one(
        "Resize", None, None, ints(3, 4, 14, 6), x=(3, 4, 7, 6), mode="nearest"
    ),
    "resize to a size for any batch": chain(
        ("Shape x -> s", {"end": 2}), ("Concat s size -> t", {"axis": 0}),
        ("Resize x _ _ t -> y", {"mode": "nearest"}), x=IMAGE, size=ints(7, 18),
    ),
    "resize of axes": one(
        "Resize", None, np.float32([2, 3]), x=IMAGE, opset=18, mode="nearest", axes=[2, 3]
    ),
    "upsample": one("Upsample", np.float32([1, 1, 2, 2]), x=IMAGE, opset=9, mode="nearest"),
    "batch norm of its own": one(
        "BatchNormalization", *(np.abs(normal(4, seed=k)) for k in range(4)), x=IMAGE
    ),
    "instance norm": one("InstanceNormalization", normal(4), normal(4, seed=2), x=IMAGE),
    "group norm": one(
        "GroupNormalization", normal(4), normal(4, seed=2), x=IMAGE, opset=21, num_groups=2
    ),
    "layer norm": one("LayerNormalization", normal(4), normal(4, seed=2), x=("n", 3, 4)),
    "layer norm of two axes": one("LayerNormalization", normal(3, 4), x=("n", 3, 4), axis=1),
    "norm of the root mean square": one("RMSNormalization", normal(4), x=("n", 3, 4), opset=23),
}  # fmt: skip


@pytest.mark.parametrize("case", WINDOWS)
def test_operator_on_images_gives_what_onnx_gives(case):
    check(WINDOWS[case])


@pytest.mark.parametrize("transposed", [False, True])
def test_batch_norm_behind_a_convolution_becomes_part_of_it(transposed):
    op = "ConvTranspose" if transposed else "Conv"
    w = normal(4, 3, 2, 2) if transposed else normal(3, 4, 2, 2)
    proto = chain(
        (f"{op} x w -> a",), ("Add a bias -> b",), ("BatchNormalization b s t m v -> y",), x=IMAGE,
        w=w, bias=normal(3, 1, 1), **{k: np.abs(normal(3, seed=i)) for i, k in enumerate("stmv")},
    )  # fmt: skip
    assert ops(check(proto)) == ["conv"]


def series(text, attributes, arrays, tail, **more):
    return chain(
        ("Transpose x -> t", {"perm": [1, 0, 2]}), (text, attributes), *tail, x=SERIES,
        **arrays, **more,
    )  # fmt: skip


GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
EVERY = [("Squeeze s one -> q",), ("Transpose q -> y", {"perm": [1, 0, 2]})]
BOTH = [("Transpose s -> q", {"perm": [2, 0, 1, 3]}), ("Reshape q flat -> y",)]
LAST = [("Transpose h -> q", {"perm": [1, 0, 2]}), ("Reshape q flat -> y",)]


@pytest.mark.parametrize("op", GATES)
def test_states_of_a_recurrent_layer_are_what_onnx_gives(op):
    text, attributes, arrays = recurrent(op, GATES[op])
    check(series(f"{text} -> s", attributes, arrays, EVERY, one=ints(1)))


@pytest.mark.parametrize("op", GATES)
@pytest.mark.parametrize("directions", [1, 2])
def test_last_state_of_a_recurrent_layer_is_what_onnx_gives(op, directions):
    text, attributes, arrays = recurrent(op, GATES[op], directions=directions)
    check(series(f"{text} -> s h", attributes, arrays, LAST, flat=ints(0, -1)))


@pytest.mark.parametrize("op", GATES)
def test_layer_with_two_directions_gives_what_onnx_gives(op):
    text, attributes, arrays = recurrent(op, GATES[op], directions=2)
    graph = check(series(f"{text} -> s", attributes, arrays, BOTH, flat=ints(0, 5, 6)))
    assert [n.name for n in graph.weighted] == ["s.forward", "s.reverse"]


@pytest.mark.parametrize("directions", [1, 2])
def test_gru_that_resets_before_its_product_gives_what_onnx_gives(directions):
    text, attributes, arrays = recurrent("GRU", 3, directions=directions, linear_before_reset=0)
    graph = check(series(f"{text} -> s h", attributes, arrays, LAST, flat=ints(0, -1)))
    assert {block for _, block in graph.blocks()} == {"ih", "hh", "hn"}


def test_layer_that_runs_backwards_gives_what_onnx_gives():
    text, attributes, arrays = recurrent("LSTM", 4, bias=False, direction="reverse")
    check(series(f"{text} -> s h", attributes, arrays, LAST, flat=ints(0, -1)))


def test_layer_with_the_batch_first_gives_what_onnx_gives():
    text, attributes, arrays = recurrent("RNN", 1, layout=1)
    proto = chain((f"{text.replace(' t ', ' x ')} -> s h", attributes), ("Squeeze h one -> y",),
                  x=SERIES, one=ints(1), **arrays)  # fmt: skip
    graph, x = from_onnx(proto), normal(2, 5, 2)
    w, r, (b, c) = arrays["w"][0], arrays["r"][0], np.split(arrays["b"][0], 2)
    h = np.zeros((2, 3))
    for t in range(5):
        h = np.tanh(x[:, t] @ w.T + b + h @ r.T + c)
    np.testing.assert_allclose(graph.run(x), h, rtol=1e-5, atol=1e-6)


def test_rectified_recurrent_layer_gives_its_own_recursion():
    text, attributes, arrays = recurrent("RNN", 1, bias=False, activations=["Relu"])
    graph = from_onnx(series(f"{text} -> s h", attributes, arrays, LAST, flat=ints(0, -1)))
    x, h = normal(2, 5, 2), np.zeros((2, 3))
    for t in range(5):
        h = np.maximum(x[:, t] @ arrays["w"][0].T + h @ arrays["r"][0].T, 0)
    np.testing.assert_allclose(graph.run(x), h, rtol=1e-5, atol=1e-6)


def test_initial_states_of_zeros_for_any_batch_are_read():
    text, attributes, arrays = recurrent("LSTM", 4)
    zeros = [("Shape x -> n", {"end": 1}), ("Concat one n three -> z", {"axis": 0}),
             ("ConstantOfShape z -> o",)]  # fmt: skip
    proto = chain(
        *zeros, ("Transpose x -> t", {"perm": [1, 0, 2]}), (f"{text} _ o o -> s h", attributes),
        *LAST, x=SERIES, flat=ints(0, -1), one=ints(1), three=ints(3), **arrays,
    )  # fmt: skip
    check(proto)
