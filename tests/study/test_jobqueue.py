"""Clusters of jobs: their scripts, and a study whose jobs a stand-in for SLURM starts here."""

import os
import signal
import sys
from pathlib import Path

import dask
import pandas as pd
import pytest
from pydantic import ValidationError

from xbarsim.errors import StudyError
from xbarsim.scenario import load_scenario
from xbarsim.scenario.clusters import JobsSpec
from xbarsim.study import run_study
from xbarsim.study.engines.jobqueue import job_script, jobqueue

CELLS = """
name: cells
device: {sheet: wan_2022}
array: {rows: 6, cols: 6, wires: {r_word: 2 ohm, r_bit: 2 ohm}}
tasks: [{name: a, kind: array, v_write: 1 V, t_write: 100 ns}]
sweep: {axes: {array.rows: [4, 6]}, trials: 5}
"""


@pytest.fixture
def spec(tmp_path):
    def make(**changes):
        table = {"kind": "slurm", "cores": 2, "memory": "4 GiB", "walltime": "90 min",
                 "logs": str(tmp_path / "logs"), "interface": "lo"}  # fmt: skip
        return JobsSpec.model_validate(table | changes)

    return make


def test_a_slurm_script_asks_for_what_the_table_says(spec, tmp_path):
    lines = job_script(
        spec(
            cores=16, queue="normal", account="physics", directives=["--constraint=ib"],
            prologue=["module load python"],
        )
    ).splitlines()  # fmt: skip
    assert lines[0] == "#!/usr/bin/env bash"
    asked = [line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH")]
    assert asked == [
        "-J xbarsim",
        f"-e {tmp_path}/logs/xbarsim-%J.err",
        f"-o {tmp_path}/logs/xbarsim-%J.out",
        "-p normal",
        "-A physics",
        "-n 1",
        "--cpus-per-task=16",
        "--mem=4G",
        "-t 01:30:00",
        "--constraint=ib",
    ]
    prologue, worker = [line for line in lines if line and not line.startswith("#")]
    assert prologue == "module load python"
    assert worker.startswith(
        f"{sys.executable} -m distributed.cli.dask_worker tcp://SCHEDULER:PORT"
    )
    for option in ("--nthreads 1", "--nworkers 16", "--nanny", "--interface lo"):
        assert option in worker


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("pbs", ["#PBS -q normal", "#PBS -A physics", "#PBS -l walltime=01:30:00"]),
        ("lsf", ["#BSUB -q normal", '#BSUB -P "physics"', "#BSUB -W 01:30", "#BSUB -n 2"]),
        ("sge", ["#$ -q normal", "#$ -P physics", "#$ -l h_rt=01:30:00"]),
    ],
)
def test_other_systems_have_scripts_of_their_own(spec, kind, lines, monkeypatch):
    monkeypatch.setattr("dask_jobqueue.lsf.lsf_detect_units", lambda: "kb")  # asks LSF itself
    script = job_script(spec(kind=kind, queue="normal", account="physics"))
    assert not [line for line in lines if line not in script]
    assert "--nthreads 1 " in script


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "slrum"}, "slurm"),
        ({"memory": "4 ohm"}, "byte"),
        ({"walltime": "4 GB"}, "second"),
        ({"jobs": {"minimum": 3, "maximum": 2}}, "2 is below the minimum of 3"),
        ({"cores": 0}, "greater than or equal to 1"),
        ({"qeue": "normal"}, "qeue"),
    ],
)
def test_a_table_with_a_fault_is_refused(spec, changes, message):
    with pytest.raises((ValidationError, ValueError), match=message):
        spec(**changes)


def test_a_machine_without_sbatch_is_told(spec, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(StudyError, match="kind: slurm: there is no command sbatch"),
        jobqueue(spec()),
    ):
        pass


def test_ctrl_c_stays_what_it_was(spec):
    before = signal.getsignal(signal.SIGINT)
    sys.modules.pop("dask_jobqueue.runner", None)
    sys.modules.pop("dask_jobqueue", None)
    job_script(spec())
    assert signal.getsignal(signal.SIGINT) is before


def command(folder, name, text):
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def test_a_refused_job_is_told(spec, monkeypatch, tmp_path):
    command(tmp_path, "sbatch", "echo 'invalid partition specified: normal' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with (
        pytest.raises(StudyError, match="slurm refuses the job: (.|\n)*invalid partition"),
        jobqueue(spec()),
    ):
        pass


def test_a_study_runs_in_jobs(monkeypatch, tmp_path):
    """Of a stand-in for SLURM, which runs scripts on this machine."""
    command(
        tmp_path, "sbatch", f'cp "$1" {tmp_path}/script; echo handed in >> {tmp_path}/log\n'
        f'setsid sh {tmp_path}/script >/dev/null 2>&1 &\necho "Submitted batch job $!"',
    )  # fmt: skip
    command(tmp_path, "scancel", f'echo cancelled >> {tmp_path}/log; kill -- -"$1"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    file = tmp_path / "cells.yaml"
    file.write_text(CELLS)
    here = run_study(load_scenario(file), tmp_path / "here", workers=1)
    table = {"kind": "slurm", "cores": 1, "memory": "2 GiB", "walltime": "1 h", "interface": "lo",
             "logs": str(tmp_path / "logs"), "wait": "60 s"}  # fmt: skip
    there = run_study(load_scenario(file, {"run.cluster": table}), tmp_path / "there")
    pd.testing.assert_frame_equal(there.table, here.table, check_exact=True)
    assert (tmp_path / "log").read_text().split("\n")[0] == "handed in"
    assert "#SBATCH -t 01:00:00" in (tmp_path / "script").read_text()


def end_the_job_once(file):
    """Kill all processes of the job where `file` is not there yet."""
    if not file.exists():
        file.touch()
        os.killpg(0, signal.SIGKILL)
    return os.getpid()


@pytest.mark.long
def test_a_job_that_ends_before_the_study_is_handed_in_anew(spec, monkeypatch, tmp_path):
    """As at its walltime."""
    command(
        tmp_path, "sbatch", f'cp "$1" {tmp_path}/script.$$; echo handed in >> {tmp_path}/log\n'
        f'setsid sh {tmp_path}/script.$$ >/dev/null 2>&1 &\necho "Submitted batch job $!"',
    )  # fmt: skip
    command(tmp_path, "scancel", 'kill -- -"$1"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    path = filter(None, [os.environ.get("PYTHONPATH"), str(Path(__file__).parent)])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    soon = dask.config.set({"distributed.deploy.lost-worker-timeout": "100 ms"})
    with soon, jobqueue(spec(cores=1, wait="60 s")) as outcomes_of:
        found = list(outcomes_of(end_the_job_once, [tmp_path / "ended"] * 3))
    assert sorted(index for index, _ in found) == [0, 1, 2]
    assert all(isinstance(pid, int) for _, pid in found)
    assert (tmp_path / "log").read_text().count("handed in") == 2
