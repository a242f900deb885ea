"""Functions that worker processes import."""

import math
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path


def square(x):
    return x * x


def fail_on_three(x):
    if x == 3:
        raise ValueError("three is not allowed")
    return x


def die_on_three(x):
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def leave(code):
    os._exit(code)


def exit_on_three(x):
    return sys.exit("enough") if x == 3 else x


def poisoned_trial(trial):
    """A trial of one point ends its process."""
    if trial.stream[-1] == 7 and trial.scenario["array"]["rows"] == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    from xbarsim.study.trial import run_trial

    return run_trial(trial)


def tell_and_die_once(argument):
    """Leave a file for each run of each call; call 30 kills its worker the first time."""
    x, folder = argument
    before = list(Path(folder).glob(f"{x}-*"))
    (Path(folder) / f"{x}-{os.getpid()}").touch()
    if x == 30 and not before:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def blas_threads(x):
    import scipy.linalg.cython_blas  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_info

    return max((info["num_threads"] for info in threadpool_info()), default=1)


def pid_of(x):
    return os.getpid()


def slow_pid(x):
    time.sleep(0.05)
    return os.getpid()


def slow_and_tell(argument):
    """Leave a file for each run of each call."""
    x, folder, seconds = argument
    (Path(folder) / f"{x}-{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(seconds)
    return x * x


def leak(n_bytes):
    HELD.append(bytearray(os.urandom(1) * n_bytes))
    return os.getpid()


def unpicklable(x):
    return (lambda: x) if x == 3 else x


def side_by_side(x):
    """Calls that run in this process at once, this one included."""
    RUNNING.append(x)
    time.sleep(0.02)
    number = len(RUNNING)
    RUNNING.remove(x)
    return number


HELD, RUNNING = [], []


@dataclass(frozen=True)
class Reads:
    """As a trial: it names the files that it reads."""

    tasks: dict


def contents(call):
    return [(Path(file).read_text(), file) for file in call.tasks.values()]


# trials whose metrics are closed forms of their scenario: no physics, the rest as always


def _given(trial):
    array = trial.scenario["array"]
    return array["wires"]["r_word"], array["wires"]["r_bit"], array["v_read"]


def _row(**metrics):
    return [{"task": "cell", "age": 1.0, **metrics}]


def two_goals_of(x, y):
    """The first problem of Zitzler, Deb and Thiele (2000), in two variables; both to minimize."""
    g = 1 + 9 * y
    return x, g * (1 - (x / g) ** 0.5)


def two_goals(trial):
    x, f = two_goals_of(*_given(trial)[:2])
    return _row(**{"energy.total": x, "accuracy": -f})


def ishigami(trial):
    """The function of Ishigami and Homma (1990) with a = 7 and b = 0.1."""
    x, y, z = (math.pi * (2 * v - 1) for v in _given(trial))
    value = math.sin(x) + 7 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)
    return _row(**{"energy.total": value, "energy.adc": 3.0})


def g_function(trial):
    """Sobol's g function with a = 0, 1 and 9."""
    parts = zip(_given(trial), (0, 1, 9), strict=True)
    return _row(**{"energy.total": math.prod((abs(4 * v - 2) + a) / (1 + a) for v, a in parts)})
