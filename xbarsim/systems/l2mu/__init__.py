"""A Legendre memory unit of spiking neurons (L2MU) that reads Braille letters.

Trained in software (PyTorch), then read from arrays of cells; see `Settings` for the equations.

References
----------
B. Leto, G. Urgese, E. Macii and V. Fra, "A LIF-based Legendre memory unit as neuromorphic state
space model benchmarked on a second-long spatio-temporal task", NICE (2025).
"""

from xbarsim.systems.l2mu.reported import METRICS as METRICS
from xbarsim.systems.l2mu.reported import PUBLISHED as PUBLISHED
from xbarsim.systems.l2mu.settings import SEVEN as SEVEN
from xbarsim.systems.l2mu.settings import Settings as Settings
from xbarsim.systems.l2mu.settings import published as published
from xbarsim.systems.l2mu.settings import reduced_seven as reduced_seven
from xbarsim.systems.l2mu.settings import reduced_spikes as reduced_spikes
from xbarsim.systems.l2mu.system import run as run
from xbarsim.systems.published import Stands

#: what it is and who published it
TITLE = "Legendre memory unit of spiking neurons on Braille letters (Leto et al. 2025)"
STANDS_ON: Stands = "hardware"
#: SI unit of each setting that is a quantity
UNITS: dict[str, str] = {}


def data_of(settings: Settings) -> tuple[str, ...]:
    """The set of Braille letters."""
    return ("braille",)
