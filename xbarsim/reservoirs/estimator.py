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
washout : first steps of every series that the readout does not learn from.
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

from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.network import ledger_of, thinned
from xbarsim.reservoirs.core import Core
from xbarsim.reservoirs.pooling import check_pooling, pooled
from xbarsim.reservoirs.readout import Readout, readout_of, trained
from xbarsim.reservoirs.series import is_single, series_of
from xbarsim.reservoirs.targets import TASKS, Targets, targets_of
from xbarsim.streams import Streams
from xbarsim.tile import Tile
from xbarsim.units import quantity

if TYPE_CHECKING:
    from xbarsim.energy import EnergyReport

Array = npt.NDArray[Any]

_FLOATS = ("float64", "float32")
_CALIBRATION_STEPS = 4096  # of the training series, on which converters are ranged
_CALIBRATION_SERIES = 16  # at the least, of that many


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

        `sample_weight` is that of steps where there are targets for every step of one series, else
        that of series, (n,). Without targets there is a reservoir to `transform` with.
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
        self.core_.calibrate(_some(driving))
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
            predicted = np.concatenate(predicted)
            truth = np.concatenate([np.asarray(part) for part in y])
        judge = accuracy_score if hasattr(self, "classes_") else r2_score
        return float(judge(truth, predicted, sample_weight=sample_weight))

    def reset(self, n: int = 1) -> None:
        """Let `n` series begin anew, for `step`."""
        check_is_fitted(self)
        self.state_ = self.core_.begin(n)
        self._last_output = np.zeros((n, self._last_output.shape[1]))

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
        if len(rows) != len(self._last_output) or rows.shape[1] != self.n_features_in_:
            raise SpecError(
                f"u has shape {given.shape}; expected ({len(self._last_output)}, "
                f"{self.n_features_in_}): reset(n) sets the number of series"
            )
        if not np.isfinite(rows).all():
            raise SpecError(f"u holds {int((~np.isfinite(rows)).sum())} values that are not finite")
        self._aged()
        fed = self._last_output.astype(rows.dtype)
        driving = [np.concatenate([row, back])[None] for row, back in zip(rows, fed, strict=True)]
        features, self.state_ = self.core_.run(driving, self.state_)
        y = np.concatenate(features)
        if hasattr(self, "readout_"):
            y = self.readout_(self._seen(y, rows))
            if self._fed_back():
                self._last_output = np.asarray(y, dtype=float)
        return y[0] if given.ndim < 2 else y

    def energy(self, X: Any) -> "EnergyReport":
        """Energy of one step, the mean over those of series `X`, as `xbarsim.energy` states it.

        Raises
        ------
        SpecError : nothing stands on arrays.
        """
        from xbarsim.energy import of_tiles

        series, _ = self._series(X)
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
        if np.dtype(self.dtype).name not in _FLOATS:
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
        out = []
        for part, target in zip(series, targets.parts, strict=True):
            before = np.concatenate([np.zeros((1, target.shape[1])), target[:-1]])
            out.append(np.concatenate([part, before.astype(part.dtype)], axis=1))
        return out

    def _learn(
        self, series: list[Array], features: list[Array], targets: Targets, sample_weight: Any
    ) -> None:
        """Train the readout."""
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self._whole, self._flat = targets.parts is None, targets.flat
        if targets.parts is None:
            x, y = self._read_of(series, features, whole=True), targets.whole
        else:
            x, y, weights = self._steps(series, features, targets.parts, weights)
        assert y is not None
        if weights is not None and weights.shape != (len(y),):
            raise SpecError(f"sample_weight has shape {weights.shape}; expected ({len(y)},)")
        if not targets.classes and targets.flat:
            y = y[:, 0]
        made = readout_of(self.readout, targets.classes)
        w, b = trained(made, np.asarray(x, dtype=float), y, weights)
        self.readout_ = Readout(w, b, self.readout_hardware, self._streams / "readout")
        if self.readout_.tile is not None:
            self.readout_.tile.calibrate(thinned(x, _CALIBRATION_STEPS))
            self._aged()

    def _steps(
        self, series: list[Array], features: list[Array], parts: list[Array], weights: Array | None
    ) -> tuple[Array, Array, Array | None]:
        """Samples of steps, those of washout left out."""
        cut = int(self.washout)
        if all(len(part) <= cut for part in series):
            longest = max(len(part) for part in series)
            raise SpecError(
                f"washout is {cut} steps; the longest series has {longest}, so that the readout "
                "has no samples to learn from"
            )
        x = np.concatenate([self._seen(f, u)[cut:] for f, u in zip(features, series, strict=True)])
        y = np.concatenate([part[cut:] for part in parts])
        if weights is not None:
            total = sum(len(part) for part in series)
            if weights.shape != (total,):
                raise SpecError(f"sample_weight has shape {weights.shape}; expected ({total},)")
            edges = np.cumsum([0, *(len(part) for part in series)])
            kept = [
                weights[a + cut : max(b, a + cut)] for a, b in zip(edges, edges[1:], strict=False)
            ]
            weights = np.concatenate(kept)
        return x, y, weights

    def _seen(self, features: Array, inputs: Array) -> Array:
        """What the readout sees of steps."""
        if self.direct:
            features = np.concatenate([features, inputs.astype(features.dtype)], axis=-1)
        if self.squares:
            features = np.concatenate([features, features * features], axis=-1)
        return features

    def _read_of(
        self, series: list[Array], features: list[Array], whole: bool | None = None
    ) -> Array:
        """What the readout reads, all samples together."""
        seen = [self._seen(f, u) for f, u in zip(features, series, strict=True)]
        if self._whole if whole is None else whole:
            return np.stack([pooled(part, self.pooling) for part in seen])
        return np.concatenate(seen)

    def _answers(self, X: Any, start: str) -> tuple[list[Array], bool]:
        """Outputs of the readout: of each series, or of all where there is one target for each."""
        series, single = self._series(X)
        if not hasattr(self, "readout_"):
            raise SpecError("no readout was trained; fit with targets")
        self._aged()
        if self._fed_back():
            return self._closed(series, start), single
        features, _ = self._run(series, start)
        y = self.readout_(self._read_of(series, features))
        if self._whole:
            return [y], single
        return np.split(y, np.cumsum([len(part) for part in series])[:-1]), single

    def _closed(self, series: list[Array], start: str) -> list[Array]:
        """Outputs of every step where they are fed back: step after step."""
        kept = self.state_, self._last_output
        out = []
        for k, part in enumerate(series):
            if start == "rest":
                self.reset()
            elif len(kept[1]) != 1 or k:
                raise SpecError("with feedback, start 'last' takes one series")
            out.append(np.stack([np.atleast_1d(self.step(u)) for u in part]))
        if start == "rest":
            self.state_, self._last_output = kept
        return out

    def _run(self, series: list[Array], start: str) -> tuple[list[Array], Any]:
        if start not in ("rest", "last"):
            raise SpecError(f"start is {start!r}; expected 'rest' or 'last'")
        self._aged()
        if start == "rest":
            return self.core_.run(self._driving(series))
        if len(series) != len(self._last_output):
            raise SpecError(
                f"start is 'last', where {len(self._last_output)} series ended; X holds "
                f"{len(series)}"
            )
        features, self.state_ = self.core_.run(self._driving(series), self.state_)
        return features, self.state_

    def _driving(self, series: list[Array]) -> list[Array]:
        """What drives the reservoir; where outputs are fed back, they are 0 here."""
        if not self._fed_back():
            return series
        pad = self._last_output.shape[1]
        return [np.pad(part, [(0, 0), (0, pad)]) for part in series]

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


def _some(series: list[Array]) -> list[Array]:
    """Series on which converters are ranged, up to `_CALIBRATION_STEPS` of them all.

    They are evenly spread over all, as a set may be sorted by class or by size; where that is too
    much the longest are cut.
    """
    lengths = np.array([len(part) for part in series])
    if lengths.sum() <= _CALIBRATION_STEPS:
        return series
    count = max(_CALIBRATION_STEPS * len(series) // int(lengths.sum()), 1)
    count = max(count, min(len(series), _CALIBRATION_SERIES))
    chosen = np.linspace(0, len(series) - 1, count).astype(int)
    room = _CALIBRATION_STEPS
    for k, length in enumerate(np.sort(lengths[chosen])):  # `room`: steps left, then of each
        each = room // (count - k)
        if length > each:
            return [series[place][:each] for place in chosen]
        room -= int(length)
    return [series[place] for place in chosen]
