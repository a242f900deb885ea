"""Samples: several axes filled at once, at random or evenly."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from xbarsim.errors import SpecError
from xbarsim.scenario.amounts import Num
from xbarsim.scenario.base import Written
from xbarsim.scenario.distributions import Distribution
from xbarsim.scenario.varied import dimensions, point_at
from xbarsim.streams import Streams

Method = Literal["random", "latin_hypercube", "sobol", "halton"]


class SampleSpec(Written):
    """Points spread over several axes that move together.

    ``latin_hypercube`` has one point in each of `num` equally likely strata of every axis;
    ``sobol`` and ``halton`` are scrambled low-discrepancy sequences. With ``random``, ``sobol`` and
    ``halton`` a larger `num` keeps the points and adds to them; with ``random`` and
    ``latin_hypercube`` another axis leaves the values of the others as they were.
    """

    method: Method = Field(description="how points are spread; sobol takes a power of two of them")
    num: Num = Field(description="how many points; those that come out alike count once")
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None = Field(
        default=None, description="of the points; null: the scenario's"
    )
    axes: Annotated[dict[str, Distribution], Field(min_length=1)] = Field(
        description="dotted path → distribution"
    )

    @model_validator(mode="after")
    def _is_balanced(self) -> Self:
        if self.method == "sobol" and self.num & (self.num - 1):
            near = 1 << (self.num.bit_length() - 1)
            raise SpecError(
                f"num is {self.num}; sobol points are balanced only where it is a power of two, "
                f"such as {near} or {2 * near}"
            )
        return self


def shares(sample: SampleSpec, streams: Streams) -> Any:
    """Points of a sample in the unit cube, (num, axes), in [0, 1); see `dimensions` for columns.

    Parameters
    ----------
    streams : whose substreams decide the points; a seed of the sample's own goes before.
    """
    import numpy as np

    own = streams if sample.seed is None else Streams(sample.seed, streams.path)
    paths = dimensions(sample.axes)
    if sample.method == "random":
        return np.column_stack([(own / path).rng().random(sample.num) for path in paths])
    from scipy.stats import qmc

    def engine(make: Any, axes: int, stream: Streams) -> Any:
        return make(d=axes, **{_seed_key(): stream.rng()})

    if sample.method == "latin_hypercube":
        cubes = [engine(qmc.LatinHypercube, 1, own / path) for path in paths]
        found = np.hstack([cube.random(sample.num) for cube in cubes])
    elif sample.method == "sobol":
        sequence = engine(qmc.Sobol, len(paths), own / "sobol")
        found = sequence.random_base2(sample.num.bit_length() - 1)
    else:
        found = engine(qmc.Halton, len(paths), own / "halton").random(sample.num)
    return found


def _seed_key() -> str:
    """What scipy calls the generator that it is given."""
    import scipy

    major, minor = map(int, scipy.__version__.split(".")[:2])
    return "rng" if (major, minor) >= (1, 15) else "seed"


def sampled(sample: SampleSpec, streams: Streams) -> list[dict[str, Any]]:
    """Path → value at every point of a sample."""
    return [point_at(sample.axes, row) for row in shares(sample, streams).tolist()]
