"""A page for each public package and module: what it is, and every name that it gives.

Written to ``docs/api`` before sources are read. A name that several packages give is documented
once, at the first of `MODULES`, and named with a link at the others.
"""

import ast
import inspect
from importlib import import_module
from pathlib import Path

API = Path(__file__).parents[1] / "api"
_NAMES = """
    device crossbar crossbar.laws crossbar.passive crossbar.low_rank crossbar.drift crossbar.noise
    crossbar.netlist crossbar.maps crossbar.pictures programming effects transient encode periphery
    tile layers mapping energy encoders reservoirs plasticity tasks tasks.sequences tasks.series
    tasks.measures systems scenario study report nn nn.in_situ interop.aihwkit interop.scikit_learn
    technology units streams errors
"""
#: in the order of the pages; the first that gives a name documents it
MODULES = ["xbarsim", *(f"xbarsim.{name}" for name in _NAMES.split())]


def write(app):
    """Write every page, where it is not what it was."""
    API.mkdir(exist_ok=True)
    homes: dict[int, str] = {}
    pages = {module: page(module, homes) for module in MODULES}
    pages["index"] = index()
    for old in API.glob("*.rst"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        file = API / f"{name}.rst"
        if not file.is_file() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def index():
    """The list of pages, each with what its module says of itself first."""
    lines = ["API reference", "=============", "", ".. toctree::", "   :hidden:", ""]
    lines += [*(f"   {name}" for name in MODULES), ""]
    for name in MODULES:
        said = (inspect.getdoc(imported(name)) or "").split("\n\n")[0].replace("\n", " ")
        lines += [f":doc:`{name}`", f"    {said}", ""]
    return "\n".join(lines)


def page(module, homes):
    """Title, what the module says of itself, then all names; `homes` gains those new here."""
    here = imported(module)
    lines = [module, "=" * len(module), ""]
    if isinstance(here, Missing):
        return "\n".join([*lines, here.__doc__, ""])
    lines += [f".. automodule:: {module}", ""]
    first, again = [], []
    for name, home in public(here).items():
        value = getattr(here, name)
        if inspect.ismodule(value):
            continue
        if callable(value) and id(value) in homes:
            again.append(f"`{name} <{homes[id(value)]}>`")
            continue
        if callable(value):
            homes[id(value)] = f"{module}.{name}"
        first += directive(module, name, value, home)
    if again:
        lines += [f"Documented elsewhere: {', '.join(again)}.", ""]
    return "\n".join([*lines, *first])


class Missing:
    """What stands for a module that cannot be imported here; it says why."""


def imported(module):
    """A module, or what says why it cannot be had."""
    try:
        return import_module(module)
    except ImportError as error:
        missing = Missing()
        missing.__doc__ = f"Left out where the documentation was built: {error}."
        return missing


def directive(module, name, value, home):
    """How one name is documented; what is said of a constant stands where it is set."""
    if inspect.isclass(value):
        return [f".. autoclass:: {module}.{name}", "   :members:", ""]
    if inspect.isroutine(value):
        return [f".. autofunction:: {module}.{name}", ""]
    return [f".. autodata:: {home}.{name}", "   :no-value:", ""]


def public(module):
    """Names that a module gives, and whence: ``__all__``, or what it defines or imports as is."""
    names = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom):
            names |= {one.name: node.module for one in node.names if one.asname == one.name}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] = module.__name__
    names |= dict.fromkeys(getattr(module, "_HOMES", ()), module.__name__)
    if hasattr(module, "__all__"):
        names = {name: names.get(name, module.__name__) for name in module.__all__}
    return {name: names[name] for name in sorted(names) if not name.startswith("_")}


def setup(app):
    """Join the build."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
