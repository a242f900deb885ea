"""Every statistical sheet of every pack through one body of tests, on every array library."""

from dataclasses import fields
from importlib.metadata import entry_points

import numpy as np
import pytest

from xbarsim.backend import to_numpy
from xbarsim.device import GROUP, StatisticalDevice, list_devices, load_device, load_sheet
from xbarsim.errors import SpecError

SHEETS = list_devices("statistical")
EVERY = list_devices()


@pytest.fixture(params=SHEETS)
def device(request):
    return load_device(request.param)


@pytest.fixture
def targets(device, xp):
    low, high = device.window
    return xp.linspace(low, high, 60).reshape(12, 5)


def test_every_entry_point_loads():
    for entry in entry_points(group=GROUP):
        assert entry.load().__name__ == entry.value


def test_device_keeps_the_protocol(device):
    assert isinstance(device, StatisticalDevice)
    low, high = device.window
    assert 0 <= low < high < 1
    assert 0 <= device.ages[0] <= device.ages[1]


def test_nothing_becomes_negative_or_changes_shape(device, targets, streams, xp):
    z = streams.normal(targets.shape, xp) * 3
    g = device.program(targets, z)
    first = device.ages[0]
    for t in (first, first + 1.0, 1e5, 3e7):
        aged = device.age(g, t, z)
        noise = device.read_noise(aged, 1e-7, z, max(t, 1e-6), g)
        for out in (g, aged, noise):
            assert out.shape == targets.shape
            assert bool(xp.isfinite(out).all())
        assert bool((g >= 0).all()) and bool((aged >= 0).all())


def test_same_noise_gives_the_same_cell(device, targets, streams, xp):
    z = streams.normal(targets.shape, xp)
    assert bool((device.program(targets, z) == device.program(targets, z)).all())


def test_age_of_the_first_read_changes_nothing(device, targets, streams, xp):
    g = device.program(targets, streams.normal(targets.shape, xp))
    z = (streams / "drift").normal(targets.shape, xp)
    np.testing.assert_allclose(to_numpy(device.age(g, device.ages[0], z)), to_numpy(g), rtol=1e-12)


def test_read_noise_is_linear_in_z_and_zero_at_zero(device, targets, streams, xp):
    z = streams.normal(targets.shape, xp)
    once = to_numpy(device.read_noise(targets, 1e-7, z))
    np.testing.assert_allclose(to_numpy(device.read_noise(targets, 1e-7, 2 * z)), 2 * once)
    assert not to_numpy(device.read_noise(targets, 1e-7, 0 * z)).any()


def test_ages_before_the_first_are_refused(device, targets, xp):
    if device.ages[0] == 0:
        pytest.skip("the cell is described at every age")
    with pytest.raises(SpecError, match="precedes"):
        device.age(targets, device.ages[0] / 2, xp.zeros_like(targets))


def test_float32_stays_float32(device):
    g = np.full((3, 2), device.window[1], dtype=np.float32)
    z = np.ones((3, 2), dtype=np.float32)
    t = max(device.ages[0], 60.0)
    assert device.program(g, z).dtype == np.float32
    assert device.age(g, t, z).dtype == np.float32


@pytest.mark.parametrize("name", SHEETS)
def test_every_value_says_where_it_stands(name):
    sheet = load_sheet(name)
    assert sheet.title
    for key, entry in sheet.parameters.items():
        assert entry.source.strip(), key
        assert sheet.cite or entry.status == "assumed", key


@pytest.mark.parametrize("name", EVERY)
def test_every_citation_stands_in_the_references(name):
    from importlib.resources import files

    references = (files("device_models") / "references.bib").read_text("utf-8")
    for key in load_sheet(name).cite:
        assert f"{{{key}," in references


@pytest.mark.parametrize("name", EVERY)
def test_every_parameter_is_described(name):
    law = type(load_device(name))
    described = law.__doc__.split("Parameters")[1].split("Notes")[0]
    for field in fields(law):
        assert field.name in described, field.name


def test_unknown_sheet_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'joshi_2020'"):
        load_device("joshi_2021")


@pytest.mark.parametrize("name", ["../parameters/ideal", "x" * 500, "a\0b", ""])
def test_sheet_names_are_no_paths(name):
    with pytest.raises(SpecError, match="no device sheet"):
        load_device(name)


def test_overrides_are_checked_all_at_once():
    with pytest.raises(SpecError) as caught:
        load_device("wan_2022", g_mx="3 uS", g_max="3 ns", spread_scale="two")
    text = str(caught.value)
    assert "g_mx: unknown key; did you mean 'g_max'" in text
    assert "'3 ns' is a time" in text
    assert "spread_scale" in text


def test_override_out_of_range_names_field_value_and_limit():
    with pytest.raises(SpecError, match="g_min is -1 uS; it must be at least 0 S"):
        load_device("ideal", g_min="-1 uS")


def test_empty_window_is_refused():
    with pytest.raises(SpecError, match="must be below g_max"):
        load_device("joshi_2020", g_min="25 uS")


def test_override_replaces_the_published_value():
    assert load_device("wan_2022", g_max="20 uS").window == (1e-6, 20e-6)


@pytest.mark.parametrize(
    ("sheet", "overrides", "said"),
    [
        ("wan_2022", {"relaxation_spread": 3}, "3 is not a list"),
        ("wan_2022", {"times": []}, "is not a list"),
        ("joshi_2020", {"g_max": [1, 2]}, "is not a quantity"),
        ("joshi_2020", {"g_max": "40 mS"}, "at most 10 mS"),
    ],
)
def test_overrides_of_another_shape_or_size_are_refused(sheet, overrides, said):
    with pytest.raises(SpecError, match=said):
        load_device(sheet, **overrides)
