"""What else happens to the cells of an array, as functions of arrays and of standard-normal `z`.

`stuck` (faulty cells), `telegraph` (random telegraph noise), `noise` (1/f, thermal and shot noise),
`lifetime` (retention and endurance), `thermal` (crosstalk of heat). None of them names a device.
`parts` describes which of them act on an array, `cells` applies them one after the other, and
`reads` says what changes from one input to the next.
"""

from xbarsim.effects.cells import CellEffects as CellEffects
from xbarsim.effects.cells import device_age as device_age
from xbarsim.effects.parts import CellSpread as CellSpread
from xbarsim.effects.parts import Effects as Effects
from xbarsim.effects.parts import Endurance as Endurance
from xbarsim.effects.parts import Flicker as Flicker
from xbarsim.effects.parts import Retention as Retention
from xbarsim.effects.parts import Stuck as Stuck
from xbarsim.effects.parts import Surroundings as Surroundings
from xbarsim.effects.parts import Telegraph as Telegraph
from xbarsim.effects.parts import ThermalActivation as ThermalActivation
