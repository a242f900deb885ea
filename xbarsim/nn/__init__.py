"""PyTorch modules over arrays; needs ``pip install 'xbarsim[torch]'``."""
