"""Spike trains that are noisy copies of templates: a task without files."""

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_above_zero, check_count
from xbarsim.encoders import poisson, spike_probability
from xbarsim.errors import SpecError
from xbarsim.streams import Streams
from xbarsim.tasks.sequences.dataset import SequenceDataset
from xbarsim.units import show

_STEP = 1e-3  # s


def spike_templates(
    *,
    classes: int = 10,
    channels: int = 40,
    train: int = 500,
    test: int = 200,
    rate: float = 20.0,
    duration: float = 0.25,
    jitter: float = 4e-3,
    seed: int = 0,
) -> SequenceDataset:
    """Noisy copies of a few Poisson spike patterns, each spike moved a little.

    Parameters
    ----------
    classes : templates, from 2.
    channels : spike trains of each.
    train, test : noisy copies, shared out evenly over the templates.
    rate : of each spike train, 1/s.
    duration : of a pattern, s; steps are 1 ms.
    jitter : standard deviation of what moves each spike, s. Spikes moved beyond an end are lost;
        two in one step are one.
    seed : of templates and copies.

    Raises
    ------
    SpecError : a setting is out of range.

    References
    ----------
    After W. Maass, T. Natschläger, H. Markram, "Real-time computing without stable states", Neural
    Comput. 14, 2531 (2002): Poisson templates of 20 Hz and 250 ms, jitter of 4 ms. How many
    templates and trains there are is ours.
    """
    check_count("classes", classes, 2, 10_000)
    check_count("channels", channels, 1, 1_000_000)
    check_count("train", train, 1, 1_000_000)
    check_count("test", test, 0, 1_000_000)
    check_above_zero("rate", rate, "1/s")
    steps = round(duration / _STEP) if 0 < duration < float("inf") else 0
    if steps < 1 or not 0 <= jitter < float("inf"):
        raise SpecError(
            f"duration is {show(duration, 'second')} and jitter {show(jitter, 'second')}; they "
            "must hold a step of 1 ms and be at least 0 s, and finite"
        )
    streams = Streams(seed) / "spike_templates"
    u = (streams / "templates").rng().random((classes, steps, channels))
    templates = [poisson(np.full(channels, spike_probability(rate, _STEP)), draws) for draws in u]
    y_train, y_test = np.arange(train) % classes, np.arange(test) % classes
    rng, spread = (streams / "jitter").rng(), jitter / _STEP

    def copies(labels: Array) -> list[Array]:
        clean = [templates[k] for k in labels]
        return [jittered(x, rng.standard_normal(int(x.sum())), spread) for x in clean]

    return SequenceDataset(
        x_train=copies(y_train),
        y_train=y_train,
        x_test=copies(y_test),
        y_test=y_test,
        channels=tuple(f"train {k + 1}" for k in range(channels)),
        classes=tuple(f"template {k + 1}" for k in range(classes)),
        rate=1 / _STEP,
    )


def jittered(spikes: Array, z: Array, spread: float) -> Array:
    """`spikes` (time, channels), the k-th of them moved by z_k times `spread` steps.

    Parameters
    ----------
    z : standard-normal draws, one for each spike in the order of `numpy.argwhere`.
    """
    step, channel = np.nonzero(spikes)
    moved = np.rint(step + spread * z).astype(np.int64)
    inside = (moved >= 0) & (moved < len(spikes))
    found = np.zeros_like(spikes)
    found[moved[inside], channel[inside]] = 1
    return found
