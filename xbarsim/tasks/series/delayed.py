"""White inputs, to be said again some steps later: what memory capacity is measured with."""

import numpy as np

from xbarsim.checks import check_count
from xbarsim.errors import SpecError
from xbarsim.tasks.series.task import SeriesTask


def delayed(
    rng: np.random.Generator,
    *,
    train: int = 3000,
    test: int = 3000,
    washout: int = 100,
    delays: int = 40,
) -> SeriesTask:
    """The task to say u(t - 1) to u(t - delays) at u(t), inputs drawn evenly from -1 to 1.

    H. Jaeger, "Short term memory in echo state networks", GMD report 152 (2001); the range is ours.
    `xbarsim.tasks.measures.capacity_of` says how many of them an estimator remembers.

    Parameters
    ----------
    rng : draws the inputs.
    train, test, washout : as `SeriesTask` takes them.
    delays : how many steps back.

    Raises
    ------
    SpecError : a washout shorter than the longest delay, or as `SeriesTask` says.
    """
    check_count("delays", delays, 1)
    check_count("train", train, 1)
    check_count("test", test, 2)
    if washout < delays:
        raise SpecError(
            f"washout is {washout} steps; it must be at least delays, {delays}: earlier inputs "
            "there are none"
        )
    u = rng.uniform(-1.0, 1.0, delays + train + test)
    y = np.stack([u[delays - k : len(u) - k] for k in range(1, delays + 1)], axis=1)
    return SeriesTask(
        name="delayed", u=u[delays:, None], y=y, washout=washout, train=train, test=test
    )
