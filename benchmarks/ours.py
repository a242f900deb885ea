"""What xbarsim does with the same arrays."""

import numpy as np
from cases import BATCH, WIRES, Case, fastest

import xbarsim.crossbar
from xbarsim.crossbar import solve, transfer_matrix
from xbarsim.crossbar.laws import SinhCell
from xbarsim.crossbar.nonlinear import solve_nonlinear

Figures = dict[str, float]
READ_BATCH = 256
#: flop of the transfer matrix over side^3, and bytes of a solve per cell and iteration
FLOP, BYTES = 75, 152


def linear(case: Case) -> Figures:
    """Transfer matrix, single solves and further vectors; times (s), errors, rates."""
    g, v = case.g, case.v
    narrow = g.astype(np.float32)
    t, t32 = transfer_matrix(g, WIRES), transfer_matrix(narrow, WIRES)
    solution = solve(g, v[0], WIRES)
    measured = {
        "transfer": lambda: transfer_matrix(g, WIRES),
        "transfer32": lambda: transfer_matrix(narrow, WIRES),
        "solve_nodes": lambda: solve(g, v[0], WIRES),
        "solve": lambda: solve(g, v[0], WIRES, nodes=False),
        "further": lambda: v @ t,
    }
    figures = fastest(measured)
    figures["further"] /= BATCH
    figures["transfer_rate"] = FLOP * case.side**3 / figures["transfer"]
    figures["solve_iterations"] = solution.iterations
    least = min(figures["solve"], figures["solve_nodes"])
    figures["solve_rate"] = BYTES * case.side**2 * solution.iterations / least
    i = v[0] @ t
    figures["routes_differ"] = float(np.abs(solution.i_out - i).max() / np.abs(i).max())
    if case.side <= 512:
        nodes = np.stack([solution.v_word, solution.v_bit])
        figures["transfer_error"] = case.error(i)
        figures["transfer32_error"] = case.error(v[0].astype(np.float32) @ t32)
        figures["solve_error"] = case.error(solution.i_out)
        figures["nodes_error"] = float(np.abs(nodes - case.truth).max() / v[0].max())
    return figures


def nonlinear(case: Case) -> Figures:
    """Cells of a hyperbolic sine, beta 10 /V, at inputs up to 1 V."""
    law, v = SinhCell(beta=10.0), 5 * case.v[:8]
    solution = solve_nonlinear(case.g, v, WIRES, law)
    figures = fastest(
        {
            "nonlinear": lambda: solve_nonlinear(case.g, v[0], WIRES, law),
            "nonlinear_batch": lambda: solve_nonlinear(case.g, v, WIRES, law),
        }
    )
    figures["nonlinear_batch"] /= len(v)
    return figures | {
        "nonlinear_iterations": solution.iterations,
        "nonlinear_residual": solution.residual,
    }


def gradient(case: Case) -> Figures:
    """Gradient of a batch of 256 samples."""
    rng = np.random.default_rng(0)
    v = rng.uniform(0, 0.2, (READ_BATCH, case.side))
    downstream = rng.normal(size=(READ_BATCH, case.side))
    xbarsim.crossbar.gradient(case.g, v, WIRES, downstream)
    return fastest(
        {
            "gradient": lambda: xbarsim.crossbar.gradient(case.g, v, WIRES, downstream),
            "gradient_forward": lambda: transfer_matrix(case.g, WIRES),
        }
    )


def stack() -> Figures:
    """Two hundred arrays of 128 x 128 in one call."""
    g = np.random.default_rng(0).uniform(1e-6, 1e-4, (200, 128, 128))
    return fastest({"stack": lambda: transfer_matrix(g, WIRES)}, rounds=3)


def read(side: int = 512) -> Figures:
    """A read with exact IR drop beside the plain product, 256 vectors, interleaved many times."""
    case = Case(side)
    t = transfer_matrix(case.g, WIRES)
    v = np.random.default_rng(0).uniform(0, 0.2, (READ_BATCH, side))
    return fastest({"read": lambda: v @ t, "product": lambda: v @ case.g}, rounds=200)
