"""Functions that worker processes import."""

import os
import signal
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


def die_once(argument):
    x, flag = argument
    if x == 3 and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def blas_threads(x):
    import scipy.linalg.cython_blas  # noqa: F401
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_info

    return max((info["num_threads"] for info in threadpool_info()), default=1)
