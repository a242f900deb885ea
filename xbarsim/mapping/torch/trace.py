"""What a PyTorch model does, step by step, and the sizes of its values."""

import copy
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xbarsim.errors import SpecError

_NO_FOLLOWING = (
    "cannot follow the model's forward: what it does must not depend on values, nor on sizes that "
    "are known only when it runs"
)


@dataclass(frozen=True)
class Batch:
    """A size that is the batch's, times a number."""

    times: int = 1

    def __mul__(self, other: Any) -> "Batch":
        if not isinstance(other, int):
            return NotImplemented
        return Batch(self.times * other)

    __rmul__ = __mul__


#: what is neither the same for every batch nor a number times its size
VARYING = object()


class UnknownShape:
    """Sizes of a value of which only the first is known: the batch, for want of an example."""

    def __getitem__(self, index: Any) -> Batch:
        if index != 0:
            raise SpecError(
                "the forward uses sizes other than the batch; give from_torch an example of the "
                "model's input, from which they follow"
            )
        return Batch()


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A traced model.

    Parameters
    ----------
    module : a `torch.fx.GraphModule` that does what the model does, in evaluation.
    inputs : names of its inputs, in order.
    defaults : inputs that keep their default, by the name of their placeholder.
    """

    module: Any
    inputs: tuple[str, ...]
    defaults: Mapping[str, Any]


def trace(model: Any) -> Trace:
    """The steps of `model` in evaluation; the model itself stays as it is.

    Raises
    ------
    SpecError : parameters that are not there yet or not of a plain floating type, forwards that
        depend on values.
    """
    import torch
    from torch import fx

    model = getattr(model, "_orig_mod", model)  # of torch.compile
    if not isinstance(model, torch.nn.Module) or isinstance(model, torch.jit.ScriptModule):
        raise SpecError(f"the model is a {type(model).__name__}; expected a torch.nn.Module")
    _check_parameters(model)
    try:
        model = copy.deepcopy(model).eval()
    except Exception as error:
        raise SpecError(
            f"the model cannot be copied, so that it could be read in evaluation: {error}"
        ) from error
    if any(p.dtype in (torch.float16, torch.bfloat16) for p in model.parameters()):
        model = model.float()
    tracer = fx.Tracer()
    tracer.proxy_buffer_attributes = True  # so that sizes of the input may cut them
    if tracer.is_leaf_module(model, ""):
        return _only_layer(model)
    parameters = inspect.signature(model.forward).parameters.values()
    known = {p.name: p.default for p in parameters if p.default is not p.empty}
    try:
        graph = tracer.trace(model, known)
    except Exception as error:
        raise SpecError(f"{_NO_FOLLOWING}: {type(error).__name__}: {error}") from error
    names = [n.target for n in graph.nodes if n.op == "placeholder"]
    required = [p.name for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD]
    defaults = dict(zip(names[len(required) :], known.values(), strict=False))
    module = fx.GraphModule(tracer.root, graph)
    return Trace(module=module, inputs=tuple(names[: len(required)]), defaults=defaults)


def _only_layer(layer: Any) -> Trace:
    """The trace of a model that is a single layer of `torch.nn`."""
    import torch
    from torch import fx

    name = type(layer).__name__.lower()
    graph, root = fx.Graph(), torch.nn.ModuleDict({name: layer})
    parameters = inspect.signature(layer.forward).parameters.values()
    inputs = tuple(p.name for p in parameters if p.default is p.empty)
    graph.output(graph.call_module(name, tuple(graph.placeholder(k) for k in inputs)))
    return Trace(module=fx.GraphModule(root, graph), inputs=inputs, defaults={})


def _check_parameters(model: Any) -> None:
    import torch

    usable = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
    for name, p in [*model.named_parameters(), *model.named_buffers()]:
        layer = name.rpartition(".")[0] or type(model).__name__
        if torch.nn.parameter.is_lazy(p):
            raise SpecError(f"layer {layer}: {name} has no shape yet; run the model once")
        if p.is_meta:
            raise SpecError(f"layer {layer}: {name} is on the meta device and holds no values")
        if p.is_quantized or p.is_sparse or p.is_complex():
            raise SpecError(f"layer {layer}: {name} is {p.layout} {p.dtype}; expected dense reals")
        if isinstance(p, torch.nn.Parameter) and p.dtype not in usable:
            raise SpecError(f"layer {layer}: {name} is {p.dtype}; expected a floating type")
    for name, module in model.named_modules():
        if "torch.ao." in type(module).__module__ or ".quantized" in type(module).__module__:
            raise SpecError(
                f"layer {name} ({type(module).__name__}): quantised layers are not supported; "
                "give the floating model and quantise on tiles"
            )


@dataclass(frozen=True, kw_only=True)
class Run:
    """A trace on an example.

    Parameters
    ----------
    values : of each step, by its name: the shape of a tensor, or a Python value; sizes of the batch
        are `Batch`.
    x, y : inputs and output.
    """

    values: Mapping[str, Any]
    x: Sequence[Any]
    y: Any


class Shape(tuple[Any, ...]):
    """The shape of a tensor."""


def run_example(traced: Trace, example: Any, batch_axis: int) -> Run:
    """Sizes of all values, from the first 2 and 3 items of a batch.

    Raises
    ------
    SpecError : the model does not run on it, or items of a batch change each other.
    """
    given = example if isinstance(example, tuple | list) else (example,)
    if len(given) != len(traced.inputs):
        raise SpecError(
            f"the example holds {len(given)} inputs; the model takes {len(traced.inputs)}: "
            f"{', '.join(traced.inputs)}"
        )
    few, many = (_recorded(traced, given, batch_axis, n) for n in (2, 3))
    values = {name: _merged(few.values[name], many.values[name]) for name in few.values}
    return Run(values=values, x=many.x, y=(few.y, many.y))


def _recorded(traced: Trace, given: Sequence[Any], batch_axis: int, n: int) -> Run:
    import torch
    from torch import fx

    values: dict[str, Any] = {}

    class Recorder(fx.Interpreter):  # type: ignore[misc]
        extra_traceback = False

        def run_node(self, node: Any) -> Any:
            value = super().run_node(node)
            values[node.name] = _described(value)
            return value

    x = [_items(traced.module, item, batch_axis, n) for item in given]
    try:
        with torch.no_grad():
            y = Recorder(traced.module).run(*[item.clone() for item in x])
    except Exception as error:
        raise SpecError(f"the model does not run on the example: {error}") from error
    return Run(values=values, x=x, y=y)


def _items(module: Any, item: Any, axis: int, n: int) -> Any:
    """The first `n` items of a batch, from the first again where there are fewer."""
    import torch

    x = torch.as_tensor(item).detach()
    if x.ndim <= axis or x.shape[axis] == 0:
        raise SpecError(f"the example has shape {tuple(x.shape)}; axis {axis} must hold a batch")
    if not bool(torch.isfinite(x).all()):
        raise SpecError("the example holds values that are not finite")
    like = next(module.parameters(), None)
    if like is not None:
        x = x.to(like.device, like.dtype if x.is_floating_point() else x.dtype)
    return x.index_select(axis, torch.arange(n, device=x.device) % x.shape[axis])


def _described(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return Shape(value.shape)
    if isinstance(value, tuple | list):
        return tuple(_described(v) for v in value)
    return value


def _merged(few: Any, many: Any) -> Any:
    """A value from those for batches of 2 and of 3."""
    if isinstance(few, Shape):
        if not isinstance(many, Shape) or len(few) != len(many):
            return VARYING
        return Shape(_merged(a, b) for a, b in zip(few, many, strict=True))
    if isinstance(few, tuple):
        return tuple(_merged(a, b) for a, b in zip(few, many, strict=False))
    if type(few) is int and few != many:
        return Batch(few // 2) if few * 3 == many * 2 else VARYING
    return few if few is many or few == many else VARYING
