"""The scenario file: schema, units, sweep grammar, and the points it stands for."""

from xbarsim.scenario.build import hardware_of as hardware_of
from xbarsim.scenario.caveats import warnings_of as warnings_of
from xbarsim.scenario.gallery import gallery as gallery
from xbarsim.scenario.load import Plan as Plan
from xbarsim.scenario.load import load_scenario as load_scenario
from xbarsim.scenario.schema import Scenario as Scenario
from xbarsim.scenario.schema import json_schema as json_schema
