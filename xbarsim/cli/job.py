"""``xbarsim job``: the script that a batch system would get."""

from typing import Any

from xbarsim.cli.options import ScenarioArgument, SetOption, plan_of


def job(scenario: ScenarioArgument, set_: SetOption = None) -> None:
    """Print the job script that a scenario's run.cluster hands in, without handing it in.

    Example: [bold]xbarsim job digits --set "run.cluster={kind: slurm, cores: 32, memory: 64 GB,
    walltime: 2 hour, jobs: 4}"[/bold]
    """
    from xbarsim.study.engines.jobqueue import job_script

    print(job_script(_jobs(plan_of(scenario, set_, check=False).scenario.run.cluster)), end="")


def _jobs(cluster: Any) -> Any:
    """The jobs that a cluster is made of.

    Raises
    ------
    SpecError : there is no cluster, or one that runs already.
    """
    from xbarsim.errors import SpecError
    from xbarsim.scenario.clusters import DaskSpec

    if cluster is None:
        raise SpecError(
            "run.cluster: the scenario has none; write one, or add "
            "--set 'run.cluster={kind: slurm, memory: 4 GB, walltime: 2 hour}'"
        )
    if isinstance(cluster, DaskSpec):
        raise SpecError(
            f"run.cluster.kind: dask, a cluster at {cluster.address} that runs already, has no "
            "jobs; job scripts are those of slurm, pbs, lsf and sge"
        )
    return cluster
