"""Run the gallery for reports/reference/, one folder a scenario, or compare it with what is there.

    python reports/regenerate.py [--compare | --pages] [scenario ...]

Without names every scenario is run; those that need data or PyTorch that are not there are left out
and named. Each folder gets the results, with how and on what machine they were made, the page and
its pictures. ``--compare`` runs them elsewhere, writes nothing, and ends with 1 where they do not
agree; ``--pages`` runs nothing, and writes pages and pictures of the results that are there.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path

from agreement import differences, run_alike, unlike
from findings.entry import REFERENCE
from findings.needs import missing

from xbarsim.errors import XbarsimError
from xbarsim.report import build_report, compare_studies
from xbarsim.scenario import gallery, load_scenario
from xbarsim.study import Results, read_results
from xbarsim.study.designs import write_designs
from xbarsim.study.results import write_results

PICTURES = ("accuracy", "losses", "pareto", "programming", "access", "disturb", "reservoir",
            "system", "chip", "front", "sensitivity")  # fmt: skip
_SHOWN = 20  # rows of a table on the screen


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenarios", nargs="*", type=_known, help="all, by default")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--compare", action="store_true", help="compare, and write nothing")
    how.add_argument("--pages", action="store_true", help="pages and pictures alone")
    given = parser.parse_args()
    names = given.scenarios or list(gallery())
    if given.pages:
        for name in names:
            draw(read_results(REFERENCE / name), REFERENCE / name)
        return
    agree, ran = True, 0
    for name in names:
        if lacks := missing(load_scenario(name, check=False)):
            print(f"{name}: left out, as {' and '.join(lacks)} is not there")
            continue
        reference = read_results(REFERENCE / name) if given.compare else None
        with run_anew(name) as results:
            ran += 1
            if reference is None:
                keep(results, REFERENCE / name)
            else:
                agree &= compared(name, reference, results)
    sys.exit(0 if agree and ran else 1)


@contextmanager
def run_anew(name: str) -> Iterator[Results]:
    """The results of a scenario that is run from scratch, with what that took; then they go."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        command = [
            sys.executable,
            "-m",
            "xbarsim",
            "run",
            name,
            "--no-interactive",
            "--out",
            str(out),
        ]
        wall, peak = measured(command)
        results = read_results(out)
        results.meta["processor"] = processor()
        results.meta["wall_time_s"] = round(wall, 1)
        results.meta["peak_memory_of_the_largest_process_MiB"] = peak
        yield results


def compared(name: str, reference: Results, results: Results) -> bool:
    """Say whether a scenario agrees with its reference; what does not stands in a table."""
    found = compare_studies(reference, results)
    beyond, alone = differences(found), unlike(found)
    alike = "the same versions and processor"
    made = alike if run_alike(found) else "other versions or another processor"
    if beyond.empty and not alone:
        print(f"{name}: {len(found.table):,} means agree, made by {made}")
        return True
    print(f"{name}: {len(beyond):,} of {len(found.table):,} means do not agree, made by {made}")
    print("".join(f"  {told}\n" for told in alone), end="")
    if not beyond.empty:
        heads = {"mean_a": "reference", "mean_b": "now"}
        print(beyond.head(_SHOWN).rename(columns=heads).to_string(index=False))
    if len(beyond) > _SHOWN:
        print(f"... and {len(beyond) - _SHOWN} more")
    return False


def _known(name: str) -> str:
    """A scenario of the gallery."""
    if name not in gallery():
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(gallery())}")
    return name


def keep(results: Results, target: Path) -> None:
    """Put what a reference holds of `results` into its folder."""
    target.mkdir(parents=True, exist_ok=True)
    here = replace(results, directory=target)
    write_results(here, table_apart=True)
    write_designs(here)
    draw(results, target)


def draw(results: Results, target: Path) -> None:
    """Put the page of `results` and its pictures into a folder."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        own = Path("reports") / target.name  # where a run of the scenario would have them
        shutil.copy(build_report(replace(results, directory=own), interactive=False), target)
        for old in target.glob("*.svg"):
            old.unlink()
        for picture in PICTURES:
            for file in (own / "figures").glob(f"{picture}*.svg"):  # one for each task
                shutil.copy(file, target)


def measured(command: list[str]) -> tuple[float, int]:
    """Run a command: wall time (s), and the largest of its processes' peak memory (MiB)."""
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed; its message stands above")
    return time.perf_counter() - begun, round(usage.ru_maxrss / 1024)


def processor() -> str:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    try:
        main()
    except XbarsimError as error:
        sys.exit(str(error))
