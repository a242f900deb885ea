"""ONNX files: opened, checked, and their inputs found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError

#: oldest opset that is read
OLDEST = 9
DEFAULT_DOMAIN = ("", "ai.onnx")


@dataclass(frozen=True, kw_only=True)
class ModelInput:
    """What a model is given.

    Parameters
    ----------
    name : the input's.
    batch : size of its first axis; None for any.
    sizes : sizes of the axes behind it.
    dtype : of its values; 16-bit floats are taken as float32.
    """

    name: str
    batch: int | None
    sizes: tuple[int, ...]
    dtype: npt.DTypeLike


def load_onnx(model: Any) -> tuple[str, Any]:
    """What to call a model in messages, and its ModelProto, local functions inlined.

    Raises
    ------
    SpecError : the file is missing, is no ONNX model, is cut short or lacks its external data; the
        package `onnx` is not installed.
    """
    try:
        import onnx
        from onnx.inliner import inline_local_functions
    except ImportError:
        raise SpecError(
            "ONNX models are read with the package onnx, which is not installed: "
            "pip install 'xbarsim[onnx]'"
        ) from None

    broken = import_module("google.protobuf.message").DecodeError
    if isinstance(model, onnx.ModelProto):
        source = model.graph.name or "the ONNX model"
    else:
        source = str(model)
        if not Path(model).is_file():
            raise SpecError(f"{source}: there is no such file")
        try:
            model = onnx.load(model)
        except broken as fault:
            raise SpecError(f"{source}: not an ONNX file, or cut short ({fault})") from None
        except (OSError, ValueError, onnx.checker.ValidationError) as fault:
            raise SpecError(f"{source}: external data cannot be read: {fault}") from None
    if not model.graph.node:
        raise SpecError(f"{source}: holds no network; not an ONNX file, or an empty one")
    if not all(isinstance(text, str) for text in _texts(model)):
        raise SpecError(f"{source}: holds names that are not text; the file is broken")
    if model.functions:
        model = inline_local_functions(model)
    return source, model


def _texts(model: Any) -> Iterator[Any]:
    for part in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        yield part.name
    for node in model.graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)


def check_node(node: Any, opset: int) -> None:
    """Refuse a node that does not keep to the definition of its operator.

    Raises
    ------
    SpecError : with what the `onnx` package says.
    """
    from onnx import checker

    context = type(checker.DEFAULT_CONTEXT)()
    context.ir_version = checker.DEFAULT_CONTEXT.ir_version
    context.opset_imports = {"": opset}
    try:
        checker.check_node(node, context)
    except checker.ValidationError as fault:
        text = " ".join(str(fault).split("==> Context")[0].split())
        raise SpecError(f"not as ONNX defines it: {text}") from None


def opset_of(source: str, model: Any) -> int:
    """Version of the ONNX operators that the model uses.

    Raises
    ------
    SpecError : it is older or newer than what is read.
    """
    from onnx import defs

    versions = [o.version for o in model.opset_import if o.domain in DEFAULT_DOMAIN]
    newest = defs.onnx_opset_version()
    opset = max(versions, default=0)
    if not OLDEST <= opset <= newest:
        raise SpecError(
            f"{source}: operators of opset {opset}; supported: {OLDEST} to {newest}; "
            "onnx.version_converter.convert_version may convert the model"
        )
    return int(opset)


def constants_of(source: str, model: Any) -> dict[str, npt.NDArray[Any]]:
    """The tensors that a model holds, by name.

    Raises
    ------
    SpecError : a tensor is sparse, broken or elsewhere.
    """
    from onnx.checker import ValidationError
    from onnx.numpy_helper import to_array

    if model.graph.sparse_initializer:
        raise SpecError(f"{source}: sparse tensors are not supported")
    found = {}
    for tensor in model.graph.initializer:
        try:
            found[tensor.name] = to_array(tensor)
        except (OSError, ValueError, TypeError, KeyError, ValidationError) as fault:
            raise SpecError(f"{source}: tensor {tensor.name!r} cannot be read: {fault}") from None
    return found


def inputs_of(
    source: str, model: Any, shapes: Mapping[str, tuple[int | None, ...]]
) -> list[ModelInput]:
    """What a model is given.

    Raises
    ------
    SpecError : an input has no shape, no axis, dynamic axes behind the first, or does not hold
        numbers.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    found = [i for i in model.graph.input if i.name not in constants]
    unknown = [name for name in shapes if name not in [i.name for i in found]]
    if unknown or not found:
        raise SpecError(
            f"{source}: inputs are {', '.join(repr(i.name) for i in found) or 'missing'}; "
            f"shapes were given for {', '.join(map(repr, unknown)) or 'none'}"
        )
    return [_input(f"{source}: input {i.name!r}", i, shapes.get(i.name)) for i in found]


def _input(what: str, info: Any, given: tuple[int | None, ...] | None) -> ModelInput:
    from onnx import helper

    if not info.type.HasField("tensor_type"):
        raise SpecError(f"{what} is not a tensor")
    tensor = info.type.tensor_type
    try:
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    except KeyError:
        raise SpecError(f"{what} holds values of unknown type {tensor.elem_type}") from None
    if dtype.name in ("float16", "bfloat16"):
        dtype = np.dtype(np.float32)
    if dtype.kind not in "fiu":
        raise SpecError(f"{what} holds {dtype.name}; supported: real numbers")
    declared = [_size(d) for d in tensor.shape.dim] if tensor.HasField("shape") else None
    shape = declared if given is None else list(given)
    advice = f"give it: shapes={{{info.name!r}: (None, ...)}}"
    if shape is None:
        raise SpecError(f"{what} has no shape; {advice}")
    if not shape or (declared is not None and len(shape) != len(declared)):
        raise SpecError(f"{what} has {len(declared or ())} axes, and needs the batch on the first")
    for axis, size in enumerate(shape[1:], 1):
        if size is None or size < 1:
            dims = tensor.shape.dim
            name = f" ({dims[axis].dim_param})" if axis < len(dims) and dims[axis].dim_param else ""
            raise SpecError(
                f"{what}: axis {axis}{name} has no fixed size; dynamic shapes are supported on the "
                f"batch axis, 0, only; {advice}"
            )
    sizes = tuple(int(s) for s in shape[1:] if s is not None)
    return ModelInput(name=info.name, batch=shape[0] or None, sizes=sizes, dtype=dtype)


def _size(dim: Any) -> int | None:
    return int(dim.dim_value) if dim.HasField("dim_value") else None
