"""What the shell offers at the tab key, asked for as the shells ask."""

import os
import subprocess
import sys

import pytest

from xbarsim.cli import completion
from xbarsim.cli.completion import gallery_names, sheets
from xbarsim.cli.remembered import remembered
from xbarsim.cli.schema_keys import keys_of
from xbarsim.device import list_devices
from xbarsim.scenario import gallery, json_schema, load

START = "import sys; sys.argv[0] = 'xbarsim'; from xbarsim.cli import main; main()"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def ask(cache, tmp_path):
    """Run the command line with variables of the environment set; what it prints."""

    def run(*arguments, **variables):
        ended = subprocess.run(
            [sys.executable, "-c", START, *arguments],
            env={**os.environ, "XDG_CACHE_HOME": str(cache), **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in ended.stderr
        return ended.stdout

    return run


@pytest.fixture
def bash(ask):
    """Candidates for the last word of a line, as bash asks for them."""

    def run(line):
        number = str(len(line.split(" ")) - 1)
        told = ask(COMP_WORDS=line, COMP_CWORD=number, _XBARSIM_COMPLETE="complete_bash")
        return told.split()

    return run


def test_commands_and_scenarios_are_completed(bash):
    assert bash("xbarsim che") == ["check"]
    assert bash("xbarsim run pcm") == ["pcm_year"]


def test_sheets_are_completed(bash):
    assert bash("xbarsim show josh") == ["joshi_2020"]


def test_keys_are_completed_for_a_scenario_with_those_of_its_device(bash):
    assert bash("xbarsim check digits --set array.ro") == ["array.rows="]
    assert bash("xbarsim check digits --set device.read") == ["device.read_noise="]


def test_what_can_be_swept_is_completed_and_nothing_else(bash):
    assert bash("xbarsim run digits --sweep array.ro") == ["array.rows="]
    assert bash("xbarsim run digits --sweep run.") == []


def test_parts_that_cannot_be_swept_are_those_that_a_sweep_refuses():
    assert set(completion._NOT_SWEPT) == set(load.NOT_PHYSICS)


def test_zsh_is_told_what_a_key_is_and_the_words_it_takes(ask):
    def zsh(line):
        return ask(_TYPER_COMPLETE_ARGS=line, _XBARSIM_COMPLETE="complete_zsh")

    assert '"array.encoding.copies=":"cells that hold the same' in zsh(
        "xbarsim run digits --set array.encoding.co"
    )
    assert '"array.encoding=differential"' in zsh("xbarsim run digits --set array.encoding=d")


def test_fish_is_told_candidates_line_by_line(ask):
    told = ask(
        _TYPER_COMPLETE_ARGS="xbarsim run dig",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
        _XBARSIM_COMPLETE="complete_fish",
    )
    assert told.splitlines() == ["digits"]


def test_the_script_for_bash_asks_in_the_way_that_is_answered(ask):
    script = ask("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_XBARSIM_COMPLETE=complete_bash" in script
    assert script.splitlines()[-1] == "complete -o default -F _xbarsim_completion xbarsim"


def test_bash_adds_no_space_behind_a_key_and_one_behind_other_words(ask):
    script = ask("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    asked = (
        "compopt() { echo $*; }; xbarsim() { echo $WORD; }; env() { echo $WORD; }\n"
        f"{script}\nfor WORD in array.rows= digits; do _xbarsim_completion xbarsim; echo .; done"
    )
    told = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["-o", "nospace", ".", "."]


def test_names_are_those_of_the_gallery_and_of_all_packs():
    assert gallery_names() == list(gallery())
    assert sheets("") == list_devices()


def test_scenario_files_are_offered_beside_names(tmp_path, monkeypatch):
    (tmp_path / "digits_mine.yaml").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "deep.yml").touch()
    monkeypatch.chdir(tmp_path)
    assert completion.scenarios("dig") == ["digits", "digits_mine.yaml"]
    assert completion.scenarios("below/") == ["below/deep.yml"]
    assert completion.scenarios("below/d") == ["below/deep.yml"]
    assert "below/" in completion.scenarios("")
    assert completion.scenarios("nowhere/x") == []


def test_keys_of_the_schema_can_be_set():
    keys = keys_of(json_schema())
    for path in ("array.rows", "array.adc.bits", "array.wires.r_bit", "tasks.0.dataset.source",
                 "ages", "seed", "run.workers", "effects.johnson"):  # fmt: skip
        assert path in keys, path
    assert {"mnist", "sklearn.digits"} <= set(keys["tasks.0.dataset.source"]["words"])
    assert keys["array.adc.kind"]["words"]
    assert "array" not in keys


def test_what_is_remembered_is_made_anew_when_its_source_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source, made = tmp_path / "source.py", []

    def make():
        made.append(1)
        return {f"key{len(made)}": {"told": "", "words": []}}

    def ask():
        return list(remembered("keys", [source], make))

    source.touch()
    assert ask() == ask() == ["key1"]
    os.utime(source, (0, 0))
    assert ask() == ["key2"]
    (tmp_path / "cache" / "xbarsim" / "keys.json").write_text("{broken", "utf-8")
    assert ask() == ["key3"]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert remembered("keys", [], lambda: {"key": {}}) == {"key": {}}


def test_completion_and_help_import_nothing_heavy(cache):
    heavy = ("numpy", "pydantic", "pandas", "scipy", "torch", "numba")
    code = (
        "import sys; from xbarsim.cli import completion, app; "
        "completion.scenarios('d'), completion.sheets('j'); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
