"""Wires and cells to currents: the exact circuit of a crossbar array."""

from xbarsim.crossbar.admittance import source_admittance as source_admittance
from xbarsim.crossbar.gradient import Gradient as Gradient
from xbarsim.crossbar.gradient import gradient as gradient
from xbarsim.crossbar.gradient import transfer_slope as transfer_slope
from xbarsim.crossbar.iteration import Ends as Ends
from xbarsim.crossbar.solve import Solution as Solution
from xbarsim.crossbar.solve import solve as solve
from xbarsim.crossbar.transfer import transfer_matrix as transfer_matrix
from xbarsim.crossbar.update import NoisyRead as NoisyRead
from xbarsim.crossbar.update import noisy_read as noisy_read
from xbarsim.crossbar.wires import Wires as Wires
