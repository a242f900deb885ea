"""Reservoirs and liquids: random dynamical systems, on tiles or not, with trained readouts."""

from xbarsim.reservoirs.core import Core as Core
