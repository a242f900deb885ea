"""Linear readouts: what is trained, and what then reads features, in software or on a tile."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils.validation import has_fit_parameter

from xbarsim.errors import SpecError, suggestion
from xbarsim.hardware import Hardware
from xbarsim.reservoirs.counts import SpikeCounts
from xbarsim.reservoirs.rls import RecursiveLeastSquares
from xbarsim.streams import Streams
from xbarsim.tile import Tile

Array = npt.NDArray[Any]

#: penalties that ridge regression chooses from by leaving samples out
PENALTIES = tuple(10.0**k for k in range(-12, 4))
READOUTS = ("ridge", "logistic", "rls", "counts")


def readout_of(readout: Any, classifies: bool) -> Any:
    """The untrained estimator of a readout.

    Parameters
    ----------
    readout : ``ridge``: with the penalty of `PENALTIES` that generalised cross-validation finds;
        ``logistic``, ``counts`` (classes only); ``rls``: recursive least squares (numbers only); or
        an estimator of scikit-learn that has ``coef_`` and ``intercept_`` once it is fitted.
    classifies : whether targets are classes.

    Raises
    ------
    SpecError : an unknown readout, or one that is not made for such targets.
    """
    from sklearn.linear_model import LogisticRegression, RidgeClassifierCV

    if isinstance(readout, BaseEstimator):
        made = clone(readout)
    elif readout == "ridge":
        made = RidgeClassifierCV(alphas=PENALTIES) if classifies else _ridge()
    elif readout == "logistic":
        made = LogisticRegression(max_iter=2000)
    elif readout == "rls":
        made = RecursiveLeastSquares()
    elif readout == "counts":
        made = SpikeCounts()
    else:
        near = suggestion(readout, READOUTS) if isinstance(readout, str) else ""
        raise SpecError(
            f"readout is {readout!r}; expected one of {', '.join(READOUTS)}, or a linear estimator "
            f"of scikit-learn{near}"
        )
    if is_classifier(made) != classifies:
        wanted, is_for = ("classes", "numbers") if classifies else ("numbers", "classes")
        name = readout if isinstance(readout, str) else type(readout).__name__
        raise SpecError(f"readout {name} is made for {is_for}; the targets are {wanted}")
    return made


def _ridge() -> Any:
    """Ridge regression by singular values: squared features do not resolve small penalties."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(alphas=PENALTIES, gcv_mode="svd")


def trained(made: Any, x: Array, y: Array, weights: Array | None) -> tuple[Array, Array]:
    """Weights (outputs, features) and bias (outputs,) of a readout after training.

    Parameters
    ----------
    made : what `readout_of` gives; it is trained.
    x, y : features (n, features), targets (n, outputs) or classes (n,).
    weights : of samples, (n,); None for equal ones.

    Raises
    ------
    SpecError : fewer than two samples; classes without a second; weights that it does not take; an
        estimator that is not linear.
    """
    name = type(made).__name__
    if len(x) < 2:
        raise SpecError("a readout needs at least 2 samples to learn from; there is 1 sample")
    if is_classifier(made) and len(np.unique(y)) < 2:
        raise SpecError(f"a readout needs at least 2 classes to learn; there is 1 class, {y[0]!r}")
    given = {} if weights is None else {"sample_weight": weights}
    if given and not has_fit_parameter(made, "sample_weight"):
        raise SpecError(f"readout {name} takes no sample_weight")
    made.fit(x, y, **given)
    if not (hasattr(made, "coef_") and hasattr(made, "intercept_")):
        raise SpecError(f"readout {name} is not linear: it has no coef_ and intercept_")
    return np.atleast_2d(made.coef_), np.atleast_1d(made.intercept_)


class Readout:
    """A trained readout that reads features, (n, features), as outputs (n, outputs).

    Parameters
    ----------
    weights, bias : (outputs, features), (outputs,).
    hardware : of the arrays that the weights stand on; None multiplies in software.
    streams : of the tile.
    """

    def __init__(
        self, weights: Array, bias: Array, hardware: Hardware | None, streams: Streams
    ) -> None:
        self._linear = weights, bias
        self.tile: Tile | None = None
        if hardware is not None:
            self.tile = Tile(np.array(weights), hardware, streams, bias=np.array(bias))
            self.tile.program()

    def __call__(self, features: Array) -> Array:
        """Outputs of features."""
        if self.tile is not None:
            y: Array = self.tile(features)
            return y
        weights, bias = (part.astype(features.dtype, copy=False) for part in self._linear)
        outputs: Array = features @ weights.T + bias
        return outputs
