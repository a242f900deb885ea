"""Models of components by kind, and how a user's own take their place."""

from xbarsim.energy.parts.adc_other import required_bits as required_bits
from xbarsim.energy.parts.catalogue import CATALOGUE as CATALOGUE
from xbarsim.energy.parts.catalogue import STANDARD as STANDARD
from xbarsim.energy.parts.given import PRESETS as PRESETS
from xbarsim.energy.parts.given import Overridden as Overridden
from xbarsim.energy.parts.given import component as component
