"""What a reader of the results should know before trusting them."""

import numpy as np

from xbarsim.device import SwitchingLaw, load_device, load_sheet
from xbarsim.effects import Effects, device_age
from xbarsim.scenario.build import ages_of, surroundings_of
from xbarsim.scenario.cells import device_of
from xbarsim.scenario.disturbs import disturbs_of, has_arrays, without_effect
from xbarsim.scenario.effects import effects_of
from xbarsim.scenario.schema import Scenario
from xbarsim.units import show

_ALIKE = 1.0  # K, by which no publication means another temperature


def warnings_of(scenario: Scenario) -> list[str]:
    """What a reader of the results should know before trusting them."""
    if not has_arrays(scenario):
        return _temperature_warnings(scenario)
    device = device_of(scenario)
    first, last = device.ages
    effects, at = effects_of(scenario.effects) or Effects(), surroundings_of(scenario)
    ages = ages_of(scenario, device)
    beyond = [show(a, "second") for a in ages if device_age(effects, at, a, first) > last]
    found = _temperature_warnings(scenario)
    if beyond:
        heated = device_age(effects, at, last, first) != last
        hotter = f", reached sooner at {at.ambient:g} K" if heated else ""
        found.append(
            f"{scenario.device.sheet} was measured up to {show(last, 'second')}{hotter}; "
            f"{', '.join(beyond)} extrapolate"
        )
    return found + _disturb_warnings(scenario)


def _disturb_warnings(scenario: Scenario) -> list[str]:
    """What of a scenario reaches its other tasks, and not those about a law as it is."""
    names = [f"tasks.{task.name}" for task in disturbs_of(scenario)]
    keys = [key for key in without_effect(scenario) if key != "device.write"]
    if not names or not keys:
        return []
    return [f"{', '.join(names)}: about the law as it is, without {' and '.join(keys)}"]


def _temperature_warnings(scenario: Scenario) -> list[str]:
    """What stays as it is at another temperature, though the array is not."""
    ambient, sheet = scenario.temperature, scenario.device.sheet
    if ambient is None:
        return []
    device = load_device(sheet, **scenario.device.overrides)
    if isinstance(device, SwitchingLaw):
        own = float(device.ambient)
        if abs(ambient - own) < _ALIKE or _feels(device, sheet, ambient):
            return []
        what = "switching and conduction are"
    else:
        own = surroundings_of(scenario).data
        if abs(ambient - own) < _ALIKE:
            return []
        given = scenario.effects.thermal_activation if scenario.effects else None
        stays = ["programming error", "read noise"]
        stays += [n for n in ("conductance", "drift") if given is None or not getattr(given, n)]
        what = f"{', '.join(stays[:-1])} and {stays[-1]} are"
    return [f"{sheet} says nothing of {ambient:g} K: {what} those at {own:g} K"]


def _feels(law: SwitchingLaw, sheet: str, ambient: float) -> bool:
    """Whether rate or current of a law at its sheet's voltages differ from those of its ambient."""
    sweep = load_sheet(sheet).sweep
    v = np.array([0.5 * sweep.v_low, sweep.v_high]) if sweep else np.array([-1.0, 1.0])
    start = np.asarray(law.initial_state(), dtype=float).reshape(len(law.states), -1)[:, :1]
    low, high = (np.asarray(b, dtype=float)[:, :1] for b in law.bounds(np.zeros(1)))
    middle = np.where(np.isfinite(high - low), 0.5 * (low + high), start)
    state = np.broadcast_to(middle, (len(law.states), 2))
    at = [
        np.concatenate([law.rate(v, state, t), law.current(v, state, t)[None]])
        for t in (np.full(2, float(law.ambient)), np.full(2, ambient))
    ]
    return bool((at[0] != at[1]).any())
