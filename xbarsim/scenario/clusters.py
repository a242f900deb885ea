"""Clusters that trials run on; nothing here changes a result."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from xbarsim.errors import SpecError
from xbarsim.scenario.base import Part, Quantity

Memory = Annotated[float, Quantity("byte", 64e6, 1e15)]
Wait = Annotated[float, Quantity("second", 1.0, 7 * 86400.0)]
Walltime = Annotated[float, Quantity("second", 60.0, 366 * 86400.0)]
Count = Annotated[int, Field(ge=1, le=10_000)]

_SCHEMES = ("tcp", "tls", "ucx", "ucxx", "ws", "wss", "inproc")


def scheduler_address(text: str) -> str:
    """The address of a Dask scheduler; ``tcp://`` where it says no other protocol.

    Raises
    ------
    SpecError : it is no address.
    """
    scheme, separator, place = text.rpartition("://")
    host, colon, port = place.rpartition(":")
    known = scheme in _SCHEMES if separator else True
    if not (known and colon and host and port.isdigit() and 0 < int(port) < 65536):
        raise SpecError(
            f"{text!r} is not the address of a Dask scheduler; expected tcp://host:port, "
            "for example tcp://10.0.0.1:8786"
        )
    return text if separator else f"tcp://{text}"


class DaskSpec(Part):
    """A Dask cluster that runs already."""

    kind: Literal["dask"]
    address: str = Field(description="of its scheduler: tcp://host:port")
    wait: Wait = Field(default=60.0, description="for scheduler and first worker")

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        return scheduler_address(address)


class AdaptiveSpec(Part):
    """As many jobs as there is work for."""

    minimum: Count = 1
    maximum: Count

    @field_validator("maximum")
    @classmethod
    def _is_not_below(cls, maximum: int, info: ValidationInfo) -> int:
        minimum = info.data.get("minimum", 1)
        if maximum < minimum:
            raise SpecError(f"{maximum} is below the minimum of {minimum}")
        return maximum


class JobsSpec(Part):
    """Jobs of a batch system, each of one worker process a core; they end with the study."""

    kind: Literal["slurm", "pbs", "lsf", "sge"]
    cores: Count = Field(default=1, description="of a job")
    memory: Memory = Field(description="of a job")
    walltime: Walltime = Field(description="of a job")
    jobs: Count | AdaptiveSpec = Field(default=1, description="a number, or minimum and maximum")
    queue: str | None = Field(default=None, description="or partition; null: the system's own")
    account: str | None = Field(default=None, description="that pays; null: the user's own")
    directives: list[str] = Field(default=[], description="more of them, without their prefix")
    prologue: list[str] = Field(default=[], description="lines of the script before the worker")
    interface: str | None = Field(
        default=None, description="network interface of scheduler and workers, such as ib0"
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=0, description="of the scheduler; 0: any that is free"
    )
    python: str | None = Field(
        default=None, description="interpreter of the jobs; null: the one that runs the study"
    )
    logs: str = Field(default="reports/jobs", description="folder of what jobs print")
    wait: Wait = Field(default=86400.0, description="for the first job to begin")


ClusterSpec = Annotated[DaskSpec | JobsSpec, Field(discriminator="kind")]
