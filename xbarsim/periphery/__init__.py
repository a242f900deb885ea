"""Drivers, converters, integrators: what each does to a signal; what it costs is energy's.

Signals are over full scale. What was built is a frozen description (`Dac`, `Adc`, `SampleHold`,
`Integrator`); what a particular chip got is sampled from it (`drivers`, `converters`).
"""

from xbarsim.periphery.adc import Adc as Adc
from xbarsim.periphery.calibration import full_range as full_range
from xbarsim.periphery.converters import Converters as Converters
from xbarsim.periphery.converters import converters as converters
from xbarsim.periphery.dac import Dac as Dac
from xbarsim.periphery.dac import Phase as Phase
from xbarsim.periphery.drivers import Drivers as Drivers
from xbarsim.periphery.drivers import drivers as drivers
from xbarsim.periphery.integrator import Integrator as Integrator
from xbarsim.periphery.sample_hold import SampleHold as SampleHold
from xbarsim.periphery.static_lines import StaticLines as StaticLines
from xbarsim.periphery.static_lines import static_lines as static_lines
