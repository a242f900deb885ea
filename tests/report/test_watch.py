"""The live view: what it serves of a study and to whom, and that a browser sees the study grow."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from xbarsim.errors import StudyError
from xbarsim.report.live.growing import Growing, require_watchable
from xbarsim.report.live.server import Server
from xbarsim.scenario import load_scenario
from xbarsim.study import run as run_module
from xbarsim.study import run_study
from xbarsim.study.lock import locked
from xbarsim.study.store import STORE
from xbarsim.study.trial import run_trial

CELL = """\
name: cell
device: {sheet: ideal}
array: {rows: 4, cols: 4}
tasks: [{name: cell, kind: array}]
sweep: {axes: {array.rows: [4, 6]}, trials: 3}
run: {engine: inline}
report: {figures: []}
"""
ALL = ["state.json", "report.html", "results.csv", "summary.csv", ""]


@contextmanager
def served(folder: Path, every: float = 0.0) -> Iterator["Client"]:
    """A client of a server that shows a folder."""
    growing = Growing(folder, every)
    with Server(growing) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Client(server)
        finally:
            server.shutdown()


class Client:
    """Asks a server as a browser does, or not quite."""

    def __init__(self, server: Server) -> None:
        self.address, self.port = server.address, server.server_address[1]

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """Status and text of an answer; the path goes out as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, f"/{path}", skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, text

    def told(self) -> dict[str, Any]:
        """How the study stands."""
        return dict(json.loads(self.ask("state.json")[1]))

    def until(self, what: Callable[[dict[str, Any]], Any], limit: float = 60.0) -> dict[str, Any]:
        """How the study stands, as soon as `what` is true of it."""
        end = time.monotonic() + limit
        while not what(told := self.told()):
            assert time.monotonic() < end, told
            time.sleep(0.05)
        return told


def shows(trials: int) -> Callable[[dict[str, Any]], bool]:
    """Whether the page is of so many trials."""
    return lambda told: bool(told["page"]["told"].startswith(f"{trials} trial"))


class Stepped:
    """A study whose trials each wait until they are let go; the third of a point fails."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.go = folder, threading.Semaphore(0)
        file = folder.with_suffix(".yaml")
        file.write_text(CELL, "utf-8")
        self._thread = threading.Thread(target=self._run, args=(file,), daemon=True)

    def _run(self, file: Path) -> None:
        with suppress(KeyboardInterrupt):
            run_study(load_scenario(str(file)), self.folder)

    def trial(self, trial: Any) -> Any:
        """A trial in its turn."""
        self.go.acquire()
        if trial.stream[-1] == 2:
            raise RuntimeError("<script>alert(1)</script> burnt")
        return run_trial(trial)

    def start(self) -> None:
        """Begin; no trial is let go yet."""
        self._thread.start()

    def end(self) -> None:
        """Let all go."""
        for _ in range(6):
            self.go.release()
        self._thread.join(60)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stepped]:
    """A study that has not begun; it ends with the test. Pages follow one another at once."""
    stepped = Stepped(tmp_path / "out")
    monkeypatch.setattr("xbarsim.report.live.growing._REST", 0.0)
    monkeypatch.setattr(run_module, "run_trial", stepped.trial)
    yield stepped
    if stepped._thread.ident:
        stepped.end()


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study that has ended."""
    file = tmp_path_factory.mktemp("watched") / "cell.yaml"
    file.write_text(CELL, "utf-8")
    run_study(load_scenario(str(file)), file.parent / "out")
    return file.parent / "out"


@pytest.fixture(scope="module")
def client(ended: Path) -> Iterator[Client]:
    """A client of a server that shows the study that has ended."""
    with served(ended) as client:
        client.until(shows(6))
        yield client


@pytest.mark.long
def test_a_study_is_followed_from_before_it_begins_to_its_end(study: Stepped) -> None:
    with served(study.folder) as client:
        told = client.told()
        assert told["state"] == "waiting" and told["page"]["version"] is None
        assert client.ask("report.html")[0] == 404

        study.start()
        told = client.until(shows(0))
        assert (told["state"], told["finished"], told["trials"]) == ("running", 0, 6)
        assert f"process {os.getpid()} on " in told["holder"]
        assert "No trial is finished yet" in (empty := client.ask("report.html")[1])
        assert "sheet: ideal" in empty

        study.go.release()
        told = client.until(shows(1))
        assert told["finished"] == 1 and "5 left" in told["how"]
        assert told["page"]["version"] and client.ask("report.html")[1] != empty
        assert len(client.ask("results.csv")[1].splitlines()) == 2

        study.end()
        told = client.until(lambda told: told["state"] == "ended" and shows(4)(told))
        assert [told[key] for key in ("finished", "failed", "holder")] == [4, 2, ""]
        assert told["how"] == "none left, 2 failed"
        assert told["failures"][0].startswith("point 1 trial 2: RuntimeError: <script>")
        assert "tries failed trials again" in told["advice"]
        page = client.ask("report.html")[1]
        assert "The study is running" not in page and "<script>alert" not in page


def test_the_page_is_that_of_the_report(client: Client, ended: Path, tmp_path: Path) -> None:
    from xbarsim.report import build_report
    from xbarsim.study import read_results

    written = build_report(read_results(ended), tmp_path).read_text("utf-8")
    assert client.ask("report.html")[1] == written
    assert client.ask("report.html?v=1")[1] == written
    assert client.ask("results.csv")[1] == (ended / "results.csv").read_text("utf-8")
    assert client.ask("summary.csv")[1] == (ended / "summary.csv").read_text("utf-8")


def test_figures_are_served_as_files(ended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"report.html": lambda: b"page", "figures/a.pdf": lambda: b"%PDF"}
    monkeypatch.setattr("xbarsim.report.live.growing.report_files", lambda results, **_: made)
    with served(ended) as client:
        client.until(shows(6))
        assert client.ask("figures/a.pdf") == (200, "%PDF")
        assert client.ask("figures/b.pdf")[0] == 404


def test_nothing_in_the_folder_changes(ended: Path) -> None:
    def state() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in sorted(ended.rglob("*")) if p.is_file()}

    before = state()
    with served(ended) as client, served(ended) as second:
        for each in (client, second):
            each.until(shows(6))
            for name in ALL:
                assert each.ask(name)[0] == 200
    assert state() == before


@pytest.mark.parametrize(
    "path",
    [STORE, "results.json", "../results.json", "figures/../results.json", "%2e%2e/results.json",
     "/etc/passwd", "..%2f..%2fetc/passwd", "models", "figures/", "watch.js", "state.json/x"],
)  # fmt: skip
def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert client.ask(path)[0] == 404


def test_only_names_of_this_machine_are_answered(client: Client) -> None:
    for host in ("localhost", "LOCALHOST:99", "127.0.0.1", f"127.0.0.1:{client.port}"):
        assert client.ask("state.json", Host=host)[0] == 200, host
    for host in ("evil.example", f"evil.example:{client.port}", "127.0.0.1.evil.example", "",
                 "localhost.evil.example", "0.0.0.0"):  # fmt: skip
        status, text = client.ask("state.json", Host=host)
        assert status == 403 and "trials" not in text, host


def test_only_this_machine_can_ask(ended: Path) -> None:
    with Server(Growing(ended)) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_for_reading(client: Client, method: str) -> None:
    assert client.ask("state.json", method)[0] == 405
    assert client.ask("state.json", "HEAD") == (200, "")


def test_a_port_in_use_is_named(ended: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StudyError, match=f"--port {port}: cannot be listened at: .*in use"):
            Server(Growing(ended), port)


def test_a_removed_study_stays_on_the_screen(ended: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(ended, tmp_path / "out")
    with served(folder) as client:
        client.until(shows(6))
        shutil.rmtree(folder)
        told = client.until(lambda told: told["state"] == "removed")
        assert (told["name"], told["finished"]) == ("cell", 6)
        assert client.ask("report.html")[0] == 200
        shutil.copytree(ended, folder)
        client.until(lambda told: told["state"] == "ended")


def test_a_study_that_gets_damaged_says_so_and_keeps_its_page(ended: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(ended, tmp_path / "out")
    with served(folder) as client:
        client.until(shows(6))
        (folder / STORE).write_bytes(b"no database" * 99)
        told = client.until(lambda told: told["state"] == "unreadable")
        assert "it is damaged, or no store" in told["advice"]
        assert client.ask("report.html")[0] == 200


def test_a_page_that_cannot_be_made_is_told(ended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(results: Any, **_: Any) -> Any:
        raise ZeroDivisionError("no figure")

    monkeypatch.setattr("xbarsim.report.live.growing.report_files", broken)
    with served(ended) as client:
        told = client.until(lambda told: told["page"]["fault"])
        assert "ZeroDivisionError('no figure')" in told["page"]["fault"]
        assert told["state"] == "ended"


def test_a_stopped_study_says_what_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(trial: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "run_trial", stop)
    (tmp_path / "cell.yaml").write_text(CELL, "utf-8")
    with pytest.raises(KeyboardInterrupt):
        run_study(load_scenario(str(tmp_path / "cell.yaml")), tmp_path / "out")
    with served(tmp_path / "out") as client:
        told = client.until(shows(0))
        assert (told["state"], told["how"]) == ("stopped", "6 left")
        assert "the command that began it goes on" in told["advice"]


def test_a_study_that_is_prepared_is_waited_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "models").mkdir(parents=True)
    with locked(out, out / STORE), served(out) as client:
        require_watchable(out)
        told = client.told()
        assert told["state"] == "waiting" and "being prepared" in told["advice"]


def test_what_is_no_study_is_refused(tmp_path: Path) -> None:
    require_watchable(tmp_path / "later")
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StudyError, match="holds no study; run a scenario first"):
        require_watchable(tmp_path)
    (tmp_path / STORE).write_bytes(b"no database" * 99)
    with pytest.raises(StudyError, match="it is damaged, or no store"):
        require_watchable(tmp_path)


def test_pages_rest_five_times_as_long_as_they_take(
    ended: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([10.0, 12.0])
    growing = Growing(ended, every=1.0)
    growing.told()
    assert growing._maker is not None
    growing._maker.join()
    monkeypatch.setattr("xbarsim.report.live.growing.time.thread_time", lambda: next(clock))
    before = time.monotonic()
    growing._made()
    assert 10.0 <= growing._next_page - before < 15.0


@pytest.mark.long
def test_the_command_serves_until_it_is_interrupted(ended: Path) -> None:
    command = [sys.executable, "-m", "xbarsim", "watch", str(ended), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    document = json.loads(process.stdout.readline())
    port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", document["address"])[1])  # type: ignore[index]
    with socket.create_connection(("127.0.0.1", port), timeout=30):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


@pytest.mark.long
def test_a_browser_sees_the_study_grow(study: Stepped, browser: Any) -> None:
    with served(study.folder) as client:
        context = browser.new_context(color_scheme="light", viewport={"width": 900, "height": 500})
        page = context.new_page()
        complaints, asked = list[str](), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(client.address)
        page.get_by_text("no study has begun here yet").wait_for()

        study.start()
        page.frame_locator("iframe").get_by_text("No trial is finished yet").wait_for()
        study.go.release()
        study.go.release()
        page.get_by_text("2 of 6 trials finished").wait_for()
        page.get_by_text("page: 2 trials").wait_for()

        report = page.frames[-1]
        report.locator(".theme").click()  # dark, and the table of parameters from the last name on
        head = report.locator("#device th .sort").first
        head.click()
        head.click()
        report.evaluate("document.getElementById('device').scrollIntoView({behavior: 'instant'})")
        page.mouse.move(450, 20)
        before = report.evaluate("document.getElementById('device').getBoundingClientRect().top")

        page.get_by_role("button", name="Hold").click()
        study.end()
        page.get_by_text("a newer page waits").wait_for()
        assert page.frames[-1] is report and "2 trials are finished" not in page.title()
        page.get_by_role("button", name="Hold").click()
        page.get_by_text("page: 4 trials").wait_for()

        grown = page.frames[-1]
        assert grown.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert grown.locator("#device th[aria-sort=descending]").count() == 1
        after = grown.evaluate("document.getElementById('device').getBoundingClientRect().top")
        assert after == pytest.approx(before, abs=2)
        page.get_by_text("Last failures").click()
        assert page.get_by_text("<script>alert(1)</script> burnt").count() == 2
        assert page.locator("#state").inner_text() == "ended"
        assert page.title().startswith("4/6 cell")
        context.close()
    assert complaints == []
    assert all(url.startswith(client.address) for url in asked)
