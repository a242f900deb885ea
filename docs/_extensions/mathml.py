"""Formulas as MathML, made while the site is built: they need no script, no font and no network.

A command that latex2mathml does not know comes out as it stands: that is a warning, with its place,
and fails ``make docs``.
"""

from xml.etree import ElementTree

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOG = logging.getLogger(__name__)


def inline(translator, node):
    """A formula in a line of text."""
    translator.body.append(said(node.astext(), "inline", node))
    raise SkipNode


def block(translator, node):
    """Formulas with a blank line between, with their number where they have one."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    parts = [part for part in node.astext().split("\n\n") if part.strip()]
    translator.body += [said(in_lines(part), "block", node) for part in parts]
    translator.body.append("</div>\n")
    raise SkipNode


def in_lines(part):
    r"""A formula of several lines, which end with ``\\`` and meet at ``&``."""
    return rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part


def said(latex, display, node):
    """The MathML of a formula; a warning where there is a fault in it."""
    try:
        return mathml(latex, display)
    except ValueError as error:
        LOG.warning("formula %r: %s", latex, error, location=node)
        return ""


def mathml(latex, display="inline"):
    """The MathML of a formula.

    Raises
    ------
    ValueError : it is malformed, names a command that is not known, or has a ``&`` outside lines.
    """
    try:
        text = convert(latex, display=display)
        words = list(ElementTree.fromstring(text).itertext())
    except Exception as error:  # latex2mathml has no base class of its errors
        raise ValueError(f"{type(error).__name__} {error}".strip()) from error
    unknown = [word for word in words if "\\" in word]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: not known to latex2mathml")
    return text


def setup(app):
    """Join the build."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
