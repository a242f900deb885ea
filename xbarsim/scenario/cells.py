"""The cells that a scenario describes: statistical ones, or those of a law that is written."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from xbarsim.device import (
    StatisticalDevice,
    SwitchingLaw,
    arrays_of,
    at_corner,
    load_device,
    sampled,
    spreads_of,
    with_parameters,
)
from xbarsim.errors import SpecError
from xbarsim.scenario.schema import DeviceSpec, Scenario, WriteSpec
from xbarsim.scenario.transfers import transfer_of
from xbarsim.streams import Streams
from xbarsim.units import show

_STATES = 4001  # of the tables of one parameter set
_STATES_OF_MANY = 1001  # where there are many


def device_of(scenario: Scenario) -> StatisticalDevice:
    """The cells that a scenario describes, see `cells_of`."""
    return cells_of(
        scenario.device, scenario.array.v_read, scenario.temperature, Streams(scenario.seed)
    )


def share_transfers(scenarios: Iterable[Scenario]) -> None:
    """Put what is known of the laws that scenarios write into the folder that is shared."""
    _written.cache_clear()
    for scenario in scenarios:
        if scenario.device.write is not None:
            device_of(scenario)


def bound_device(spec: DeviceSpec) -> Any:
    """The device of a sheet with its overrides, at its process corner.

    Raises
    ------
    SpecError : a spread of unknown parameters, or a corner of a device of which nothing says what
        is fast.
    """
    device = load_device(spec.sheet, **spec.overrides)
    if spec.spread is None and spec.library is None and not spec.sigmas:
        return device
    spreads = spreads_of(spec.sheet, device, spec.chosen_spread)
    try:
        return at_corner(device, spreads, spec.sigmas)
    except SpecError as error:
        raise SpecError([f"device.corner: {fault}" for fault in error.faults]) from None


def cells_of(
    spec: DeviceSpec,
    v_read: float,
    temperature: float | None = None,
    streams: Streams | None = None,
) -> StatisticalDevice:
    """A statistical device, or a switching law that is written and read at `v_read` (V).

    Parameters
    ----------
    temperature : of the surroundings in which laws are written and read, K; None for their own.
    streams : of the scenario; the parameter sets of a library come from ``device/library``.

    Raises
    ------
    SpecError : a law without ``write``, or ``write`` for what is no law; what cannot be written.
    """
    device = bound_device(spec)
    _check_spread(spec, device)
    if isinstance(device, StatisticalDevice):
        if spec.write is not None:
            raise SpecError(
                f"device.write: {spec.sheet} already says how its cells come out; only switching "
                "laws are written"
            )
        return device
    if not isinstance(device, SwitchingLaw):
        what = "pulses" if hasattr(device, "pulse") else "steps"
        raise SpecError(
            f"device.sheet: '{spec.sheet}' answers to single {what}; arrays take a statistical "
            "device or a switching law"
        )
    if spec.write is None:
        raise SpecError(
            f"device.sheet: '{spec.sheet}' is a switching law; arrays of it need device.write, how "
            "its cells are written"
        )
    if device.volatile:
        raise SpecError(
            f"device.sheet: '{spec.sheet}' forgets without voltage; arrays take laws that keep "
            "what was written"
        )
    held = json.dumps(vars(device), default=str)  # a file may have changed
    z = None
    if spec.library is not None:
        names = spreads_of(spec.sheet, device, spec.chosen_spread)
        drawn = (streams or Streams(0)) / "device" / "library"
        z = drawn.normal((len(names), spec.library)).tobytes()
    return _written(spec.model_dump_json(), held, v_read, temperature, z)


def _check_spread(spec: DeviceSpec, device: Any) -> None:
    """Refuse a library of what has no parameters to sample, and a spread that nothing uses."""
    statistical = isinstance(device, StatisticalDevice)
    if "ambient" in (spec.spread or {}):
        raise SpecError(
            "device.spread.ambient: is the temperature of the surroundings, which cells share; "
            "sweep temperature"
        )
    if statistical and spec.library is not None:
        raise SpecError(
            f"device.library: {spec.sheet} says itself how its cells come out; what differs "
            "between them on top of that stands in effects.spread"
        )
    if spec.library and not spreads_of(spec.sheet, device, spec.chosen_spread):
        raise SpecError(
            f"device.library: nothing says how devices of {spec.sheet} differ; give device.spread"
        )
    if spec.spread is not None and spec.library is None and spec.corner is None:
        use = "device.corner" if statistical else "device.corner or device.library"
        raise SpecError(f"device.spread: nothing uses it; give {use} too")


@lru_cache(maxsize=16)
def _written(
    settings: str, held: str, v_read: float, temperature: float | None, z: bytes | None
) -> StatisticalDevice:
    """Cells of a law that are written; characterising it takes seconds, so this is kept."""
    from xbarsim.programming import ProgrammingTransfer, WriteVerify, WrittenDevice
    from xbarsim.transient.series import in_series

    spec = DeviceSpec.model_validate_json(settings)
    write = spec.write
    assert write is not None
    pulses, laws = _pulses(write), _library(spec, z)
    states = _STATES if len(laws) == 1 and not write.through_wires else _STATES_OF_MANY

    @lru_cache(maxsize=64)
    def behind(resistance: float) -> tuple[ProgrammingTransfer, ...]:
        """Transfers of the laws behind a line."""
        whole = laws if resistance == 0 else [in_series(law, resistance) for law in laws]
        return tuple(
            transfer_of(law, pulses, write.width, v_read, states, temperature) for law in whole
        )

    try:
        return WrittenDevice(
            library=behind(0.0),
            scheme=WriteVerify(
                window=write.window,
                read_noise=write.read_noise,
                pulses=write.pulses,
                read_time=write.t_read,
                passes=write.passes,
                relaxation=write.relaxation,
            ),
            g_min=write.g_min,
            g_max=write.g_max,
            behind=behind if write.through_wires else None,
        )
    except SpecError as error:
        raise SpecError([f"device.write: {fault}" for fault in error.faults]) from None


def _library(spec: DeviceSpec, z: bytes | None) -> list[Any]:
    """The parameter sets that cells follow: one, or those of the library."""
    law = bound_device(spec)
    if z is None:
        return [law]
    spreads = spreads_of(spec.sheet, law, spec.chosen_spread)
    draws = np.frombuffer(z).reshape(len(spreads), -1)
    try:
        drawn = [sampled(law, spreads, normals) for normals in draws.T]
    except SpecError as error:
        raise SpecError([f"device.spread: {fault}" for fault in error.faults]) from None
    return [with_parameters(one, {k: float(v) for k, v in arrays_of(one).items()}) for one in drawn]


def _pulses(write: WriteSpec) -> Any:
    """Amplitudes of all pulses, ascending, V."""
    levels = {}
    for name in ("positive", "negative"):
        weakest, strongest = getattr(write, name)
        if not weakest < strongest:
            raise SpecError(
                f"device.write.{name}: {show(weakest, 'volt')} and {show(strongest, 'volt')}; the "
                "weakest pulse comes first"
            )
        levels[name] = np.linspace(weakest, strongest, write.steps)
    return np.concatenate([-levels["negative"][::-1], levels["positive"]])
