"""What a scenario takes beside the package: files, PyTorch, an optimiser."""

import os
from importlib.util import find_spec

from xbarsim.scenario import Plan
from xbarsim.scenario.systems import SystemTaskSpec
from xbarsim.study.origins import sources_of
from xbarsim.study.prepare import networks_of
from xbarsim.tasks.problems import needs_files

DATA, TORCH, OPTUNA, SALIB = "XBARSIM_DATA", "PyTorch", "optuna", "SALib"
_MODULES = {TORCH: "torch", OPTUNA: "optuna", SALIB: "SALib"}


def needs(plan: Plan) -> list[str]:
    """Of `DATA` and the packages, in this order, those without which it cannot run."""
    asked = {
        DATA: _data(plan),
        TORCH: _torch(plan),
        OPTUNA: plan.scenario.search is not None,
        SALIB: plan.scenario.sensitivity is not None,
    }
    return [what for what, wanted in asked.items() if wanted]


def missing(plan: Plan) -> list[str]:
    """Those of its `needs` that are not there."""
    there = {DATA: bool(os.environ.get(DATA))}
    there |= {what: find_spec(module) is not None for what, module in _MODULES.items()}
    return [what for what in needs(plan) if not there[what]]


def _data(plan: Plan) -> bool:
    """Whether it reads files that are not shipped with a dependency."""
    sets = [task.dataset.source for task in networks_of(plan.scenario)]
    return any(not source.startswith("sklearn.") for source in sets) or any(
        needs_files(source) for source in sources_of(plan.scenario)
    )


def _torch(plan: Plan) -> bool:
    """Whether PyTorch trains a network of it."""
    networks = [task.network for task in networks_of(plan.scenario)]
    systems = [task.system for task in plan.scenario.tasks if isinstance(task, SystemTaskSpec)]
    return (
        any(network.kind == "lenet5" for network in networks)
        or any(getattr(network, "hardware_aware", None) is not None for network in networks)
        or any(axis.endswith(".hardware_aware") for axis in plan.axes)
        or "l2mu" in systems
    )
