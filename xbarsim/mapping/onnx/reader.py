"""Networks in ONNX files, as every framework exports them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from xbarsim.errors import SpecError
from xbarsim.layers import Node
from xbarsim.mapping.fold import fold
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.onnx.bias import with_bias
from xbarsim.mapping.onnx.file import (
    DEFAULT_DOMAIN,
    check_node,
    constants_of,
    inputs_of,
    load_onnx,
    opset_of,
)
from xbarsim.mapping.onnx.folding import worked_out
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.parts import PARTS
from xbarsim.mapping.onnx.pointwise import POINTWISE
from xbarsim.mapping.onnx.recurrent import RECURRENT
from xbarsim.mapping.onnx.shapes import SHAPES
from xbarsim.mapping.onnx.tape import Tape
from xbarsim.mapping.onnx.value import Known, Value
from xbarsim.mapping.onnx.weights import WEIGHTS
from xbarsim.mapping.onnx.windows import WINDOWS

#: what reads each operator that depends on the network's input
OPERATORS: Mapping[str, Handler] = {
    **WEIGHTS,
    **RECURRENT,
    **WINDOWS,
    **POINTWISE,
    **SHAPES,
    **PARTS,
}
_BRANCHES = ("If", "Loop", "Scan", "SequenceMap")
_RANDOM = ("RandomNormal", "RandomUniform", "Multinomial", "Bernoulli")

# what comes of numbers in a broken file that no check expects
_MISFITS = (ValueError, TypeError, LookupError, ArithmeticError, MemoryError)


def from_onnx(
    model: Any | str | PathLike[str],
    *,
    output: str | None = None,
    shapes: Mapping[str, tuple[int | None, ...]] | None = None,
) -> Graph:
    """A network from an ONNX model.

    Matrices that multiply values of the network stand on tiles; operators between constants are
    worked out; everything else stays digital. Opsets 9 to that of the installed `onnx` are read.

    Parameters
    ----------
    model : path of an .onnx file, or an `onnx.ModelProto`.
    output : the tensor that the network gives, of any in the model; needed if the model has
        several outputs. Its batch is moved to the first axis.
    shapes : shapes of inputs that the model leaves open, by name; None for the batch.

    Returns
    -------
    Each input has the batch on its first axis, of any size even where the model fixes one. Floats
    of 16 bits are taken as float32.

    Raises
    ------
    SpecError : the file cannot be read; an operator, attribute or shape is not supported. The
        message names file, node and operator.
    """
    source, proto = load_onnx(model)
    output = _output(source, proto, output)
    nodes = needed(proto.graph.node, output)
    opset = opset_of(source, proto)
    _refuse_unknown(source, nodes)
    inputs = inputs_of(source, proto, shapes or {})
    tape = Tape(inputs)
    found: dict[str, Tensor | None] = {"": None}
    found |= {i.name: Value(node=i.name, shape=(1, *i.sizes)) for i in inputs}
    found |= {k: tape.known(k, a) for k, a in constants_of(source, proto).items()}
    for node in nodes:
        _read(source, node, opset, tape, found)
    result = found.get(output)
    if not isinstance(result, Value) or result.node not in tape.nodes:
        raise SpecError(f"{source}: output {output!r} does not depend on the input through a layer")
    if result.merged:
        raise SpecError(f"{source}: output {output!r} has the batch merged with another axis")
    kept = _reached(tape.nodes, result.node)
    names = tuple(i.name for i in inputs)
    return fold(with_bias(Graph(nodes=kept, inputs=names, output=result.node)))


def _output(source: str, model: Any, output: str | None) -> str:
    """Name of the tensor that the network gives."""
    names = [o.name for o in model.graph.output]
    if output is None:
        if len(names) != 1:
            raise SpecError(
                f"{source}: has {len(names)} outputs, {', '.join(names)}; name one: output=..."
            )
        return str(names[0])
    if not any(output in node.output for node in model.graph.node):
        raise SpecError(f"{source}: no tensor {output!r}; outputs: {', '.join(names)}")
    return output


def needed(nodes: Sequence[Any], output: str) -> list[Any]:
    """The nodes that a tensor depends on, in order."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(name for name in node.input if name)
            kept.append(node)
    return kept[::-1]


def _what(source: str, node: Any) -> str:
    name = node.name or (node.output[0] if node.output else "")
    kind = node.op_type if node.domain in DEFAULT_DOMAIN else f"{node.domain}.{node.op_type}"
    return f"{source}: node {name!r} ({kind})"


def _refuse_unknown(source: str, nodes: Iterable[Any]) -> None:
    """Refuse operators that nothing reads: of another domain, with branches, or unknown to ONNX.

    Raises
    ------
    SpecError : one message for each.
    """
    from onnx import defs

    faults = []
    for node in nodes:
        ours = node.domain in DEFAULT_DOMAIN
        if ours and node.op_type in OPERATORS:
            continue
        if not ours or node.op_type in (*_BRANCHES, *_RANDOM) or not defs.has(node.op_type):
            faults.append(f"{_what(source, node)} is not supported; {_supported()}")
    if faults:
        raise SpecError(faults)


def _supported() -> str:
    return f"supported: {', '.join(sorted(OPERATORS))}, and any other between constants"


def _read(source: str, proto: Any, opset: int, tape: Tape, found: dict[str, Tensor | None]) -> None:
    """Read one node: its outputs go to `found`, what it becomes to `tape`."""
    from onnx.helper import get_attribute_value

    outputs: Sequence[Tensor | None]
    try:
        check_node(proto, opset)
        missing = [name for name in proto.input if name not in found]
        twice = [name for name in proto.output if name and name in found]
        if missing:
            raise SpecError(f"takes {missing[0]!r}, which nothing before it gives, or supports")
        if twice:
            raise SpecError(f"gives {twice[0]!r}, which is there already")
        inputs = [found[name] for name in proto.input]
        known = [t for t in inputs if isinstance(t, Known)]
        if len(known) == sum(t is not None for t in inputs):
            outputs = worked_out(proto, opset, inputs, len(tape.batches))
        elif proto.op_type not in OPERATORS:
            raise SpecError(f"is not supported; {_supported()}")
        else:
            values = {a.name: get_attribute_value(a) for a in proto.attribute}
            tape.names = tuple(readable_names(proto))
            op = Operation(
                opset=opset,
                inputs=inputs,
                outputs=len(proto.output),
                attributes={k: _plain(v) for k, v in values.items()},
                tape=tape,
            )
            outputs = OPERATORS[proto.op_type](op)
            if op.attributes:
                raise SpecError(f"attributes {', '.join(op.attributes)} are not supported")
    except SpecError as fault:
        raise SpecError([f"{_what(source, proto)}: {text}" for text in fault.faults]) from None
    except _MISFITS as fault:
        text = f"its attributes and inputs do not fit together ({fault})"
        raise SpecError(f"{_what(source, proto)}: {text}") from fault
    found |= {name: tensor for name, tensor in zip(proto.output, outputs) if tensor}  # noqa: B905


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return [_plain(v) for v in value] if isinstance(value, list) else value


def readable_names(proto: Any) -> list[str]:
    """What to call a node, the best first: ``/block/block.0/fc/Gemm`` is ``block.0.fc``.

    Exporters name nodes by the module that they stand for and the operator, as here, or by the
    operator alone, ``node_linear``, where the module is to be seen from the weights' name.
    """
    name = proto.name or proto.output[0]
    if name.startswith("node_"):
        modules = [i.removesuffix(".weight") for i in proto.input if i.endswith(".weight")]
        return [*modules, name.removeprefix("node_")]
    parts: list[str] = []
    for part in name.split("/"):
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        elif part:
            parts.append(part)
    full = ".".join(parts) or name
    layer = proto.op_type in {**WEIGHTS, **RECURRENT, **WINDOWS}
    if layer and len(parts) > 1 and parts[-1].split("_")[0] == proto.op_type:
        return [".".join(parts[:-1]), full]
    return [full]


def _reached(nodes: Mapping[str, Node], output: str) -> tuple[Node, ...]:
    """The nodes that the output depends on, and those whose tiles they share."""
    wanted, kept = {output}, []
    for node in reversed([*nodes.values()]):
        if node.name in wanted:
            wanted.update(node.inputs)
            kept.append(node)
    homes = {n.name for n in kept}
    return tuple(_at_home(n, homes) for n in kept[::-1])


def _at_home(node: Node, names: set[str]) -> Node:
    if node.home in names:
        return node
    return replace(node, settings={k: v for k, v in node.settings.items() if k != "shared"})
