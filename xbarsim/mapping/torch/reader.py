"""Trained PyTorch models, as they are, to a `Graph`."""

import inspect
from typing import Any

import numpy as np

from xbarsim.errors import SpecError
from xbarsim.mapping.fold import fold
from xbarsim.mapping.graph import Graph
from xbarsim.mapping.torch.draft import Call, Draft, Missing, Stacked, Value, array
from xbarsim.mapping.torch.modules import function_handler, module_handler
from xbarsim.mapping.torch.shapes import expand_constant
from xbarsim.mapping.torch.trace import VARYING, Batch, Run, Shape, Trace, run_example, trace
from xbarsim.mapping.torch.values import attribute, holds_shape, leaves, with_one, with_shape

_CREATE = ("zeros", "ones", "full", "empty")
_RTOL = {"float32": 1e-3, "float64": 1e-8}  # of the largest output, for 3 items of the example


def from_torch(model: Any, example: Any = None, batch_axis: int = 0) -> Graph:
    """The network that a PyTorch model is in evaluation.

    Parameters
    ----------
    model : a `torch.nn.Module`, or a layer of `torch.nn`; it stays as it is.
    example : of its input, a tensor or array, or a tuple of them for several inputs. From it follow
        sizes that the model's forward uses, and the network is checked to give what the model does.
        Without one, every value is taken to have the batch first.
    batch_axis : axis of the inputs that holds the batch; the network takes, and gives, it first.

    Returns
    -------
    Graph : linear and convolutional layers, recurrent layers, and projections of attention with
        their matrices; all else as digital nodes, named after the model's layers. Batch
        normalisation is folded into the layer before it where that is exact (see `fold`). A layer
        that runs again is called ``name#2`` and shares the matrices of the first.

    Raises
    ------
    SpecError : layers and functions that are not supported, by their name in the model; a forward
        that depends on values; weights that are not finite; items of a batch that change each
        other; a network that does not give what the model gives on `example`.
    """
    if batch_axis and example is None:
        raise SpecError(f"batch_axis={batch_axis} takes an example of the model's input")
    traced = trace(model)
    run = None if example is None else run_example(traced, example, batch_axis)
    graph = _Reader(traced, run, batch_axis).graph()
    if run is not None:
        _check_values(graph, run, batch_axis)
    return graph


class _Reader:
    """Goes through a trace; knows what each step gives: a value, or a constant."""

    def __init__(self, traced: Trace, run: Run | None, batch_axis: int) -> None:
        self.module, self.run = traced.module, run
        self.draft = Draft(inputs=traced.inputs)
        self.env: dict[Any, Any] = {}
        self.defaults = traced.defaults
        self.batch_axis = batch_axis
        self.modules = dict(traced.module.named_modules())

    def graph(self) -> Graph:
        from torch.nn.utils import parametrize

        with parametrize.cached():
            *steps, last = self.module.graph.nodes
            for step in steps:
                self.env[step] = self._shaped(step, self._result(step))
                self._in_place(step)
            output = self._output(self._given(last.args[0]))
            nodes = _needed(self.draft, output)
        return fold(Graph(nodes=nodes, inputs=self.draft.inputs, output=output))

    def _result(self, step: Any) -> Any:
        if step.op == "placeholder":
            return self._input(step)
        if step.op == "get_attr":
            return attribute(self.module, step.target)
        known = self.run.values[step.name] if self.run else VARYING
        if self.run and not holds_shape(known):
            return known
        args, kwargs = self._given(step.args), self._given(step.kwargs)
        call = self._call(step)
        if any(found is VARYING for found in leaves((args, kwargs))):
            call.refuse("it uses a number that depends on the size of the batch")
        if not any(isinstance(v, Value | Stacked | Missing) for v in leaves((args, kwargs))):
            return self._constant(call, step, args, kwargs)
        return _apply(call, step, self.modules, args, kwargs)

    def _input(self, step: Any) -> Any:
        if step.target in self.defaults:
            return self.defaults[step.target]
        value, axis = Value(step.target), self.batch_axis
        if axis == 0 or self.run is None:
            return value
        axes = tuple(np.insert(np.arange(1, len(self.run.values[step.name])), axis, 0).tolist())
        return self.draft.add(f"{step.target}.as_given", "transpose", [value], {"axes": axes}, {})

    def _call(self, step: Any) -> Call:
        known = self.run.values[step.name] if self.run else None
        shape = tuple(known) if isinstance(known, Shape) else None
        if step.op == "call_module":
            kind = type(self.modules[step.target]).__name__
            return Call(draft=self.draft, name=step.target, kind=kind, shape=shape)
        method = isinstance(step.target, str)
        kind = step.target if method else getattr(step.target, "__name__", repr(step.target))
        return Call(draft=self.draft, name=_name(step, kind), kind=kind, shape=shape)

    def _constant(self, call: Call, step: Any, args: Any, kwargs: Any) -> Any:
        """What a step gives that the model's input does not reach."""
        import torch

        if any(isinstance(v, Batch) for v in leaves((args, kwargs))):
            if call.kind in ("expand", "repeat"):
                return expand_constant(call, Value(self.draft.inputs[0]), args[0], args[1:])
            if call.kind in _CREATE:
                args = with_one(args)
        function: Any = step.target
        if step.op == "call_module":
            function = self.modules[step.target]
        elif step.op == "call_method":
            function = getattr(args[0], step.target)
            args = args[1:]
        try:
            with torch.no_grad():
                return function(*args, **kwargs)
        except SpecError as error:
            call.refuse(str(error))
        except Exception as error:
            call.refuse(f"{type(error).__name__}: {error}")

    def _given(self, args: Any) -> Any:
        """Arguments of a step, with what earlier steps gave."""
        from torch import fx

        if isinstance(args, fx.Node):
            return self.env[args]
        if isinstance(args, tuple | list):
            return tuple(self._given(a) for a in args)
        if isinstance(args, dict):
            return {k: self._given(v) for k, v in args.items()}
        if isinstance(args, slice):
            return slice(*(self._given(a) for a in (args.start, args.stop, args.step)))
        return args

    def _shaped(self, step: Any, result: Any) -> Any:
        return with_shape(result, self.run.values[step.name]) if self.run else result

    def _in_place(self, step: Any) -> None:
        """What changes a value in place changes it for the steps that follow."""
        kind = step.target if isinstance(step.target, str) else ""
        name = getattr(step.target, "__name__", "")
        inplace = step.kwargs.get("inplace") is True or name in ("iadd", "isub", "imul", "itruediv")
        if step.op == "call_module":
            inplace = getattr(self.modules[step.target], "inplace", False)
        elif kind.endswith("_") or (name.endswith("_") and not name.startswith("_")):
            inplace = True
        changed = self.env.get(step.args[0]) if inplace and step.args else None
        for other, value in self.env.items():
            if changed is not None and value is changed:
                self.env[other] = self.env[step]

    def _output(self, y: Any) -> str:
        if isinstance(y, Stacked):
            y = self.draft.add("output.stacked", "stack", y.parts, {"axis": 0}, {})
        if not isinstance(y, Value):
            raise SpecError(
                f"the model returns a {type(y).__name__}; expected a single tensor that depends on "
                "its input: wrap it in a module that returns the one that counts"
            )
        if y.batch_axis < 0:
            raise SpecError(f"no single axis of the output, of shape {y.shape}, holds the batch")
        if y.batch_axis == 0:
            return y.name
        axes = (y.batch_axis, *(k for k in range(len(y.shape or ())) if k != y.batch_axis))
        return self.draft.add("batch_first", "transpose", [y], {"axes": axes}, {}).name


def _apply(call: Call, step: Any, modules: Any, args: Any, kwargs: Any) -> Any:
    """The result of a layer or function that is given values of the graph."""
    if step.op == "call_module":
        module = modules[step.target]
        handler, args = module_handler(call, module), (module, *args)
    else:
        handler = function_handler(call, step.target)
    try:
        inspect.signature(handler).bind(call, *args, **kwargs)
    except TypeError as error:
        call.refuse(f"it is called in a way that is not supported: {error}")
    return handler(call, *args, **kwargs)


def _name(step: Any, kind: str) -> str:
    """The layer whose parameter a function multiplies by, else the name of its result."""
    weights = step.args[1] if len(step.args) > 1 else step.kwargs.get("weight")
    target = getattr(weights, "target", "") if getattr(weights, "op", "") == "get_attr" else ""
    if kind.startswith(("linear", "conv")) and target.endswith(".weight"):
        return str(target).removesuffix(".weight")
    return str(step.name)


def _needed(draft: Draft, output: str) -> tuple[Any, ...]:
    """The nodes that the output depends on."""
    needed, nodes = {output}, []
    for node in reversed(draft.nodes):
        if node.name in needed:
            needed.update(node.inputs)
            nodes.append(node)
    return tuple(reversed(nodes))


def _check_values(graph: Graph, run: Run, batch_axis: int) -> None:
    """That items of a batch stay apart, and that the graph gives what the model gives."""
    x = [np.moveaxis(array(item), batch_axis, 0) for item in run.x]
    y = graph.run(*x)
    few, many = (array(item) for item in run.y)
    axis = next(k for k, (a, b) in enumerate(zip(few.shape, many.shape, strict=True)) if a != b)
    few, many = np.moveaxis(few, axis, 0), np.moveaxis(many, axis, 0)
    bound = _RTOL.get(many.dtype.name, 1e-3) * float(np.abs(many).max())
    if not np.allclose(few, many[: len(few)], rtol=0, atol=bound):
        raise SpecError("items of a batch change each other in this model; they must stay apart")
    if y.shape != many.shape or not np.allclose(y, many, rtol=0, atol=bound):
        apart = float(np.abs(y - many).max()) if y.shape == many.shape else y.shape
        raise SpecError(
            f"the network read from the model gives {apart} away from what the model gives on the "
            f"example (shape {many.shape}, bound {bound:.3g}); does its forward change values in "
            "place that it uses again?"
        )
