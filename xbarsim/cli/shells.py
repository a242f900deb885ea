"""What typer's script for bash lacks: behind ``KEY=`` the value follows without a space."""

from contextlib import suppress

_ENDS = "    return 0\n"
_NO_SPACE = "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null\n"


def no_space_in_bash() -> None:
    """Add that to the script that is shown and installed."""
    with suppress(ImportError, AttributeError, KeyError):  # another typer: one more space, no more
        from typer import _completion_shared as shared

        script = shared._completion_scripts["bash"]
        if _NO_SPACE not in script:
            shared._completion_scripts["bash"] = script.replace(_ENDS, _NO_SPACE + _ENDS)
