"""A content-addressable memory after the hippocampal region CA3, on one array read from both sides.

D. Casanueva-Morato, A. Ayuso-Martinez, J. P. Dominguez-Morales, A. Jimenez-Fernandez and
G. Jimenez-Moreno, "Bio-inspired computational memory model of the hippocampus: An approach to a
neuromorphic spike-based content-addressable memory", Neural Networks 178, 106474, 2024.
"""

from xbarsim.systems.content_memory.memory import ContentMemory, Operation, Recalled
from xbarsim.systems.content_memory.protocol import METRICS, PUBLISHED, run
from xbarsim.systems.content_memory.settings import Settings
from xbarsim.systems.published import Stands

TITLE = "A content-addressable memory after CA3 (Casanueva-Morato 2024)"
STANDS_ON: Stands = "pulses"
UNITS = {"tau": "second", "v_read": "volt", "t_read": "second"}

__all__ = [
    "METRICS",
    "PUBLISHED",
    "ContentMemory",
    "Operation",
    "Recalled",
    "Settings",
    "run",
]


def data_of(settings: Settings) -> tuple[str, ...]:
    """None: nothing is read from files."""
    return ()
