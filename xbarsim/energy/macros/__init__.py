"""Model against silicon: published macros, and how far the models are from them."""

from xbarsim.energy.macros.description import load as load
from xbarsim.energy.macros.description import names as names
from xbarsim.energy.macros.description import with_constants as with_constants
from xbarsim.energy.macros.figure import figure as figure
from xbarsim.energy.macros.figure import save as save
from xbarsim.energy.macros.nearest import nearest as nearest
from xbarsim.energy.macros.prediction import fit as fit
from xbarsim.energy.macros.text import markdown as markdown
from xbarsim.energy.macros.validation import validate as validate
