"""From a switching law to programmed conductances, cell by cell or through the wires."""

from xbarsim.programming.by_rows import half_selected, write_by_rows
from xbarsim.programming.characterise import Characteristics, characterise
from xbarsim.programming.coupled import Coupled, couple
from xbarsim.programming.crosstalk import Crosstalk
from xbarsim.programming.gated import gated_transfer
from xbarsim.programming.half_select import write_through_wires
from xbarsim.programming.kinetics import switching_time
from xbarsim.programming.level_pulses import LevelPulses
from xbarsim.programming.merit import merits, nonlinearity
from xbarsim.programming.open_loop import open_loop
from xbarsim.programming.pulsed import PulsedCells
from xbarsim.programming.pulsed_devices import PulsedDevice
from xbarsim.programming.pulsed_symmetry import symmetry_of
from xbarsim.programming.pulsed_weights import PulsedWeights
from xbarsim.programming.retention import retention, statistical_retention
from xbarsim.programming.scheme import Programmed, WriteVerify
from xbarsim.programming.staircases import potentiation_depression, symmetry_point
from xbarsim.programming.step_fits import step_fits
from xbarsim.programming.step_pulses import FittedPulses, StepPulses
from xbarsim.programming.sweeps import iv_sweep, iv_sweeps
from xbarsim.programming.transfer import ProgrammingTransfer, programming_transfer
from xbarsim.programming.transfer_file import load_transfer, save_transfer
from xbarsim.programming.transfer_pulses import TransferPulses
from xbarsim.programming.write_verify import write_verify
from xbarsim.programming.written import WrittenDevice

__all__ = [
    "Characteristics",
    "Coupled",
    "Crosstalk",
    "FittedPulses",
    "LevelPulses",
    "Programmed",
    "ProgrammingTransfer",
    "PulsedCells",
    "PulsedDevice",
    "PulsedWeights",
    "StepPulses",
    "TransferPulses",
    "WriteVerify",
    "WrittenDevice",
    "characterise",
    "couple",
    "gated_transfer",
    "half_selected",
    "iv_sweep",
    "iv_sweeps",
    "load_transfer",
    "merits",
    "nonlinearity",
    "open_loop",
    "potentiation_depression",
    "programming_transfer",
    "retention",
    "save_transfer",
    "statistical_retention",
    "step_fits",
    "switching_time",
    "symmetry_of",
    "symmetry_point",
    "write_by_rows",
    "write_through_wires",
    "write_verify",
]
