"""Which effect costs how much of a network's accuracy: each switched off in turn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import without
from xbarsim.effects import Effects
from xbarsim.encode import Encoding
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.mapping import map_network, read_model
from xbarsim.network import Network
from xbarsim.streams import Streams

if TYPE_CHECKING:
    import pandas as pd

_DEVICE = ("programming", "drift", "read_noise")
_NOISES = ("telegraph", "flicker", "johnson", "shot")
Run = Callable[[Array], Array]


def effects_in(hardware: Hardware) -> list[str]:
    """Names of what keeps `hardware` from computing exactly, those only that it has.

    ``programming``, ``drift`` and ``read_noise`` are the device's (the last with all other noise
    of cells and amplifiers); ``wires`` with settling; ``bits`` what weights lose in slices; ``dac``
    and ``adc`` the converters with all their errors, ``integrator``; and each effect on cells by
    its own name.
    """
    parts = hardware.effects or Effects()
    found = [*_DEVICE, *(name for name in parts.on if name not in _NOISES)]
    if hardware.wires is not None and not hardware.wires.ideal:
        found.append("wires")
    if hardware.code.cell_bits is not None:
        found.append("bits")
    return found + [n for n in ("dac", "adc", "integrator") if getattr(hardware, n) is not None]


def without_effects(hardware: Hardware, off: Iterable[str]) -> Hardware:
    """`hardware` with effects (of `effects_in`) switched off."""
    off = frozenset(off)
    parts, nothing = hardware.effects or Effects(), Effects()
    gone = [n for n in off if hasattr(nothing, n)]
    if "read_noise" in off:
        gone += _NOISES
    changed: dict[str, Any] = {
        "effects": replace(parts, **{name: getattr(nothing, name) for name in gone}),
        "device": without(hardware.device, off & frozenset(_DEVICE)),
    }
    if "wires" in off:
        changed |= {"wires": None, "settling": False}
    if "bits" in off:
        code = hardware.code
        changed["encoding"] = Encoding(kind=code.kind, copies=code.copies)
    changed |= {name: None for name in ("dac", "adc", "integrator") if name in off}
    return replace(hardware, **changed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Chip:
    """One chip under diagnosis: the same cells and the same draws whatever is switched off.

    Parameters
    ----------
    model : as `map_network` takes it.
    hardware : with every effect.
    streams : of the chip.
    score : how good a run is, of a function from inputs to outputs.
    x_calibrate : inputs that set converter ranges.
    age : s; None for the device's first.
    reads : how often each tile has been read before, see `Network.reads`; None for never.
    """

    model: Any
    hardware: Hardware
    streams: Streams
    score: Callable[[Run], float]
    x_calibrate: Array
    age: float | None = None
    reads: list[int] | None = None
    _known: dict[frozenset[str], float] = field(default_factory=dict, init=False, repr=False)

    def scored(self, off: Iterable[str]) -> float:
        """The score with effects switched off; found once for each choice of them."""
        key = frozenset(off)
        if key not in self._known:
            self._known[key] = self._scored(key)
        return self._known[key]

    def _scored(self, off: frozenset[str]) -> float:
        network = Network(
            map_network(self.model, without_effects(self.hardware, off)), self.streams
        )
        network.program()
        network.calibrate(self.x_calibrate)
        if self.age is not None:
            network.age(self.age)
        if self.reads is not None:
            network.reads = self.reads
        return self.score(network)


def loss_shares(chip: Chip, orders: int = 2) -> dict[str, float]:
    """How much of the score each effect costs a chip; the shares add up to the whole loss.

    Effects are switched off one after the other, in random orders, until none is left; what each
    gives back is averaged over the orders. (With telegraph noise a chip's traps have no history
    here, so that the loss is that of the age alone.) That average over all orders is the Shapley
    value: the one way to share a loss that adds up and does not depend on an order. Of two orders
    the second is the first reversed, which is better than two at random.

    Parameters
    ----------
    orders : how many; one chip's shares scatter by their choice, so look at the mean over chips.

    References
    ----------
    Shapley, in Contributions to the Theory of Games II, 307 (1953); sampled orders and their
    reverses: Castro et al., Computers & Operations Research 36, 1726 (2009); Mitchell et al.,
    JMLR 23, 43 (2022).
    """
    names = effects_in(chip.hardware)
    shares = dict.fromkeys(names, 0.0)
    rng = (chip.streams / "orders").rng()
    order: list[str] = []
    for k in range(orders):
        order = order[::-1] if k % 2 else [names[i] for i in rng.permutation(len(names))]
        for n, name in enumerate(order):
            before, after = (chip.scored(order[: n + more]) for more in (0, 1))
            shares[name] += (after - before) / orders
    return shares


def diagnose(
    model: Any,
    hardware: Hardware,
    score: Callable[[Run], float],
    x_calibrate: Array,
    *,
    age: float | None = None,
    chips: int = 5,
    orders: int = 2,
    seed: int | Streams = 0,
    confidence: float = 0.95,
) -> "pd.DataFrame":
    """Which effect costs how much, over several chips.

    Parameters
    ----------
    model : a network with one input, as `map_network` takes it.
    hardware : with every effect.
    score : how good a run is, of a function from inputs to outputs: an accuracy, say.
    x_calibrate : inputs that set converter ranges.
    age : s; None for the device's first.
    chips, orders : chips, and orders of switching off on each (see `loss_shares`).
    seed : root of the random streams, or the streams themselves.
    confidence : of the intervals.

    Returns
    -------
    A row for each effect and one, ``all``, for everything together, whose share is the loss
    between the exact network and the hardware: ``share``, the mean over chips, which adds up to
    that of ``all``; ``half_width`` of its Student-t interval; ``alone``: what the effect costs
    where nothing else is on; ``recovered``: what comes back when it alone is switched off.

    Raises
    ------
    SpecError : a network with several inputs, or one that cannot be mapped.
    """
    import pandas as pd
    from scipy.stats import t

    model = read_model(model)
    if len(model.inputs) != 1:
        raise SpecError(
            f"model has the inputs {', '.join(model.inputs)}; a diagnosis takes networks with one"
        )
    streams = seed if isinstance(seed, Streams) else Streams(seed)
    names, found = effects_in(hardware), []
    for k in range(chips):
        chip = Chip(
            model=model,
            hardware=hardware,
            streams=streams / "chip" / k,
            score=score,
            x_calibrate=x_calibrate,
            age=age,
        )
        found.append(_one_chip(chip, names, orders))
    shares, alone, recovered = (np.array([one[part] for one in found]) for part in range(3))
    spread = shares.std(axis=0, ddof=1) if chips > 1 else np.full(len(names) + 1, np.nan)
    half = spread / np.sqrt(chips) * t.ppf(0.5 + confidence / 2, max(chips - 1, 1))
    table = {
        "effect": [*names, "all"],
        "share": shares.mean(axis=0),
        "half_width": half,
        "alone": alone.mean(axis=0),
        "recovered": recovered.mean(axis=0),
    }
    return pd.DataFrame(table)


def _one_chip(chip: Chip, names: list[str], orders: int) -> tuple[list[float], ...]:
    """Shares, losses of each effect alone, and what comes back without it; of all at the end."""
    shares = loss_shares(chip, orders)
    whole, exact = chip.scored(()), chip.scored(names)
    alone = [exact - chip.scored([n for n in names if n != name]) for name in names]
    recovered = [chip.scored([name]) - whole for name in names]
    loss = exact - whole
    return [*shares.values(), loss], [*alone, loss], [*recovered, loss]
