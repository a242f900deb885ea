"""Chances from standard normal numbers."""

from importlib import import_module

import numpy as np

from xbarsim.backend import Array, array_namespace


def uniform(z: Array) -> Array:
    """Numbers spread evenly from 0 to 1 of standard normal `z`; shape of `z`."""
    library = "scipy" if array_namespace(z) is np else "cupyx.scipy"
    return import_module(f"{library}.special").ndtr(z)
