"""The command line. Exit status: 0 success, 1 a trial failed (the others are kept), 2 bad input.

A command stands in a file of its own as a plain function, and imports what it needs when it runs,
so that ``xbarsim --help`` and completion stay quick.
"""

_STOPPED = 130  # by Ctrl-C


def main() -> None:
    """Run the command line; every foreseen error is a message, never a traceback."""
    try:
        from xbarsim.cli.app import start

        start()
    except KeyboardInterrupt:  # while commands are imported, too
        from xbarsim.cli.faults import end

        end("stopped", _STOPPED)
