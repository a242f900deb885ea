"""What a reservoir can do, measured on its states rather than on a task.

All take arrays: states (time, N) and what drove them.
"""

from xbarsim.tasks.measures.branching import Regression as Regression
from xbarsim.tasks.measures.branching import branching_factor as branching_factor
from xbarsim.tasks.measures.branching import branching_ratio as branching_ratio
from xbarsim.tasks.measures.exponent import conditional_exponent as conditional_exponent
from xbarsim.tasks.measures.memory import MemoryCapacity as MemoryCapacity
from xbarsim.tasks.measures.memory import capacity_of as capacity_of
from xbarsim.tasks.measures.memory import memory_capacity as memory_capacity
from xbarsim.tasks.measures.processing import ProcessingCapacity as ProcessingCapacity
from xbarsim.tasks.measures.processing import processing_capacity as processing_capacity
from xbarsim.tasks.measures.rank import Ranks as Ranks
from xbarsim.tasks.measures.rank import count_ranks as count_ranks
from xbarsim.tasks.measures.rank import kernel_ranks as kernel_ranks
from xbarsim.tasks.measures.rank import numerical_rank as numerical_rank
from xbarsim.tasks.measures.separation import Separation as Separation
from xbarsim.tasks.measures.separation import separation as separation
from xbarsim.tasks.measures.separation import van_rossum_distance as van_rossum_distance
