"""Training where the weights are: each update becomes pulses on the cells."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from xbarsim.backend import Array
from xbarsim.errors import SpecError
from xbarsim.nn.in_situ.layers import PulsedLayer
from xbarsim.nn.in_situ.perturb import perturbed
from xbarsim.nn.in_situ.rule import Rule, Update
from xbarsim.nn.in_situ.skip import written
from xbarsim.streams import Streams

Tensor = Any  # torch.Tensor


class InSitu:
    """Pulses for all pulsed layers of a model, as an optimizer of torch moves parameters.

    Use it beside an optimizer for biases and other digital parameters: ``loss.backward()``, then
    ``step()`` of both.

    Parameters
    ----------
    model : holds layers that `xbarsim.nn.in_situ.in_situ` made.
    rule : how updates become pulses: `StochasticPulses`, `RoundedPulses`, `MixedPrecision`, or
        anything that meets `Rule`.
    lr : learning rate; may be set anew between updates.
    skip_below : updates below this share of the layer's largest are not written, see `written`.
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
        if not isinstance(rule, Rule):
            raise SpecError(
                f"rule is {rule!r}; it must be StochasticPulses(), RoundedPulses(), "
                "MixedPrecision() or another object with start and pulses"
            )
        if not 0 <= skip_below <= 1:
            raise SpecError(f"skip_below is {skip_below:g}; it must be from 0 to 1")
        self._check_lr()
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

    def step(self) -> None:
        """Pulse the cells of every layer that has a record since the last step.

        Raises
        ------
        SpecError : no layer has one; an input or a derivative that is not finite, or an update of
            more pulses than there can be, which names the layer and the update. Nothing is pulsed
            then.
        """
        self._check_lr()
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
        made = [
            None if one is None else self._pulses(layer, memory, *one)
            for layer, memory, one in zip(self.layers, self._memory, taken, strict=True)
        ]
        self.updates += 1
        for layer, pulses in zip(self.layers, made, strict=True):
            if pulses is not None:
                layer.weights.pulse(pulses)

    def _pulses(self, layer: PulsedLayer, memory: Array, x: Array, delta: Array) -> Array:
        try:
            return self.rule.pulses(self._update(layer, x, delta), memory)
        except SpecError as error:
            where = f"update {self.updates + 1}, layer '{layer.name}': "
            raise SpecError([where + fault for fault in error.faults]) from None

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

    def _check_lr(self) -> None:
        if not 0 <= self.lr < float("inf"):
            raise SpecError(f"lr is {self.lr:g}; it must be at least 0 and finite")

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
        SpecError : it is of another model or rule.
        """
        memory = [one.numpy().copy() for one in state["memory"]]
        if [one.shape for one in memory] != [one.shape for one in self._memory]:
            raise SpecError("the state is of another model or rule: what it remembers differs")
        self._memory, self.updates = memory, int(state["updates"])
        self._signs.set_state(state["signs"])
