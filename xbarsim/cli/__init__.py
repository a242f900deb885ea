"""The command line. Exit status: 0 success, 1 a trial failed (the others are kept), 2 bad input.

A command stands in a file of its own as a plain function, and imports what it needs when it runs,
so that ``xbarsim --help`` and completion stay quick.
"""

from xbarsim.cli.app import main as main
