"""What a study, and each of its workers, has to import before it does anything."""

import subprocess
import sys

IMPORTED = "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
HEAVY = {"matplotlib", "numba", "pandas", "pint", "rich", "scipy", "sklearn", "torch"}


def lines(code):
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [set(line.split()) for line in ended.stdout.splitlines()]


def test_a_study_and_its_workers_start_without_heavy_libraries():
    study, plan = lines(
        f"import sys, xbarsim.study.run; {IMPORTED};"
        "from xbarsim.scenario import load_scenario;"
        "from pathlib import Path; from xbarsim.study.survey import survey_of;"
        f"survey_of(load_scenario('half_select'), Path('models'), print); {IMPORTED}"
    )
    assert "xbarsim" in study
    assert not study & HEAVY
    assert not plan & HEAVY


def test_a_worker_that_runs_something_else_starts_without_the_study():
    (modules,) = lines("import sys, xbarsim.study.engines; print(*sys.modules)")
    assert "xbarsim.study.engines" in modules
    assert not {m for m in modules if m.startswith(("xbarsim.scenario", "numpy"))}
