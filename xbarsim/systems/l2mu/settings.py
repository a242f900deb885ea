"""What an L2MU is made of, and how it learns."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from xbarsim.checks import check_above_zero, check_count, check_flag, check_one_of, check_within
from xbarsim.errors import SpecError

Inputs = Literal["counts", "spikes"]
Schedule = Literal["cosine", "constant"]
StateSpace = Literal["digital", "tile", "verified"]

#: recordings of each letter that are not of the test
RECORDED = 40
#: the letters of the smaller published task
SEVEN = ("Space", "A", "E", "I", "O", "U", "Y")


@dataclass(frozen=True, kw_only=True)
class Settings:
    r"""A Legendre memory unit of spiking neurons that tells Braille letters (Leto et al. 2025).

    In every step, with spikes x of the input, u of encoders, M of memory, h of hidden neurons:

    .. math::
        u &= \mathrm{LIF}_u(e_x x + e_h h + e_m M) \\
        M &= \mathrm{LIF}_m(\bar A M + \bar B u) \quad \text{in each of the channels} \\
        h &= \mathrm{LIF}_h(W_x x + W_h h + W_m M) \\
        o &= \mathrm{LIF}_o(W_o h + b_o)

    where `h` and `M` on the right are those of the step before until they are renewed, and a LIF
    population has :math:`U \leftarrow \beta U + I - \Theta S`, with S = 1 where U was above
    :math:`\Theta` in the step before, and spikes where U is above :math:`\Theta` now. The class
    that spiked most often is the answer.

    The defaults are a reduced protocol (ours): fewer neurons and epochs, larger steps of Adam that
    shrink, gradients that are bounded, and whole numbers of events in the sensors' own steps, which
    are told better than one spike at the most. `reduced_spikes` gives the latter, `published` the
    published protocol.

    Parameters
    ----------
    letters : those to tell; None for all 27. `SEVEN` are those of the smaller task.
    substeps : steps a sample of the sensors, of which there are 40 a second.
    inputs : ``counts``: all events of a step; ``spikes``: one at the most, as published.
    examples : recordings of each letter to learn from, of 40; None for all.
    validation : how many of these, the last ones, are left out of learning and asked about, so that
        settings can be chosen without a look at the test; None for none.
    split : seed by which recordings are parted anew; None for the last ten of each letter as the
        test.
    order, theta : of the state space; polynomials, and length of its window in steps.
    memory, hidden : channels of the memory, which has memory * order neurons, and hidden neurons.
    beta_u, beta_m, beta_h, beta_o : what is left of a membrane after a step, before training.
    threshold_u, threshold_m, threshold_h, threshold_o : where membranes spike, before training.
    learn_neurons : whether the four leaks and thresholds are learned, too.
    rate, batch, epochs : step size of Adam, recordings a step, passes over the data.
    gradient : gradients of a step that are longer than this are shortened to it, all parameters
        taken together; None for none, as published.
    schedule : ``cosine``: steps shrink to nothing over the epochs; ``constant``, as published.
    training_seed : of the network, which all chips then share; None takes the trial's.
    trained : file with what was learned: read if it is there, written if not. None for no file.
    state_space : where A and B stand: ``digital``; ``tile``: on cells of the hardware, one block
        that all channels take turns on; ``verified``: on such cells, written until they are right.
    state_error : standard deviation of the error of each number of digital A and B, over the
        largest of them.
    verify_window : distance from its target at which a verified cell is right, over the window of
        conductances.
    verify_tries : how often a cell is written at the most.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.

    References
    ----------
    B. Leto, G. Urgese, E. Macii and V. Fra, "A LIF-based Legendre memory unit as neuromorphic state
    space model benchmarked on a second-long spatio-temporal task", NICE (2025); V. Fra et al.,
    arXiv 2407.04076 (2024), for the unit.
    """

    letters: tuple[str, ...] | None = None
    substeps: int = 1
    inputs: Inputs = "counts"
    examples: int | None = None
    validation: int | None = None
    split: int | None = None
    order: int = 4
    theta: float = 7.0
    memory: int = 100
    hidden: int = 120
    beta_u: float = 0.65
    beta_m: float = 0.35
    beta_h: float = 0.15
    beta_o: float = 0.15
    threshold_u: float = 0.1
    threshold_m: float = 0.4
    threshold_h: float = 0.75
    threshold_o: float = 0.1
    learn_neurons: bool = True
    rate: float = 3e-3
    batch: int = 64
    epochs: int = 40
    gradient: float | None = 10.0
    schedule: Schedule = "cosine"
    training_seed: int | None = None
    trained: str | None = None
    state_space: StateSpace = "digital"
    state_error: float = 0.0
    verify_window: float = 0.01
    verify_tries: int = 30

    def __post_init__(self) -> None:
        if self.letters is not None:
            self._check_letters()
        for name, (low, high) in _WHOLE.items():
            value = getattr(self, name)
            if value is not None or name not in _OPTIONAL:
                check_count(name, value, low, high)
        for name in ("theta", "threshold_u", "threshold_m", "threshold_h", "threshold_o"):
            check_above_zero(name, getattr(self, name), "steps" if name == "theta" else "")
        for name in ("beta_u", "beta_m", "beta_h", "beta_o"):
            check_within(name, getattr(self, name), 0.0, 1.0)
        if self.validation is not None and self.validation >= (self.examples or RECORDED):
            raise SpecError(
                f"validation is {self.validation}; it must be below {self.examples or RECORDED}, "
                "the recordings of each letter to learn from"
            )
        check_within("rate", self.rate, 1e-9, 1.0)
        if self.gradient is not None:
            check_above_zero("gradient", self.gradient, "")
        check_within("state_error", self.state_error, 0.0, 1.0)
        check_within("verify_window", self.verify_window, 1e-6, 1.0)
        for name, known in _WORDS.items():
            check_one_of(name, getattr(self, name), get_args(known))
        check_flag("learn_neurons", self.learn_neurons)
        if self.trained is not None and not (isinstance(self.trained, str) and self.trained):
            raise SpecError(f"trained is {self.trained!r}; it must be the path of a file, or none")
        if self.state_error and self.state_space != "digital":
            raise SpecError(
                f"state_error is {self.state_error:g} and state_space {self.state_space}; errors "
                "are set for the digital one, cells have those of their device"
            )

    def _check_letters(self) -> None:
        letters = self.letters
        if not isinstance(letters, tuple) or not all(isinstance(each, str) for each in letters):
            raise SpecError(f"letters is {letters!r}; it must be a tuple of names, or None")
        if len(letters) < 2:
            raise SpecError(f"letters holds {len(letters)}; at least 2 can be told apart")


_WHOLE = {
    "substeps": (1, 100), "examples": (1, RECORDED), "validation": (1, RECORDED),
    "split": (0, 2**63 - 1), "order": (1, 64),
    "memory": (1, 10_000), "hidden": (1, 10_000), "batch": (1, 10_000), "epochs": (1, 100_000),
    "training_seed": (0, 2**63 - 1), "verify_tries": (1, 10_000),
}  # fmt: skip
_OPTIONAL = ("examples", "validation", "split", "training_seed")
_WORDS = {"inputs": Inputs, "schedule": Schedule, "state_space": StateSpace}

_SEVEN: dict[str, Any] = {
    "letters": SEVEN, "order": 7, "theta": 10.0, "hidden": 120, "memory": 70, "beta_u": 0.8,
    "beta_m": 0.2, "beta_h": 0.45, "beta_o": 0.6, "threshold_u": 0.2, "threshold_m": 0.4,
    "threshold_h": 0.65, "threshold_o": 0.15,
}  # fmt: skip


def published(seven: bool = False, **changed: Any) -> Settings:
    """The published network and training: 27 letters, or seven; spikes in steps of 5 ms.

    Parameters
    ----------
    seven : whether the smaller task is meant.
    changed : what is to be another than published.

    Notes
    -----
    Populations, leaks, thresholds and steps are those of the authors' README and of the files with
    the best parameters of their search. Their code does not learn leaks and thresholds, though
    their README says so: here they stay.
    """
    own = _SEVEN | {"rate": 1.45e-3} if seven else {"hidden": 160, "memory": 250, "rate": 4e-4}
    slow = {"epochs": 300, "schedule": "constant", "learn_neurons": False, "gradient": None}
    return Settings(**(own | {"substeps": 5, "inputs": "spikes"} | slow | changed))


def reduced_seven(**changed: Any) -> Settings:
    """The smaller task with its own network, trained as the defaults are."""
    return Settings(**(_SEVEN | changed))


def reduced_spikes(**changed: Any) -> Settings:
    """One spike of a sensor at the most in a step, as published, in fewer and larger steps (ours).

    Steps of 12.5 ms in place of 5, the network of the defaults, 120 epochs. The rate is below that
    of the defaults, at which memories of some networks fall silent.
    """
    own: dict[str, Any] = {"inputs": "spikes", "substeps": 2, "epochs": 120, "rate": 1.2e-3}
    return Settings(**(own | changed))
