"""``python -m xbarsim``: the command line."""

from xbarsim.cli import main

main()
