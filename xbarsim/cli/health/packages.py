"""Python, the packages that xbarsim needs, and those that add to it."""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

from packaging.requirements import Requirement

from xbarsim.cli.health.finding import Finding

_base = partial(Finding, about="base")
_optional = partial(Finding, about="optional")

#: packages with compiled code, which break when versions do not fit together
_COMPILED = ("numpy", "scipy", "numba")


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A package that is not needed, what pip installs it by, and what it enables."""

    package: str
    install: str
    enables: str


OPTIONAL = (
    Extra(
        package="torch",
        install="'xbarsim[torch]'",
        enables="networks of PyTorch, xbarsim.nn, hardware-aware training, L2MU",
    ),
    Extra(package="onnx", install="'xbarsim[onnx]'", enables="networks in .onnx files"),
    Extra(package="nir", install="'xbarsim[nir]'", enables="spiking networks in .nir files"),
    Extra(
        package="distributed", install="'xbarsim[distributed]'", enables="trials on a Dask cluster"
    ),
    Extra(
        package="dask-jobqueue",
        install="'xbarsim[distributed]'",
        enables="clusters of jobs: SLURM, PBS, LSF, SGE",
    ),
    Extra(package="plotly", install="'xbarsim[report]'", enables="report pages to explore"),
    Extra(package="optuna", install="'xbarsim[optimize]'", enables="searches"),
    Extra(package="SALib", install="'xbarsim[sensitivity]'", enables="sensitivity studies"),
    Extra(
        package="tonic",
        install="tonic",
        enables="the data sets shd, n_tidigits and dvs128",
    ),
    Extra(
        package="aihwkit",
        install="'xbarsim[aihwkit]'",
        enables="models and devices to and from aihwkit",
    ),
)
GPU_EXTRAS = ("gpu-cuda12", "gpu-cuda13")


def base() -> Iterator[Finding]:
    """Python, xbarsim, and every package that it needs."""
    yield _base(name="python", told=platform.python_version())
    try:
        yield _base(name="xbarsim", told=version("xbarsim"))
        needed = [Requirement(text) for text in requires("xbarsim") or []]
    except PackageNotFoundError:
        yield _base(
            name="xbarsim",
            told="not installed: device packs are not found",
            state="broken",
            fix="pip install xbarsim",
        )
        return
    for requirement in needed:
        if "extra" not in str(requirement.marker or ""):
            yield _needed(requirement)


def _needed(requirement: Requirement) -> Finding:
    name, fix = requirement.name, f"pip install '{requirement}'"
    try:
        found = version(name)
    except PackageNotFoundError:
        return _base(name=name, told="missing", state="broken", fix=fix)
    if not requirement.specifier.contains(found, prereleases=True):
        told = f"{found}; xbarsim needs {name}{requirement.specifier}"
        return _base(name=name, told=told, state="broken", fix=fix)
    if name in _COMPILED:
        try:
            import_module(name)
        except Exception as error:  # whatever a broken installation does
            told = f"{found} cannot be imported: {type(error).__name__}: {error}"
            fix = f"pip install --force-reinstall '{requirement}'"
            return _base(name=name, told=told, state="broken", fix=fix)
    return _base(name=name, told=found)


def optional() -> Iterator[Finding]:
    """Packages that add to xbarsim; they are not imported."""
    for each in OPTIONAL:
        try:
            told = f"{version(each.package)}: {each.enables}"
            yield _optional(name=each.package, told=told)
        except PackageNotFoundError:
            yield _optional(
                name=each.package,
                told=f"not there: {each.enables}",
                state="absent",
                fix=f"pip install {each.install}",
            )


def gpu() -> Iterator[Finding]:
    """CuPy, and the GPUs that it sees or why it sees none."""
    enables = "arrays, circuits and tiles on NVIDIA GPUs"
    if find_spec("cupy") is None:
        fix = " or ".join(f"pip install 'xbarsim[{extra}]'" for extra in GPU_EXTRAS)
        yield _optional(
            name="cupy",
            told=f"not there: {enables}",
            state="absent",
            fix=f"{fix}, by the CUDA version that nvidia-smi shows",
        )
        return
    try:
        import cupy

        runtime = cupy.cuda.runtime
        for k in range(runtime.getDeviceCount()):
            model = runtime.getDeviceProperties(k)["name"].decode()
            told = f"{cupy.__version__} on GPU {k}, {model}: {enables}"
            yield _optional(name="cupy", told=told)
    except Exception as error:  # of the CUDA runtime, or of the import
        told = f"installed, but no GPU is found: {' '.join(str(error).split())}"
        yield _optional(
            name="cupy",
            told=told,
            state="warning",
            fix="an NVIDIA GPU and its driver: nvidia-smi must list it",
        )
