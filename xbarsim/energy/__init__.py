"""What reads cost: dissipation in the solved arrays, and component models of the periphery."""

from xbarsim.energy.component import Component as Component
from xbarsim.energy.component import Cost as Cost
from xbarsim.energy.component import Fixed as Fixed
from xbarsim.energy.component import Model as Model
from xbarsim.energy.component import cost_of as cost_of
from xbarsim.energy.dissipation import Dissipation as Dissipation
from xbarsim.energy.dissipation import dissipation as dissipation
from xbarsim.energy.estimate import EnergyReport as EnergyReport
from xbarsim.energy.estimate import estimate as estimate
from xbarsim.energy.estimate import of_tiles as of_tiles
from xbarsim.energy.parts import CATALOGUE as CATALOGUE
from xbarsim.energy.parts import STANDARD as STANDARD
from xbarsim.energy.parts import component as component
