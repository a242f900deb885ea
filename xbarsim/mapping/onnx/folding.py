"""ONNX operators between constants: worked out, for each trial batch where they depend on it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.value import Known, Value

# the reference of `onnx` works these out from these opsets on only; older ones are special cases
_WORKED_OUT_FROM = {"QuantizeLinear": 19, "DequantizeLinear": 19}
# sizes that depend on the batch must not be compared or cut off: that would hide how they do
_HIDING = ("Min", "Max", "Mod", "Clip", "Less", "LessOrEqual", "Greater", "GreaterOrEqual")
_ROUNDING = ("Cast", "Floor", "Ceil", "Round")


def worked_out(
    proto: Any, opset: int, inputs: Sequence[Known | Value | None], trials: int
) -> list[Known]:
    """What an operator gives for constants.

    Parameters
    ----------
    proto : the NodeProto.
    opset : version of the operators.
    inputs : all known, None for one that is left out.
    trials : how many trial batches there are; one is enough where no input depends on it.

    Raises
    ------
    SpecError : the operator fails on its inputs, or hides how a size depends on the batch.
    """
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    known = {n: t for n, t in zip(proto.input, inputs, strict=True) if isinstance(t, Known)}
    fixed = all(t.fixed for t in known.values())
    names = [name for name in proto.output if name]
    outputs = [helper.make_empty_tensor_value_info(name) for name in names]
    given = [helper.make_empty_tensor_value_info(name) for name in known]
    graph = helper.make_graph([proto], "constants", given, outputs)
    version = max(opset, _WORKED_OUT_FROM.get(proto.op_type, 0))
    results = []
    for trial in range(1 if fixed else trials):
        feeds = {n: t.arrays[trial] for n, t in known.items()}
        try:
            with np.errstate(all="ignore"):
                evaluator = ReferenceEvaluator(graph, opsets={"": version})
                results.append([np.asarray(a) for a in evaluator.run(None, feeds)])
        except Exception as fault:  # whatever an operator of the reference runs into
            raise SpecError(f"cannot be worked out: {fault}") from None
        if not fixed and _hides(proto, feeds, results[-1][0]):
            raise SpecError("rounds or compares sizes that depend on the batch; not supported")
    by_output = zip(names, zip(*results, strict=True), strict=True)
    return [
        Known(name=name, arrays=tuple(arrays) * (trials if fixed else 1))
        for name, arrays in by_output
    ]


def _hides(proto: Any, feeds: Mapping[str, npt.NDArray[Any]], result: npt.NDArray[Any]) -> bool:
    """Whether an operator may make sizes equal for trial batches that are not for others."""
    values = [feeds[name] for name in proto.input if name]
    if proto.op_type in _ROUNDING:
        return not np.array_equal(result, values[0])
    if proto.op_type == "Div" and result.dtype.kind in "iu":
        return bool((values[0] % values[1]).any())
    return proto.op_type in _HIDING
