"""Reservoirs as estimators of scikit-learn: what all of them have in common.

A reservoir is drawn at random when it is fitted, programmed onto fresh devices where there is
hardware, and driven with the training series; a linear readout is then trained on its features.

Series, ``X``: one is (time, channels); several are (n, time, channels), or a list of (time,
channels) of any length. Targets, ``y``: of every step, shaped likewise without or with an axis of
outputs; or one for each of several series, (n,) or (n, outputs). Whole numbers, text and truth
values for each of several series are classes, unless `task` says otherwise.

Parameters
----------
hardware : what the arrays of the reservoir are built from, `xbarsim.Hardware`; None is software.
readout : see `xbarsim.reservoirs.readout.readout_of`.
readout_hardware : of arrays that the readout stands on; None multiplies in software.
task : ``auto``, ``regression`` or ``classification``.
pooling : what the readout sees of a series that has one target: ``last``, the last step's features,
    or a number of sections over which they are averaged.
washout : first steps of every series that the readout does not learn from; nor does it see them of
    a series that has one target.
direct : whether the readout sees inputs beside features.
squares : whether it sees the squares of what it sees, too.
age : how old devices are when they are read, s, or text such as ``"1 day"``; None reads them as
    programmed. May be set after fitting: the same chip then ages, or is young again.
dtype : of states, ``float64`` or ``float32``.
random_state : from which reservoir, chip and all noise follow.

Attributes
----------
core_ : the reservoir, a `xbarsim.reservoirs.Core`.
readout_ : the trained readout, if there is one.
classes_ : of targets that are classes.
n_features_in_ : channels of a series.

Raises
------
SpecError : series, targets or parameters that cannot be; says which, and what is allowed.

Notes
-----
Every call with hardware reads arrays anew, with fresh noise: two calls differ, and a program that
makes the same calls again gets the same numbers for the same `random_state`.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags, check_array, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import ledger_of, thinned
from xbarsim.reservoirs.core import Core
from xbarsim.reservoirs.readout import Readout, check_weights, readout_of, trained
from xbarsim.reservoirs.rls import RecursiveLeastSquares
from xbarsim.reservoirs.samples import Samples, check_pooling
from xbarsim.reservoirs.series import is_single, series_of, some_of
from xbarsim.reservoirs.targets import TASKS, Targets, targets_of
from xbarsim.streams import Streams
from xbarsim.tile import Tile
from xbarsim.units import quantity

if TYPE_CHECKING:
    from xbarsim.energy import EnergyReport

Array = npt.NDArray[Any]

_FLOATS = ("float64", "float32")
_CALIBRATION_STEPS = 4096  # of the training series, on which converters are ranged


class Reservoir(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A random dynamical system with a trained readout; a subclass says which system.

    A subclass has the parameters above, makes the system in `_core`, and says in `_fed_back`
    whether outputs are fed back into it.
    """

    hardware: Any
    readout: Any
    readout_hardware: Any
    task: str
    pooling: Any
    washout: int
    direct: bool
    squares: bool
    age: Any
    dtype: Any
    random_state: Any
    n_features_in_: int

    def _core(self, largest: Array, streams: Streams) -> Core:
        """The system, drawn from `streams`, not yet programmed.

        `largest` is the largest magnitude of each channel in training, (channels,): those of
        series, then those of outputs that are fed back.
        """
        raise NotImplementedError

    def _fed_back(self) -> bool:
        return False

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Draw and program a reservoir for series `X`, and train a readout for targets `y`.

        `sample_weight` is that of steps where there are targets for every step, those of all series
        one after the other; else that of series, (n,). Without targets there is a reservoir to
        `transform` with.
        """
        for name in ("readout_", "classes_", "core_", "state_"):
            self.__dict__.pop(name, None)
        self._check_parameters()
        series, single = self._series(X, fit=True)
        random = check_random_state(self.random_state)
        self._streams = Streams(int(random.randint(2**31 - 1)))
        targets = None
        if y is not None:
            if single:  # in scikit-learn's own words
                y = check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=self)
            targets = targets_of(y, series, single, self.task)
            if targets.classes:
                self._encode(targets)
        elif self._fed_back():
            raise SpecError("feedback needs targets: outputs are what is fed back")
        self._outputs = 0 if targets is None else self._number_of_outputs(targets)
        fed = self._outputs if self._fed_back() else 0
        driving = self._taught(series, targets) if fed and targets is not None else series
        largest = np.max([np.abs(part).max(axis=0) for part in driving], axis=0)
        self.core_ = self._core(largest, self._streams)
        self.core_.program()
        self.core_.calibrate(some_of(driving, _CALIBRATION_STEPS))
        self._aged()
        features, self.state_ = self.core_.run(driving)
        self._last_output = np.zeros((len(series), fed))
        if targets is not None:
            self._learn(series, features, targets, sample_weight)
            if fed:
                assert targets.parts is not None
                self._last_output = np.stack([part[-1] for part in targets.parts])
        self._n_features_out = self.core_.features
        return self

    def transform(self, X: Any, start: str = "rest") -> Any:
        """Features of every step: (time, features) of one series, a list of such of several.

        Where outputs are fed back they are those of the readout, as in `predict`.

        Parameters
        ----------
        start : ``rest``: states begin as before fitting; ``last``: where the last series that went
            through, in fitting, by `step` or with this, ended.
        """
        series, single = self._series(X)
        features, _ = self._run(series, start)
        return features[0] if single else features

    def predict(self, X: Any, start: str = "rest") -> Any:
        """Outputs or classes: of every step, or of each series, as in training."""
        outputs, single = self._answers(X, start)
        found = [self._decided(part) for part in outputs]
        if self._whole:
            return found[0]
        return found[0] if single else found

    def _classifies(self) -> bool:
        return hasattr(self, "classes_") or self.task == "classification"

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any, start: str = "rest") -> Any:
        """Scores of classes: shaped as `predict`, with an axis of classes if they are not two."""
        outputs, single = self._answers(X, start)
        scores = [part[:, 0] if part.shape[1] == 1 else part for part in outputs]
        return scores[0] if self._whole or single else scores

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy of classes, or the coefficient of determination of numbers."""
        predicted, truth = self.predict(X), y
        if isinstance(predicted, list):
            for k, (part, found) in enumerate(zip(y, predicted, strict=False)):
                if len(part) != len(found):
                    raise SpecError(f"y[{k}] has {len(part)} steps; its series has {len(found)}")
            predicted = np.concatenate(predicted)
            truth = np.concatenate([np.asarray(part) for part in y])
        judge = accuracy_score if hasattr(self, "classes_") else r2_score
        return float(judge(truth, predicted, sample_weight=sample_weight))

    def reset(self, n: int = 1) -> None:
        """Let `n` series begin anew, for `step`."""
        check_is_fitted(self)
        check_count("n", n, 1)
        self.state_ = self.core_.begin(int(n))
        self._last_output = np.zeros((int(n), self._last_output.shape[1]))

    def step(self, u: Any) -> Array:
        """One step of each series that goes on, for use in a loop.

        Parameters
        ----------
        u : (channels,) of one series, or (n, channels); after `fit` of the training series, after
            ``reset(n)`` of n new ones.

        Returns
        -------
        Outputs (outputs,) or (n, outputs), scores of classes where there are such; features where
        nothing was trained.
        """
        check_is_fitted(self)
        given = np.asarray(u, dtype=self.dtype)
        rows = given.reshape(-1, given.shape[-1]) if given.ndim else given.reshape(1, 1)
        expected = len(self._last_output), self.n_features_in_
        if given.ndim > 2 or rows.shape != expected:
            raise SpecError(
                f"u has shape {given.shape}; expected ({len(self._last_output)}, "
                f"{self.n_features_in_}): reset(n) sets the number of series"
            )
        if not np.isfinite(rows).all():
            raise SpecError(f"u holds {int((~np.isfinite(rows)).sum())} values that are not finite")
        self._aged()
        features, outputs = self._advanced(rows)
        y = features if outputs is None else outputs
        return y[0] if given.ndim < 2 else y

    def _learns_online(self) -> bool:
        return self.readout == "rls" or isinstance(self.readout, RecursiveLeastSquares)

    @available_if(_learns_online)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any) -> Any:
        """Go on where the last series ended, and let the readout learn after every step.

        With feedback the reservoir is given what the readout itself said a step before, not the
        target: FORCE learning (D. Sussillo and L. F. Abbott, Neuron 63, 544 (2009)). Before `fit`,
        it is `fit`.

        Parameters
        ----------
        X, y : one series, (time, channels), and targets of every step.

        Raises
        ------
        SpecError : several series, other outputs than in fitting, or a readout on arrays.
        """
        if not self.__sklearn_is_fitted__():
            return self.fit(X, y)
        series, single = self._series(X)
        if not (single and len(self._last_output) == 1):
            raise SpecError(
                f"partial_fit goes on with one series; X holds {len(series)}, and "
                f"{len(self._last_output)} went through last: reset() begins one"
            )
        targets = targets_of(y, series, single, self.task)
        assert targets.parts is not None
        wanted = targets.parts[0]
        if not hasattr(self, "readout_") or self._whole or wanted.shape[1:] != (self._outputs,):
            raise SpecError(
                f"y holds {wanted.shape[1:]} outputs for every step; what was trained in fit has "
                f"{self._outputs if hasattr(self, 'readout_') and not self._whole else 'none'}"
            )
        self._aged()
        for u, target in zip(series[0], wanted, strict=True):
            features, _ = self._advanced(u[None])
            self.readout_.learn(self._samples.seen(features, u[None])[0], target)
        return self

    def _advanced(self, rows: Array) -> tuple[Array, Array | None]:
        """Features and outputs, if any, of a step with inputs (n, channels)."""
        fed = self._last_output.astype(rows.dtype)
        driving = [np.concatenate([row, back])[None] for row, back in zip(rows, fed, strict=True)]
        found, self.state_ = self.core_.run(driving, self.state_)
        features = np.concatenate(found)
        if not hasattr(self, "readout_"):
            return features, None
        outputs = self.readout_(self._samples.seen(features, rows))
        if self._fed_back():
            self._last_output = np.asarray(outputs, dtype=float)
        return features, outputs

    def energy(self, X: Any) -> "EnergyReport":
        """Energy of one step, the mean over those of series `X`, as `xbarsim.energy` states it.

        Raises
        ------
        SpecError : nothing stands on arrays.
        """
        from xbarsim.energy import of_tiles

        series, _ = self._series(X)
        self._aged()
        given = self.core_.driven(self._driving(series))
        tiles = dict(self.core_.tiles)
        if (readout := self._readout_tile) is not None:
            features, _ = self._run(series, "rest")
            tiles["readout"], given["readout"] = readout, self._read_of(series, features)
        if not tiles:
            raise SpecError("nothing stands on arrays; energy needs hardware")
        return of_tiles(tiles, given, sum(len(part) for part in series))

    @property
    def ledger(self) -> Counter[str]:
        """What arrays have done since they were made."""
        check_is_fitted(self)
        readout = self._readout_tile
        return ledger_of([self.core_] if readout is None else [self.core_, readout])

    def save(self, path: str | Path) -> None:
        """Write everything to a file, from which `load` makes an estimator that goes on alike."""
        import joblib

        joblib.dump(self, path, compress=1)

    @classmethod
    def load(cls, path: str | Path) -> Any:
        """What `save` wrote; from a file that you trust, as it can hold any code.

        Raises
        ------
        SpecError : another kind of object.
        """
        import joblib

        found = joblib.load(path)
        if not isinstance(found, cls):
            raise SpecError(f"{path} holds a {type(found).__name__}; expected a {cls.__name__}")
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "core_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.hardware is not None
        if self.task == "classification":
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
            tags.classifier_tags.poor_score = True  # rows of a table are no series
        else:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
            tags.regressor_tags.poor_score = True
            tags.target_tags.multi_output = True
        return tags

    def _check_parameters(self) -> None:
        check_pooling(self.pooling)
        for name in ("hardware", "readout_hardware"):
            value = getattr(self, name)
            if not isinstance(value, Hardware | None):
                raise SpecError(f"{name} is {value!r}; expected xbarsim.Hardware(...), or None")
        if self.age is not None:
            age_in_seconds(self.age)
        if self.task not in TASKS:
            raise SpecError(f"task is {self.task!r}; expected one of {', '.join(TASKS)}")
        if _name_of_type(self.dtype) not in _FLOATS:
            raise SpecError(f"dtype is {self.dtype!r}; expected {' or '.join(_FLOATS)}")
        if not (isinstance(self.washout, int | np.integer) and self.washout >= 0):
            raise SpecError(f"washout is {self.washout!r}; it must be a whole number of steps")

    def _series(self, X: Any, fit: bool = False) -> tuple[list[Array], bool]:
        """Series of `X`, and whether it is one."""
        if not fit:
            check_is_fitted(self)
        if is_single(X):
            one = validate_data(self, X, dtype=self.dtype, reset=fit, order="C")
            return [one], True
        width = None if fit else self.n_features_in_
        series = series_of(X, self.dtype, width)
        if fit:
            self.n_features_in_ = series[0].shape[1]
            self.__dict__.pop("feature_names_in_", None)
        return series, False

    def _encode(self, targets: Targets) -> None:
        labels = targets.whole if targets.whole is not None else np.concatenate(targets.parts or [])
        check_classification_targets(labels)
        self.classes_ = np.unique(labels)

    def _number_of_outputs(self, targets: Targets) -> int:
        if targets.classes:
            return 1 if len(self.classes_) == 2 else len(self.classes_)
        first = targets.whole if targets.whole is not None else (targets.parts or [])[0]
        return int(first.shape[1])

    def _taught(self, series: list[Array], targets: Targets) -> list[Array]:
        """Series with what outputs should have been a step before beside them."""
        if targets.parts is None or targets.classes:
            raise SpecError("feedback needs numbers as targets, for every step")
        return _with_outputs(series, targets.parts)

    def _learn(
        self, series: list[Array], features: list[Array], targets: Targets, sample_weight: Any
    ) -> None:
        """Train the readout."""
        weights = None if sample_weight is None else check_weights(sample_weight)
        self._whole, self._flat = targets.parts is None, targets.flat
        if targets.parts is None:
            x, y = self._samples.of_series(series, features), targets.whole
        else:
            x, y, weights = self._samples.to_learn(series, features, targets.parts, weights)
        assert y is not None
        if weights is not None and weights.shape != (len(y),):
            raise SpecError(f"sample_weight has shape {weights.shape}; expected ({len(y)},)")
        if not targets.classes and targets.flat:
            y = y[:, 0]
        made = readout_of(self.readout, targets.classes)
        w, b = trained(made, np.asarray(x, dtype=float), y, weights)
        self.readout_ = Readout(w, b, self.readout_hardware, self._streams / "readout", made)
        if self.readout_.tile is not None:
            self.readout_.tile.calibrate(thinned(x, _CALIBRATION_STEPS))
            self._aged()

    @property
    def _samples(self) -> Samples:
        """What the readout sees."""
        return Samples(
            direct=self.direct,
            squares=self.squares,
            washout=int(self.washout),
            pooling=self.pooling,
        )

    def _read_of(self, series: list[Array], features: list[Array]) -> Array:
        """What the readout reads, all samples together."""
        samples = self._samples
        return (samples.of_series if self._whole else samples.of_steps)(series, features)

    def _answers(self, X: Any, start: str) -> tuple[list[Array], bool]:
        """Outputs of the readout: of each series, or of all where there is one target for each."""
        series, single = self._series(X)
        if not hasattr(self, "readout_"):
            raise SpecError("no readout was trained; fit with targets")
        self._aged()
        if self._fed_back():
            return self._closed(series, start)[1], single
        features, _ = self._run(series, start)
        y = self.readout_(self._read_of(series, features))
        if self._whole:
            return [y], single
        return np.split(y, np.cumsum([len(part) for part in series])[:-1]), single

    def _closed(self, series: list[Array], start: str) -> tuple[list[Array], list[Array]]:
        """Features and outputs of every step where outputs are fed back: step after step."""
        _check_start(start)
        if start == "last" and not len(series) == len(self._last_output) == 1:
            raise SpecError("with feedback, start 'last' takes one series")
        kept, steps = (self.state_, self._last_output), []
        try:
            for part in series:
                if start == "rest":
                    self.reset()
                steps.append([self._advanced(u[None]) for u in part])
        finally:
            if start == "rest":
                self.state_, self._last_output = kept
        features, outputs = (
            [np.concatenate([step[k] for step in part]) for part in steps] for k in (0, 1)
        )
        return features, outputs

    def _run(self, series: list[Array], start: str) -> tuple[list[Array], Any]:
        _check_start(start)
        self._aged()
        if self._fed_back():
            return self._closed(series, start)[0], self.state_
        if start == "rest":
            return self.core_.run(series)
        if len(series) != len(self._last_output):
            raise SpecError(
                f"start is 'last', where {len(self._last_output)} series ended; X holds "
                f"{len(series)}"
            )
        features, self.state_ = self.core_.run(series, self.state_)
        return features, self.state_

    def _driving(self, series: list[Array]) -> list[Array]:
        """What drives the reservoir: series, with outputs beside them where these are fed back."""
        if not self._fed_back():
            return series
        return _with_outputs(series, self._closed(series, "rest")[1])

    def _decided(self, y: Array) -> Array:
        if not hasattr(self, "classes_"):
            return y[:, 0] if self._flat else y
        index = (y[:, 0] > 0).astype(int) if y.shape[1] == 1 else y.argmax(axis=1)
        found: Array = self.classes_[index]
        return found

    def _aged(self) -> None:
        """Let arrays be as old as `age` says."""
        for tile in self.core_.tiles.values():
            t = self._age_of(tile)
            if t != tile.t:
                self.core_.age(t)
        if (readout := self._readout_tile) is not None:
            t = self._age_of(readout)
            if t != readout.t:
                readout.age(t)

    @property
    def _readout_tile(self) -> Tile | None:
        """What the readout stands on, if it was trained and stands on arrays."""
        return self.readout_.tile if hasattr(self, "readout_") else None

    def _age_of(self, tile: Tile) -> float:
        """How old a tile is to be, s."""
        return tile.hardware.device.ages[0] if self.age is None else age_in_seconds(self.age)


def _check_start(start: str) -> None:
    if start not in ("rest", "last"):
        raise SpecError(f"start is {start!r}; expected 'rest' or 'last'")


def _with_outputs(series: list[Array], outputs: list[Array]) -> list[Array]:
    """Series with outputs of the step before, (time, outputs), beside them."""
    out = []
    for part, y in zip(series, outputs, strict=True):
        before = np.concatenate([np.zeros((1, y.shape[1])), y[:-1]])
        out.append(np.concatenate([part, before.astype(part.dtype)], axis=1))
    return out


def _name_of_type(dtype: Any) -> str:
    try:
        return str(np.dtype(dtype).name)
    except TypeError:
        return ""


def age_in_seconds(age: Any) -> float:
    """An age as a number or as text with a unit, s.

    Raises
    ------
    SpecError : it is neither.
    """
    try:
        return float(quantity(age.item() if isinstance(age, np.generic) else age, "second"))
    except SpecError as error:
        raise SpecError(f"age: {error}") from None
