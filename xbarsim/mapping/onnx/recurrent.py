"""ONNX recurrent layers: gates brought into the order of the network, directions apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xbarsim.errors import SpecError
from xbarsim.mapping.onnx.operation import Handler, Operation, Tensor
from xbarsim.mapping.onnx.value import Value

#: for each gate of a node, its place in ONNX: lstm i f g o of iofc, gru r z n of zrh
_GATES = {"rnn": (0,), "lstm": (0, 2, 3, 1), "gru": (1, 0, 2), "gru_reset_first": (1, 0, 2)}
_ACTIVATIONS = {
    "rnn": ("tanh",),
    "lstm": ("sigmoid", "tanh", "tanh"),
    "gru": ("sigmoid", "tanh"),
    "gru_reset_first": ("sigmoid", "tanh"),
}
_DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}


def _gru(op: Operation) -> Sequence[Tensor | None]:
    return _layer("gru" if op.attribute("linear_before_reset", 0) else "gru_reset_first")(op)


def _layer(kind: str) -> Handler:
    def read(op: Operation) -> list[Tensor | None]:
        x, layout = op.value(), op.attribute("layout", 0)
        if len(x.shape) != 3 or x.batch != 1 - layout or x.merged:
            order = ("(time, n, inputs)", "(n, time, inputs)")[layout]
            raise SpecError(f"with layout {layout} it takes {order}, n the batch")
        directions = _DIRECTIONS[op.only("direction", "forward", "reverse", "bidirectional")]
        settings = _settings(op, kind, len(directions))
        _refuse(op, x)
        tensors = [op.needed(1), op.needed(2), op.array(3)]
        states = [_direction(op, kind, x, d, directions, settings, tensors)
                  for d in range(len(directions))]  # fmt: skip
        return _outputs(op, x, layout, states, directions)

    return read


def _settings(op: Operation, kind: str, directions: int) -> dict[str, Any]:
    """Settings of a node; attributes that have no place in them are refused."""
    op.attribute("hidden_size")
    for name in ("clip", "activation_alpha", "activation_beta"):
        if op.attribute(name):
            raise SpecError(f"attribute {name} is not supported")
    op.only("input_forget", 0)
    expected = _ACTIVATIONS[kind]
    given = [a.lower() for a in op.attribute("activations", expected * directions)]
    if kind == "rnn" and given == ["relu"] * directions:
        return {"nonlinearity": "relu"}
    if tuple(given) != expected * directions:
        more = " or relu" if kind == "rnn" else ""
        raise SpecError(f"activations are {given}; supported: {', '.join(expected)}{more}")
    return {}


def _refuse(op: Operation, x: Value) -> None:
    """Refuse series of different lengths, states that do not start at zero, and peepholes."""
    time = x.shape[1 - x.batch]
    lengths = op.known(4)
    if lengths is not None and any((a != time).any() for a in lengths.arrays):
        raise SpecError(f"sequence_lens are not all {time}, the length of the series")
    for k, what in ((5, "initial_h"), (6, "initial_c"), (7, "peepholes P")):
        tensor = op.given(k)
        if isinstance(tensor, Value) or (tensor and any(a.any() for a in tensor.arrays)):
            raise SpecError(f"{what} is not zero; supported: zero, or left out")


def _direction(
    op: Operation,
    kind: str,
    x: Value,
    d: int,
    directions: Sequence[bool],
    settings: Mapping[str, Any],
    tensors: Sequence[npt.NDArray[Any] | None],
) -> str:
    """The node of direction `d`."""
    w, r, bias = (None if t is None else t[d] for t in tensors)
    assert w is not None and r is not None
    arrays = {"w_ih": _ordered(w, kind), "w_hh": _ordered(r, kind)}
    if bias is not None:
        ih, hh = np.split(bias, 2)
        arrays |= {"b_ih": _ordered(ih, kind), "b_hh": _ordered(hh, kind)}
    reverse = directions[d]
    part = ("reverse" if reverse else "forward") if len(directions) > 1 else ""
    names = [op.known(k) for k in (1, 2, 3)]
    settings = {"reverse": reverse, **settings}
    return op.tape.weighted(kind, x.node, *names, part=part, settings=settings, arrays=arrays)


def _ordered(array: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    gates = np.split(array, len(_GATES[kind]))
    return np.concatenate([gates[k] for k in _GATES[kind]])


def _outputs(
    op: Operation, x: Value, layout: int, states: Sequence[str], directions: Sequence[bool]
) -> list[Tensor | None]:
    """Every state (time, directions, n, h) and the last (directions, n, h), or n first."""
    time, hidden = op.tape.shape(states[0])[1:]
    count = len(states)
    lasts = []
    for node, reverse in zip(states, directions, strict=True):
        part = ("last_reverse" if reverse else "last_forward") if count > 1 else "last"
        index = ((None, None, None), 0 if reverse else time - 1)
        lasts.append(op.tape.add("slice", node, part=part, settings={"index": index}))
    every, last = states[0], lasts[0]
    if count > 1:
        every = op.tape.add("concatenate", *states, settings={"axis": 2})
        last = op.tape.add("concatenate", *lasts, part="last", settings={"axis": 1})
    if layout:
        shapes: tuple[tuple[int, ...], ...] = ((1, time, count, hidden), (1, count, hidden))
    else:
        shapes = ((time, count, 1, hidden), (count, 1, hidden))
    batches = (0, 0) if layout else (2, 1)
    found = zip((every, last), shapes, batches, strict=True)
    y, y_h = (
        op.tape.view(Value(node=node, shape=shape, batch=b), "shape") for node, shape, b in found
    )
    return [y, y_h, None]


RECURRENT: Mapping[str, Handler] = {"RNN": _layer("rnn"), "LSTM": _layer("lstm"), "GRU": _gru}
