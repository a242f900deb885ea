"""What an array asks of a memory cell, and where cells are found.

A device is a frozen dataclass with its parameters bound. Its law is a module of a pack (the
built-in pack is ``device_models``), its published values a sheet, ``parameters/<author_year>.yaml``
in that pack. Packs are found by the entry point group ``xbarsim.device_models``.
"""

from xbarsim.device.like import Like as Like
from xbarsim.device.parameters import arrays_of as arrays_of
from xbarsim.device.parameters import check_parameters as check_parameters
from xbarsim.device.parameters import in_a_row as in_a_row
from xbarsim.device.parameters import parameter as parameter
from xbarsim.device.parameters import part_of as part_of
from xbarsim.device.parameters import with_parameters as with_parameters
from xbarsim.device.protocols import RespondingCells as RespondingCells
from xbarsim.device.protocols import Response as Response
from xbarsim.device.protocols import StatisticalDevice as StatisticalDevice
from xbarsim.device.protocols import SteppingCells as SteppingCells
from xbarsim.device.protocols import SwitchingLaw as SwitchingLaw
from xbarsim.device.protocols import WrittenCells as WrittenCells
from xbarsim.device.protocols import interval as interval
from xbarsim.device.protocols import programmed as programmed
from xbarsim.device.sheets import GROUP as GROUP
from xbarsim.device.sheets import KINDS as KINDS
from xbarsim.device.sheets import Kind as Kind
from xbarsim.device.sheets import Sheet as Sheet
from xbarsim.device.sheets import SheetParameter as SheetParameter
from xbarsim.device.sheets import Sweep as Sweep
from xbarsim.device.sheets import device_parameters as device_parameters
from xbarsim.device.sheets import has_sheet as has_sheet
from xbarsim.device.sheets import is_sheet_file as is_sheet_file
from xbarsim.device.sheets import kinds_of as kinds_of
from xbarsim.device.sheets import list_devices as list_devices
from xbarsim.device.sheets import load_device as load_device
from xbarsim.device.sheets import load_sheet as load_sheet
from xbarsim.device.sheets import spreads_of as spreads_of
from xbarsim.device.spread import Spread as Spread
from xbarsim.device.spread import Spreads as Spreads
from xbarsim.device.spread import at_corner as at_corner
from xbarsim.device.spread import sampled as sampled
from xbarsim.device.without import without as without
