"""A classifier of spiking neurons that learns by symmetric STDP and normalisation alone.

Y. Hao, X. Huang, M. Dong and B. Xu, "A biologically plausible supervised learning method for
spiking neural networks using the symmetric STDP rule", Neural Networks 121, 387 (2020); see
`xbarsim.systems.symmetric_stdp.settings` for the equations.

Two arrays of cells hold weights of at least 0, from inputs to hidden neurons and from these to the
classes; STDP is pulses up, and normalisation pulses down to columns whose current is too large.
What hidden neurons do to each other has the same weight everywhere: a line that all share, no
array.
"""

from xbarsim.systems.published import Stands
from xbarsim.systems.symmetric_stdp.reported import PUBLISHED as PUBLISHED
from xbarsim.systems.symmetric_stdp.settings import Settings as Settings
from xbarsim.systems.symmetric_stdp.system import METRICS as METRICS
from xbarsim.systems.symmetric_stdp.system import run as run

TITLE = "A classifier that learns by symmetric STDP (Hao 2020)"
STANDS_ON: Stands = "pulses"
UNITS = {
    "tau_theta": "second",
    "duration": "second",
    "pause": "second",
    "teacher": "hertz",
    "v_read": "volt",
    "t_read": "second",
}


def data_of(settings: Settings) -> tuple[str, ...]:
    """The images."""
    return (settings.source,)
