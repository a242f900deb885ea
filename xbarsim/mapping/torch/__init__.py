"""Networks of PyTorch."""

from xbarsim.mapping.torch.reader import from_torch as from_torch
