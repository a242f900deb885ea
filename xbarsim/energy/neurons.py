"""What a spiking neuron costs: each step, each spike, and all the time."""

from dataclasses import dataclass
from math import inf

from xbarsim.checks import check_all, check_number
from xbarsim.energy.parts import activations, logic
from xbarsim.technology import Node

_REGISTER = 9e-15 / 40e-9  # J a bit and metre of feature size


@dataclass(frozen=True, kw_only=True)
class DigitalNeuron:
    """A leaky integrate-and-fire neuron by its operations; it is updated in every step.

    Parameters
    ----------
    leak, add, compare, state : energy of taking off the leak, of adding the input, of comparing
        with the threshold, and of reading and writing the state, J.
    spike : of a spike beside that, J.
    static : leakage, W.

    Raises
    ------
    SpecError : one is negative or not finite.
    """

    leak: float
    add: float
    compare: float
    state: float
    spike: float = 0.0
    static: float = 0.0

    def __post_init__(self) -> None:
        _check(self, ("leak", "add", "compare", "state", "spike"))

    @property
    def update(self) -> float:
        """Of one step, J."""
        return self.leak + self.add + self.compare + self.state


def digital_lif(node: Node, *, multiplied: bool = False, static: float = 0.0) -> DigitalNeuron:
    """A neuron with a state of 16 bits in registers.

    Parameters
    ----------
    multiplied : whether the leak is any factor, 0.3 pJ at 45 nm with the addition
        (`parts.logic.mac`); else it is a power of two, taken off by shifting, an addition
        like the other (`parts.logic.shift_add`).
    static : leakage, W; nothing is known of it here.

    Notes
    -----
    Comparison: half of 32 bits (`parts.activations.relu`). Registers: 9 fJ a bit at 40 nm
    (Aladdin), linear in the node, 16 bits read and 16 written.
    """
    add = logic.shift_add(node).energy
    return DigitalNeuron(
        leak=logic.mac(node).energy - add if multiplied else add,
        add=add,
        compare=activations.relu(node).energy / 2,
        state=32 * _REGISTER * node.length,
        static=static,
    )


@dataclass(frozen=True, kw_only=True)
class AnalogNeuron:
    r"""An analogue leaky integrate-and-fire neuron.

    .. math:: E = n\,(C V_\mathrm{th}^2 + E_\mathrm{cmp} + E_\mathrm{reset}) + I V_\mathrm{DD} T

    for n spikes in a time T. The last term flows whether there are spikes or not; at low rates it
    is most of all.

    Parameters
    ----------
    i_static : I, A.
    v_dd : V.
    capacitance : C of the membrane, F; 50 to 500 fF, 150 fF is assumed.
    threshold : V.
    comparator, reset : energy of these for a spike, J; 5 to 20 fJ from memory, unverified.

    Raises
    ------
    SpecError : one is negative or not finite.
    """

    i_static: float
    v_dd: float
    capacitance: float = 150e-15
    threshold: float = 0.5
    comparator: float = 10e-15
    reset: float = 0.0

    def __post_init__(self) -> None:
        _check(self, ("comparator", "reset"))

    @property
    def update(self) -> float:
        """Nothing: it is not clocked, J."""
        return 0.0

    @property
    def spike(self) -> float:
        """Of one spike, J."""
        return self.capacitance * self.threshold**2 + self.comparator + self.reset

    @property
    def static(self) -> float:
        """Power without spikes, W."""
        return self.i_static * self.v_dd


def _check(neuron: DigitalNeuron | AnalogNeuron, energies: tuple[str, ...]) -> None:
    units = {"static": "watt", "i_static": "ampere", "v_dd": "volt", "capacitance": "farad",
             "threshold": "volt"} | dict.fromkeys(energies, "joule")  # fmt: skip
    check_all(
        (check_number, name, value, 0.0, inf, units[name]) for name, value in vars(neuron).items()
    )
