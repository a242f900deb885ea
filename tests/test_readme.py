"""What the README shows works as it stands."""

import re
from pathlib import Path

from xbarsim.scenario import load_scenario

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_python_runs():
    assert blocks("python")
    for block in blocks("python"):
        names = {}
        exec(block, names)
        assert names["y"].shape == (5, 10)


def test_scenario_loads(tmp_path):
    (tmp_path / "readme.yaml").write_text(blocks("yaml")[0])
    assert len(load_scenario(tmp_path / "readme.yaml").points) == 9
