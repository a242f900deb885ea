"""Training where the weights are: each update becomes pulses on the cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from xbarsim.backend import Array
from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.nn.in_situ.layer import PulsedLayer
from xbarsim.nn.in_situ.perturb import perturbed
from xbarsim.nn.in_situ.rule import Rule, Update
from xbarsim.nn.in_situ.skip import written
from xbarsim.programming.pulsed_checks import trains_of
from xbarsim.programming.pulsed_devices import check_number
from xbarsim.streams import Streams


class InSitu:
    """Pulses for all pulsed layers of a model, as an optimizer of torch moves parameters.

    Use it beside an optimizer for biases and other digital parameters: ``zero_grad()`` of both,
    ``loss.backward()``, then ``step()`` of both. As with gradients, what ``backward()`` has left
    adds up until a step or ``zero_grad()``.

    Parameters
    ----------
    model : holds layers that `xbarsim.nn.in_situ.in_situ` made.
    rule : how updates become pulses: `StochasticPulses`, `RoundedPulses`, `MixedPrecision`, or
        anything that meets `Rule`.
    lr : learning rate.
    skip_below : updates below this share of the layer's largest are not written, see `written`.
        Both may be set anew between updates.
    seed : of what is random in rules and perturbations.

    Raises
    ------
    SpecError : a model without pulsed layers, something else than a rule, a number out of range.

    Attributes
    ----------
    updates : how many there have been.
    """

    def __init__(
        self,
        model: Any,
        rule: Rule,
        *,
        lr: float,
        skip_below: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.model, self.rule, self.lr, self.skip_below = model, rule, lr, skip_below
        self.layers = [m for m in model.modules() if isinstance(m, PulsedLayer)]
        if not self.layers:
            raise SpecError(f"{type(model).__name__} has no pulsed layers; make it with in_situ")
        names = [layer.name for layer in self.layers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SpecError(
                f"layers share the name '{twice[0]}', and with it their random streams; name them "
                "apart"
            )
        if isinstance(rule, type) or not isinstance(rule, Rule):
            raise SpecError(
                f"rule is {rule!r}; it must be StochasticPulses(), RoundedPulses(), "
                "MixedPrecision() or another object with start and pulses"
            )
        self._check_settings()
        self._streams = Streams(seed) / "in_situ"
        self._signs = torch.Generator().manual_seed((self._streams / "signs").integer())
        self._memory = [rule.start(layer.weights.x.shape) for layer in self.layers]
        self.updates = 0

    def perturb(
        self,
        x: Tensor,
        losses: Callable[[Tensor], Tensor],
        amplitude: float = 0.1,
        times: int = 1,
    ) -> float:
        """Estimate derivatives without ``backward()``, for the next `step`; the mean loss.

        See `xbarsim.nn.in_situ.perturb.perturbed`, which it calls with these arguments.
        """
        try:
            return perturbed(self.model, self.layers, x, losses, amplitude, self._signs, times)
        except SpecError as error:
            where = f"update {self.updates + 1}: "
            raise SpecError([where + fault for fault in error.faults]) from None

    def zero_grad(self) -> None:
        """Forget what ``backward()`` and `perturb` have left for the next step.

        For batches that shall not train, such as one whose loss is not finite, and before others.
        """
        for layer in self.layers:
            layer.records = []

    def step(self) -> None:
        """Pulse the cells of every layer that has a record since the last step.

        Raises
        ------
        SpecError : no layer has one; an input or a derivative that is not finite, or an update of
            more pulses than there can be, which names the layer and the update. Nothing is pulsed
            then.
        """
        self._check_settings()
        taken = [layer.taken() for layer in self.layers]
        if all(one is None for one in taken):
            raise SpecError(
                "no layer knows its derivatives: in training mode, call loss.backward() or "
                "perturb() before step()"
            )
        faults = [
            fault
            for layer, one in zip(self.layers, taken, strict=True)
            for fault in ([] if one is None else self._faults(layer, *one))
        ]
        if faults:
            raise SpecError(faults)
        memory = [one.copy() for one in self._memory]
        made = [
            [] if one is None else self._pulses(layer, own, *one)
            for layer, own, one in zip(self.layers, memory, taken, strict=True)
        ]
        self.updates, self._memory = self.updates + 1, memory
        for layer, pulses in zip(self.layers, made, strict=True):
            for some in pulses:
                layer.weights.pulse(some)

    def _pulses(self, layer: PulsedLayer, memory: Array, x: Array, delta: Array) -> Iterable[Array]:
        try:
            found = self.rule.pulses(self._update(layer, x, delta), memory)
            if isinstance(found, Iterator):
                return found
            trains_of(found, layer.weights.x.shape)  # refuses what are no pulses
        except SpecError as error:
            where = f"update {self.updates + 1}, layer '{layer.name}': "
            raise SpecError([where + fault for fault in error.faults]) from None
        return [found]

    def _update(self, layer: PulsedLayer, x: Array, delta: Array) -> Update:
        words = (self._streams / "rule" / layer.name / self.updates).words(2)
        return Update(
            x=x,
            delta=delta,
            lr=self.lr,
            step=layer.weights.step,
            kept=written(x, delta, self.skip_below),
            seed=words.view(np.uint64)[0],
        )

    def _faults(self, layer: PulsedLayer, x: Array, delta: Array) -> list[str]:
        return [
            f"update {self.updates + 1}: {what} of layer '{layer.name}' hold "
            f"{float(array[~np.isfinite(array)][0])}; a lower learning rate may help"
            for what, array in (("inputs", x), ("derivatives", delta))
            if not np.isfinite(array).all()
        ]

    def _check_settings(self) -> None:
        for name in ("lr", "skip_below"):
            check_number(name, getattr(self, name))
        if not 0 <= self.lr < float("inf"):
            raise SpecError(f"lr is {self.lr:g}; it must be at least 0 and finite")
        if not 0 <= self.skip_below <= 1:
            raise SpecError(f"skip_below is {self.skip_below:g}; it must be from 0 to 1")

    def ledger(self) -> pd.DataFrame:
        """What was done, a row for each layer; see `PulsedWeights.ledger`."""
        rows = [{"layer": layer.name} | layer.weights.ledger() for layer in self.layers]
        return pd.DataFrame(rows).set_index("layer")

    def state_dict(self) -> dict[str, Any]:
        """What the rule remembers and how far it is; cells are in that of the model."""
        return {
            "updates": self.updates,
            "memory": [torch.from_numpy(one.copy()) for one in self._memory],
            "signs": self._signs.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from such a state.

        Raises
        ------
        SpecError : it lacks something, is of another model or rule, or holds numbers that are not
            finite. All stays as it is then.
        """
        if not isinstance(state, Mapping):
            raise SpecError(f"the state is a {type(state).__name__}, not that of a trainer")
        missing = sorted({"updates", "memory", "signs"} - set(state))
        if missing:
            raise SpecError(f"the state lacks {', '.join(missing)}; it is of another version")
        check_count("updates", state["updates"], 0, 2**63 - 1)
        memory = [torch.as_tensor(one).numpy().copy() for one in state["memory"]]
        if [one.shape for one in memory] != [one.shape for one in self._memory]:
            raise SpecError("the state is of another model or rule: what it remembers differs")
        for layer, own, one in zip(self.layers, self._memory, memory, strict=True):
            if one.dtype != own.dtype or not np.isfinite(one).all():
                raise SpecError(
                    f"layer '{layer.name}': what the state remembers holds {one.dtype}; it must "
                    f"be {own.dtype} and finite"
                )
        signs = torch.Generator()
        try:
            signs.set_state(state["signs"])
        except (RuntimeError, TypeError) as error:
            raise SpecError(f"signs of the state are none of torch.Generator: {error}") from None
        self._memory, self.updates, self._signs = memory, state["updates"], signs
