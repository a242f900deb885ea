"""What each sheet can be used for."""

from importlib.metadata import EntryPoint

import pytest

from xbarsim.device import KINDS, has_sheet, kinds_of, list_devices, load_device, load_sheet, sheets
from xbarsim.errors import SpecError
from xbarsim.scenario.cells import cells_of
from xbarsim.scenario.schema import DeviceSpec


@pytest.mark.parametrize("name", list_devices())
def test_every_sheet_is_of_a_kind(name):
    kinds = kinds_of(name)
    assert kinds
    for kind in kinds:
        assert hasattr(load_device(name), KINDS[kind])


@pytest.mark.parametrize("name", list_devices("pulsed"))
def test_every_value_of_a_pulsed_sheet_says_where_it_stands(name):
    sheet = load_sheet(name)
    assert sheet.cite
    assert all(entry.source.strip() for entry in sheet.parameters.values())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nandakumar_2018", "answers to single pulses; arrays take"),
        ("kvatinsky_2015_generic", "is a switching law; arrays of it need device.write"),
    ],
)
def test_arrays_refuse_what_they_cannot_be_made_of(name, said):
    with pytest.raises(SpecError, match=f"'{name}' {said}"):
        cells_of(DeviceSpec(sheet=name), 0.2)


def test_a_pack_that_cannot_be_used_is_named(tmp_path, monkeypatch):
    (tmp_path / "torn_pack.py").write_text("import nowhere_at_all", "utf-8")
    (tmp_path / "bare_pack").mkdir()
    (tmp_path / "bare_pack" / "__init__.py").write_text("", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for value, said in (
        ("torn_pack", r"'mine' \(torn_pack\) cannot be imported: ModuleNotFoundError: No module"),
        ("bare_pack", "bare_pack has no folder 'parameters'"),
    ):
        entry = EntryPoint("mine", value, sheets.GROUP)
        monkeypatch.setattr(sheets, "entry_points", lambda group, entry=entry: [entry])
        with pytest.raises(SpecError, match=said):
            list_devices()


def test_packs_are_not_looked_for_again_for_a_sheet_that_was_found(monkeypatch):
    load_device("wan_2022")
    monkeypatch.setattr(sheets, "entry_points", lambda group: pytest.fail("looked again"))
    assert load_device("wan_2022") == load_device("wan_2022")
    assert has_sheet("wan_2022")


def test_a_sheet_file_that_changes_is_read_anew(tmp_path):
    file = tmp_path / "mine.yaml"
    values = "{g_min: {value: 1 uS, source: ours}, g_max: {value: %s, source: ours}}"
    sheet = "title: t\nmodel: device_models.generic:GaussianCell\ncite: []\nparameters: " + values
    found = []
    for g_max in ("20 uS", "30 uS", "20 uS"):
        file.write_text(sheet % g_max, "utf-8")
        found.append(load_device(str(file)).g_max)
    assert found == [20e-6, 30e-6, 20e-6]
