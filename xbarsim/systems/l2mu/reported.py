"""What an L2MU is measured by, and what was published."""

from xbarsim.systems.published import Published

#: unit and words of every metric, the leading one first
METRICS = {
    "accuracy": ("dimensionless", "letters told on arrays"),
    "accuracy.software": ("dimensionless", "the same in software"),
    "accuracy.validation": ("dimensionless", "in software, of recordings to choose settings by"),
    "accuracy.lost": ("dimensionless", "in software less on arrays"),
    "spikes": ("count", "spikes of all neurons for a recording"),
    "spikes.software": ("count", "the same in software"),
    "reads": ("count", "reads of an array for a recording"),
    "energy.read": ("joule", "energy of reads for a recording, arrays and converters"),
    "writes": ("count", "pulses of a cell, mean"),
    "energy.write": ("joule", "energy of all pulses"),
    "writes.state": ("count", "times that a cell of the state space was written, mean"),
    "state.unverified": ("dimensionless", "share of its cells that were never right"),
    "state.error": ("dimensionless", "error of the state space's numbers over the largest"),
    "cells": ("count", "cells programmed"),
    "parameters": ("count", "numbers that training sets"),
}

_SOURCE = (
    "B. Leto, G. Urgese, E. Macii and V. Fra, A LIF-based Legendre memory unit as neuromorphic "
    "state space model benchmarked on a second-long spatio-temporal task, NICE, 2025, README of "
    "the authors' code"
)

#: published figures
PUBLISHED = (
    Published(
        metric="accuracy.software",
        value=0.8555,
        words="27 letters, spikes in steps of 5 ms, 300 epochs",
        source=_SOURCE,
    ),
    Published(
        metric="accuracy.software",
        value=0.9714,
        words="seven letters (Space, A, E, I, O, U, Y)",
        source=_SOURCE,
    ),
    Published(metric="parameters", value=4.9e5, words="27 letters", source=_SOURCE),
    Published(metric="parameters", value=1.19e5, words="seven letters", source=_SOURCE),
)
