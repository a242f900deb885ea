"""The page on clusters: what it runs works, and what it quotes is said."""

import re
import shlex
import sys
from pathlib import Path

import pytest
from local_cluster import LocalCluster

import xbarsim

pytest.importorskip("dask_jobqueue")

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "clusters.md").read_text("utf-8")
ADDRESS = "tcp://10.0.0.1:8786"  # of the page
PYTHON = "/home/me/.venv/bin/python"  # the same
ELSEWHERE = ("No module named", "database or disk")  # is said by Python and SQLite
#: what divides words of ours from what stands for others
STANDS_FOR = re.compile(r"\.\.\.|[:;(]|\d+|sbatch|slurm|has ")


def blocks(language):
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
    return [content for name, content in found if name == language]


class OneWorker(LocalCluster):
    """A scheduler and a worker."""

    def start(self):
        self.scheduler()
        self.worker()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """With the scenarios of the page, of fewer trials."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "xbarsim.report.build_report", lambda results, **_: results.directory / "page"
    )
    study, jobs = blocks("yaml")
    assert study.count("trials: 1500") == 1
    Path("cells.yaml").write_text(study.replace("trials: 1500", "trials: 2"), "utf-8")
    Path("slurm.yaml").write_text(study + jobs, "utf-8")
    return tmp_path


@pytest.mark.long
def test_commands_of_the_page_run(folder, command_line):
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    printed = {}
    with OneWorker(folder) as cluster:
        for line in lines:
            asked = shlex.split(line.replace(ADDRESS, cluster.address))[1:]
            asked += ["--set", "run.engine=inline"] if line.endswith("--out cells") else []
            status, printed[line], err = command_line(*asked)
            assert status == 0, (line, err)
    tables = [Path(name, "results.csv").read_bytes() for name in ("cells", "there")]
    assert tables[0] == tables[1]
    (script,) = [block for block in blocks("") if block.startswith("#!")]
    assert printed["xbarsim job slurm.yaml"].replace(sys.executable, PYTHON) == script
    (told,) = re.findall(r"answers; .*?machine", PAGE)
    assert told.replace("2 workers", "1 workers") in printed[lines[-3]]
    for block in blocks("python"):
        exec(block, names := {})
        assert names["results"].meta["trials_left"] == 0


def test_what_the_page_quotes_is_said():
    """Words between numbers and what stands for others."""
    files = Path(xbarsim.__file__).parent.rglob("*.py")
    code = re.sub(r'"\s*\n\s*f?"', "", "".join(file.read_text("utf-8") for file in files))
    quotes = [row for row in re.findall(r"^\| `(.*?)` \|", PAGE, re.M) if " " in row]
    quotes += re.findall(r"`(connection lost[^`]*|cannot be written[^`]*)`", PAGE)
    assert len(quotes) > 9
    pieces = [piece.strip() for quote in quotes for piece in STANDS_FOR.split(quote)]
    said = [piece for piece in pieces if len(piece) > 8 and not piece.startswith(ELSEWHERE)]
    assert len(said) > 9
    assert [piece for piece in said if piece not in code] == []


@pytest.mark.parametrize("name", ["clusters", "sweeps"])
def test_links_of_the_page_lead_somewhere(name):
    page = DOCS / f"{name}.md"
    for file, place in re.findall(
        r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text("utf-8")
    ):
        target = page.parent / file if file else page
        assert target.exists(), file
        headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.M)
        slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
        assert not place or place in slugs, place
