"""A real Dask cluster on this machine: scheduler and workers as processes of their own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LocalCluster:
    """Started and ended one process at a time; all ends with the context."""

    def __init__(self, folder):
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.processes = []
        inherited = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
        self.environment = inherited | {
            "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1 hour",
        }

    def _start(self, what, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        with (self.folder / f"{what}.log").open("a") as log:
            process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def scheduler(self):
        port = self.address.rpartition(":")[2]
        return self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")

    def await_scheduler(self):
        """Until it answers, however busy this machine is."""
        host, port = self.address.removeprefix("tcp://").split(":")
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
                return
            time.sleep(0.1)
        raise TimeoutError(self.address)

    def worker(self, *options):
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-dashboard", "--death-timeout", "20",
            "--local-directory", str(self.folder), *options,
        )  # fmt: skip

    def end(self, *processes):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def start(self):
        self.scheduler()
        self.start_workers()

    def start_workers(self):
        self.worker()
        self.worker()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.end(*self.processes)
