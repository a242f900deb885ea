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
        estimator that is not linear, or of which ``coef_`` and ``intercept_`` are not all.
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
    w, b = np.atleast_2d(made.coef_), np.atleast_1d(made.intercept_)
    _check_linear(made, x[np.linspace(0, len(x) - 1, min(len(x), 16)).astype(int)], w, b)
    return w, b


def _check_linear(made: Any, x: Array, w: Array, b: Array) -> None:
    """Refuse an estimator that says of `x` (n, features) anything but ``x @ w.T + b``.

    Such as pairs of classes (``SVC``), a link (``PoissonRegressor``) or centred features
    (``PLSRegression``).
    """
    if is_classifier(made) and not hasattr(made, "decision_function"):
        return
    said = made.decision_function(x) if is_classifier(made) else made.predict(x)
    said = np.asarray(said, dtype=float).reshape(len(x), -1)
    if w.shape == (said.shape[1], x.shape[1]):
        rounding = 1e-8 * (np.abs(x) @ np.abs(w).T + np.abs(b))
        if (np.abs(x @ w.T + b - said) <= rounding).all():
            return
    raise SpecError(
        f"readout {type(made).__name__} is not linear in what it reads: coef_ and intercept_ alone "
        "do not give its outputs"
    )


def check_weights(weights: Any) -> Array:
    """Weights of samples as numbers.

    Raises
    ------
    SpecError : some are no finite number of at least 0, or all are 0.
    """
    try:
        found = np.asarray(weights, dtype=float)
    except (TypeError, ValueError) as error:
        raise SpecError(f"sample_weight is no array of numbers: {error}") from None
    bad = ~(np.isfinite(found) & (found >= 0))
    if bad.any():
        raise SpecError(
            f"sample_weight holds {found[bad][0]:g}; weights must be finite and at least 0"
        )
    if not found.any():
        raise SpecError("sample_weight is zero for all samples; some must be above 0")
    return found


class Readout:
    """A trained readout that reads features, (n, features), as outputs (n, outputs).

    Parameters
    ----------
    weights, bias : (outputs, features), (outputs,).
    hardware : of the arrays that the weights stand on; None multiplies in software.
    streams : of the tile.
    made : the estimator that they are of; one of `RecursiveLeastSquares` can go on to learn.
    """

    def __init__(
        self,
        weights: Array,
        bias: Array,
        hardware: Hardware | None,
        streams: Streams,
        made: Any = None,
    ) -> None:
        self._linear = weights, bias
        self._online = made if isinstance(made, RecursiveLeastSquares) else None
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

    def learn(self, features: Array, targets: Array) -> None:
        """Learn from one more sample, (features,) and (outputs,).

        Raises
        ------
        SpecError : this readout does not learn online, or stands on arrays.
        ConvergenceError : as `RecursiveLeastSquares`.
        """
        if self._online is None or self.tile is not None:
            raise SpecError(
                "partial_fit needs a readout of recursive least squares (readout 'rls') in "
                "software (readout_hardware None): weights on arrays are programmed once"
            )
        self._online.learn(features, targets)
        self._linear = self._online.coef_, self._online.intercept_
