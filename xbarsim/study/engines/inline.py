"""Calls in this process, one after another."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xbarsim.study.engines.calls import Outcome, OutcomesOf, attempt, one_blas_thread


@contextlib.contextmanager
def inline() -> Iterator[OutcomesOf]:
    """An engine that runs everything here."""

    def outcomes_of(function: Callable[[Any], Any], arguments: Sequence[Any]) -> Iterator[Outcome]:
        for index, argument in enumerate(arguments):
            yield index, attempt(function, argument)

    with one_blas_thread():
        yield outcomes_of
