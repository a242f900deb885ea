"""What the page on converters shows is so."""

import contextlib
import io
import re
from dataclasses import fields
from pathlib import Path

import pytest

from xbarsim.periphery import Adc, Dac, Integrator, SampleHold

GUIDE = (Path(__file__).parents[2] / "docs" / "converters.md").read_text("utf-8")


def test_the_example_prints_what_the_page_says():
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (said,) = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(example, {})
    assert printed.getvalue() == said


@pytest.mark.parametrize("spec", [Dac, Adc, Integrator, SampleHold])
def test_every_error_is_named(spec):
    general = {"bits", "percentile", "rate", "v_full_scale", "temperature", "capacitance"}
    for field in fields(spec):
        assert field.name in general or field.name in GUIDE
