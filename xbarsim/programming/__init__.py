"""From a switching law to programmed conductances, cell by cell or through the wires."""

from xbarsim.programming.coupled import Coupled, couple
from xbarsim.programming.crosstalk import Crosstalk
from xbarsim.programming.half_select import write_through_wires
from xbarsim.programming.transfer import ProgrammingTransfer, programming_transfer
from xbarsim.programming.write_verify import Programmed, WriteVerify, write_verify
from xbarsim.programming.written import WrittenDevice

__all__ = [
    "Coupled",
    "Crosstalk",
    "Programmed",
    "ProgrammingTransfer",
    "WriteVerify",
    "WrittenDevice",
    "couple",
    "programming_transfer",
    "write_through_wires",
    "write_verify",
]
