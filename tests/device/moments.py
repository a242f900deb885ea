"""Draws of aihwkit's noise models beside ours."""

import numpy as np
import pytest

N = 400_000


def theirs(function, *arguments):
    import torch

    torch.manual_seed(0)
    return function(*arguments).numpy().astype(float)


def column(level):
    import torch

    return torch.full((N,), level, dtype=torch.float64)


def assert_same_moments(ours, others):
    error = np.hypot(ours.std(), others.std()) / np.sqrt(N)
    assert abs(ours.mean() - others.mean()) < 5 * error
    assert ours.std() == pytest.approx(others.std(), rel=0.01)
