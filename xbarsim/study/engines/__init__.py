"""Ways to run many trials: in this process, in worker processes, or on a cluster.

An engine is entered and gives one function, so that its workers live on between calls: it takes a
function and its arguments and gives ``(index, result)`` pairs as they come in, each index once, in
any order; where a call fails the result is a `Failure`. Each worker uses one BLAS thread, so that
results do not depend on how many workers there are, nor on where they are.
"""

import os
from typing import TYPE_CHECKING

from xbarsim.errors import SpecError
from xbarsim.study.engines.calls import Engine as Engine
from xbarsim.study.engines.calls import Failure as Failure
from xbarsim.study.engines.calls import Outcome as Outcome
from xbarsim.study.engines.calls import OutcomesOf as OutcomesOf
from xbarsim.study.engines.calls import Start as Start
from xbarsim.study.engines.inline import inline as inline
from xbarsim.study.engines.processes import processes as processes

if TYPE_CHECKING:
    from xbarsim.scenario.clusters import DaskSpec, JobsSpec
    from xbarsim.scenario.schema import RunSpec


def engine(run: "RunSpec", workers: int | None = None, cluster: str | None = None) -> Engine:
    """The engine that scenario and command line ask for.

    Parameters
    ----------
    run : the scenario's; its cluster is used unless one of the others is given.
    workers : processes on this machine.
    cluster : address of a Dask scheduler, ``tcp://host:port``.

    Raises
    ------
    SpecError : `workers` is no number of them; `cluster` is no address, or comes with `workers`.
    StudyError : (when entered) the cluster cannot be used.
    """
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise SpecError(f"workers: {workers!r}: expected a whole number of at least 1")
    if cluster is not None:
        if workers is not None:
            raise SpecError("--cluster: workers are those of the cluster; leave --workers out")
        from xbarsim.scenario.clusters import DaskSpec, scheduler_address

        try:
            spec = DaskSpec(kind="dask", address=scheduler_address(cluster))
        except SpecError as error:
            raise SpecError(f"--cluster: {error}") from None
        return _on(spec)
    if run.engine == "inline":
        return inline()
    if on_cluster(run, workers, cluster):
        assert run.cluster is not None
        return _on(run.cluster)
    number = workers or (_cores() if run.workers == "auto" else run.workers)
    return processes(number, run.memory)


def on_cluster(run: "RunSpec", workers: int | None = None, cluster: str | None = None) -> bool:
    """Whether `engine` takes other machines than this one."""
    given = run.cluster is not None and run.engine != "inline" and workers is None
    return cluster is not None or given


def _on(spec: "DaskSpec | JobsSpec") -> Engine:
    from xbarsim.scenario.clusters import DaskSpec
    from xbarsim.study.engines.dask import dask

    if isinstance(spec, DaskSpec):
        return dask(spec.address, spec.wait)
    from xbarsim.study.engines.jobqueue import jobqueue

    return jobqueue(spec)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
