"""The energy of an array's reads, in one of three modes: exact, ideal or statistical."""

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from xbarsim.backend import Array, array_namespace, to_numpy
from xbarsim.checks import check_number, check_one_of
from xbarsim.crossbar import Wires
from xbarsim.crossbar.solve import check_inputs
from xbarsim.energy.dissipation import PARTS, dissipation
from xbarsim.energy.load import Load, Statistic, mean_square
from xbarsim.errors import SpecError

if TYPE_CHECKING:
    from xbarsim.crossbar.laws import CellLaw

#: from the slowest to the fastest
MODES = ("exact", "ideal", "stat")


@dataclass(frozen=True, kw_only=True)
class ArrayEnergy:
    """Energy of one read, the mean over inputs, J.

    Parameters
    ----------
    mode : how it was found.
    source : delivered by the sources.
    cells, access, wires, terminations : what becomes of it, as in
        `xbarsim.energy.Dissipation`.
    imbalance : largest of any input, 1. 0 in modes that share out what sources deliver.
    """

    mode: str
    source: float
    cells: float
    access: float
    wires: float
    terminations: float
    imbalance: float = 0.0


def array_energy(
    g: Array,
    v: Array,
    wires: Wires,
    t: float,
    *,
    mode: str = "exact",
    law: "CellLaw | None" = None,
    gate: Any = None,
    known: Load | Statistic | None = None,
) -> ArrayEnergy:
    """Mean energy of reads of the array `g` (rows, cols) S under sources `v` (k, rows) V.

    Parameters
    ----------
    wires : line and terminal resistances.
    t : duration of a read, s.
    mode : ``exact`` solves every input. ``ideal`` multiplies squares of inputs by the sums over
        rows of `g`; with wires, inputs by the source admittance of the array, which is as exact,
        except that only eight of the inputs are solved to share the energy out. ``stat`` multiplies
        the mean square of the inputs by the conductance of all cells and by a coupling, see
        `Statistic`.
    law, gate : of cells that are not ohmic, as `xbarsim.energy.dissipation` takes them; exact only.
    known : what was made of the same array before: a `Load` in mode ``ideal``, a `Statistic` in
        mode ``stat``, which is then all that is taken of `g` and `wires`. Without it, it is made
        from `g` and `v`.

    Raises
    ------
    SpecError : an unknown mode, no inputs, a law or a gate outside mode ``exact``, `known` of
        another mode; what `xbarsim.energy.dissipation` refuses.
    """
    check_one_of("mode", mode, MODES)
    check_number("t", t, 0.0, unit="second")
    xp = array_namespace(g, v)
    g, v = xp.asarray(g), xp.asarray(v)
    _check_inputs(g, v)
    _check_mode(mode, law, gate, known)
    if mode == "exact":
        return _exact(g, v, wires, t, law, gate)
    if mode == "ideal":
        load = known if isinstance(known, Load) else Load(g=g, wires=wires)
        source, shares = float(to_numpy(load.power(v)).mean()) * t, load.shares(v)
    else:
        statistic = known if isinstance(known, Statistic) else None
        statistic = statistic or Statistic.of(Load(g=g, wires=wires), v)
        square = mean_square(v)
        if not isfinite(square):
            raise SpecError(f"v has a mean square of {square:g} V^2; voltages must be finite")
        source, shares = statistic.energy(square, t), dict(statistic.shares)
    return ArrayEnergy(mode=mode, source=source, **{name: source * shares[name] for name in PARTS})


def _exact(
    g: Array, v: Array, wires: Wires, t: float, law: "CellLaw | None", gate: Any
) -> ArrayEnergy:
    found = dissipation(g, v, wires, law=law, gate=gate)
    energies = {n: float(to_numpy(getattr(found, n)).mean()) * t for n in ("source", *PARTS)}
    return ArrayEnergy(mode="exact", imbalance=found.imbalance, **energies)


def _check_inputs(g: Array, v: Array) -> None:
    if v.ndim != 2 or not len(v):
        raise SpecError(f"v has shape {v.shape}; expected at least one input, (k, rows)")
    if g.ndim != 2:
        raise SpecError(f"g has shape {g.shape}; expected one array, (rows, cols)")
    if v.shape[-1] != g.shape[0] or v.dtype.kind not in "fiub":
        check_inputs(g, v)


def _check_mode(mode: str, law: object, gate: object, known: Load | Statistic | None) -> None:
    if mode != "exact" and (law is not None or gate is not None):
        raise SpecError(f"mode is {mode!r}, which takes ohmic cells; with a law it must be 'exact'")
    wanted = {"exact": type(None), "ideal": Load | None, "stat": Statistic | None}[mode]
    if not isinstance(known, wanted):
        raise SpecError(
            f"known is a {type(known).__name__}; mode 'ideal' takes a Load, 'stat' a Statistic, "
            "'exact' nothing"
        )
