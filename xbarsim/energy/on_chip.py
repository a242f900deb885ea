"""What layers send each other over links, and what comes from and goes to memory outside."""

from collections.abc import Iterator
from math import ceil, prod, sqrt
from typing import TYPE_CHECKING

from xbarsim.energy.machine import Machine
from xbarsim.energy.report import EnergyReport
from xbarsim.energy.uses import SUM, Use
from xbarsim.mapping import Placement
from xbarsim.mapping.traffic import distances_of

if TYPE_CHECKING:
    import pandas as pd


def links(
    reads: EnergyReport, machine: Machine, ledger: "pd.DataFrame"
) -> Iterator[tuple[str, Use]]:
    """Routers and wires, by the layer that sends.

    A bit goes through a router for each router's width of its way, and along wire all of it.

    Parameters
    ----------
    ledger : of the arrays with their periphery.
    """
    placement = reads.placement
    if placement is None or machine.links == "none":
        return
    pitch = pitch_of(ledger, machine, placement)
    table, side = distances_of(placement, reads.once_through), machine.arrays_per_router**0.5
    yield "", Use("router", "router", 0.0, float(routers(machine, placement)), {"bits": 1.0})
    for source, rows in table.groupby("from", sort=False):
        word = (rows["from"] == rows["to"]).map({True: SUM, False: machine.word})  # partial sums
        bits = float((word * rows["values"] * rows["hops"]).sum())
        yield str(source), Use("router", "router", bits / side, 0.0, {"bits": 1.0})
        yield str(source), Use("link", "wire", bits, 0.0, {"length": pitch, "bits": 1.0})


def pitch_of(ledger: "pd.DataFrame", machine: Machine, placement: Placement) -> float:
    """From an array to its neighbour, m: arrays with all between them fill the chip as squares.

    Parameters
    ----------
    ledger : of the arrays with their periphery; what it says of routers and links is not looked at.
    """
    own = ledger[~ledger["component"].isin(["router", "link", "off_chip"])]
    area = float(own["area"].sum())
    if machine.links == "mesh":
        one = machine.cost("router", placement.hardware.node, [], bits=1.0).area
        area += routers(machine, placement) * one
    return sqrt(machine.routing * area / placement.arrays)


def routers(machine: Machine, placement: Placement) -> int:
    """How many there are."""
    return ceil(placement.arrays / machine.arrays_per_router)


def off_chip(reads: EnergyReport, machine: Machine) -> Iterator[Use]:
    """The network's inputs and outputs; weights stay where they are."""
    if reads.placement is None or not machine.off_chip:
        return
    graph = reads.placement.graph
    given = sum(prod(x.shape[1:]) for x in reads.example)
    found = reads.once_through.values[graph.output]
    yield Use("off_chip", "off_chip", float(machine.word * (given + found)), 1.0, {"bits": 1.0})
