"""Small ONNX models, an operator or a pattern of exporters each, and what `onnx` gives for them."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FLOAT = TensorProto.FLOAT
IMAGE = ("n", 4, 7, 6)
SERIES = ("n", 5, 2)


def model(nodes, *, x=("n", 4), y="y", constants=None, opset=17, kind=FLOAT, inputs=None):
    """A model of nodes that take `x` and give `y`; `inputs` are shapes of more than one input."""
    shapes = {"x": x} if inputs is None else inputs
    outputs = [y] if isinstance(y, str) else y
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in shapes.items()],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [numpy_helper.from_array(a, name) for name, a in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8 if opset < 22 else 10)


def one(op, *constants, x=("n", 4), opset=17, name="", first=False, outputs=("y",), **attributes):
    """A model of one operator; its inputs are x and constants, None for one that is left out."""
    names = ["" if c is None else f"c{k}" for k, c in enumerate(constants)]
    arrays = {f"c{k}": np.asarray(c) for k, c in enumerate(constants) if c is not None}
    inputs = [*names, "x"] if first else ["x", *names]
    node = helper.make_node(op, inputs, outputs, name=name, **attributes)
    return model([node], x=x, constants=arrays, opset=opset, y=[o for o in outputs if o][-1])


def chain(*nodes, x=("n", 4), opset=17, **constants):
    """A model of operators written as ``Op a b -> c``, with a dict of attributes behind each."""
    made = []
    for text, *attributes in nodes:
        left, right = text.split("->")
        op, *inputs = left.split()
        inputs = ["" if name == "_" else name for name in inputs]
        made.append(helper.make_node(op, inputs, right.split(), **(attributes or [{}])[0]))
    arrays = {name: np.asarray(c) for name, c in constants.items()}
    return model(made, x=x, constants=arrays, opset=opset)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def ints(*values):
    return np.array(values, dtype=np.int64)


def inputs_for(proto, batch=3, seed=1):
    """Random inputs, and a batch of `batch` where the model leaves it open."""
    rng = np.random.default_rng(seed)
    feeds = {}
    for i in proto.graph.input:
        shape = [d.dim_value or batch for d in i.type.tensor_type.shape.dim]
        whole = i.type.tensor_type.elem_type == TensorProto.INT64
        feeds[i.name] = (
            rng.integers(0, 5, shape) if whole else rng.normal(size=shape).astype(np.float32)
        )
    return feeds


def expected(proto, feeds):
    return ReferenceEvaluator(proto).run(None, feeds)[0]


def recurrent(op, gates, *, directions=1, layout=0, bias=True, h=3, width=2, **attributes):
    """Constants and attributes of a recurrent operator that takes series of 5 steps."""
    arrays = {
        "w": normal(directions, gates * h, width, seed=2),
        "r": normal(directions, gates * h, h, seed=3),
        "b": normal(directions, 2 * gates * h, seed=4),
    }
    if directions == 2:
        attributes["direction"] = "bidirectional"
    if layout:
        attributes["layout"] = layout
    if op == "GRU":
        attributes.setdefault("linear_before_reset", 1)
    names = "w r b" if bias else "w r"
    return f"{op} t {names}", {"hidden_size": h, **attributes}, arrays
