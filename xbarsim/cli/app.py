"""All commands, and what becomes of errors."""

import io
import sys

import typer

from xbarsim.cli.check import check
from xbarsim.cli.compare import compare
from xbarsim.cli.doctor import doctor
from xbarsim.cli.export import export
from xbarsim.cli.faults import UsageError, documents_alone, end, wants_json
from xbarsim.cli.fit import fit
from xbarsim.cli.init import init
from xbarsim.cli.job import job
from xbarsim.cli.list_ import list_
from xbarsim.cli.map_ import map_
from xbarsim.cli.report import report
from xbarsim.cli.run import run
from xbarsim.cli.schema import schema
from xbarsim.cli.shells import no_space_in_bash
from xbarsim.cli.show import show
from xbarsim.cli.status import status
from xbarsim.cli.validate import validate
from xbarsim.cli.watch import watch
from xbarsim.errors import TrialsFailed, XbarsimError

app = typer.Typer(
    help="Memristor crossbars, from device physics to network accuracy and energy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (run, check, status, watch, report, compare, export, list_, show, fit, map_,
                validate, init, schema, job, doctor):  # fmt: skip
    app.command(command.__name__.rstrip("_"))(command)

_STOPPED = 130  # as typer ends after Ctrl-C


def start() -> None:
    """Run the command line; what can be foreseen to fail is told and becomes an exit status.

    Raises
    ------
    KeyboardInterrupt : Ctrl-C.
    SystemExit : always otherwise.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # a letter that a terminal lacks ends no study
        sys.stdout.reconfigure(errors="backslashreplace")
    no_space_in_bash()
    try:
        with documents_alone():
            code = app(prog_name="xbarsim", standalone_mode=False)
    except UsageError as error:
        if not wants_json():
            from typer.rich_utils import rich_format_error

            rich_format_error(error)
            sys.exit(2)
        end(error.format_message(), 2)
    except TrialsFailed as error:
        end(str(error), 1)
    except XbarsimError as error:
        end(getattr(error, "faults", str(error)), 2)
    except MemoryError as error:
        end(f"out of memory: {error}; make layers or arrays smaller, or use fewer workers", 2)
    except OSError as error:
        end(f"{error.filename or 'a file'}: {error.strerror or error}", 2)
    if code == _STOPPED:  # what typer makes of Ctrl-C
        raise KeyboardInterrupt
    sys.exit(code)
