"""A connection to a Dask scheduler that outlives it: checked workers, and back after a loss."""

import contextlib
import logging
import time
import warnings
from collections.abc import Iterator
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.study.engines.remote import Versions, versions

log = logging.getLogger("xbarsim")

_INSTALL = "a cluster needs Dask: pip install 'xbarsim[distributed]'"
#: asked of workers that may not have xbarsim: only builtins are sent
_ASK = "__import__('xbarsim.study.engines.remote', fromlist=['remote']).host_and_versions()"
_LOOK = 0.2  # s, between looks for workers
_REACH = 10.0  # s, for a scheduler that was never seen
_COUNTED = 2.0  # s, for which the number of workers is taken to stay


class ConnectionLost(Exception):
    """The scheduler is gone, and what was under way with it."""


class Link:
    """A client of the scheduler at `address`.

    Parameters
    ----------
    address : ``tcp://host:port``.
    wait : s; how long the scheduler, when it is gone, and the first worker are waited for.

    Raises
    ------
    StudyError : it cannot be reached; or no worker joins; or workers are not what this process is.
    """

    def __init__(self, address: str, wait: float) -> None:
        self.address = address
        self.wait = wait
        self.expected = versions()
        self._counted = (0.0, 0)
        self._seen = time.monotonic()
        self.client = self._connected(
            f"{address}: no Dask scheduler answers; check that it runs (dask scheduler), that the "
            "address is the one it prints, and that no firewall lies between",
            min(wait, _REACH),
        )

    def workers(self) -> int:
        """How many there are.

        Raises
        ------
        StudyError : for longer than `wait` there were none.
        """
        then, number = self._counted
        if time.monotonic() - then > _COUNTED or not number:
            number = len(self._asked(self.client.nthreads))
            self._counted = (time.monotonic(), number)
        if number:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self.wait:
            raise StudyError(
                f"{self.address}: no worker is there for {self.wait:g} s; start some (dask worker "
                f"{self.address} --nthreads 1) and run the same command again: finished trials "
                "are stored. A longer wait: run.cluster.wait"
            )
        return number

    def reconnect(self) -> None:
        """Wait for the scheduler to be there again.

        Raises
        ------
        StudyError : it is not within `wait`.
        """
        log.warning("%s: connection lost; waiting for up to %g s", self.address, self.wait)
        self.close()
        self.client = self._connected(
            f"{self.address}: the scheduler went away and did not come back within {self.wait:g} s;"
            " finished trials are stored: start scheduler and workers again and run the same "
            "command, or run the rest on this machine without --cluster",
            self.wait,
        )

    def close(self) -> None:
        """Leave the cluster; what it still does for this client is dropped."""
        with contextlib.suppress(OSError, TimeoutError):
            self.client.close(timeout=2)

    def _connected(self, failing: str, patience: float) -> Any:
        """A client whose workers have been checked; `failing` is said where there is none."""
        distributed = imported()
        until = time.monotonic() + patience
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of versions, which are checked below
                    self.client = distributed.Client(
                        self.address,
                        timeout=max(1.0, until - time.monotonic()),
                        set_as_default=False,
                        name="xbarsim",
                    )
                self._greet()
                return self.client
            except (ConnectionLost, OSError, TimeoutError) as error:
                if time.monotonic() > until:
                    raise StudyError(f"{failing} ({error})") from None
                time.sleep(_LOOK)
            except ValueError as error:
                raise StudyError(f"{failing} ({error})") from None

    def _greet(self) -> None:
        """Wait for the first worker, and check those that are there."""
        try:
            self._await_workers()
            self._check()
        except (StudyError, ConnectionLost, KeyboardInterrupt):
            self.close()
            raise

    def _await_workers(self) -> None:
        self._seen, told = time.monotonic(), False
        self._counted = (0.0, 0)
        while not self.workers():
            if not told:
                log.warning("%s: no worker yet; waiting for up to %g s", self.address, self.wait)
                told = True
            time.sleep(_LOOK)

    def _check(self) -> None:
        """Refuse workers that would fail, or give other numbers."""
        found = self._asked(lambda: self.client.run(eval, _ASK, on_error="return"))
        faults = [f"  {self._fault(worker, answer)}" for worker, answer in found.items()]
        faults = sorted({fault for fault in faults if fault.strip()})
        if faults:
            raise StudyError(
                f"{self.address}: workers cannot run these trials:\n" + "\n".join(faults) + "\n"
                f"Install there what is here: xbarsim {self.expected.xbarsim} on Python "
                f"{self.expected.python} with numpy {self.expected.numpy}"
            )
        crowded = [w for w, threads in self._asked(self.client.nthreads).items() if threads > 1]
        if crowded:
            log.warning(
                "%s: %d workers have several threads but run one trial at a time; "
                "start them with --nthreads 1 --nworkers N", self.address, len(crowded),
            )  # fmt: skip

    def _fault(self, worker: str, answer: Any) -> str:
        if isinstance(answer, ModuleNotFoundError):
            return f"{worker}: {answer}"
        if isinstance(answer, Exception):
            return f"{worker}: {type(answer).__name__}: {answer}"
        host, theirs = answer
        told = self.expected.differences(theirs) if isinstance(theirs, Versions) else "unknown"
        return f"{worker} ({host}): has {told}" if told else ""

    def _asked(self, question: Any) -> Any:
        """What the scheduler answers; raises ConnectionLost where it does not."""
        try:
            return question()
        except (OSError, TimeoutError) as error:
            raise ConnectionLost(str(error)) from None


def imported() -> Any:
    """The package ``distributed``.

    Raises
    ------
    StudyError : it is not installed.
    """
    try:
        import distributed
    except ImportError:
        raise StudyError(_INSTALL) from None
    return distributed


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Dask's own log off the terminal: whatever matters comes as an outcome or an error."""
    imported()
    loud = ("distributed", "tornado", "asyncio")
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in loud]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
