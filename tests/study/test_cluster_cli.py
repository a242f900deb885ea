"""The command line with a Dask cluster, a real one, and with batch systems."""

import json

import pytest
from local_cluster import LocalCluster, free_port

pytest.importorskip("distributed")

JOBS = "run.cluster={kind: slurm, cores: 3, memory: 6 GB, walltime: 90 minute, queue: short}"


class OneWorker(LocalCluster):
    """A scheduler and a worker."""

    def start(self):
        self.scheduler()
        self.worker()


@pytest.mark.long
def test_a_study_on_a_cluster_gives_the_table_of_this_machine(xbarsim, tmp_path):
    assert xbarsim("run", "cell.yaml", "--out", "here")[0] == 0
    with OneWorker(tmp_path) as cluster:
        status, out, _ = xbarsim("doctor", "--cluster", cluster.address, "--json")
        found = next(f for f in json.loads(out)["findings"] if f["about"] == "cluster")
        assert (status, found["state"]) == (0, "ok")
        assert f"{cluster.address} answers" in found["told"]
        status, _, err = xbarsim(
            "run", "cell.yaml", "--out", "there", "--cluster", cluster.address, "--json"
        )
    assert status == 0, err
    tables = [(tmp_path / name / "results.csv").read_bytes() for name in ("here", "there")]
    assert tables[0] == tables[1]


@pytest.mark.parametrize(
    ("address", "told", "fix"),
    [
        ("tcp://127.0.0.1:{port}", "no Dask scheduler answers", "dask scheduler"),
        ("nowhere", "is not the address of a Dask scheduler", "tcp://host:port"),
    ],
)
def test_a_cluster_that_does_not_answer_is_a_finding_with_its_fix(
    xbarsim, monkeypatch, address, told, fix
):
    monkeypatch.setattr("xbarsim.cli.health.cluster._WAIT", 0.5)
    from xbarsim.cli.health.cluster import cluster

    (found,) = cluster(address.format(port=free_port()))
    assert (found.about, found.state) == ("cluster", "broken")
    assert told in found.told
    assert fix in found.fix


def test_a_run_on_no_address_is_refused_before_anything_is_written(xbarsim, tmp_path):
    status, _, err = xbarsim("run", "cell.yaml", "--out", "out", "--cluster", "nowhere")
    assert status == 2
    assert "--cluster: 'nowhere' is not the address of a Dask scheduler" in err
    assert not (tmp_path / "out").exists()


def test_workers_of_this_machine_beside_a_cluster_are_refused(xbarsim):
    arguments = ("--cluster", "tcp://127.0.0.1:1", "--workers", "2")
    status, _, err = xbarsim("run", "cell.yaml", *arguments)
    assert status == 2
    assert "leave --workers out" in err


def test_a_job_script_says_what_the_scenario_says(xbarsim):
    status, out, err = xbarsim("job", "cell.yaml", "--set", JOBS, "--set", "run.engine=processes")
    assert (status, err) == (0, "")
    for line in ("#SBATCH -p short", "#SBATCH --cpus-per-task=3", "#SBATCH -t 01:30:00"):
        assert line in out.splitlines()
    assert "--nworkers 3" in out


def test_a_scenario_without_jobs_has_no_job_script(xbarsim):
    status, _, err = xbarsim("job", "cell.yaml")
    assert status == 2
    assert "--set 'run.cluster={kind: slurm" in err
    running = "run={cluster: {kind: dask, address: 'tcp://a:1'}}"
    status, _, err = xbarsim("job", "cell.yaml", "--set", running)
    assert status == 2
    assert "a cluster at tcp://a:1 that runs already" in err


def test_more_workers_than_cores_are_warned_of(xbarsim, monkeypatch):
    from xbarsim.study.engines import inline

    monkeypatch.setattr("xbarsim.cli.health.machine.allowed_cores", lambda: 2)
    monkeypatch.setattr("xbarsim.study.run.engine", lambda *_: inline())
    _, _, err = xbarsim("run", "cell.yaml", "--workers", "3")
    assert "warning: 3 workers share 2 cores" in err
    assert "use --workers 2" in err
    assert "warning" not in xbarsim("run", "cell.yaml", "--workers", "2")[2]
