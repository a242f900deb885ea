"""What estimators on crossbars have in common: software is trained, placed, and read."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.validation import check_is_fitted, has_fit_parameter, validate_data

from xbarsim.device import load_device
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.mapping import from_sklearn, map_network
from xbarsim.mapping.graph import Graph
from xbarsim.network import Network, thinned
from xbarsim.units import quantity

if TYPE_CHECKING:
    from xbarsim.energy import EnergyReport

Array = npt.NDArray[Any]

FLOATS = (np.float64, np.float32)
_AT_ONCE = 2048  # inputs that are read together
_HELD_AGAINST = 256  # training inputs on which software and what was read of it are compared


class OnCrossbars(BaseEstimator):  # type: ignore[misc]
    """An estimator of scikit-learn whose matrices stand on crossbars once it is fitted.

    A subclass says which estimator it wraps by default, which method of it is read, and whether it
    takes another one.
    """

    _method = "predict"

    def __init__(
        self,
        estimator: Any = None,
        *,
        hardware: Hardware | None = None,
        age: float | str | None = None,
        repeats: int = 1,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.hardware = hardware
        self.age = age
        self.repeats = repeats
        self.random_state = random_state

    def energy(self, X: Any) -> "EnergyReport":
        """Energy of reading inputs (n, features), as `xbarsim.energy.estimate` gives it."""
        from xbarsim.energy import estimate

        X = self._checked(X)
        return estimate(self._aged(self.network_), X)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        tags, wrapped = super().__sklearn_tags__(), self._wrapped()
        tags.non_deterministic = self.hardware is not None
        if isinstance(wrapped, BaseEstimator):
            inner = get_tags(wrapped)
            tags.target_tags.required = tags.target_tags.required or inner.target_tags.required
        return tags

    def _default(self) -> BaseEstimator:
        raise NotImplementedError

    def _wrapped(self) -> Any:
        return self._default() if self.estimator is None else self.estimator

    def _refused(self, wrapped: BaseEstimator) -> str:
        """What is expected instead of this estimator; empty if it will do."""
        raise NotImplementedError

    def _learned(self, software: Any, X: Array, graph: Graph) -> dict[str, Any]:
        """Attributes beside the chip, from the network and some training inputs (n, features).

        Raises
        ------
        SpecError : its outputs are not what the software makes its answers of.
        """
        return {}

    def _train(self, X: Array, y: Any, sample_weight: Any = None) -> None:
        """Train the software and program a chip with it."""
        self.__dict__.pop("network_", None)
        hardware, random = self._hardware(), check_random_state(self.random_state)
        software = _seeded(self._checked_estimator(), random)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        if weights and not has_fit_parameter(software, "sample_weight"):
            raise SpecError(f"{type(software).__name__} takes no sample_weight")
        software = software.fit(X, y, **weights)
        some = np.asarray(thinned(X, _HELD_AGAINST), dtype=float)
        graph = from_sklearn(software, self._method, some)
        learned = self._learned(software, some, graph)
        network = Network(map_network(graph, hardware), _drawn(random))
        network.program()
        network.calibrate(X)
        self._aged(network)
        self.__dict__.update(learned, estimator_=software, network_=network)

    def _hardware(self) -> Hardware:
        if self.hardware is None:
            return Hardware(device=load_device("ideal"))
        if not isinstance(self.hardware, Hardware):
            raise SpecError(
                f"hardware is {self.hardware!r}; expected xbarsim.Hardware(...), or None for "
                "ideal arrays"
            )
        return self.hardware

    def _checked_estimator(self) -> Any:
        wrapped = self._wrapped()
        if not isinstance(wrapped, BaseEstimator):
            raise SpecError(f"estimator is {wrapped!r}; expected an estimator of scikit-learn")
        if expected := self._refused(wrapped):
            raise SpecError(f"estimator is a {type(wrapped).__name__}; expected {expected}")
        return clone(wrapped)

    def _aged(self, network: Network) -> Network:
        """A chip at the age that is asked for; as programmed, where none is."""
        t = network.placement.hardware.device.ages[0]
        if self.age is not None:
            try:
                t = quantity(_plain(self.age), "second")
            except SpecError as error:
                raise SpecError(f"age: {error}") from None
        if t != network.t:
            network.age(t)
        return network

    def _checked(self, X: Any) -> Any:
        check_is_fitted(self)
        return validate_data(self, X, reset=False, dtype=FLOATS)

    def _read(self, X: Any) -> Array:
        """Outputs (n, out) of inputs (n, features), the mean of `repeats` reads."""
        X = self._checked(X)
        network = self._aged(self.network_)
        reads: Array = network.run(X, batch=_AT_ONCE, repeats=_plain(self.repeats))
        mean: Array = reads[0] if len(reads) == 1 else reads.mean(axis=0)
        return mean


def _plain(value: Any) -> Any:
    """A number of NumPy, as grids hold them, as one of Python."""
    return value.item() if isinstance(value, np.generic) else value


def _drawn(random: Any) -> int:
    return int(random.randint(2**31 - 1))


def _seeded(estimator: Any, random: Any) -> Any:
    """`estimator` with a seed for each ``random_state`` that is None."""
    given = estimator.get_params(deep=True)
    names = [n for n in sorted(given) if n == "random_state" or n.endswith("__random_state")]
    seeds = {name: _drawn(random) for name in names if given[name] is None}
    return estimator.set_params(**seeds) if seeds else estimator
