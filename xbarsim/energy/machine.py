"""What stands around the arrays of a chip, and what its parts cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from xbarsim.checks import check_all, check_count, check_flag, check_number, check_one_of
from xbarsim.energy.area import ROUTING
from xbarsim.energy.component import Component, Cost, cost_of
from xbarsim.energy.parts import component
from xbarsim.errors import SpecError
from xbarsim.technology import Node

Links = Literal["mesh", "none"]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A chip beside its arrays and their converters.

    Parameters
    ----------
    components : models in place of the usual ones, by kind: the name of a model, a component, or
        its numbers; see `xbarsim.energy.parts.component`.
    word : bits of a value between layers.
    weight_bits : bits that a weight counts for in the normalised efficiency; None for those of its
        cells where the encoding has whole levels, else for `word`.
    buffer : bytes of the buffers of one array, of inputs and outputs together; None for two of each
        of its vectors, so that one is read while the next is written.
    access : bits of a buffer that are read or written at once.
    links : ``mesh``, values go from router to router; ``none``, what layers send each other costs
        nothing.
    arrays_per_router : arrays that share one, a square of them.
    off_chip : whether the network's inputs and outputs come from and go to memory outside.
    clock : of digital work and links, Hz.
    overlap : whether conversions of one read go on during the next.
    pipelined : whether all layers work at once, on inferences one behind the other; leakage then
        counts for the time from one to the next, else for the whole of one.
    digital_reuse : products that a digital accelerator, the baseline, takes from each operand that
        it reads.
    routing : area of everything over that of its parts.
    extrapolate : whether models are used beyond what they were made for; the report says so.

    Raises
    ------
    SpecError : names the field, its value and what is allowed; a component that is not known.

    Notes
    -----
    Reuse of 128 (a systolic array of 128 x 128), words of 8 bits, accesses of 64, 16 arrays a
    router, 1 GHz and 15 % of area for routing are assumed.
    """

    components: Mapping[str, Any] = field(default_factory=dict)
    word: int = 8
    weight_bits: int | None = None
    buffer: int | None = None
    access: int = 64
    links: Links = "mesh"
    arrays_per_router: int = 16
    off_chip: bool = True
    clock: float = 1e9
    overlap: bool = False
    pipelined: bool = True
    routing: float = ROUTING
    digital_reuse: float = 128.0
    extrapolate: bool = False

    def __post_init__(self) -> None:
        check_all(self._checks(), self._component_faults())

    def _component_faults(self) -> Iterator[str]:
        if not isinstance(self.components, Mapping):
            yield f"machine.components is {self.components!r}; it must map kinds to models"
            return
        for kind, given in self.components.items():
            try:
                component(kind, given)
            except SpecError as error:
                yield from (f"machine.components.{fault}" for fault in error.faults)

    def _checks(self) -> Iterator[tuple[Any, ...]]:
        yield check_count, "machine.word", self.word, 1, 64
        if self.weight_bits is not None:
            yield check_count, "machine.weight_bits", self.weight_bits, 1, 64
        if self.buffer is not None:
            yield check_count, "machine.buffer", self.buffer, 1, 1 << 30
        yield check_count, "machine.access", self.access, 1, 4096
        yield check_count, "machine.arrays_per_router", self.arrays_per_router, 1, 1 << 20
        yield check_one_of, "machine.links", self.links, get_args(Links)
        for name in ("off_chip", "overlap", "pipelined", "extrapolate"):
            yield check_flag, f"machine.{name}", getattr(self, name)
        yield check_number, "machine.clock", self.clock, 1e3, 1e11, "hertz"
        yield check_number, "machine.digital_reuse", self.digital_reuse, 1.0, 1e6
        yield check_number, "machine.routing", self.routing, 1.0, 10.0

    def component(self, kind: str, usual: str | None = None) -> Component:
        """The model of a kind; `usual` in place of the standard one where none is chosen."""
        return component(kind, self.components.get(kind, usual))

    def cost(
        self, kind: str, node: Node, told: list[str], usual: str | None = None, /, **sizes: float
    ) -> Cost:
        """What one of a kind costs; `told` is given warnings.

        Raises
        ------
        SpecError : as `xbarsim.energy.component.cost_of`.
        """
        model = self.component(kind, usual)
        return cost_of(kind, model, node, extrapolate=self.extrapolate, told=told, **sizes)
