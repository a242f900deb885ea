"""A Dask cluster: whether it answers, and whether its workers are fit for trials."""

import re
from collections.abc import Iterator
from functools import partial

from xbarsim.cli.health.finding import Finding

_found = partial(Finding, about="cluster")
_WAIT = 5.0  # s, for the scheduler, and for a first worker
#: what divides a message into what is wrong and what to do
_DIVIDES = re.compile(r"; |\n(?=Install )|: (?=pip )")


def cluster(address: str) -> Iterator[Finding]:
    """Whether the scheduler at `address` answers, and its workers have what is here."""
    from xbarsim.errors import SpecError, StudyError
    from xbarsim.scenario.clusters import scheduler_address
    from xbarsim.study.engines.cluster import Link, quiet

    try:
        place = scheduler_address(address)
        with quiet():
            link = Link(place, _WAIT)
            try:
                told = f"answers; {link.workers()} workers, with the versions of this machine"
            finally:
                link.close()
        yield _found(name="scheduler", told=f"{place} {told}")
    except (SpecError, StudyError) as error:
        what, fix = (*_DIVIDES.split(str(error), maxsplit=1), "")[:2]
        yield _found(name="scheduler", told=what, state="broken", fix=fix)
