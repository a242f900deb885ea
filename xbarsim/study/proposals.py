"""Points that an optimiser proposes: asked for in generations, told what each was worth.

The optimiser (optuna) keeps nothing on disk: whoever resumes asks and tells all again, in order,
and is proposed the same points. It is given axes and objectives by their names' order, for that of
a file decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xbarsim.errors import StudyError
from xbarsim.scenario.searches import SearchSpec
from xbarsim.scenario.sweep import Point
from xbarsim.scenario.varied import dimensions, point_at


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What a proposal was worth.

    Parameters
    ----------
    objectives : in the order of the search.
    excess : by how much each limit is broken; none is where all are zero or less.
    """

    objectives: list[float]
    excess: list[float]

    @property
    def feasible(self) -> bool:
        """Whether every limit is kept."""
        return all(x <= 0 for x in self.excess)


class Proposals:
    """An optimiser at work.

    Parameters
    ----------
    spec : the search.
    seed : of its draws.

    Raises
    ------
    StudyError : optuna is not installed.
    """

    def __init__(self, spec: SearchSpec, seed: int) -> None:
        optuna = _optuna()
        samplers = {
            "nsga2": lambda: optuna.samplers.NSGAIISampler(
                population_size=spec.generation, seed=seed
            ),
            "tpe": lambda: optuna.samplers.TPESampler(n_startup_trials=spec.generation, seed=seed),
            "random": lambda: optuna.samplers.RandomSampler(seed=seed),
        }
        self._spec = spec
        share = optuna.distributions.FloatDistribution(0.0, 1.0)
        self._failed = optuna.trial.TrialState.FAIL
        self._space = dict.fromkeys(dimensions(spec.axes), share)
        self._study = optuna.create_study(
            directions=[spec.goals[name].direction for name in sorted(spec.goals)],
            sampler=samplers[spec.sampler](),
        )
        self._asked: list[Any] = []

    def ask(self, number: int) -> list[Point]:
        """The next `number` points; those asked before must have been told."""
        self._asked = [self._study.ask(self._space) for _ in range(number)]
        axes = self._spec.axes
        return [point_at(axes, [trial.params[p] for p in self._space]) for trial in self._asked]

    def tell(self, worth: Sequence[Worth | None]) -> None:
        """What each point that was asked last is worth, in order; None where it failed."""
        for trial, found in zip(self._asked, worth, strict=True):
            if found is None:
                self._study.tell(trial, state=self._failed)
                continue
            for name, excess in zip(self._spec.constraints, found.excess, strict=True):
                trial.set_constraint(name, excess)
            by_name = sorted(zip(self._spec.objectives, found.objectives, strict=True))
            self._study.tell(trial, [value for _, value in by_name])


def _optuna() -> Any:
    """The library, which says only what goes wrong."""
    try:
        import optuna
    except ImportError:
        raise StudyError(
            "search: needs optuna, which is not installed: pip install 'xbarsim[optimize]'"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
