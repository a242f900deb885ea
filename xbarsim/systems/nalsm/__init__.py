"""A liquid whose plasticity an astrocyte balances, and the liquids it is compared with.

All is published: V. A. Ivanov and K. P. Michmizos, "Increasing liquid state machine performance
with edge-of-chaos dynamics organized by astrocyte-modulated plasticity", NeurIPS (2021); see
`xbarsim.systems.nalsm.settings` for the equations.
"""

from xbarsim.systems.nalsm.reported import PUBLISHED as PUBLISHED
from xbarsim.systems.nalsm.settings import Settings as Settings
from xbarsim.systems.nalsm.system import METRICS as METRICS
from xbarsim.systems.nalsm.system import run as run
from xbarsim.systems.published import Stands

TITLE = "A liquid that an astrocyte balances (Ivanov and Michmizos 2021)"
STANDS_ON: Stands = "pulses"
UNITS = {
    "duration": "second", "v_read": "volt", "t_read": "second", "calcium_threshold": "hertz",
    "calcium_range": "hertz",
}  # fmt: skip


def data_of(settings: Settings) -> tuple[str, ...]:
    """The images."""
    return (settings.source,)
