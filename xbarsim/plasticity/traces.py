"""Traces of spikes: what is left of earlier ones, as plasticity rules see it."""

from math import exp, inf
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from xbarsim.backend import Array
from xbarsim.checks import check_count, check_number, check_one_of
from xbarsim.errors import SpecError
from xbarsim.units import show

Pairing = Literal["all", "nearest"]


class Traces(NamedTuple):
    """Of neurons before and behind the synapses, (pre,) and (post,)."""

    pre: Array
    post: Array


def no_traces(pre: int, post: int) -> Traces:
    """Those of so many neurons that have never spiked.

    Raises
    ------
    SpecError : a number that is not whole or below 1.
    """
    check_count("pre", pre, 1)
    check_count("post", post, 1)
    return Traces(np.zeros(pre), np.zeros(post))


def decayed(trace: Array, tau: float, dt: float) -> Array:
    """A trace `dt` later: x exp(-dt / tau)."""
    return trace * exp(-dt / tau)


def marked(trace: Array, spikes: Array, pairing: Pairing, mark: float = 1.0) -> Array:
    """A trace after spikes: more by `mark` (``all``), or `mark` alone (``nearest``)."""
    if pairing == "nearest":
        return np.where(spikes, mark, trace)
    return trace + mark * spikes


def spikes_of(name: str, spikes: Any, number: int) -> Array:
    """Which neurons spike, (number,) of bool.

    Raises
    ------
    SpecError : another shape, or what says neither yes nor no.
    """
    found = np.asarray(spikes)
    if found.shape != (number,):
        raise SpecError(f"{name} has shape {found.shape}; there are {number} neurons")
    if found.dtype != np.bool_:
        if found.dtype.kind not in "iuf" or not np.isin(found, (0, 1)).all():
            raise SpecError(f"{name} holds {found.dtype} that is not 0 or 1 alone")
        found = found.astype(bool)
    return found


def check_dt(dt: float) -> None:
    """Refuse a step that is not above 0 s.

    Raises
    ------
    SpecError : names it.
    """
    check_number("dt", dt, 0.0, inf, "second", above=True)


def check_reachable(target: float, dt: float, refractory: float = 0.0) -> None:
    """Refuse a target above the rate of neurons that spike at most once in so long.

    Parameters
    ----------
    target : Hz.
    dt, refractory : a step, and how long no other spike comes after it, s.

    Raises
    ------
    SpecError : names the target and the highest rate.
    """
    check_dt(dt)
    check_number("refractory", refractory, 0.0, inf, "second")
    highest = 1.0 / (dt + refractory)
    if target > highest:
        raise SpecError(
            f"target is {show(target, 'hertz')}, which cannot be reached: neurons of "
            f"{show(refractory, 'second')} without another spike, in steps of "
            f"{show(dt, 'second')}, spike at {show(highest, 'hertz')} at the most"
        )


def check_pairing(pairing: Any) -> None:
    """Refuse what is no way to pair spikes.

    Raises
    ------
    SpecError : names it and those that there are.
    """
    check_one_of("pairing", pairing, get_args(Pairing))
