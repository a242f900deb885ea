"""Every ONNX operator with a matrix gives on tiles what onnx gives."""

import numpy as np
import pytest
from on_tiles import CELLS, layers, on_tiles, same

from xbarsim.mapping import from_onnx

pytest.importorskip("onnx")

from onnx import TensorProto  # noqa: E402
from onnx_models import (  # noqa: E402
    IMAGE,
    SERIES,
    chain,
    expected,
    inputs_for,
    ints,
    normal,
    one,
    recurrent,
)

OPERATORS = {
    "gemm": one("Gemm", normal(9, 5), normal(5), x=("n", 9)),
    "gemm transposed and scaled": one(
        "Gemm", normal(5, 9), normal(1, 5), x=("n", 9), transB=1, alpha=0.5, beta=2.0
    ),
    "gemm from the left": chain(
        ("Gemm w x -> b", {"transA": 1, "transB": 1}), ("Transpose b -> y",), w=normal(9, 5),
        x=("n", 9),
    ),
    "matrix": one("MatMul", normal(9, 3), x=("n", 5, 9)),
    "matrix from the left": one("MatMul", normal(4, 8), x=("n", 8, 4), first=True),
    "matrix and a constant": chain(
        ("MatMul x w -> a",), ("Add a b -> c",), ("Relu c -> y",), w=normal(9, 3), b=normal(3),
        x=("n", 9),
    ),
    "quantised": chain(
        ("DequantizeLinear q s z -> w", {"axis": 1}), ("MatMul x w -> y",),
        q=np.arange(36, dtype=np.int8).reshape(9, 4), s=0.1 * np.abs(normal(4)),
        z=np.array([1, 0, 2, 9], np.int8), opset=19, x=("n", 9),
    ),
    "halves": chain(
        ("Cast h -> f", {"to": TensorProto.FLOAT}), ("Transpose f -> w",), ("MatMul x w -> y",),
        h=normal(5, 9).astype(np.float16), x=("n", 9),
    ),
    "conv": one("Conv", normal(3, 4, 3, 3), normal(3), x=IMAGE),
    "conv of series": one("Conv", normal(3, 5, 2), x=("n", 5, 9), strides=[2]),
    "conv padded": one("Conv", normal(3, 4, 3, 2), x=IMAGE, pads=[1, 0, 2, 1], strides=[2, 1]),
    "conv dilated": one("Conv", normal(3, 4, 3, 2), x=IMAGE, dilations=[2, 3]),
    "conv of the same size": one(
        "Conv", normal(3, 4, 4, 2), x=IMAGE, auto_pad="SAME_UPPER", strides=[2, 1]
    ),
    "conv in groups": one("Conv", normal(6, 2, 3, 3), normal(6), x=IMAGE, group=2),
    "conv by channel": one("Conv", normal(4, 1, 3, 3), x=IMAGE, group=4),
    "transposed": one(
        "ConvTranspose", normal(4, 3, 3, 3), normal(3), x=IMAGE, strides=[3, 2],
        pads=[1, 1, 0, 2], output_padding=[2, 1],
    ),
    "transposed dilated": one("ConvTranspose", normal(4, 3, 2, 3), x=IMAGE, dilations=[2, 1]),
    "normalised": chain(
        ("Conv x w -> a",), ("BatchNormalization a s t m v -> y",), x=IMAGE, w=normal(3, 4, 2, 2),
        **{k: np.abs(normal(3, seed=i)) for i, k in enumerate("stmv")},
    ),
}  # fmt: skip
GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
LAST = [("Transpose h -> q", {"perm": [1, 0, 2]}), ("Reshape q flat -> y",)]


def placed_exactly(proto, **settings):
    """The placement of a model that gives on tiles what it gives in onnx."""
    feeds = inputs_for(proto)
    found, placed = on_tiles(from_onnx(proto), *feeds.values(), **settings)
    same(found, expected(proto, feeds))
    return placed


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("case", OPERATORS)
def test_an_operator_is_exact(case, cells):
    placed = placed_exactly(OPERATORS[case], **CELLS[cells])
    assert len(placed.partitions) == 1


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("op", [*GATES, "GRU that resets first"])
def test_a_recurrent_operator_is_exact(op, directions, cells):
    first = {"linear_before_reset": 0} if "first" in op else {}
    op = op.split()[0]
    text, attributes, arrays = recurrent(op, GATES[op], directions=directions, h=6, **first)
    proto = chain(
        ("Transpose x -> t", {"perm": [1, 0, 2]}), (f"{text} -> s h", attributes), *LAST,
        x=SERIES, flat=ints(0, -1), **arrays,
    )  # fmt: skip
    placed = placed_exactly(proto, **CELLS[cells])
    assert len(placed.partitions) == directions * (3 if first else 2)


def test_a_network_is_exact_and_lists_what_stays_digital():
    proto = chain(
        ("Conv x w b -> a", {"pads": [1, 1, 1, 1]}),
        ("Relu a -> c",),
        ("MaxPool c -> d", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("ConvTranspose d u -> e",),
        ("GlobalAveragePool e -> f",),
        ("Flatten f -> g",),
        ("LayerNormalization g s t -> h",),
        ("Gemm h v k -> i",),
        ("Softmax i -> y",),
        x=IMAGE, w=normal(6, 4, 3, 3), b=normal(6), u=normal(6, 9, 2, 2), s=normal(9),
        t=normal(9, seed=1), v=normal(9, 5), k=normal(5),
    )  # fmt: skip
    placed = placed_exactly(proto)
    assert len(layers(placed)) == 3
    constants, none = "constants, but no matrix of weights", "has no weights"
    assert list(zip(placed.digital["op"], placed.digital["why"], strict=True)) == [
        ("relu", none), ("max_pool", none), ("reduce_mean", none), ("reshape", none),
        ("layer_norm", constants), ("softmax", none),
    ]  # fmt: skip
