"""What others offer for the same arrays, each used only where it is installed."""

import logging
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from cases import BATCH, OHM, WIRES, Case, fastest, supplied
from scipy.sparse.linalg import splu

from xbarsim.crossbar.netlist import solve_with_ngspice

Figures = dict[str, float]


def superlu(case: Case) -> Figures:
    """SciPy's SuperLU on the nodal equations; its factors kept for the further vectors."""
    sources = supplied(case.v)
    times = fastest(
        {
            "superlu_vector": lambda: splu(case.matrix).solve(sources[:, 0]),
            "superlu_further": lambda: case.factor.solve(sources),
        }
    )
    times["superlu_further"] /= BATCH
    i_out = case.factor.solve(sources[:, 0])[-case.side :] / OHM
    return times | {"superlu_error": case.error(i_out)}


def badcrossbar(case: Case) -> Figures:
    """The package badcrossbar: every voltage and current, as it comes, and output currents alone.

    A further vector is what one more costs in a batch.
    """
    import badcrossbar as peer

    logging.getLogger("badcrossbar").setLevel(logging.WARNING)
    ohm, v = 1 / case.g, case.v.T
    least = {"node_voltages": False, "all_currents": False}
    times = fastest(
        {
            "vector": lambda: peer.compute(v[:, :1], ohm, r_i=OHM),
            "batch": lambda: peer.compute(v, ohm, r_i=OHM),
            "vector_least": lambda: peer.compute(v[:, :1], ohm, r_i=OHM, **least),
            "batch_least": lambda: peer.compute(v, ohm, r_i=OHM, **least),
        },
        rounds=3,
    )
    figures = {}
    for kind in ("", "_least"):
        one, batch = times[f"vector{kind}"], times[f"batch{kind}"]
        figures[f"badcrossbar_vector{kind}"] = one
        figures[f"badcrossbar_further{kind}"] = max(batch - one, 0.0) / (BATCH - 1)
    i_out = peer.compute(v[:, :1], ohm, r_i=OHM, **least).currents.output[0]
    return figures | {"badcrossbar_error": case.error(i_out)}


def ngspice(case: Case) -> Figures:
    """The program ngspice in batch mode, from writing the netlist to reading its answer."""
    times = fastest({"ngspice_vector": lambda: _spice(case)}, rounds=2)
    return times | {"ngspice_error": case.error(_spice(case))}


def _spice(case: Case) -> np.ndarray:
    return solve_with_ngspice(case.g, case.v[0], WIRES).i_out


def crosssim(case: Case) -> Figures:
    """CrossSim's array solver at its default tolerance, after the first call has set its step."""
    array: Any = _crosssim_array(case)
    ohm_free, v = case.g.T / case.g.max(), case.v[0] / 0.2
    first = fastest({"crosssim_first": lambda: array.iterative_solve(ohm_free, v)}, rounds=1)
    times = fastest({"crosssim_vector": lambda: array.iterative_solve(ohm_free, v)}, rounds=3)
    i_out = array.iterative_solve(ohm_free, v) * case.g.max() * 0.2
    return first | times | {"crosssim_error": case.error(i_out)}


def _crosssim_array(case: Case) -> object:
    from simulator import CrossSimParameters
    from simulator.backend import ComputeBackend
    from simulator.circuits.array import NoninterleavedInputSourceArray

    ComputeBackend(use_gpu=False)
    parameters = CrossSimParameters()
    parameters.xbar.device.Rmin = 1 / case.g.max()
    parameters.xbar.array.parasitics.enable = True
    parameters.xbar.array.parasitics.Rp_row = OHM
    parameters.xbar.array.parasitics.Rp_col = OHM
    parameters.simulation.hide_convergence_msg = True
    return NoninterleavedInputSourceArray(parameters)


def chosen(side: int, *, full: bool) -> list[Callable[[Case], Figures]]:
    """The peers that are there and finish in reasonable time at this size."""
    peers: list[Callable[[Case], Figures]] = []
    if side <= 512:
        peers.append(superlu)
    if side <= (1024 if full else 512) and find_spec("badcrossbar"):
        peers.append(badcrossbar)
    if side <= 64 and shutil.which("ngspice"):
        peers.append(ngspice)
    if side in (128, 256) and find_spec("simulator"):
        peers.append(crosssim)
    return peers
