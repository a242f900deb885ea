"""Run the gallery and put its results into reports/reference/, one folder a scenario.

    python reports/regenerate.py [scenario ...]

Without names every scenario is run; those whose data are missing are left as they are and named.
Each folder gets the table, the summary, the page, and how and on what machine it was made.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from xbarsim.scenario import gallery, load_scenario
from xbarsim.scenario.estimators import reservoirs_of
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.study.prepare import networks_of
from xbarsim.systems import data_of
from xbarsim.tasks.problems import needs_files

REFERENCE = Path(__file__).parent / "reference"
PICTURES = ("accuracy", "losses", "pareto", "programming", "access", "disturb", "reservoir",
            "system", "chip", "front", "sensitivity")  # fmt: skip
KEPT = ("results.csv", "summary.csv", "report.html")
DESIGNS = ("pareto.csv", "search.csv", "sensitivity.csv")  # of searches and sensitivity studies


def main() -> None:
    """Regenerate the scenarios named on the command line, or all."""
    for name in sys.argv[1:] or gallery():
        if needs_data(name) and not os.environ.get("XBARSIM_DATA"):
            print(f"{name}: left as it is, XBARSIM_DATA is not set")
            continue
        regenerate(name)


def needs_data(name: str) -> bool:
    """Whether a scenario reads files that are not shipped with a dependency."""
    scenario = load_scenario(name).scenario
    networks = [not t.dataset.source.startswith("sklearn.") for t in networks_of(scenario)]
    series = [t.data.source for t in reservoirs_of(scenario)]
    systems = [task for task in scenario.tasks if isinstance(task, SystemTaskSpec)]
    series += [source for task in systems for source in data_of(task.system, task.settings)]
    return any(networks + [needs_files(source) for source in series])


def regenerate(name: str) -> None:
    """Run one scenario from scratch and keep what the reference holds."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        wall, peak = measured([sys.executable, "-m", "xbarsim", "run", name, "--out", str(out)])
        target = REFERENCE / name
        target.mkdir(parents=True, exist_ok=True)
        for file in KEPT:
            shutil.copy(out / file, target / file)
        for file in filter(lambda name: (out / name).exists(), DESIGNS):
            shutil.copy(out / file, target / file)
        for picture in PICTURES:
            for file in (out / "figures").glob(f"{picture}*.svg"):  # one for each task
                shutil.copy(file, target / file.name)
        meta = json.loads((out / "results.json").read_text("utf-8"))["meta"]
    meta["processor"] = processor()
    meta["wall_time_s"] = round(wall, 1)
    meta["peak_memory_of_the_largest_process_MiB"] = peak
    (target / "run.json").write_text(json.dumps(meta, indent=1) + "\n", "utf-8")


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
    main()
