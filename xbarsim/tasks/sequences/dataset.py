"""Series with classes, and what can be done to all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count
from xbarsim.encoders.checks import check_series
from xbarsim.errors import SpecError
from xbarsim.streams import Streams


@dataclass(frozen=True, kw_only=True)
class SequenceDataset:
    """Series for training and testing, of lengths that may differ.

    Parameters
    ----------
    x_train, x_test : lists of series (time, channels).
    y_train, y_test : (n,) the class of each, whole numbers from 0.
    channels : names of the channels.
    classes : names of the classes.
    rate : steps a second, Hz; None where steps have no time or each series its own.

    Raises
    ------
    SpecError : nothing to train with, a series without a step, with another number of channels or
        a value that is not finite; or labels that are no classes.
    """

    x_train: list[Array]
    y_train: Array
    x_test: list[Array]
    y_test: Array
    channels: tuple[str, ...]
    classes: tuple[str, ...]
    rate: float | None = None

    def __post_init__(self) -> None:
        if not self.x_train:
            raise SpecError("x_train holds no series")
        for part in ("train", "test"):
            x, y = getattr(self, f"x_{part}"), np.asarray(getattr(self, f"y_{part}"))
            for k, series in enumerate(x):
                width = check_series(f"x_{part}[{k}]", series).shape[1]
                if width != len(self.channels):
                    raise SpecError(
                        f"x_{part}[{k}] has {width} channels; {len(self.channels)} are named"
                    )
            if y.shape != (len(x),) or y.dtype.kind not in "iu":
                raise SpecError(
                    f"y_{part} has shape {y.shape} of {y.dtype}; expected a whole number for each "
                    f"of {len(x)} series"
                )
            if y.size and not 0 <= y.min() <= y.max() < len(self.classes):
                raise SpecError(
                    f"y_{part} holds labels from {y.min()} to {y.max()}; there are "
                    f"{len(self.classes)} classes"
                )

    def encoded(
        self, encode: Callable[[Array], Array], channels: Sequence[str] | None = None
    ) -> "SequenceDataset":
        """The same set with every series encoded, in this order: training, then test.

        Parameters
        ----------
        encode : a series (time, channels) to one (time, channels), of as many steps or not.
        channels : names of what comes out; numbers if None.

        Raises
        ------
        SpecError : series come out with differing channels, or with none.
        """
        train, test = ([encode(series) for series in x] for x in (self.x_train, self.x_test))
        if channels is None:
            width = check_series("an encoded series", train[0]).shape[1]
            channels = [str(k) for k in range(width)]
        same = [len(series) for series in (*train, *test)] == self.lengths
        return replace(
            self,
            x_train=train,
            x_test=test,
            channels=tuple(channels),
            rate=self.rate if same else None,
        )

    def standardised(self) -> "SequenceDataset":
        """The same set with each channel of mean 0 and standard deviation 1 over all of training.

        A channel that never changes there becomes 0 there.
        """
        joined = np.concatenate(self.x_train).astype(float)
        mean, scale = joined.mean(axis=0), joined.std(axis=0)
        scale[scale == 0] = 1.0
        return replace(
            self,
            x_train=[(series - mean) / scale for series in self.x_train],
            x_test=[(series - mean) / scale for series in self.x_test],
        )

    def resplit(self, seed: int) -> "SequenceDataset":
        """Training and test drawn anew from all series, as many of each class as there were.

        Raises
        ------
        SpecError : a seed that is none.
        """
        rng = (Streams(seed) / "sequences" / "split").rng()
        x, y = [*self.x_train, *self.x_test], np.r_[self.y_train, self.y_test]
        test = np.zeros(len(y), bool)
        for k in range(len(self.classes)):
            members = np.flatnonzero(y == k)
            test[rng.permutation(members)[: np.count_nonzero(self.y_test == k)]] = True
        train, held = (rng.permutation(np.flatnonzero(part)) for part in (~test, test))
        return replace(
            self,
            x_train=[x[k] for k in train],
            y_train=y[train],
            x_test=[x[k] for k in held],
            y_test=y[held],
        )

    def first(self, train: int, test: int) -> "SequenceDataset":
        """The first `train` series for training and `test` for the test.

        Raises
        ------
        SpecError : more than there are, or none for training.
        """
        for name, asked in {"train": train, "test": test}.items():
            have = len(getattr(self, f"x_{name}"))
            check_count(name, asked, int(name == "train"), have)
        return replace(
            self,
            x_train=self.x_train[:train],
            y_train=self.y_train[:train],
            x_test=self.x_test[:test],
            y_test=self.y_test[:test],
        )

    @property
    def lengths(self) -> list[int]:
        """Steps of each series: training, then test."""
        return [len(series) for series in (*self.x_train, *self.x_test)]
