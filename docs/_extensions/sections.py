"""Sections of docstrings as this code writes them: ``name : text``, a name without its type.

The usual readers of numpydoc take what stands behind the colon for a type. Here it is the text.
"""

import inspect
import re

_UNDERLINE = re.compile(r"^-{3,}$")
_ITEM = re.compile(r"^([\w.*`]+(?:(?:, | or | and )[\w.*`]+)*) : (.*)$")
_LONG = re.compile(r"^[\w.*`]+(?:, [\w.*`]+)*,$")  # names that go on in the next line
_ERRORS = {"Raises", "Warns"}
_LISTS = {"Parameters", "Attributes", "Returns", "Yields", *_ERRORS}


def docstring(app, what, name, obj, options, lines):
    """Put rubrics and definition lists in the place of underlined sections."""
    if what == "data" and inspect.getdoc(obj) == inspect.getdoc(type(obj)):
        lines.clear()  # a constant of which nothing is said
    lines[:] = sections(joined(lines))


def skipped(app, what, name, obj, skip, options):
    """Leave out what scikit-learn adds to every estimator, to route metadata."""
    return True if re.fullmatch(r"set_\w+_request|get_metadata_routing", name) else None


def joined(lines):
    """Names of an item in one line, where a docstring gives them two."""
    out = []
    for line in lines:
        if out and _LONG.match(out[-1]) and " : " in line:
            out[-1] += f" {line.strip()}"
        else:
            out.append(line)
    return out


def sections(lines):
    """Lines of reStructuredText for the lines of a docstring."""
    out, section = [], ""
    starts = {k for k in range(len(lines) - 1) if _UNDERLINE.match(lines[k + 1]) and lines[k]}
    k = 0
    while k < len(lines):
        if k in starts:
            section = lines[k].strip()
            out += ["", f".. rubric:: {section}", ""]
            k += 2
            continue
        if section in _LISTS and (item := _ITEM.match(lines[k])):
            k, text = _item(lines, k + 1, item[2], starts)
            out += ["", _names(item[1], section), *(f"    {line}" for line in text), ""]
            continue
        out.append(lines[k])
        k += 1
    return [*out, ""]


def _item(lines, k, first, starts):
    """The text of an item, which goes on to the next item, section or paragraph at its margin."""
    text = [first]
    while k < len(lines) and k not in starts:
        line = lines[k]
        if not line.strip():
            after = next((m for m in lines[k + 1 :] if m.strip()), "")
            if not after.startswith(" "):
                break
        elif _ITEM.match(line):
            break
        text.append(line)
        k += 1
    rest = [line for line in text[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    return k, [first, *(line[margin:] for line in text[1:])]


def _names(names, section):
    if section in _ERRORS:
        return f"`{names.strip('`')}`"
    return re.sub(r"`*([\w.*]+)`*", r"``\1``", names) if "," in names else f"``{names.strip('`')}``"


def setup(app):
    """Join the build."""
    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-skip-member", skipped)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
