"""``python -m xbarsim.energy.macros``: model against silicon; constants fitted with ``--fit``."""

import argparse
from pathlib import Path

from xbarsim.energy.macros import figure, fit, load, markdown, names, validate


def main(arguments: list[str] | None = None) -> None:
    """Print the table, or the constants; with ``--out`` write table, CSV and figure."""
    parser = argparse.ArgumentParser(prog="python -m xbarsim.energy.macros", description=__doc__)
    parser.add_argument("names", nargs="*", help="macros, or files; none: all that are shipped")
    parser.add_argument("--fit", action="store_true", help="fit and print the constants instead")
    parser.add_argument("--out", type=Path, help="folder for validation.md, .csv and .svg")
    given = parser.parse_args(arguments)
    if given.fit:
        for name in given.names or [n for n in names() if load(n).set == "calibrated"]:
            print(name, ", ".join(f"{key} {value:.4g}" for key, value in fit(name).items()))
        return
    from matplotlib import rc_context

    table = validate(given.names or None)
    text = markdown(table)
    print(text)
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "validation.md").write_text(text, "utf-8")
        table.to_csv(given.out / "validation.csv", index=False)
        with rc_context({"svg.hashsalt": "xbarsim"}):  # the same file every time
            figure(table).savefig(given.out / "validation.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
