"""Pulses through an access transistor: the gate voltage grows from pulse to pulse (IGVVA)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from xbarsim.backend import Array
from xbarsim.device import SwitchingLaw
from xbarsim.errors import SpecError
from xbarsim.programming.transfer import ProgrammingTransfer, programming_transfer
from xbarsim.transient.series import InSeries, Transistor
from xbarsim.transient.tables import FlowMap


def gated_transfer(
    law: SwitchingLaw,
    transistor: Transistor,
    gates: Sequence[float] | Array,
    v_gated: float,
    levels: Sequence[float] | Array,
    width: float,
    v_read: float,
    *,
    states: int = 1001,
    temperature: float | None = None,
) -> ProgrammingTransfer:
    """Pulses of one amplitude and growing gate voltage one way, growing amplitudes the other.

    Incremental gate voltage with verify (IGVVA): the gate limits the current of a SET, and so sets
    its end. The name and the idea: Milo et al., IRPS (2021), [milo2021]_.

    Parameters
    ----------
    transistor : in front of the cell; its own gate voltage holds for `levels` and reads.
    gates : of the pulses of `v_gated`, ascending, V.
    v_gated : their amplitude, V.
    levels : amplitudes of the pulses of the other sign, ascending, V.
    width, v_read, states, temperature : as `xbarsim.programming.programming_transfer`.

    Returns
    -------
    ProgrammingTransfer : for `xbarsim.programming.write_verify`; its `levels` hold `v_gated` once
        for each gate voltage.

    Raises
    ------
    SpecError : gates that do not ascend, levels of the sign of `v_gated`.
    """
    gates, levels = np.asarray(gates, dtype=float), np.asarray(levels, dtype=float)
    if gates.ndim != 1 or not len(gates) or not (np.diff(gates) > 0).all():
        raise SpecError("gates must be voltages that ascend")
    if not (levels * v_gated < 0).all():
        raise SpecError(f"levels must have the sign that v_gated ({v_gated:g} V) does not have")

    def of(gate: Array, amplitudes: Array) -> ProgrammingTransfer:
        both = InSeries(law=law, front=replace(transistor, gate=gate))
        return programming_transfer(
            both, amplitudes, width, v_read, states=states, temperature=temperature
        )

    plain = of(transistor.gate, levels)
    steps = [of(float(gate), np.array([v_gated])) for gate in gates]
    parts = [plain, *steps] if v_gated > 0 else [*steps[::-1], plain]
    flow = FlowMap(
        plain.flow.low,
        plain.flow.high,
        np.concatenate([part.flow.table for part in parts]),
        tuple(max(part.flow.error[k] for part in parts) for k in (0, 1)),  # type: ignore[arg-type]
    )
    return replace(
        plain,
        levels=np.concatenate([part.levels for part in parts]),
        flow=flow,
        energy=np.concatenate([part.energy for part in parts]),
    )
