"""A sheet on file: what `xbarsim show` prints of any sheet is one."""

import numpy as np
import pytest

from xbarsim.device import list_devices, load_device, load_sheet
from xbarsim.documents import yaml_text


@pytest.mark.parametrize("name", list_devices())
def test_a_printed_sheet_is_the_same_device(name, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(yaml_text(load_sheet(name).model_dump()), "utf-8")
    ours, theirs = load_device(str(file)), load_device(name)
    assert type(ours) is type(theirs)
    np.testing.assert_equal(vars(ours), vars(theirs))
