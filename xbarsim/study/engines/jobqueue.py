"""Calls on a Dask cluster whose workers are jobs of a batch system."""

import contextlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.scenario.clusters import JobsSpec
from xbarsim.study.engines.calls import OutcomesOf
from xbarsim.study.engines.cluster import imported, quiet
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
    scheduler: dict[str, Any] = {"dashboard_address": None, "port": spec.port}
    cluster = None
    try:
        cluster = _class(spec, "Cluster")(scheduler_options=scheduler, **_settings(spec))
        if isinstance(spec.jobs, int):
            cluster.scale(jobs=spec.jobs)
            cluster.sync(cluster._correct_state)  # hands them in now: refusals are seen here
        else:
            cluster.adapt(minimum_jobs=spec.jobs.minimum, maximum_jobs=spec.jobs.maximum)
    except (OSError, RuntimeError, ValueError) as error:
        if cluster is not None:
            cluster.close(timeout=5)
        raise StudyError(
            f"run.cluster: a {spec.kind} job could not be handed in: {error}"
        ) from None
    try:
        yield cluster
    finally:
        cluster.close(timeout=30)


def _class(spec: JobsSpec, what: str) -> Any:
    """``SLURMCluster``, ``PBSJob``, ..."""
    imported()
    try:
        module = __import__(f"dask_jobqueue.{spec.kind}", fromlist=["dask_jobqueue"])
    except ImportError:
        raise StudyError(
            "run.cluster needs dask-jobqueue: pip install 'xbarsim[distributed]'"
        ) from None
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
        "death_timeout": spec.wait,
    }
    return {name: value for name, value in found.items() if value is not None}


def _walltime(spec: JobsSpec) -> str:
    minutes, seconds = divmod(round(spec.walltime), 60)
    hours, minutes = divmod(minutes, 60)
    last = "" if spec.kind == "lsf" else f":{seconds:02d}"
    return f"{hours:02d}:{minutes:02d}{last}"
