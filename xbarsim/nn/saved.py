"""Arrays in files of PyTorch, which hold tensors and plain data."""

from typing import Any

import numpy as np
import torch
from torch import Tensor


def to_tensor(x: Any) -> Any:
    """A copy of an array as a tensor; anything else as it is."""
    return torch.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x


def to_array(x: Any) -> Any:
    """A tensor as an array; anything else as it is."""
    return x.detach().cpu().numpy() if isinstance(x, Tensor) else x
