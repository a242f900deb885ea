"""From a switching law to programmed conductances."""

from xbarsim.programming.transfer import ProgrammingTransfer, programming_transfer
from xbarsim.programming.write_verify import Programmed, WriteVerify, write_verify
from xbarsim.programming.written import WrittenDevice

__all__ = [
    "Programmed",
    "ProgrammingTransfer",
    "WriteVerify",
    "WrittenDevice",
    "programming_transfer",
    "write_verify",
]
