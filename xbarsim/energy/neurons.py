"""What a spiking neuron costs: each step, each spike, and all the time."""

from dataclasses import dataclass
from math import inf

from xbarsim.checks import check_all, check_number
from xbarsim.energy.parts.neurons import MEMBRANE, THRESHOLD, operations, spike
from xbarsim.technology import Node


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
    multiplied : whether the leak is any factor; see `parts.neurons.operations`.
    static : leakage, W; see `parts.neurons.digital`.
    """
    return DigitalNeuron(**operations(node, multiplied=multiplied), static=static)


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
    capacitance : C of the membrane, F; see `parts.neurons.MEMBRANE`.
    threshold : V.
    comparator, reset : energy of these for a spike, J; 5 to 20 fJ from memory, unverified. The
        default is `parts.adc_sar.comparison` at 28 nm.

    Raises
    ------
    SpecError : one is negative or not finite.
    """

    i_static: float
    v_dd: float
    capacitance: float = MEMBRANE
    threshold: float = THRESHOLD
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
        return spike(self.capacitance, self.threshold, self.comparator) + self.reset

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
