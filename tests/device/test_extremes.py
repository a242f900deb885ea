"""Every switching law at the ends of what its parameters may be."""

from dataclasses import fields, replace

import numpy as np
import pytest

from xbarsim.device import list_devices, load_device, load_sheet
from xbarsim.errors import SpecError

CELLS = 12


def extremes(law):
    """Each number in turn at an end of its range, at 0, and ten times as large or small."""
    for field in fields(law):
        value = getattr(law, field.name)
        if isinstance(value, float) and field.name != "ambient":
            ends = [field.metadata.get("low"), field.metadata.get("high")]
            for other in [*(x for x in ends if x is not None), 10 * value, 0.1 * value, 0.0]:
                try:
                    yield field.name, other, replace(law, **{field.name: other})
                except SpecError:
                    continue


@pytest.mark.parametrize("name", list_devices("switching"))
def test_currents_and_rates_are_numbers_and_no_cell_gives_energy_away(name, streams):
    law, sweep, rng = load_device(name), load_sheet(name).sweep, streams.rng()
    tried = 0
    for key, value, d in extremes(law):
        v = np.clip(rng.uniform(sweep.v_low, sweep.v_high, CELLS), *d.valid)
        low, high = (np.asarray(b, dtype=float)[:, :1] for b in d.bounds(np.zeros(1)))
        span = np.where(np.isfinite(high - low), high - low, 0.0)
        s = low + rng.choice([0.0, 0.3, 1.0], (len(low), CELLS)) * span
        i, rate = d.current(v, s, d.ambient), d.rate(v, s, d.ambient)
        assert np.isfinite(i).all() and np.isfinite(rate).all(), (key, value)
        assert (v * i >= 0).all(), (key, value)
        if hasattr(d, "flow"):
            after = d.flow(v, 0.1 * sweep.period, s, d.ambient)
            assert (after >= low).all() and (after <= high).all(), (key, value)
        tried += 1
    assert tried > 5
