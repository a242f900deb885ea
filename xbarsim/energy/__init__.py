"""What reads cost: dissipation in the solved arrays, and component models of the periphery.

Names that stand in `_HOMES` are looked up when used: they bring networks and tiles along.
"""

from typing import TYPE_CHECKING

from xbarsim.energy.component import Component as Component
from xbarsim.energy.component import Cost as Cost
from xbarsim.energy.component import Fixed as Fixed
from xbarsim.energy.component import Model as Model
from xbarsim.energy.component import cost_of as cost_of
from xbarsim.energy.dissipation import Dissipation as Dissipation
from xbarsim.energy.dissipation import dissipation as dissipation
from xbarsim.energy.parts import CATALOGUE as CATALOGUE
from xbarsim.energy.parts import STANDARD as STANDARD
from xbarsim.energy.parts import component as component
from xbarsim.lazy import looked_up

if TYPE_CHECKING:
    from xbarsim.energy.load import Load as Load
    from xbarsim.energy.load import Statistic as Statistic
    from xbarsim.energy.machine import Machine as Machine
    from xbarsim.energy.modes import ArrayEnergy as ArrayEnergy
    from xbarsim.energy.modes import array_energy as array_energy
    from xbarsim.energy.report import EnergyReport as EnergyReport
    from xbarsim.energy.report import estimate as estimate
    from xbarsim.energy.report import of_tiles as of_tiles

_HOMES = {
    "EnergyReport": "report",
    "estimate": "report",
    "of_tiles": "report",
    "Load": "load",
    "Statistic": "load",
    "Machine": "machine",
    "ArrayEnergy": "modes",
    "array_energy": "modes",
}

__getattr__ = looked_up(__name__, _HOMES)
