"""How Sphinx builds the documentation: ``make docs``, or ``python -m sphinx docs docs/_build``."""

import sys
from pathlib import Path

from ruamel.yaml import YAML

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
CITATION = YAML(typ="safe").load((HERE.parent / "CITATION.cff").read_text("utf-8"))

project = "xbarsim"
author = CITATION["authors"][0]["name"]
copyright = f"{CITATION['date-released'].year}, {author}"
release = version = CITATION["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "api_pages",
    "elsewhere",
    "mathml",
    "offline",
    "sections",
]
exclude_patterns = ["_build", "_extensions", "_static"]
default_role = "py:obj"  # a name in single backquotes: a link where it is documented here
add_module_names = False
python_maximum_signature_line_length = 88
suppress_warnings = ["ref.citation"]  # publications of device sheets that no docstring names

myst_heading_anchors = 4  # as GitHub makes them

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings give shapes and units

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"xbarsim {release}"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}
