"""Calls on a Dask cluster whose workers are jobs of a batch system."""

import contextlib
import importlib
import queue
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.scenario.clusters import JobsSpec
from xbarsim.study.engines.calls import OutcomesOf
from xbarsim.study.engines.cluster import imported, log, quiet
from xbarsim.study.engines.dask import dask

_CLASSES = {"slurm": "SLURM", "pbs": "PBS", "lsf": "LSF", "sge": "SGE"}
_ACCOUNT = {"slurm": "account", "pbs": "account", "lsf": "project", "sge": "project"}


def job_script(spec: JobsSpec) -> str:
    """The script of each job, as it is handed in; only scheduler and name are not known yet."""
    job = _class(spec, "Job")
    return str(job("tcp://SCHEDULER:PORT", name="WORKER", **_settings(spec)).job_script())


@contextlib.contextmanager
def jobqueue(spec: JobsSpec) -> Iterator[OutcomesOf]:
    """An engine whose workers are jobs, each of one process a core; they end with the engine.

    The scheduler runs in this process: jobs must be able to reach this machine.

    Raises
    ------
    StudyError : this machine hands in no jobs, a job is refused, or none begins in time.
    """
    command = _class(spec, "Job").submit_command.split()[0]
    if shutil.which(command) is None:
        raise StudyError(
            f"run.cluster.kind: {spec.kind}: there is no command {command} on this machine; run "
            "the study where jobs are handed in"
        )
    with quiet(), _started(spec) as cluster, dask(cluster.scheduler_address, spec.wait) as found:
        yield found


@contextlib.contextmanager
def _started(spec: JobsSpec) -> Iterator[Any]:
    """A cluster whose first jobs have been handed in; its jobs are cancelled at the end.

    A job that ends before, as at its walltime, is handed in anew.
    """
    answers: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    jobs = spec.jobs
    first, most = (jobs, jobs) if isinstance(jobs, int) else (jobs.minimum, jobs.maximum)
    options = {"dashboard": False, "dashboard_address": ":0", "port": spec.port}
    try:
        cluster = _telling(spec, answers)(scheduler_options=options, **_settings(spec))
    except (OSError, RuntimeError, ValueError) as error:
        raise StudyError(f"run.cluster: its scheduler cannot be started: {error}") from None
    try:
        cluster.scale(jobs=first)
        _check([answers.get(timeout=spec.wait) for _ in range(first)], spec)
        cluster.adapt(minimum_jobs=first, maximum_jobs=most)
        yield cluster
    except queue.Empty:
        raise StudyError(
            f"run.cluster: no answer to handing in {spec.kind} jobs within {spec.wait:g} s"
        ) from None
    finally:
        cluster.close(timeout=30)


def _check(answers: list[Exception | None], spec: JobsSpec) -> None:
    """Go on with the jobs that were accepted, if any were."""
    refused = [answer for answer in answers if answer is not None]
    if len(refused) == len(answers):
        raise StudyError(f"run.cluster: {spec.kind} refuses the job: {refused[0]}")
    if refused:
        log.warning("%d of %d jobs were refused: %s", len(refused), len(answers), refused[0])


def _telling(spec: JobsSpec, answers: "queue.SimpleQueue[Exception | None]") -> Any:
    """The class of clusters whose jobs tell whether they were accepted; Dask keeps it to itself."""
    job = _class(spec, "Job")

    class TellingJob(job):  # type: ignore[misc, valid-type]
        async def start(self) -> None:
            try:
                await super().start()
            except (OSError, RuntimeError, ValueError) as error:
                self.status = imported().Status.failed
                answers.put(error)
                raise
            answers.put(None)

    cluster = _class(spec, "Cluster")
    return type(cluster.__name__, (cluster,), {"job_cls": TellingJob})


def _class(spec: JobsSpec, what: str) -> Any:
    """``SLURMCluster``, ``PBSJob``, ..."""
    imported()
    ours = signal.getsignal(signal.SIGINT)
    try:
        module = importlib.import_module(f"dask_jobqueue.{spec.kind}")
    except ImportError:
        raise StudyError(
            "run.cluster needs dask-jobqueue: pip install 'xbarsim[distributed]'"
        ) from None
    finally:
        if signal.getsignal(signal.SIGINT) is not ours:  # dask_jobqueue takes Ctrl-C for itself
            signal.signal(signal.SIGINT, ours)
    return getattr(module, _CLASSES[spec.kind] + what)


def _settings(spec: JobsSpec) -> Mapping[str, Any]:
    """What dask-jobqueue calls the same: one worker process of one thread for each core."""
    Path(spec.logs).mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {
        "queue": spec.queue,
        _ACCOUNT[spec.kind]: spec.account,
        "cores": spec.cores,
        "processes": spec.cores,
        "memory": f"{spec.memory:.0f} B",
        "walltime": _walltime(spec),
        "interface": spec.interface,
        "job_name": "xbarsim",
        "job_extra_directives": spec.directives,
        "job_script_prologue": spec.prologue,
        "log_directory": spec.logs,
        "python": spec.python or sys.executable,
    }
    return {name: value for name, value in found.items() if value is not None}


def _walltime(spec: JobsSpec) -> str:
    minutes, seconds = divmod(round(spec.walltime), 60)
    hours, minutes = divmod(minutes, 60)
    last = "" if spec.kind == "lsf" else f":{seconds:02d}"
    return f"{hours:02d}:{minutes:02d}{last}"
