"""A reservoir of volatile devices, which tells digits that come as streams of pulses.

The example by which A. Mehonic et al., "Memristors: from in-memory computing, deep learning
acceleration, and spiking neural networks to the future of neuromorphic and bio-inspired computing",
Advanced Intelligent Systems 2, 2000085 (2020), show reservoir computing: C. Du et al., "Reservoir
computing using dynamic memristors for temporal information processing", Nature Communications 8,
2204 (2017). See `xbarsim.tasks.pulse_digits` for pulses, and for what is assumed of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import Any, Literal, cast, get_args

import numpy as np
from sklearn.linear_model import LogisticRegression

from xbarsim.backend import Array
from xbarsim.checks import check_age, check_count, check_number, check_one_of
from xbarsim.errors import SpecError
from xbarsim.hardware import Hardware
from xbarsim.reservoirs import DynamicReservoir
from xbarsim.reservoirs.dynamic import DynamicCore
from xbarsim.reservoirs.trains import Read
from xbarsim.streams import Streams
from xbarsim.systems.given import check_enough
from xbarsim.systems.published import Published, Stands
from xbarsim.tasks.datasets import dataset_digest, load_dataset
from xbarsim.tasks.pulse_digits import (
    CYCLE,
    MNIST_TRAINS,
    READ,
    SPREAD,
    digit_streams,
    mnist_streams,
    wox_reservoir,
)

Task = Literal["digits", "mnist", "fashion_mnist"]
Readout = Literal["software", "arrays"]
Row = dict[str, float]

TITLE = "A reservoir of volatile memristors (Du 2017)"
STANDS_ON: Stands = "hardware"
UNITS: dict[str, str] = {}

#: unit and words of every metric, the leading one first
METRICS = {
    "accuracy": ("dimensionless", "share of images told right"),
    "accuracy.software": (
        "dimensionless",
        "the same of devices that are alike and do not scatter, readout in software",
    ),
    "devices": ("count", "volatile devices"),
    "features": ("count", "currents that an image leaves"),
    "spikes": ("count", "pulses of an image, all devices"),
    "reads": ("count", "reads of volatile devices an image"),
    "writes": ("count", "programmings of a cell of the readout"),
    "energy.pulses": ("joule", "energy of an image, pulses and reads of the volatile devices"),
    "energy.read": ("joule", "energy of an image, the arrays of the readout"),
}

PUBLISHED = (
    Published(
        metric="accuracy",
        value=0.881,
        words="MNIST, 88 devices, measured",
        source="C. Du et al., Nature Communications 8, 2204 (2017)",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The published devices and pulses.

    Parameters
    ----------
    task : ``digits``: ten digits of 5 x 4 pixels on five devices, each read several times with
        noise of its own, to learn from and to be asked about; ``mnist`` or ``fashion_mnist``: 22
        rows of four sections on 88 devices, which two trains of pulses drive in turn.
    repeats : reads of each of the ten digits, for learning and for the test.
    train, test : images of MNIST, the first of each set.
    spread : standard deviation of the law's parameters from device to device over their values.
    cycle : the same from pulse to pulse.
    read_noise : standard deviation of a current that is read over its value.
    readout : where it stands: in ``software``, as published, or on the ``arrays`` that are given.
    penalty : C of the readout, a logistic regression of scikit-learn; None is 1e6 for ten digits
        and 30 for MNIST. Ours, as all scatter by default: the paper states none.

    Raises
    ------
    SpecError : names the field, its value and what is allowed.
    """

    task: Task = "mnist"
    repeats: int = 20
    train: int = 10_000
    test: int = 10_000
    spread: float = SPREAD["lambda"]
    cycle: float = CYCLE["lambda"]
    read_noise: float = READ.noise
    readout: Readout = "software"
    penalty: float | None = None

    def __post_init__(self) -> None:
        check_one_of("task", self.task, get_args(Task))
        check_one_of("readout", self.readout, get_args(Readout))
        for name, most in (("repeats", 10_000), ("train", 60_000), ("test", 10_000)):
            check_count(name, getattr(self, name), 1, most)
        for name in ("spread", "cycle", "read_noise"):
            check_number(name, getattr(self, name), 0.0, 1.0)
        if self.penalty is not None:
            check_number("penalty", self.penalty, 0.0, inf, above=True)


def data_of(settings: Settings) -> tuple[str, ...]:
    """The images, if they are not drawn here."""
    return () if settings.task == "digits" else (settings.task,)


def run(
    settings: Settings, device: Hardware | None, streams: Streams, ages: Sequence[float] = ()
) -> list[Row]:
    """A chip of devices of its own, whose readout is trained on it; a row for each age.

    Parameters
    ----------
    device : of the arrays that a readout on arrays stands on; None leaves it in software. Volatile
        devices stand alone, those of the sheet ``du_2017``.
    streams : ``chip`` is the devices, their scatter and the arrays.
    ages : of the readout's arrays, s; it is trained once. Volatile devices have no age.

    Raises
    ------
    SpecError : a device that is none.
    DataError : images are missing, or fewer than asked for.
    """
    if device is not None and not isinstance(device, Hardware):
        raise SpecError(
            f"device is a {type(device).__name__}; the readout stands on Hardware, or on None"
        )
    for age in ages:
        check_age(age)
    x, y, asked, told = _images(settings)
    hardware = device if settings.readout == "arrays" else None
    files = tuple(dataset_digest(source) for source in data_of(settings))
    software = _software(replace(settings, spread=0.0, cycle=0.0, read_noise=0.0), files)
    chip = _fitted(settings, hardware, streams, x, y)
    right = [_at(chip, age).score(asked, told) for age in ages or (None,)]
    return [
        {"age": float(age or 0.0), "accuracy": float(own), "accuracy.software": software}
        | _costs(_at(chip, age), asked, hardware)
        for age, own in zip(ages or (None,), right, strict=True)
    ]


@lru_cache(maxsize=4)
def _software(settings: Settings, files: tuple[str, ...]) -> float:
    """Accuracy where nothing is drawn; `files` are what the digests of its data say."""
    x, y, asked, told = _images(settings)
    return float(_fitted(settings, None, Streams(0), x, y).score(asked, told))


def _at(chip: DynamicReservoir, age: float | None) -> DynamicReservoir:
    """The chip, whose readout is so old if it stands on arrays."""
    if chip.readout_hardware is not None:
        chip.set_params(age=age)
    return chip


def _images(settings: Settings) -> tuple[Array, Array, Array, Array]:
    """Streams and classes to learn from, and to be asked about."""
    if settings.task == "digits":
        x, y = digit_streams(settings.repeats)
        return x, y, x, y
    data = load_dataset(settings.task)
    check_enough(settings, settings.task, train=len(data.x_train), test=len(data.x_test))
    learn, ask = slice(settings.train), slice(settings.test)
    streams = mnist_streams(data.x_train[learn]), mnist_streams(data.x_test[ask])
    return streams[0], data.y_train[learn], streams[1], data.y_test[ask]


def _fitted(
    settings: Settings, hardware: Hardware | None, streams: Streams, x: Array, y: Array
) -> DynamicReservoir:
    few = settings.task == "digits"
    readout = LogisticRegression(
        C=settings.penalty or (1e6 if few else 30.0), max_iter=5000, tol=1e-4 if few else 1e-5
    )
    given: dict[str, Any] = {} if few else {"nodes": 5, "trains": MNIST_TRAINS}
    read = Read(v=READ.v, width=READ.width, noise=settings.read_noise)
    chip = wox_reservoir(
        spread=dict.fromkeys(SPREAD, settings.spread), cycle=dict.fromkeys(CYCLE, settings.cycle),
        read=read, readout=readout, readout_hardware=hardware,
        random_state=int((streams / "chip").rng().integers(2**31)), **given,
    )  # fmt: skip
    chip.fit(x, y)
    return chip


def _costs(chip: DynamicReservoir, asked: Array, hardware: Hardware | None) -> Row:
    """Of an image, the mean of some."""
    some, core = asked[:200], cast(DynamicCore, chip.core_)
    found = {
        "devices": float(core.devices),
        "features": float(core.features),
        "spikes": float(len(core.trains) * np.sum(some) / len(some)),
        "reads": float(core.features),
        "energy.pulses": chip.pulse_energy(some),
    }
    if hardware is not None:
        found |= {"writes": 1.0, "energy.read": chip.energy(some).totals()["total"]}
    return found
